#ifndef LEASE_TARGET_H
#define LEASE_TARGET_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "end.h"
#include "proc.h"

/*
 * The processes that an ending takes.  For a user: whatever has their uid as
 * its real, effective or saved one, and who opened their sessions (sshd's own
 * process is root's).  For single sessions: who opened them, what is in their
 * logind sessions, and what was started by any of these.
 */

/* A process that was seen to belong to an ending session. */
struct member {
	pid_t pid;
	uint64_t start;
};

struct target {
	const struct ending *e;
	char (*ids)[PROC_SESSION_MAX];	/* logind sessions that end */
	size_t nids;
	struct member *members;
	size_t nmembers, room;
	size_t alive;			/* seen by the last target_look() */
};

/*
 * Finds the logind sessions of what ends; to be done while it runs.  Returns 0,
 * or -1 when there is no memory.  target_free() takes both.
 */
int	target_init(struct target *t, const struct ending *e);
void	target_free(struct target *t);

/*
 * Goes once over all processes for n targets, counts in alive those that belong
 * to each, and sends them sig[i] unless that is 0.  A process is looked at
 * again when its pidfd pins it: one that took over a pid is not touched.
 * Returns 0, or -1 when not all of /proc could be read: then there may be more.
 */
int	target_look(struct target *t, const int *sig, size_t n);

/*
 * How many processes are there that an ending would take.  Returns 0, or -1
 * when not all could be seen.
 */
int	target_count(const struct ending *e, size_t *count);

#endif

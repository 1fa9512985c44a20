#ifndef LEASE_PRESENT_H
#define LEASE_PRESENT_H

#include <sys/types.h>

#include <stdbool.h>

#include "error.h"
#include "session.h"

/*
 * Who is present: whoever has a session in the ledger, or a process outside
 * their own service manager (user@UID.service).
 */

#define PRESENT_ANYBODY	((uid_t)-1)

/*
 * Calls each for every process whose real uid that is, or for all; not for
 * zombies, services with a dynamic user, and what a user's own service manager
 * has started.  When it returns other than 0 that is the result; else 0, or -1
 * with err when not all could be seen.
 */
int	present_each(uid_t uid, int (*each)(void *arg, pid_t pid, pid_t parent,
	    uid_t uid), void *arg, struct error *err);

/*
 * Is that user present?  own is a session that does not count, or NULL; who was
 * refused, or is just entering, does not count either.  dirfd is that of
 * PATH_STATE, or -1: there is no ledger.  Returns 1 or 0, or -1 with err.
 */
int	present(int dirfd, const char *name, uid_t uid,
	    const struct session *own, struct error *err);

#endif

#ifndef PAMLEASE_PRESENCE_H
#define PAMLEASE_PRESENCE_H

#include <stdbool.h>

#include "ledger.h"
#include "proc.h"
#include "state.h"

/* Who is present: what a wind-down waits for, and ends at its deadline. */

/* A process of theirs. */
struct process {
	pid_t pid, parent;
	uid_t uid;
	const struct session *session;	/* that it is in, or NULL */
	bool left_out;			/* always if it is in a session */
	bool concerned;			/* is a wind-down for its user? */
	int64_t began;			/* UTC seconds */
	char tty[PROC_TTY_MAX];
	char command[PROC_COMMAND_MAX];
	char user[LEASE_NAME_MAX + 1];	/* empty: nobody who counts */
};

struct presence {
	struct moment now;
	struct state host;
	struct ledger ledger;		/* sessions that are in, */
	bool *left_out;			/* and which of them do not count */
	struct process *list;		/* of everybody, by their pid */
	size_t n, room;
	size_t sessions, processes;	/* how many count: of the processes
					   those without a session */
	bool fleeting;			/* one of theirs, of no parent in list,
					   was gone before it was read, and may
					   have left a child */
};

/*
 * Reads it.  The system's accounts, uids without an account and whom the policy
 * exempts do not count, nor does the session that the command is run in: it is
 * not in its own way.  Returns an exit code, after it has said what is wrong.
 */
int	presence_read(struct presence *p);
void	presence_free(struct presence *p);

/* Does this one count? */
bool	presence_session(const struct presence *p, size_t i);
bool	presence_process(const struct presence *p, size_t i);

/* Its terminal: what PAM was told, or what a process of it has; "" if none. */
const char	*presence_tty(const struct presence *p,
		    const struct session *s);

/* Is a wind-down for that user, who has no session? */
bool	presence_concerns(const struct presence *p, const char *user,
	    uid_t uid);

/* Calls each once with every user who counts. */
void	presence_users(const struct presence *p,
	    void (*each)(void *arg, const char *user, uid_t uid), void *arg);

#endif

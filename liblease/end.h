#ifndef LEASE_END_H
#define LEASE_END_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "session.h"

/* Ending users: the one place in which anything is signalled. */

#define END_PAUSE	200	/* ms for terminals to show the message */
#define END_GRACE	300	/* ms for processes to end by themselves */
#define END_CHILD	5000	/* ms until a hanging loginctl is killed */
#define END_LIMIT	10000	/* ms until what is left is given up */

enum end_extent {
	END_USER,		/* everything of the user's */
	END_SESSIONS,		/* the sessions marked in ends[] only */
};

struct ending {
	/* Who; the caller holds the user's lock. */
	const char *user;
	uid_t uid;
	enum end_extent extent;
	const struct session *sessions;	/* of the ledger, this user's */
	size_t nsessions;
	const bool *ends;		/* which of them; NULL: all */
	const char *message;		/* for the terminals, or NULL */

	/* What happened. */
	bool guarded;		/* not a uid that may be ended: nothing done */
	bool failed;		/* not all has ended, as far as could be seen */
	size_t found;		/* processes that were there */
	size_t swept;		/* of these, killed because they stayed */
	size_t left;		/* of these, there still: not ended */
	int64_t told;		/* ms for the message, and behind that */
	int64_t took;		/* ms for the end */
	struct error error;	/* what else went wrong (loginctl), if any */
};

/*
 * Ends n users side by side: tells their terminals, asks logind, kills what
 * stays, and looks until nothing is left, END_LIMIT at most.  Of a user whose
 * uid has become another account's only the sessions end.  Returns 0 when
 * nothing is left of any of them and none was guarded, else -1.
 */
int	end_users(struct ending *list, size_t n);

#endif

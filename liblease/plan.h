#ifndef LEASE_PLAN_H
#define LEASE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decide.h"
#include "marks.h"
#include "session.h"

/*
 * What the watchdog, and a revocation, must do about one user.  Pure: it plans,
 * and acts nowhere.
 */

#define PLAN_DOUBT_WAIT	20	/* s between two runs that must find the same */

/* All that is known of one user. */
struct watched {
	const char *user;
	const struct state *state;
	const struct session *sessions;	/* of this user, processes alive */
	size_t nsessions;
	const struct marks *marks;
	bool terminals;		/* the user owns one, or a desktop; what
				   is due is kept for one until there is one */
	bool present;		/* has a process, session or not, and a */
	uid_t uid;		/* wind-down's deadline is for this uid */
	bool revoked;		/* a revocation was not finished, */
	uid_t revoked_uid;	/* and whom it ends */
	int64_t run;		/* when this run began, boot clock ns */
};

enum plan_end {
	PLAN_END_NONE,
	PLAN_END_SOME,		/* the sessions marked in ends[], one by one */
	PLAN_END_ALL,		/* everything of the user's */
};

struct plan {
	enum plan_end end;
	enum why why;		/* of the end */
	int64_t late;		/* ns since it was due, or -1: see late.h */
	uid_t uid;		/* whom it ends */
	bool stays;		/* some session of theirs does not end */
	bool remove;		/* the lease is over: lease_drop() afterwards */
	bool warn;		/* tell the user of the seconds left: */
	int64_t left;
	bool unseen;		/* a warning is due, but there is no terminal */
	int64_t unseen_since;	/* the latest such, boot clock ns */
	bool doubtful;		/* only the wall clock says that it is over, */
	bool doubt;		/* and this is the first to find that */
	bool mark;		/* write these marks before anything else: */
	struct marks marks;
	int64_t next_wall;	/* when to look again, ns, or INT64_MAX */
	int64_t next_boot;
};

/*
 * ends[] has room for w->nsessions and says which of them end.  A lease that
 * can't be read for now (FOUND_UNREADABLE), an unreadable clock and a broken
 * policy end nobody; a broken lease ends what it let in.
 */
void	plan_user(const struct watched *w, const struct moment *now,
	    struct plan *plan, bool *ends);

/* Is a lease over that root may have?  It goes, and nobody ends with it. */
bool	plan_is_roots(const struct plan *plan, const struct state *st);

#endif

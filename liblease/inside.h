#ifndef LEASE_INSIDE_H
#define LEASE_INSIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "decide.h"
#include "session.h"

/* What is decided of who is in: would they be let in now?  Pure. */

#define INSIDE_DOUBT_MAX	60	/* s that the clocks may differ about an
					   end */

static inline int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The moment so many seconds before now. */
struct moment	moment_ago(const struct moment *now, int64_t seconds);

/*
 * The same decision as at the login, of a session that is in: would it be let
 * in now, or in its grace, and until when?
 */
struct verdict	session_verdict(const struct session *s,
		    const struct state *st, const struct moment *now);

/*
 * Is it only the wall clock that says so of a lease, or of a session that would
 * not be let in now, and is it far from the boot clock?  Then it may have been
 * stepped, by mistake or by somebody.
 */
bool	lease_doubtful(enum why why, const struct state *st,
	    const struct moment *now);
bool	session_doubtful(const struct session *s, enum why why,
	    const struct state *st, const struct moment *now);

#endif

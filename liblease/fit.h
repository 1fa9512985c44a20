#ifndef LEASE_FIT_H
#define LEASE_FIT_H

#include <stdint.h>

#include "decide.h"

/*
 * Does a rule of the policy speak of a login?  Root is only spoken of by a rule
 * that names root, and by none that depends on what can't be read.
 */

/*
 * True when it does at that moment, or when that can't be told; *v is then of
 * the rule, and of WHY_GROUPS, WHY_ZONE, or else does.
 */
bool	fit_now(const struct rule *rule, const struct request *rq,
	    const struct state *st, const struct moment *now, enum why does,
	    struct verdict *v);

/* Does it speak of somebody who is in?  Also true when that can't be told. */
bool	fit_peer(const struct rule *rule, const struct peer *peer,
	    const struct state *st, const struct moment *now);

/*
 * The first instant after t (UTC seconds) at which a window changes so that who
 * is let in by v may no longer be, or in another way: that of the rule that
 * decided, of one before it that does not come to the same, or of one that exempts
 * from a wind-down that is on.  INT64_MAX when none does.
 */
int64_t	fit_change(const struct state *st, const struct request *rq,
	    const struct verdict *v, int64_t t);

#endif

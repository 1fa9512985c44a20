#ifndef LEASE_LIMIT_H
#define LEASE_LIMIT_H

#include "decide.h"

/*
 * The step of the limits: each that speaks of the login must have fewer users
 * of its set in than it says, this one not counted.  Who is in already is never
 * refused.
 */
struct verdict	decide_limit(const struct request *rq, const struct state *st,
		    const struct moment *now);

#endif

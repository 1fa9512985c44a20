#ifndef LEASE_LATE_H
#define LEASE_LATE_H

#include <stdint.h>

#include "inside.h"

/*
 * How long ago an end was due, in nanoseconds, or -1: no clock says so, or it
 * was not due at a moment.  By the boot clock where it has passed on that, as
 * nobody sets it.  Pure.
 */

/* Of the lease in st, with the policy's grace. */
int64_t	lease_late(const struct state *st, const struct moment *now);

/* Of a session that would not be let in now, and why. */
int64_t	session_late(const struct session *s, enum why why,
	    const struct state *st, const struct moment *now);

#endif

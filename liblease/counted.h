#ifndef LEASE_COUNTED_H
#define LEASE_COUNTED_H

#include "counters.h"
#include "error.h"

/*
 * Counts the lines of the history that came since it was last done, each once,
 * and keeps below PATH_STATE, whose descriptor is dirfd, what was counted and
 * up to where.  The first time since the boot it begins at the end, with
 * nothing.  Returns 0, or -1 with err; *c is then what was counted before, or
 * (*known is false) nothing is known of that.
 */
int	counted_look(int dirfd, struct counters *c, bool *known,
	    struct error *err);

#endif

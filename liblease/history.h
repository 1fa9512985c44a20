#ifndef LEASE_HISTORY_H
#define LEASE_HISTORY_H

#include <stdbool.h>

#include "chain.h"
#include "error.h"

/*
 * The history: files of lines (chain.h) below PATH_LOG, of which the last line
 * is on record in PATH_HEAD, so that lines that are missing at the end are seen.
 */

/*
 * Moves what waits in the spool (spool.h) there.  A line that was cut, by a
 * crash or a full disk, is ended, and an event says so.  Each event stands there
 * once, also when whoever does this was killed.  dirfd is that of PATH_STATE.
 * Returns 0, or -1 with err, and what is not there yet waits on; *left (may be
 * NULL) then, and where somebody is writing an event just now, is true.
 */
int	history_collect(int dirfd, bool *left, struct error *err);

/* The record of the last line.  Returns 0, or -1 with err (ERROR_ABSENT). */
int	history_head(struct link *last, struct error *err);

#endif

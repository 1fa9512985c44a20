#ifndef LEASE_WINDOW_H
#define LEASE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "zone.h"

/*
 * Time windows: a comma list of
 *
 *	DAYS[HHMM-HHMM]		weekly; DAYS is MoWeFr, Mo-Fr, Wk (Mo-Fr), Wd
 *				(SaSu) or Al; also HH:MM-HH:MM, up to 24:00; an
 *				end before the start is on the next day; no
 *				times mean the whole day
 *	DATE			that day, YYYY-MM-DD
 *	DATE..DATE		these days, the last one too
 *	DATETHH:MM..DATETHH:MM
 *
 * each perhaps with a '!' before it.  A window is open from its start up to,
 * not including, its end.  The list is open when one item is, or all have a
 * '!', and none with a '!' is.
 *
 * All of it is said of what clocks in a zone show.  An hour that they skip is
 * never open, and one that they show twice is open twice.  Pure: no clock, no
 * file, no environment, no heap.
 */

#define WINDOW_MAX		255	/* bytes of a list */
#define WINDOW_ITEMS_MAX	32
#define WINDOW_YEAR_MAX		2199	/* of a date; ZONE_YEAR_MIN and later */

/*
 * Is the list fit?  Returns 0, or -1 with err (ERROR_INVALID: what is wrong
 * and, where that can be told, what was meant) and the offset in list of what
 * is wrong in *at.
 */
int	window_check(const char *list, size_t *at, struct error *err);

/*
 * Is t (UTC seconds) inside?  The list is one that window_check() took; no
 * other is ever open.
 */
bool	window_open(const char *list, const struct zone *zone, int64_t t);

/*
 * The first instant after t (both UTC seconds) at which window_open() changes,
 * or INT64_MAX when it never does.
 */
int64_t	window_change(const char *list, const struct zone *zone, int64_t t);

#endif

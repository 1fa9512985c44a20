#ifndef LEASE_WINDOW_DAYS_H
#define LEASE_WINDOW_DAYS_H

#include "window_cursor.h"

/* The days of the week of an item of a list of time windows, see window.h. */

#define WINDOW_DAYS_ALL		0x7fu
#define WINDOW_DAYS_TEXT_MAX	16

/*
 * Reads MoWeFr, Mo-Fr, Wk, Wd or Al into c->r, and any mixture or spelling for
 * what was meant.
 */
bool	window_days_read(struct window_cursor *c);

/* Writes the days into WINDOW_DAYS_TEXT_MAX bytes, and returns dst. */
char	*window_days_text(char *dst, unsigned int days);

/* The same for those of an item, which may be a range. */
char	*window_range_text(char *dst, const struct window_reading *r);

#endif

#ifndef LEASE_WINDOW_ITEM_H
#define LEASE_WINDOW_ITEM_H

#include "window_cursor.h"

/* One item of a list of time windows, see window.h. */

#define WINDOW_ITEM_TEXT_MAX	64

/*
 * Reads the item between p and end.  It is good only if r->why is NULL.
 * Where days are missing those of before are meant, the item in front of it,
 * or NULL.
 */
void	window_item_read(const char *p, const char *end,
	    const struct window_reading *before, struct window_reading *r);

/*
 * Writes the item as it should be written into WINDOW_ITEM_TEXT_MAX bytes;
 * not for what is lost.  Returns dst.
 */
char	*window_item_text(char *dst, const struct window_reading *r);

#endif

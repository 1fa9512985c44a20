#ifndef LEASE_WINDOW_CURSOR_H
#define LEASE_WINDOW_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zone.h"

/*
 * How an item of a list of time windows (window.h) is read: generously, so
 * that what is wrong can be said together with what was meant.
 */

#define WINDOW_MINUTES	(24 * 60)	/* of a day */

struct window_item {
	bool negated;
	bool dated;
	unsigned int days;	/* bit 0 Sunday to 6 Saturday; if not dated */
	/*
	 * Of a dated item local time, as civil_to_seconds() counts it; else
	 * seconds after midnight, and an end before the start is on the next
	 * day.
	 */
	int64_t start, end;
};

/* An item and how it is spelt. */
struct window_reading {
	struct window_item item;
	const char *why;	/* what is wrong, or NULL */
	const char *at;		/* where */
	bool lost;		/* what was meant can't be told */
	bool named;		/* days by their names, not Wk, Wd or Al */
	bool range;		/* of days, Mo-Fr */
	size_t first, last;	/* of the range, 0 Monday */
	unsigned int times;	/* bit 0 the start has one, bit 1 the end */
	bool colon;		/* HH:MM and not HHMM */
	int minutes[2];		/* of start and end, after midnight */
	struct civil date[2];
};

struct window_cursor {
	const char *p, *end;
	struct window_reading *r;
};

/* Something is wrong, but what was meant is clear.  The first one counts. */
void	window_note(struct window_cursor *c, const char *at, const char *why);

/* What was meant is not clear.  Always returns false. */
bool	window_lost(struct window_cursor *c, const char *at, const char *why);

bool	window_is_digit(char c);
bool	window_is_letter(char c);

/* The next character that is no blank, or NUL at the end. */
char	window_peek(struct window_cursor *c);

/* Takes the character, if it is the next one. */
bool	window_take(struct window_cursor *c, char want);

/* Returns how many digits come next (8 at most), and their value in *n. */
size_t	window_number(struct window_cursor *c, int *n);

/*
 * HHMM or HH:MM, of the start (0) or the end (1), and for what was meant also
 * hours alone or with a digit less.
 */
bool	window_time(struct window_cursor *c, unsigned int which);

#endif

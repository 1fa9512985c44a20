#ifndef PAMLEASE_LIVE_H
#define PAMLEASE_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duration.h"
#include "lease.h"
#include "timestamp.h"

/* "pamlease list --watch": leases and sessions as they are. */

#define LIVE_TEXT_MAX	1100
#define LIVE_LINE_MAX	4096	/* bytes of a line on the screen */

/*
 * What is shown of a user stands together, the lease first.  All texts are for
 * a terminal: what is no text in them has been escaped.
 */
enum live_kind {
	LIVE_LEASE,
	LIVE_BROKEN,		/* a lease that can't be read; text says why */
	LIVE_SESSION,
};

struct live_row {
	enum live_kind kind;
	char user[LEASE_NAME_MAX + 1];	/* not escaped: for a command */
	char name[LIVE_TEXT_MAX];	/* what stands in the first column */
	char left[DURATION_TEXT_MAX];	/* "28m 14s", "expired", "-" */
	int64_t left_s, whole_s;	/* of its time; whole_s 0: no bar */
	char end[TIMESTAMP_TEXT_MAX];	/* empty: none */
	char text[LIVE_TEXT_MAX];
	size_t number;			/* in the order in which they were read */
};

struct live_rows {
	struct live_row *list;
	size_t n, room;
	size_t leases, sessions;
	char clock[TIMESTAMP_TEXT_MAX];	/* the time of all this */
	char trouble[LIVE_TEXT_MAX];	/* what could not be read, or empty */
	bool failed;			/* no memory: a row is missing */
};

/* live_rows.c.  Pure, but for the locale, which says how wide characters are. */

/* A new row, all zero but its kind and user; NULL without memory. */
struct live_row	*live_add(struct live_rows *rows, enum live_kind kind,
		    const char *user);
void	live_sort(struct live_rows *rows);
void	live_free(struct live_rows *rows);

/*
 * The text cut to so many columns, with a mark where it was, and filled up with
 * blanks; into size bytes.  Returns dst.
 */
char	*live_cut(char *dst, size_t size, const char *text, size_t columns);

/* Of so many cells those that are left, rounded up: "####----". */
char	*live_bar(char *dst, size_t cells, int64_t left, int64_t whole);

/* How wide the columns are, of a screen of that width; 0: not shown. */
struct live_columns {
	size_t name, left, bar, end, text;
};

void	live_columns(struct live_columns *c, size_t width);

/* A row, or (NULL) the heading, as a line, LIVE_LINE_MAX bytes. */
char	*live_line(char *dst, const struct live_row *row,
	    const struct live_columns *c);

/*
 * The row of the new ones that is the chosen one of the old ones: the same, or
 * one of the same user, or that in its place.
 */
size_t	live_find(const struct live_rows *rows, const struct live_row *chosen,
	    size_t place);

/* The first row on a screen of so many, so that the chosen one is on it. */
size_t	live_top(size_t top, size_t chosen, size_t n, size_t height);

/* live_read.c: reads all of it anew. */
void	live_read(struct live_rows *rows);

/* live_draw.c: the screen.  What it shows, with what is asked or was said. */
struct live_screen {
	struct live_rows rows;
	size_t chosen, top;
	const char *line;	/* at the bottom */
};

/* Returns 0, or -1 when this terminal can't do it. */
int	live_begin(void);
void	live_end(void);
void	live_draw(struct live_screen *s);
void	live_resize(void);

enum live_key {
	LIVE_NONE,		/* there is no more */
	LIVE_UP,
	LIVE_DOWN,
	LIVE_PAGE_UP,
	LIVE_PAGE_DOWN,
	LIVE_FIRST,
	LIVE_LAST,
	LIVE_ENTER,
	LIVE_ESCAPE,
	LIVE_ERASE,
	LIVE_CHARACTER,		/* printable ASCII, in *c */
	LIVE_OTHER,
};

enum live_key	live_key(char *c);

/* Forgets what has been typed so far. */
void	live_flush(void);

/* How many rows a page has. */
size_t	live_page(void);

#endif

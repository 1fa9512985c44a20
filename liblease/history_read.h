#ifndef LEASE_HISTORY_READ_H
#define LEASE_HISTORY_READ_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* What stands in the history (history.h). */

/*
 * How far somebody has read: a byte of a file, which keeps its place whatever
 * it is called after a rotation.  All zero: nothing yet.
 */
struct history_place {
	dev_t dev;
	ino_t ino;
	off_t offset;		/* of the next line there */
	uint64_t number;	/* of the last line; kept by who reads */
};

/* One line, as it is read. */
struct history_line {
	const char *file;	/* its name below PATH_LOG */
	unsigned int at;	/* its line there, from 1 where all is read */
	const char *text;	/* without the newline, ended by a NUL */
	size_t len;
	bool cut;		/* the newline is missing */
	struct history_place next;	/* behind it, but for its number; of a
					   cut one that may go on, before it */
};

/*
 * Calls each with every line of all files, the oldest one first, until it
 * returns other than 0, which is the result then; else 0, or -1 with err.  With
 * from only of what is behind that; where it is no longer there all lines come,
 * and their numbers tell which ones were read.
 */
int	history_read(const struct history_place *from,
	    int (*each)(void *arg, const struct history_line *line),
	    void *arg, struct error *err);

/* The place behind all whole lines.  Returns 0, or -1 with err. */
int	history_end(struct history_place *place, struct error *err);

#endif

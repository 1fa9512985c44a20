#ifndef LEASE_HISTORY_READ_H
#define LEASE_HISTORY_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

/* What stands in the history (history.h). */

/* One line, as it is read. */
struct history_line {
	const char *file;	/* its name below PATH_LOG */
	unsigned int at;	/* its line there, from 1 */
	const char *text;	/* without the newline, ended by a NUL */
	size_t len;
	bool cut;		/* the newline is missing */
};

/*
 * Calls each with every line of all files, the oldest one first, until it
 * returns other than 0, which is the result then; else 0, or -1 with err.
 */
int	history_read(int (*each)(void *arg, const struct history_line *line),
	    void *arg, struct error *err);

#endif

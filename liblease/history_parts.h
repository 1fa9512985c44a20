#ifndef LEASE_HISTORY_PARTS_H
#define LEASE_HISTORY_PARTS_H

#include <sys/types.h>

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "history_read.h"

/* The files that the history is in: the present one, and those before it. */

struct part {
	int age;		/* how often it was rotated */
	dev_t dev;
	ino_t ino;
};

struct parts {
	struct part *list;	/* the youngest first; to be freed */
	size_t n;
};

#define PARTS_INIT	{ NULL, 0 }

/*
 * Lists those below dir, PATH_LOG, down to that of the place, or (NULL) all.
 * Returns whether it is there still, or -1 with err.
 */
int	parts_list(int dir, struct parts *parts,
	    const struct history_place *from, struct error *err);

/* history.jsonl and, as logrotate(8) names them, history.jsonl.N. */
const char	*part_name(char dst[NAME_MAX + 1], int age);

/*
 * Opens it for reading, whatever it is called by now; p->age becomes that.
 * Returns a descriptor to close(), or -1 with errno: ENOENT, it has gone.
 */
int	part_open(int dir, struct part *p);

#endif

#ifndef PAMLEASE_WINDDOWN_PLACE_H
#define PAMLEASE_WINDDOWN_PLACE_H

#include <stddef.h>

#include "cmd.h"

/* The two places, of which a start leaves one. */
enum place {
	LASTING,		/* over a reboot */
	PASSING,
};

/* The file's path. */
const char	*place_path(enum place place);

/*
 * Writes and removes the file, under the lock in hold; what a killed writer has
 * left goes as well.  Both return an exit code, after they have said what is
 * wrong; place_remove() returns EXIT_NONE, and says nothing, when there is none.
 */
int	place_write(enum place place, const struct hold *hold,
	    const char *data, size_t len);
int	place_remove(enum place place, const struct hold *hold);

#endif

#ifndef LEASE_SPOOL_H
#define LEASE_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "event.h"

/*
 * Events on their way to the history (history.h): each is a file below
 * PATH_STATE that is made with one write and without a lock, because a user can
 * stop an application that the module runs in, and hold it for good.
 */

#define SPOOL_NAME_MAX	40

/*
 * Puts an event there, with the present time.  dirfd is that of PATH_STATE.  Returns 0, or -1 with err
 * and nothing there: ERROR_BUSY when too many wait already, so that they don't
 * take the room that logins need; else ERROR_BROKEN or ERROR_SYSTEM.
 */
int	spool_put(int dirfd, const struct event *e, struct error *err);

/* What waits, in the order of time. */
struct spool {
	int fd;			/* of its directory, or -1 */
	char (*names)[SPOOL_NAME_MAX];
	size_t n;
	size_t odd;		/* files that are none */
};

#define SPOOL_INIT	{ .fd = -1 }

/*
 * Lists it, for spool_close().  Returns 0, also where there is none, or -1 with
 * err.
 */
int	spool_open(int dirfd, struct spool *s, struct error *err);
void	spool_close(struct spool *s);

/* How many were put there more than so many seconds ago. */
size_t	spool_older(const struct spool *s, int64_t seconds);

/*
 * Reads the one of that index; store has EVENT_FILE_MAX bytes for its texts.
 * Returns 0, or -1 with err: ERROR_BUSY where somebody may be writing it still,
 * ERROR_ABSENT, ERROR_BROKEN, ERROR_SYSTEM.
 */
int	spool_read(const struct spool *s, size_t i, struct event *e,
	    int64_t *wall, char *store, struct error *err);

/* Takes that one out.  Returns 0, or -1 when it is still there. */
int	spool_drop(const struct spool *s, size_t i);

#endif

#ifndef LEASE_HISTORY_LOG_H
#define LEASE_HISTORY_LOG_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chain.h"
#include "error.h"
#include "event.h"

/* The history as who adds to it has it: its end, and lines that come behind. */

#define LOG_BATCH	((size_t)32 * 1024)	/* bytes that are written at once */

struct log {
	int dir, lock, fd;
	struct link last;
	char *tail;		/* its last lines; of the file before where it
				   is empty */
	size_t len;		/* of them, without one that was cut */
	bool cut;		/* the last one has no end */
	bool lost;		/* its record was missing, or none */
	off_t size;
	uint64_t recorded;	/* the number of the line on record */
};

#define LOG_INIT	{ -1, -1, -1, LINK_INIT, NULL, 0, false, false, 0, 0 }

/*
 * Makes it where there is none, locks it, and finds its last line, which then is
 * on record.  Returns 0, or -1 with err; log_close() is due in any case.
 */
int	log_open(struct log *log, struct error *err);
void	log_close(struct log *log);

/*
 * Is the event of that name among the last lines?  It may have been written by
 * somebody who was killed before it was dropped.
 */
bool	log_has(const struct log *log, const char *id);

/* Lines that are to be written. */
struct batch {
	char *data;		/* to be freed */
	size_t len, room;
	struct link last;
	bool first;		/* nothing is in the file yet */
};

/* What is wrong with the lines before is told in one.  wall is in ns. */
int	batch_heal(struct batch *b, struct log *log, int64_t wall,
	    struct error *err);

/* Adds a line; wall is in ns, id is for log_has(), or "". */
int	batch_add(struct batch *b, const struct event *e, int64_t wall,
	    const char *id, struct error *err);

/*
 * Writes and empties it: when 0 is returned, all of it stands there for good; when
 * -1, nothing of it, where the file could be made as long as it was.
 */
int	batch_write(struct batch *b, struct log *log, struct error *err);

#endif

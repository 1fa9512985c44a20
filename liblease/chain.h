#ifndef LEASE_CHAIN_H
#define LEASE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

/*
 * A line of the history: a JSON object (RFC 8259) that has a number, and the
 * SHA-256 (FIPS 180-4) of the line before it, without its newline.
 */

#define CHAIN_HASH	64	/* hexadecimal digits */
#define CHAIN_ID_MAX	63

struct link {
	uint64_t number;		/* of the first line: 1 */
	char hash[CHAIN_HASH + 1];	/* of the line itself */
};

/* What is before the first line. */
#define LINK_INIT	{ 0, "0000000000000000000000000000000000000000000000000000000000000000" }

/* Of the len bytes of a line, into CHAIN_HASH + 1 bytes. */
void	chain_hash(char *dst, const char *line, size_t len);

/*
 * The line behind *last for an event of that moment, nanoseconds since the
 * epoch, and *last becomes its.  The first one of a file says so.  It ends in a
 * newline, and is to be freed.  NULL: no memory.
 */
char	*chain_add(const struct event *e, int64_t wall, const char *id,
	    bool first, struct link *last);

/*
 * Reads the number of a line and what it says of the one before it.  Returns
 * false, when it is none.
 */
bool	chain_read(const char *line, size_t len, uint64_t *number,
	    char previous[CHAIN_HASH + 1]);

/*
 * Does it say that it is the first one of a file; that something was wrong before
 * it; that this was that no record told which line is the last?
 */
#define CHAIN_LOST	"the record of the last line was missing"
bool	chain_is_first(const char *line, size_t len);
bool	chain_is_healed(const char *line, size_t len);
bool	chain_is_lost(const char *line, size_t len);

/* Is it the one behind last?  Then that becomes its. */
bool	chain_follows(const char *line, size_t len, struct link *last);

/* What is at the end of some lines. */
struct chain_end {
	struct link last;
	size_t len;		/* bytes up to what was cut */
	bool cut;		/* the last line has no newline */
};

/*
 * Finds in the size bytes of lines at tail the one that is on record (NULL: none
 * is), and what was added after it by somebody who was killed before they could
 * say so.  Where it is not there somebody has been at the lines: then the chain
 * goes on behind the one on record, and whoever verifies it sees the break.
 */
struct chain_end	chain_find_end(const char *tail, size_t size,
			    const struct link *record);

/* The record of the last line: "NUMBER HASH\n". */
#define CHAIN_HEAD_MAX	96
size_t	chain_head_format(const struct link *last, char dst[CHAIN_HEAD_MAX]);
bool	chain_head_parse(const char *data, size_t len, struct link *last);

#endif

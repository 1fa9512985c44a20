#ifndef LEASE_COUNTERS_H
#define LEASE_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"
#include "verdict.h"

/* What is counted of the history's lines (chain.h), for metrics.  Pure. */

enum login_result {
	LOGIN_ADMITTED,
	LOGIN_DENIED,
	LOGIN_PERMISSIVE,	/* denied, and let in all the same */
	LOGIN_RESULTS
};

/* Up to so many milliseconds late; one bucket more is for all beyond. */
#define LATE_BOUNDS	10
extern const int64_t late_bounds[LATE_BOUNDS];

struct counters {
	int64_t logins[LOGIN_RESULTS][WHYS + 1];	/* WHYS: another word */
	int64_t late[LATE_BOUNDS + 1];	/* ends, each in one bucket */
	int64_t late_ms;	/* of them all */
	int64_t swept;		/* processes that were killed */
};

/* Adds a line of the history.  What is none, or of another kind, is nothing. */
void	counters_add(struct counters *c, const char *line, size_t len);

const char	*login_result_word(enum login_result result);

/*
 * The reason of that index, "other" for WHYS; NULL: an earlier one has that
 * word.
 */
const char	*login_why_word(int why);

/* Adds them to a record, and takes them from one; false: they are not there. */
#define COUNTERS_MAX	8192	/* bytes of that */
void	counters_put(const struct counters *c, struct record *r);
bool	counters_take(struct counters *c, struct record_reader *r);

#endif

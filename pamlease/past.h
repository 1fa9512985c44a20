#ifndef PAMLEASE_PAST_H
#define PAMLEASE_PAST_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "cmd.h"
#include "history.h"
#include "history_read.h"
#include "print.h"

/* A line of the history that somebody wants to see. */
struct past {
	cJSON *json;		/* the whole line */
	int64_t at;		/* seconds since the epoch, UTC */
	const char *event;
};

/* Which ones; NULL and the ends of time: any. */
struct past_filter {
	char user[SHOWN_MAX];	/* as it stands there, or empty */
	const char *event;
	int64_t since, until;	/* seconds since the epoch */
};

/* A text of the line, or ""; has it that fact at all? */
const char	*past_text(const struct past *p, enum event_field f);
bool	past_has(const struct past *p, enum event_field f);

/*
 * Calls each with every line that the filter lets through, oldest first, until
 * it returns other than EXIT_DONE.  Returns an exit code, and has said what is
 * wrong; lines that are none are left out, and told of.  With a place only of
 * what is behind it, and it becomes that behind the last one.
 */
int	past_each(const struct past_filter *filter, struct history_place *place,
	    int (*each)(void *arg, const struct past *p), void *arg);

/* history_verify.c: is all of it there as it was written? */
int	past_verify(void);

/* history_summary.c: sums for each month, user and service. */
int	past_summary(const struct past_filter *filter, bool json);

#endif

#ifndef PAMLEASE_PAST_H
#define PAMLEASE_PAST_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "cmd.h"
#include "history.h"
#include "history_read.h"
#include "print.h"
#include "session.h"

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
	bool would_deny;	/* who was let in by "permissive" alone */
	int64_t since, until;	/* seconds since the epoch */
};

/* A fact of the line, NULL where it has none; as a text, or "". */
const cJSON	*past_fact(const struct past *p, enum event_field f);
const char	*past_text(const struct past *p, enum event_field f);
bool	past_has(const struct past *p, enum event_field f);

/* The seconds of one that is a time; false: there is none, and *t is 0. */
bool	past_time(const struct past *p, enum event_field f, int64_t *t);

/*
 * Has what waits written, so that all is there that has happened.  Returns an
 * exit code, and unless it is to be quiet has said what is wrong.
 */
int	past_collect(bool quiet);

/*
 * Reads the value of --since or --until; one without a date is the last one of
 * it.  NULL leaves *t as it is.  EXIT_USAGE after it has said what is wrong.
 */
int	past_limit(const char *option, const char *text, int64_t now, int64_t *t);

/*
 * Calls each with every line that the filter lets through, oldest first, until
 * it returns other than EXIT_DONE.  Returns an exit code, and has said what is
 * wrong; lines that are none are left out, and told of.  With a place only of
 * what is behind it, and it becomes that behind the last one.
 */
int	past_each(const struct past_filter *filter, struct history_place *place,
	    int (*each)(void *arg, const struct past *p), void *arg);

/* past_sessions.c: those whose end has not been read yet. */
struct past_session {
	char name[SESSION_NAME_MAX];
	int64_t since;
	size_t of;		/* the caller's: what it belongs to */
};

struct past_sessions {
	void *tree;		/* NULL: none */
};

/*
 * Adds that of an "opened".  Returns an exit code, and has said what is wrong;
 * one without a name has no end, and is left out.
 */
int	past_opened(struct past_sessions *s, const struct past *p, size_t of);

/* Takes out that of a "closed"; false: it was not there. */
bool	past_closed(struct past_sessions *s, const struct past *p,
	    struct past_session *out);

/*
 * Takes out and calls each with those who are in.  What is left then has an end
 * that nobody saw, as the host went down.  Returns an exit code, as above.
 */
int	past_live(struct past_sessions *s,
	    void (*each)(void *arg, const struct past_session *session),
	    void *arg);

void	past_sessions_free(struct past_sessions *s);

/* How many seconds of a time are within that of the filter. */
int64_t	past_within(const struct past_filter *f, int64_t from, int64_t to);

/* history_verify.c: is all of it there as it was written? */
int	past_verify(void);

/* history_summary.c: sums for each month, user and service. */
int	past_summary(const struct past_filter *filter, bool json);

#endif

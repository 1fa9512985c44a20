#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "history.h"
#include "history_log.h"
#include "lease.h"
#include "paths.h"
#include "spool.h"

static int64_t
wall_now(void)
{
	struct timespec ts;

	return clock_gettime(CLOCK_REALTIME, &ts) == 0 ?
	    (int64_t)ts.tv_sec * NANOSECONDS + ts.tv_nsec : 0;
}

/*
 * What can't be read is told of, and is gone with that.  What is not to be
 * dropped loses its name.
 */
static int
take(struct spool *s, size_t i, const struct log *log, struct batch *b,
    struct error *err)
{
	char store[EVENT_FILE_MAX];
	char detail[ERROR_TEXT_MAX + SPOOL_NAME_MAX];
	struct error inner;
	struct event e;
	int64_t wall;

	if (log_has(log, s->names[i]))
		return 0;
	if (spool_read(s, i, &e, &wall, store, &inner) == -1) {
		if (inner.code != ERROR_BROKEN) {
			s->names[i][0] = '\0';
			if (inner.code == ERROR_SYSTEM)
				*err = inner;
			return inner.code == ERROR_SYSTEM ? -1 : 0;
		}
		event_init(&e, EVENT_FAILED);
		(void)snprintf(detail, sizeof(detail), "%s: %s", s->names[i],
		    inner.text);
		e.text[EVENT_DETAIL] = detail;
		wall = wall_now();
	}
	return batch_add(b, &e, wall, s->names[i], err);
}

/* Nothing is dropped before it stands there for good. */
static int
move(struct log *log, struct spool *s, bool *left, struct error *err)
{
	struct batch b = { NULL, 0, 0, log->last, log->size == 0 };
	size_t i, dropped = 0;
	int r = batch_heal(&b, log, wall_now(), err);

	for (i = 0; r == 0 && i <= s->n; i++) {
		if (i < s->n)
			r = take(s, i, log, &b, err);
		if (r == -1 || (i < s->n && b.len < LOG_BATCH))
			continue;
		r = batch_write(&b, log, err);
		for (; r == 0 && dropped <= i && dropped < s->n; dropped++)
			if (s->names[dropped][0] == '\0' ||
			    spool_drop(s, dropped) == -1)
				*left = true;
	}
	free(b.data);
	return r;
}

int
history_collect(int dirfd, bool *left, struct error *err)
{
	struct log log = LOG_INIT;
	struct spool s = SPOOL_INIT;
	bool some = false;
	int r = spool_open(dirfd, &s, err);

	if (r == 0 && (s.n > 0 || s.odd > 0)) {
		r = log_open(&log, err);
		/* Somebody else may have been at work until now. */
		spool_close(&s);
		if (r == 0)
			r = spool_open(dirfd, &s, err);
		if (r == 0)
			r = move(&log, &s, &some, err);
		log_close(&log);
		if (r == 0 && s.odd > 0)
			r = error_set(err, ERROR_BROKEN, "%zu files in %s/%s "
			    "are no events", s.odd, PATH_STATE, PATH_EVENTS);
	}
	spool_close(&s);
	if (left != NULL)
		*left = r == -1 || some;
	return r;
}

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "history.h"
#include "lease.h"
#include "lock.h"
#include "paths.h"
#include "spool.h"

#define HISTORY_LOCK	".lock"
#define LOCK_WAIT	10000	/* ms */

/*
 * Bytes that are written at once, and looked at when the history is opened: all
 * of a write that was not heard of is among them.
 */
#define BATCH		((size_t)32 * 1024)
#define TAIL		((off_t)128 * 1024)

/* The history, open for who adds to it. */
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

static int
read_head(int dir, struct link *last, struct error *err)
{
	char data[CHAIN_HEAD_MAX];
	ssize_t len = file_read(dir, PATH_HEAD, FILE_PUBLIC, data,
	    sizeof(data), err);

	if (len == -1)
		return -1;
	if (!chain_head_parse(data, (size_t)len, last))
		return error_set(err, ERROR_BROKEN, "%s/%s: want NUMBER HASH",
		    PATH_LOG, PATH_HEAD);
	return 0;
}

int
history_head(struct link *last, struct error *err)
{
	int dir = dir_open(PATH_LOG, DIR_PUBLIC, err), r;

	if (dir == -1)
		return -1;
	r = read_head(dir, last, err);
	(void)close(dir);
	return r;
}

static int
read_tail(struct log *log, int fd, off_t size, struct error *err)
{
	off_t from = size > TAIL ? size - TAIL : 0;
	size_t want = (size_t)(size - from);
	ssize_t n = 0;
	char *first;

	log->tail = malloc(want + 1);
	if (log->tail == NULL)
		return error_system(err, "history");
	while (log->len < want) {
		n = pread(fd, log->tail + log->len, want - log->len,
		    from + (off_t)log->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		log->len += (size_t)n;
	}
	if (n == -1 || log->len < want)
		return error_system(err, "history");
	if (from == 0)
		return 0;
	/* It may begin within a line. */
	first = memchr(log->tail, '\n', log->len);
	log->len -= first == NULL ? log->len :
	    (size_t)(first + 1 - log->tail);
	if (first != NULL)
		memmove(log->tail, first + 1, log->len);
	return 0;
}

static int
open_part(int dir, const char *name, int flags, struct stat *st,
    struct error *err)
{
	int fd = openat(dir, name, flags | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK | O_NOCTTY, 0600);
	const char *wrong;

	if (fd == -1)
		return errno == ENOENT ? error_set(err, ERROR_ABSENT, "no %s",
		    name) : error_system(err, "%s/%s", PATH_LOG, name);
	if (fstat(fd, st) == -1)
		(void)error_system(err, "%s/%s", PATH_LOG, name);
	else if ((wrong = file_untrusted(st, S_IFREG, 0, FILE_PUBLIC)) !=
	    NULL)
		(void)error_set(err, ERROR_BROKEN, "%s/%s: %s", PATH_LOG,
		    name, wrong);
	else
		return fd;
	(void)close(fd);
	return -1;
}

/* After it was rotated the last lines are in the file before. */
static int
read_lines(struct log *log, struct error *err)
{
	struct stat st;
	int before, r;

	memset(&st, 0, sizeof(st));
	log->fd = open_part(log->dir, PATH_HISTORY, O_RDWR | O_APPEND |
	    O_CREAT, &st, err);
	if (log->fd == -1)
		return -1;
	log->size = st.st_size;
	if (log->size > 0)
		return read_tail(log, log->fd, log->size, err);
	before = open_part(log->dir, PATH_HISTORY ".1", O_RDONLY, &st, err);
	if (before == -1) {
		if (err->code != ERROR_ABSENT)
			return -1;
		error_clear(err);
		return 0;
	}
	r = read_tail(log, before, st.st_size, err);
	(void)close(before);
	return r;
}

static int	record_last(struct log *log, struct error *err);

static int
log_open(struct log *log, struct error *err)
{
	struct link record = LINK_INIT;
	bool on_record;
	struct chain_end end;

	log->dir = dir_make(PATH_LOG, err);
	if (log->dir == -1)
		return -1;
	log->lock = lock_file(log->dir, HISTORY_LOCK, LOCK_WAIT, err);
	if (log->lock == -1)
		return -1;
	drafts_sweep(log->dir);
	if (read_lines(log, err) == -1)
		return -1;
	on_record = read_head(log->dir, &record, err) == 0;
	if (!on_record && err->code == ERROR_SYSTEM)
		return -1;
	error_clear(err);
	end = chain_find_end(log->tail, log->len, on_record ? &record : NULL);
	log->last = end.last;
	log->len = end.len;
	log->cut = end.cut;
	log->lost = !on_record && (end.len > 0 || end.cut);
	log->recorded = record.number;
	/* There is a record before there is a line; and none is added before
	   the last one is on it. */
	return on_record && log->last.number == log->recorded ? 0 :
	    record_last(log, err);
}

static void
log_close(struct log *log)
{
	free(log->tail);
	if (log->fd != -1)
		(void)close(log->fd);
	if (log->lock != -1)
		(void)close(log->lock);
	if (log->dir != -1)
		(void)close(log->dir);
}

/* All of it, or nothing where the file can be made as long as it was. */
static int
log_write(struct log *log, const char *data, size_t len, struct error *err)
{
	size_t done = 0;
	ssize_t n = 0;

	while (done < len) {
		n = write(log->fd, data + done, len - done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (done == len && fdatasync(log->fd) == 0) {
		log->size += (off_t)len;
		return 0;
	}
	if (n >= 0 && done < len)
		errno = ENOSPC;
	(void)error_system(err, "%s/%s", PATH_LOG, PATH_HISTORY);
	if (ftruncate(log->fd, log->size) == -1)
		log->cut = true;
	return -1;
}

/* Lines that are to be written. */
struct batch {
	char *data;
	size_t len, room;
	struct link last;
	bool first;		/* nothing is in the file yet */
};

static int
batch_bytes(struct batch *b, const char *data, size_t len, struct error *err)
{
	char *more;

	if (b->room - b->len < len) {
		more = realloc(b->data, b->room + BATCH + len);
		if (more == NULL)
			return error_system(err, "history");
		b->data = more;
		b->room += BATCH + len;
	}
	memcpy(b->data + b->len, data, len);
	b->len += len;
	return 0;
}

static int
batch_add(struct batch *b, const struct event *e, int64_t wall,
    const char *id, struct error *err)
{
	char *line = chain_add(e, wall, id, b->first, &b->last);
	int r;

	b->first = false;
	if (line == NULL)
		return error_set(err, ERROR_SYSTEM, "out of memory");
	r = batch_bytes(b, line, strlen(line), err);
	free(line);
	return r;
}

static int
record_last(struct log *log, struct error *err)
{
	char head[CHAIN_HEAD_MAX];

	if (file_write(log->dir, PATH_HEAD, head,
	    chain_head_format(&log->last, head), err) == -1)
		return -1;
	log->recorded = log->last.number;
	return 0;
}

static int
batch_write(struct log *log, struct batch *b, struct error *err)
{
	if (b->len == 0)
		return 0;
	if (log_write(log, b->data, b->len, err) == -1)
		return -1;
	b->len = 0;
	log->last = b->last;
	return record_last(log, err);
}

static int64_t
wall_now(void)
{
	struct timespec ts;

	return clock_gettime(CLOCK_REALTIME, &ts) == 0 ?
	    (int64_t)ts.tv_sec * NANOSECONDS + ts.tv_nsec : 0;
}

/* What is wrong with the lines before is told in one. */
static int
heal(struct log *log, struct batch *b, struct error *err)
{
	struct event e;

	if (!log->cut && !log->lost)
		return 0;
	event_init(&e, EVENT_HEALED);
	e.text[EVENT_DETAIL] = log->lost ? CHAIN_LOST : "the line before this "
	    "one was cut";
	/* The line that was cut stays: it may be all that is left of what was
	   in it. */
	if (log->cut && log->size > 0 && batch_bytes(b, "\n", 1, err) == -1)
		return -1;
	log->cut = log->lost = false;
	return batch_add(b, &e, wall_now(), "", err);
}

/* It may have been written by somebody who was killed before it was dropped. */
static bool
is_there(const struct log *log, const char *id)
{
	char key[SPOOL_NAME_MAX + 16];
	int len = snprintf(key, sizeof(key), "\"id\":\"%s\"", id);

	return log->len > 0 &&
	    memmem(log->tail, log->len, key, (size_t)len) != NULL;
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

	if (is_there(log, s->names[i]))
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
	int r = heal(log, &b, err);

	for (i = 0; r == 0 && i <= s->n; i++) {
		if (i < s->n)
			r = take(s, i, log, &b, err);
		if (r == -1 || (i < s->n && b.len < BATCH))
			continue;
		r = batch_write(log, &b, err);
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

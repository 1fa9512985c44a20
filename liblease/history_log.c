#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "history.h"
#include "history_log.h"
#include "lock.h"
#include "paths.h"
#include "spool.h"

#define HISTORY_LOCK	".lock"
#define LOCK_WAIT	10000	/* ms */

/*
 * What is looked at when the history is opened: all of a write that was not
 * heard of is among it.
 */
#define TAIL		((off_t)128 * 1024)

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

int
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

void
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

bool
log_has(const struct log *log, const char *id)
{
	char key[SPOOL_NAME_MAX + 16];
	int len = snprintf(key, sizeof(key), "\"id\":\"%s\"", id);

	return log->len > 0 &&
	    memmem(log->tail, log->len, key, (size_t)len) != NULL;
}

static int
batch_bytes(struct batch *b, const char *data, size_t len, struct error *err)
{
	char *more;

	if (b->room - b->len < len) {
		more = realloc(b->data, b->room + LOG_BATCH + len);
		if (more == NULL)
			return error_system(err, "history");
		b->data = more;
		b->room += LOG_BATCH + len;
	}
	memcpy(b->data + b->len, data, len);
	b->len += len;
	return 0;
}

int
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

int
batch_write(struct batch *b, struct log *log, struct error *err)
{
	if (b->len == 0)
		return 0;
	if (log_write(log, b->data, b->len, err) == -1)
		return -1;
	b->len = 0;
	log->last = b->last;
	return record_last(log, err);
}

int
batch_heal(struct batch *b, struct log *log, int64_t wall, struct error *err)
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
	return batch_add(b, &e, wall, "", err);
}

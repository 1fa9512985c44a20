#include <sys/stat.h>
#include <sys/vfs.h>

#include <linux/magic.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dir.h"
#include "file.h"
#include "lease.h"
#include "paths.h"
#include "spool.h"

/* Bytes of the directory at which no more is taken: 20 for each on a tmpfs. */
#define DIR_SIZE_MAX	INT64_C(327680)	/* 16,384 of 20 */

#define TRIES		16	/* for a name that is free */
#define WRITING_MAX	60	/* s after which nobody writes it any more */
#define NAME_DIGITS	20

/* Names have CLOCK_MONOTONIC, which no suspend lets seem old. */
static int64_t
nanoseconds(clockid_t id)
{
	struct timespec ts;

	return clock_gettime(id, &ts) == 0 ?
	    (int64_t)ts.tv_sec * NANOSECONDS + ts.tv_nsec : 0;
}

static int
make(int fd, char name[SPOOL_NAME_MAX], struct error *err)
{
	int64_t at = nanoseconds(CLOCK_MONOTONIC);
	int file = -1, i;

	for (i = 0; i < TRIES && file == -1; i++) {
		(void)snprintf(name, SPOOL_NAME_MAX, "%0*" PRId64 "-%d",
		    NAME_DIGITS, at + i, (int)getpid());
		file = openat(fd, name, O_WRONLY | O_CREAT | O_EXCL |
		    O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
		if (file == -1 && errno != EEXIST)
			break;
	}
	return file != -1 ? file : error_system(err, "event");
}

/* Is there room for more?  A ledger entry needs some as well. */
static int
look_for_room(int fd, struct error *err)
{
	struct statfs fs;
	struct stat st;
	bool room;

	if (fstat(fd, &st) == -1 || fstatfs(fd, &fs) == -1)
		return error_system(err, "events");
	if (fs.f_type == TMPFS_MAGIC)
		room = st.st_size <= DIR_SIZE_MAX &&
		    fs.f_bavail >= fs.f_blocks / 4;
	else
		room = fs.f_bavail >= fs.f_blocks / 20;
	return room ? 0 : error_set(err, ERROR_BUSY, "too many events wait "
	    "for the history, or there is little room for them");
}

/*
 * Who was stopped for long may find that the file was taken for one that nobody
 * writes any more; then the event is none yet.
 */
static int
put_once(int fd, const char *data, size_t len, bool *gone, struct error *err)
{
	char name[SPOOL_NAME_MAX];
	int file = make(fd, name, err);
	struct stat st;
	ssize_t n;

	if (file == -1)
		return -1;
	do
		n = write(file, data, len);
	while (n == -1 && errno == EINTR);
	if (n != (ssize_t)len) {
		if (n != -1)
			errno = ENOSPC;
		(void)error_system(err, "event");
		(void)unlinkat(fd, name, 0);
	}
	*gone = n == (ssize_t)len && fstat(file, &st) == 0 &&
	    st.st_nlink == 0;
	(void)close(file);
	return n == (ssize_t)len ? 0 : -1;
}

static int
put(int fd, const struct event *e, struct error *err)
{
	char data[EVENT_FILE_MAX];
	ssize_t len = event_format(e, nanoseconds(CLOCK_REALTIME), data,
	    sizeof(data));
	bool gone = true;
	int i, r;

	error_clear(err);
	r = look_for_room(fd, err);
	for (i = 0; r == 0 && gone && i < TRIES; i++)
		r = put_once(fd, data, (size_t)len, &gone, err);
	return r;
}

int
spool_put(int dirfd, const struct event *e, struct error *err)
{
	int fd = dir_make_at(dirfd, PATH_EVENTS, err), r;

	if (fd == -1)
		return -1;
	r = put(fd, e, err);
	(void)close(fd);
	return r;
}

/* Only the names that make() gives. */
static bool
is_name(const char *name)
{
	size_t digits = strspn(name, "0123456789");
	const char *pid = name + digits + 1;

	return digits == NAME_DIGITS && name[digits] == '-' &&
	    pid[0] != '\0' && pid[strspn(pid, "0123456789")] == '\0' &&
	    strlen(name) < SPOOL_NAME_MAX;
}

static int
add(void *arg, int fd, const char *name)
{
	struct spool *s = arg;
	void *more;

	(void)fd;
	if (!is_name(name)) {
		s->odd += strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
		return 0;
	}
	if ((s->n & (s->n - 1)) == 0) {		/* 0 or a power of two */
		more = reallocarray(s->names, s->n == 0 ? 1 : s->n * 2,
		    sizeof(*s->names));
		if (more == NULL)
			return -1;
		s->names = more;
	}
	memcpy(s->names[s->n++], name, strlen(name) + 1);
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

int
spool_open(int dirfd, struct spool *s, struct error *err)
{
	error_clear(err);
	s->names = NULL;
	s->n = s->odd = 0;
	s->fd = dir_open_at(dirfd, PATH_EVENTS, DIR_PRIVATE, err);
	if (s->fd == -1) {
		if (err->code != ERROR_ABSENT)
			return -1;
		error_clear(err);
		return 0;
	}
	if (dir_each(s->fd, add, s, err) != 0) {
		if (err->code == ERROR_NONE)
			(void)error_system(err, "events");
		spool_close(s);
		return -1;
	}
	if (s->n > 1)
		qsort(s->names, s->n, sizeof(*s->names), by_name);
	return 0;
}

void
spool_close(struct spool *s)
{
	free(s->names);
	s->names = NULL;
	s->n = 0;
	if (s->fd != -1)
		(void)close(s->fd);
	s->fd = -1;
}

static int64_t
made_at(const struct spool *s, size_t i)
{
	return strtoll(s->names[i], NULL, 10);
}

size_t
spool_older(const struct spool *s, int64_t seconds)
{
	int64_t before = nanoseconds(CLOCK_MONOTONIC) - seconds * NANOSECONDS;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (made_at(s, i) >= before)
			break;
	return i;
}

int
spool_read(const struct spool *s, size_t i, struct event *e, int64_t *wall,
    char *store, struct error *err)
{
	char data[EVENT_FILE_MAX + 1];
	ssize_t len = file_read(s->fd, s->names[i], FILE_PRIVATE, data,
	    sizeof(data), err);

	if (len == -1)
		return -1;
	/* Has it just been made, by whoever is about to write it? */
	if (len == 0 && nanoseconds(CLOCK_MONOTONIC) - made_at(s, i) <
	    WRITING_MAX * NANOSECONDS)
		return error_set(err, ERROR_BUSY, "%s is being written",
		    s->names[i]);
	return event_parse(data, (size_t)len, e, wall, store, err);
}

int
spool_drop(const struct spool *s, size_t i)
{
	return unlinkat(s->fd, s->names[i], 0) == 0 || errno == ENOENT ? 0 :
	    -1;
}

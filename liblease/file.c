#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dir.h"
#include "file.h"
#include "proc.h"

#define OPEN_READ	(O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | \
			    O_NOCTTY)
#define TRIES		64	/* drafts of one process at the same time */

const char *
file_untrusted(const struct stat *st, mode_t type, uid_t owner,
    mode_t forbidden)
{
	if ((st->st_mode & S_IFMT) != type)
		return type == S_IFDIR ? "not a directory" :
		    "not a regular file";
	if (st->st_uid != owner)
		return "wrong owner";
	if ((st->st_mode & forbidden) != 0)
		return "mode too open";
	/* None is fine: it was replaced after it was opened. */
	if (type == S_IFREG && st->st_nlink > 1)
		return "more than one link";
	return NULL;
}

/* errno after a failed open says what kind of failure it is. */
static int
open_failed(const char *name, struct error *err)
{
	if (errno == ENOENT)
		return error_set(err, ERROR_ABSENT, "no %s", name);
	if (errno == ELOOP || errno == ENOTDIR || errno == ENXIO)
		return error_set(err, ERROR_BROKEN, "%s: not a %s", name,
		    errno == ENOTDIR ? "directory" : "regular file");
	return error_system(err, "%s", name);
}

int
dir_open_at(int dirfd, const char *name, mode_t forbidden, struct error *err)
{
	int fd = openat(dirfd, name, OPEN_READ | O_DIRECTORY);
	const char *wrong;
	struct stat st;

	error_clear(err);
	if (fd == -1)
		return open_failed(name, err);
	if (fstat(fd, &st) == -1) {
		(void)error_system(err, "%s", name);
		goto fail;
	}
	wrong = file_untrusted(&st, S_IFDIR, 0, forbidden);
	if (wrong != NULL) {
		(void)error_set(err, ERROR_BROKEN, "%s: %s", name, wrong);
		goto fail;
	}
	return fd;
fail:
	(void)close(fd);
	return -1;
}

int
dir_open(const char *path, mode_t forbidden, struct error *err)
{
	return dir_open_at(AT_FDCWD, path, forbidden, err);
}

int
dir_make_at(int dirfd, const char *name, struct error *err)
{
	int fd = dir_open_at(dirfd, name, DIR_PRIVATE, err);

	if (fd != -1 || err->code != ERROR_ABSENT)
		return fd;
	if (mkdirat(dirfd, name, 0700) == -1 && errno != EEXIST)
		return error_system(err, "%s", name);
	return dir_open_at(dirfd, name, DIR_PRIVATE, err);
}

int
dir_make(const char *path, struct error *err)
{
	return dir_make_at(AT_FDCWD, path, err);
}

/*
 * Reads to the end, which is where the file's size says, or else where a read
 * finds it; more than size - 1 bytes is an error of its own.
 */
static ssize_t
read_all(int fd, const char *name, off_t end, char *data, size_t size,
    struct error *err)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = read(fd, data + len, size - len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return error_system(err, "%s", name);
		if (n == 0)
			return (ssize_t)len;
		len += (size_t)n;
		if ((off_t)len == end && len < size)
			return (ssize_t)len;
		if (len == size)
			return error_set(err, ERROR_BROKEN, "%s: too long",
			    name);
	}
}

ssize_t
file_read(int dirfd, const char *name, mode_t forbidden, char *data,
    size_t size, struct error *err)
{
	const char *wrong;
	struct stat st;
	ssize_t len = -1;
	int fd;

	error_clear(err);
	fd = openat(dirfd, name, OPEN_READ);
	if (fd == -1)
		return open_failed(name, err);
	if (fstat(fd, &st) == -1)
		(void)error_system(err, "%s", name);
	else if ((wrong = file_untrusted(&st, S_IFREG, 0, forbidden)) != NULL)
		(void)error_set(err, ERROR_BROKEN, "%s: %s", name, wrong);
	else
		len = read_all(fd, name, st.st_size, data, size, err);
	(void)close(fd);
	return len;
}

/* What changed is done, but may not outlive a power failure: say so. */
static int
dir_sync(int dirfd, const char *name, struct error *err)
{
	if (fsync(dirfd) == -1 && errno != EINVAL)
		return error_system(err, "can't sync the directory of %s",
		    name);
	return 0;
}

/* Creates .tmp-PID-START-N, the first N that is free. */
static int
draft_create(struct draft *d, struct error *err)
{
	int fd, n;

	if (d->start == 0 && !proc_start(getpid(), &d->start))
		return error_set(err, ERROR_SYSTEM, "can't read own /proc");
	for (n = 0; n < TRIES; n++) {
		(void)snprintf(d->name, sizeof(d->name),
		    DRAFT_PREFIX "%d-%llu-%d", (int)getpid(),
		    (unsigned long long)d->start, n);
		fd = openat(d->dirfd, d->name, O_WRONLY | O_CREAT | O_EXCL |
		    O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd != -1)
			return fd;
		if (errno != EEXIST)
			break;
	}
	return error_system(err, "%s", d->name);
}

static int
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int
draft_write(struct draft *d, int dirfd, const char *data, size_t len,
    struct error *err)
{
	int fd, r;

	error_clear(err);
	d->dirfd = dirfd;
	fd = draft_create(d, err);
	if (fd == -1) {
		d->dirfd = -1;
		return -1;
	}
	/* The mode again: umask may have taken bits that it needs. */
	r = write_all(fd, data, len) == -1 ||
	    fchmod(fd, d->mode != 0 ? d->mode : 0600) == -1 ||
	    fsync(fd) == -1 ? -1 : 0;
	if (r == -1)
		(void)error_system(err, "can't write");
	if (close(fd) == -1 && r == 0)
		r = error_system(err, "can't write");
	if (r == -1)
		draft_discard(d);
	return r;
}

int
draft_commit(struct draft *d, const char *name, bool exclusive,
    struct error *err)
{
	int dirfd = d->dirfd;

	error_clear(err);
	if (renameat2(dirfd, d->name, dirfd, name,
	    exclusive ? RENAME_NOREPLACE : 0) == -1) {
		if (exclusive && errno == EEXIST)
			return error_set(err, ERROR_BUSY, "%s is there",
			    name);
		(void)error_system(err, "%s", name);
		draft_discard(d);
		return -1;
	}
	d->dirfd = -1;
	return dir_sync(dirfd, name, err);
}

void
draft_discard(struct draft *d)
{
	if (d->dirfd != -1)
		(void)unlinkat(d->dirfd, d->name, 0);
	d->dirfd = -1;
}

int
file_write(int dirfd, const char *name, const char *data, size_t len,
    struct error *err)
{
	struct draft d = DRAFT_INIT;

	if (draft_write(&d, dirfd, data, len, err) == -1)
		return -1;
	return draft_commit(&d, name, false, err);
}

int
file_rename(int dirfd, const char *from, const char *to, struct error *err)
{
	error_clear(err);
	if (renameat(dirfd, from, dirfd, to) == -1) {
		if (errno == ENOENT)
			return error_set(err, ERROR_ABSENT, "no %s", from);
		return error_system(err, "%s", from);
	}
	return dir_sync(dirfd, from, err);
}

int
file_remove(int dirfd, const char *name, struct error *err)
{
	error_clear(err);
	if (unlinkat(dirfd, name, 0) == -1) {
		/* A read-only file system says so even of what is not there. */
		if (errno == ENOENT || (errno == EROFS && faccessat(dirfd,
		    name, F_OK, AT_SYMLINK_NOFOLLOW) == -1 && errno == ENOENT))
			return error_set(err, ERROR_ABSENT, "no %s", name);
		return error_system(err, "%s", name);
	}
	return dir_sync(dirfd, name, err);
}

bool
draft_sweep(int dirfd, const char *name)
{
	char pid[11], start[21];
	int used = 0;

	if (sscanf(name, DRAFT_PREFIX "%10[0-9]-%20[0-9]-%*[0-9]%n", pid,
	    start, &used) != 2 || used == 0 || name[used] != '\0' ||
	    proc_alive((pid_t)strtol(pid, NULL, 10),
	    strtoull(start, NULL, 10)))
		return false;
	return unlinkat(dirfd, name, 0) == 0;
}

static int
sweep(void *arg, int dirfd, const char *name)
{
	(void)arg;
	(void)draft_sweep(dirfd, name);
	return 0;
}

void
drafts_sweep(int dirfd)
{
	struct error err;

	(void)dir_each(dirfd, sweep, NULL, &err);
}

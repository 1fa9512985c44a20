#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "lease.h"
#include "lock.h"
#include "name.h"
#include "paths.h"

#define PAUSE_MAX	20	/* ms between two tries */

/* flock(2) with a limit and without a signal, which would be the host's. */
static int
flock_wait(int fd, int wait)
{
	int64_t end = monotonic_ms() + wait;
	int pause = 1;

	while (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -1;
		if (monotonic_ms() >= end) {
			errno = EWOULDBLOCK;
			return -1;
		}
		(void)poll(NULL, 0, pause);
		pause = pause * 2 < PAUSE_MAX ? pause * 2 : PAUSE_MAX;
	}
	return 0;
}

/* Locks fd, or closes it. */
static int
lock_fd(int fd, const char *file, int wait, struct error *err)
{
	if (flock_wait(fd, wait) == 0)
		return fd;
	if (errno == EWOULDBLOCK)
		(void)error_set(err, ERROR_BUSY, "%s is held by another "
		    "process", file);
	else
		(void)error_system(err, "%s", file);
	(void)close(fd);
	return -1;
}

static int
lock_directory(int dirfd, int wait, struct error *err)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return error_system(err, "the directory");
	return lock_fd(fd, "the directory", wait, err);
}

int
lock_file(int dirfd, const char *file, int wait, struct error *err)
{
	const char *wrong;
	struct stat st;
	int fd;

	error_clear(err);
	/* For reading, so that its closing is no change to who watches. */
	fd = openat(dirfd, file, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK | O_NOCTTY, 0600);
	if (fd == -1)
		return error_system(err, "%s", file);
	if (fstat(fd, &st) == -1)
		(void)error_system(err, "%s", file);
	else if ((wrong = file_untrusted(&st, S_IFREG, 0, FILE_PUBLIC)) != NULL)
		(void)error_set(err, ERROR_BROKEN, "%s: %s", file, wrong);
	else
		return lock_fd(fd, file, wait, err);
	(void)close(fd);
	return -1;
}

/* Without room for the file nobody has it, and one lock serves. */
static int
lock_with_room(int dirfd, const char *file, int wait, struct error *err)
{
	int fd = lock_file(dirfd, file, wait, err);

	if (fd == -1 && (err->sys == ENOSPC || err->sys == EDQUOT))
		return lock_directory(dirfd, wait, err);
	return fd;
}

int
lock_user(int dirfd, const char *name, int wait, struct error *err)
{
	char file[NAME_FILE_MAX] = ".";

	if (!name_encode(file + 1, sizeof(file) - 1, name, SUFFIX_LOCK))
		return error_set(err, ERROR_INVALID, "not a user name");
	return lock_with_room(dirfd, file, wait, err);
}

int
lock_winddown(int dirfd, int wait, struct error *err)
{
	return lock_with_room(dirfd, PATH_WINDDOWN_LOCK, wait, err);
}

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dir.h"
#include "file.h"
#include "paths.h"
#include "request_file.h"

int
request_dir(int dirfd, struct error *err)
{
	return dir_open_at(dirfd, PATH_REQUESTS, DIR_PRIVATE, err);
}

const char *
request_name(char dst[REQUEST_NAME_MAX], const struct asking *a)
{
	(void)snprintf(dst, REQUEST_NAME_MAX, "%s%s", a->id,
	    a->waits ? "" : SUFFIX_STANDS);
	return dst;
}

const char *
request_refused_name(char dst[REQUEST_NAME_MAX], const struct asking *a)
{
	(void)snprintf(dst, REQUEST_NAME_MAX, "%s%s", a->id, SUFFIX_REFUSED);
	return dst;
}

int
request_lock(int fd, const char *name, int how, struct error *err)
{
	int file = openat(fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK | O_NOCTTY);

	if (file == -1)
		return errno == ENOENT ? error_set(err, ERROR_ABSENT, "no %s",
		    name) : error_system(err, "%s", name);
	if (flock(file, how | LOCK_NB) == 0)
		return file;
	if (errno == EWOULDBLOCK)
		(void)error_set(err, ERROR_BUSY, "%s is held", name);
	else
		(void)error_system(err, "%s", name);
	(void)close(file);
	return -1;
}

int
request_read(int fd, const char *name, struct asking *a, struct error *err)
{
	char data[ASKING_FILE_MAX + 1];
	struct error inner;
	struct stat st;
	ssize_t len = file_read(fd, name, FILE_PRIVATE, data, sizeof(data),
	    err);

	if (len == -1)
		return -1;
	if (asking_parse(data, (size_t)len, a, &inner) == -1)
		return error_set(err, ERROR_BROKEN, "%s: %s", name,
		    inner.text);
	a->told = fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (st.st_mode & S_IWUSR) == 0;
	return 0;
}

bool
request_held(int fd, const char *name)
{
	struct error err;
	int file = request_lock(fd, name, LOCK_SH, &err);

	if (file != -1)
		(void)close(file);
	return file == -1 && err.code != ERROR_ABSENT;
}

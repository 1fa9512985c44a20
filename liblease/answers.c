#include <sys/file.h>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "answers.h"
#include "file.h"
#include "paths.h"
#include "request_file.h"

#define SETTLE_PAUSE	10	/* ms between two looks at a login that ends */
#define SETTLE_MAX	100	/* of those */

int
answers_refuse(int dirfd, const struct asking *a, struct error *err)
{
	char data[ASKING_FILE_MAX], answer[REQUEST_NAME_MAX], name[REQUEST_NAME_MAX];
	ssize_t len = asking_format(a, data, sizeof(data));
	struct asking stands = *a;
	bool unread = false;
	int fd, r = 0;

	error_clear(err);
	if (len == -1)
		return error_set(err, ERROR_INVALID, "the request is too long");
	fd = request_dir(dirfd, err);
	if (fd == -1)
		return -1;
	stands.waits = false;
	(void)request_refused_name(answer, a);
	/* It is there before the login can find out that it was answered. */
	if (a->waits)
		r = file_write(fd, answer, data, (size_t)len, err);
	if (r == 0)
		r = file_remove(fd, a->id, err);
	if (r == -1 && err->code == ERROR_ABSENT) {
		unread = true;
		r = file_remove(fd, request_name(name, &stands), err);
	}
	if (unread || faccessat(fd, a->id, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		(void)unlinkat(fd, answer, 0);
	(void)close(fd);
	return r;
}

/*
 * It no longer waits; but its login may be deciding for the last time, and
 * takes it away where it gets in.
 */
static bool
got_in(int fd, const char *name)
{
	struct error err;
	int i, file = -1;

	for (i = 0; i < SETTLE_MAX; i++) {
		file = request_lock(fd, name, LOCK_SH, &err);
		if (file != -1 || err.code != ERROR_BUSY)
			break;
		(void)poll(NULL, 0, SETTLE_PAUSE);
	}
	if (file != -1)
		(void)close(file);
	return unlinkat(fd, name, 0) == -1;
}

bool
answers_granted(int dirfd, const struct asking *a)
{
	struct asking stands = *a;
	char name[REQUEST_NAME_MAX];
	struct error err;
	int fd = request_dir(dirfd, &err);
	bool waits;

	if (fd == -1)
		return false;
	stands.waits = false;
	waits = request_held(fd, a->id);
	if (unlinkat(fd, a->id, 0) == -1)
		waits = got_in(fd, request_name(name, &stands));
	(void)close(fd);
	return waits;
}

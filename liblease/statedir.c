#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "file.h"
#include "name.h"
#include "paths.h"
#include "reader.h"
#include "statedir.h"

int
state_open(struct error *err)
{
	return dir_open(PATH_STATE, DIR_PRIVATE, err);
}

int
state_make(struct error *err)
{
	int fd = dir_make(PATH_STATE, err), sessions;

	if (fd == -1)
		return -1;
	sessions = dir_make_at(fd, PATH_SESSIONS, err);
	if (sessions == -1) {
		(void)close(fd);
		return -1;
	}
	(void)close(sessions);
	return fd;
}

void
state_wake(int dirfd)
{
	int fd = openat(dirfd, PATH_WAKE, O_RDONLY | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);

	if (fd != -1)
		(void)close(fd);
}

static int
read_lease(int dirfd, const char *name, const char *suffix,
    struct lease *lease, struct error *err)
{
	char file[NAME_FILE_MAX], data[LEASE_FILE_MAX + 1];
	struct error inner;
	ssize_t len;

	memset(lease, 0, sizeof(*lease));
	if (!name_encode(file, sizeof(file), name, suffix))
		return error_set(err, ERROR_INVALID, "not a user name");
	len = file_read(dirfd, file, FILE_PRIVATE, data, sizeof(data), err);
	if (len == -1)
		return -1;
	if (lease_parse(data, (size_t)len, lease, &inner) == -1)
		return error_set(err, ERROR_BROKEN, "%s: %s", file,
		    inner.text);
	return 0;
}

int
lease_read(int dirfd, const char *name, struct lease *lease,
    struct error *err)
{
	return read_lease(dirfd, name, SUFFIX_LEASE, lease, err);
}

bool
lease_revoked(int dirfd, const char *name, uid_t *uid)
{
	struct account account;
	struct lease lease;
	struct error err;

	*uid = (uid_t)-1;
	if (read_lease(dirfd, name, SUFFIX_REVOKED, &lease, &err) == 0) {
		*uid = lease.uid;
		return true;
	}
	if (err.code == ERROR_ABSENT ||
	    account_by_name(name, &account, &err) == -1)
		return false;
	*uid = account.uid;
	return true;
}

void
marks_read(int dirfd, const char *name, struct marks *marks)
{
	char file[NAME_FILE_MAX], data[MARKS_FILE_MAX + 1];
	struct error err;
	ssize_t len;

	memset(marks, 0, sizeof(*marks));
	if (!name_encode(file, sizeof(file), name, SUFFIX_MARKS))
		return;
	len = file_read(dirfd, file, FILE_PRIVATE, data, sizeof(data), &err);
	if (len != -1)
		(void)marks_parse(data, (size_t)len, marks, &err);
}

int
marks_write(int dirfd, const char *name, const struct marks *marks,
    struct error *err)
{
	char file[NAME_FILE_MAX], data[MARKS_FILE_MAX];
	ssize_t len = marks_format(marks, data, sizeof(data));

	error_clear(err);
	if (len == -1 || !name_encode(file, sizeof(file), name, SUFFIX_MARKS))
		return error_set(err, ERROR_INVALID, "not a user name");
	return file_write(dirfd, file, data, (size_t)len, err);
}

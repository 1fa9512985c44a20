#include <sys/stat.h>
#include <sys/xattr.h>

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dir.h"
#include "file.h"
#include "paths.h"
#include "status_dir.h"

#define ACL_NAME	"system.posix_acl_access"
#define UID_MAX_LEN	11	/* bytes of a uid as a name */
#define UID_FORBIDDEN	0027	/* of its directory; r-x is the list's mask */

static char *
uid_name(char dst[UID_MAX_LEN], uid_t uid)
{
	(void)snprintf(dst, UID_MAX_LEN, "%u", (unsigned int)uid);
	return dst;
}

static int
make_top(struct error *err)
{
	int fd = dir_open(PATH_STATUS, DIR_PUBLIC, err);

	if (fd != -1 || err->code != ERROR_ABSENT)
		return fd;
	if (mkdirat(AT_FDCWD, PATH_STATUS, 0711) == -1 && errno != EEXIST)
		return error_system(err, "%s", PATH_STATUS);
	fd = dir_open(PATH_STATUS, DIR_PUBLIC, err);
	/* umask may have taken bits that it needs. */
	if (fd != -1 && fchmod(fd, 0711) == -1) {
		(void)error_system(err, "%s", PATH_STATUS);
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

/*
 * The directory stays root's, so that its user can't change it, nor whoever has
 * the uid later.  An access control list and not the owner, also because the
 * watchdog may not give anything away.
 */
static int
let_read(int fd, uid_t uid)
{
	const struct {
		struct posix_acl_xattr_header header;
		struct posix_acl_xattr_entry entry[5];
	} acl = {
		{ htole32(POSIX_ACL_XATTR_VERSION) },
		{
			{ htole16(ACL_USER_OBJ), htole16(ACL_READ | ACL_WRITE |
			    ACL_EXECUTE), htole32((uint32_t)-1) },
			{ htole16(ACL_USER), htole16(ACL_READ | ACL_EXECUTE),
			    htole32(uid) },
			{ htole16(ACL_GROUP_OBJ), 0, htole32((uint32_t)-1) },
			{ htole16(ACL_MASK), htole16(ACL_READ | ACL_EXECUTE),
			    htole32((uint32_t)-1) },
			{ htole16(ACL_OTHER), 0, htole32((uint32_t)-1) },
		}
	};

	return fsetxattr(fd, ACL_NAME, &acl, sizeof(acl), 0);
}

/* The list's mask shows as the group's rights; a new directory has none. */
static bool
is_let(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_mode & 07777) == 0750;
}

static int
make_dir(uid_t uid, struct error *err)
{
	char name[UID_MAX_LEN];
	int top = make_top(err), fd = -1;

	if (top == -1)
		return -1;
	if (mkdirat(top, uid_name(name, uid), 0700) == -1 && errno != EEXIST)
		(void)error_system(err, "%s/%s", PATH_STATUS, name);
	else
		fd = dir_open_at(top, name, UID_FORBIDDEN, err);
	(void)close(top);
	if (fd != -1 && !is_let(fd) && let_read(fd, uid) == -1) {
		(void)error_system(err, "%s/%s", PATH_STATUS, name);
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

int
status_open(uid_t uid, struct error *err)
{
	char path[sizeof(PATH_STATUS "/") + UID_MAX_LEN];

	(void)snprintf(path, sizeof(path), PATH_STATUS "/%u",
	    (unsigned int)uid);
	return dir_open(path, UID_FORBIDDEN, err);
}

static int
replace(int fd, const struct session *s, const char *data, size_t len,
    struct error *err)
{
	char name[SESSION_NAME_MAX], now[STATUS_FILE_MAX + 1];
	/* Readable in a directory that only its user may enter. */
	struct draft d = { .dirfd = -1, .mode = 0444 };
	ssize_t n = file_read(fd, session_name(name, s), FILE_PUBLIC, now,
	    sizeof(now), err);

	if (n == (ssize_t)len && memcmp(now, data, len) == 0)
		return 0;
	d.start = s->pid == getpid() ? s->start : 0;
	if (draft_write(&d, fd, data, len, err) == -1)
		return -1;
	return draft_commit(&d, name, false, err);
}

static int
write_once(const struct session *s, const char *data, size_t len,
    struct error *err)
{
	int fd, r;

	error_clear(err);
	fd = make_dir(s->uid, err);
	if (fd == -1)
		return -1;
	r = replace(fd, s, data, len, err);
	(void)close(fd);
	return r;
}

int
status_write(const struct session *s, const struct status *status,
    struct error *err)
{
	char data[STATUS_FILE_MAX];
	ssize_t len = status_format(status, data, sizeof(data));
	int r;

	if (len == -1)
		return error_set(err, ERROR_INVALID, "status too long");
	r = write_once(s, data, (size_t)len, err);
	/* The watchdog may have swept the directory while it was empty. */
	if (r == -1 && (err->code == ERROR_ABSENT ||
	    (err->code == ERROR_SYSTEM && err->sys == ENOENT)))
		r = write_once(s, data, (size_t)len, err);
	return r;
}

void
status_remove(uid_t uid, const char *name)
{
	struct error err;
	int fd = status_open(uid, &err);

	if (fd == -1)
		return;
	(void)unlinkat(fd, name, 0);
	(void)close(fd);
}

/* An entry of the ledger is there before this is, and goes after it. */
static int
sweep_file(void *arg, int dirfd, const char *name)
{
	const int *sessions = arg;
	struct session s;

	if (!draft_sweep(dirfd, name) && session_name_parse(name, &s) &&
	    faccessat(*sessions, name, F_OK, AT_SYMLINK_NOFOLLOW) == -1 &&
	    errno == ENOENT)
		(void)unlinkat(dirfd, name, 0);
	return 0;
}

static int
sweep_dir(void *arg, int dirfd, const char *name)
{
	struct error err;
	int fd;

	if (name[strspn(name, "0123456789")] != '\0')
		return 0;
	fd = dir_open_at(dirfd, name, UID_FORBIDDEN, &err);
	if (fd == -1)
		return 0;
	(void)dir_each(fd, sweep_file, arg, &err);
	(void)close(fd);
	/* Where there is still something in it, it stays. */
	(void)unlinkat(dirfd, name, AT_REMOVEDIR);
	return 0;
}

void
status_sweep(int dirfd)
{
	struct error err;
	int sessions = dir_open_at(dirfd, PATH_SESSIONS, DIR_PRIVATE, &err);
	int fd = dir_open(PATH_STATUS, DIR_PUBLIC, &err);

	if (sessions != -1 && fd != -1)
		(void)dir_each(fd, sweep_dir, &sessions, &err);
	if (fd != -1)
		(void)close(fd);
	if (sessions != -1)
		(void)close(sessions);
}

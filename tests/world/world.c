#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../fuzz/fuzz.h"
#include "name.h"
#include "paths.h"
#include "world.h"

struct world world;
struct world_run run;

#define FIRST_FD	1000

bool
has(const char *letters, char letter)
{
	return strchr(letters, letter) != NULL;
}

unsigned int
faults_of(enum file file)
{
	static const char faults[] = WORLD_FAULTS;
	unsigned int bits = 0, i;

	if (file >= FILES)
		return 0;
	for (i = 0; faults[i] != '\0'; i++)
		bits |= has(world.file[file], faults[i]) ? 1u << i : 0;
	return bits;
}

uid_t
world_uid(void)
{
	return (uid_t)strtoul(world.pw_uid, NULL, 10);
}

int64_t
world_clock(const char *text)
{
	long long t = strtoll(text, NULL, 10);

	/* The kernel keeps nanoseconds in 64 bits. */
	return t > 9000000000 ? 9000000000 : t;
}

/* What the module's calls do. */

int	__real_open(const char *path, int flags, ...);
int	__real_openat(int dirfd, const char *name, int flags, ...);
int	__real_fstat(int fd, struct stat *st);
ssize_t	__real_read(int fd, void *data, size_t size);
int	__real_close(int fd);
int	__real_clock_gettime(clockid_t id, struct timespec *ts);
void	*__real_malloc(size_t size);
void	*__real_realloc(void *p, size_t size);
void	*__real_calloc(size_t n, size_t size);
void	*__real_reallocarray(void *p, size_t n, size_t size);
int	__wrap_open(const char *path, int flags, ...);
int	__wrap_openat(int dirfd, const char *name, int flags, ...);
int	__wrap_faccessat(int dirfd, const char *name, int mode, int flags);
int	__wrap_fstatat(int dirfd, const char *name, struct stat *st, int flags);
int	__wrap_fstat(int fd, struct stat *st);
ssize_t	__wrap_read(int fd, void *data, size_t size);
int	__wrap_close(int fd);
int	__wrap_clock_gettime(clockid_t id, struct timespec *ts);
void	*__wrap_malloc(size_t size);
void	*__wrap_realloc(void *p, size_t size);
void	*__wrap_calloc(size_t n, size_t size);
void	*__wrap_reallocarray(void *p, size_t n, size_t size);
uid_t	__wrap_geteuid(void);
int	__wrap_getpwnam_r(const char *name, struct passwd *pw, char *buffer,
	    size_t size, struct passwd **found);
int	__wrap_getgrouplist(const char *user, gid_t group, gid_t *groups,
	    int *n);
int	__wrap_getgrgid_r(gid_t gid, struct group *gr, char *buffer,
	    size_t size, struct group **found);

static int
fail(int error)
{
	errno = error;
	return -1;
}

static int
open_file(enum file file)
{
	unsigned int bits = faults_of(file);

	if ((bits & ABSENT) != 0)
		return fail(ENOENT);
	if ((bits & SYMLINK) != 0)
		return fail(ELOOP);
	if ((bits & OPEN_FAILS) != 0)
		return fail(EIO);
	if ((bits & NO_DESCRIPTOR) != 0)
		return fail(EMFILE);
	must(run.opened < (int)(sizeof(run.open) / sizeof(run.open[0])));
	run.open[run.opened] = file;
	run.at[file] = 0;
	return FIRST_FD + run.opened++;
}

enum file
world_file(int fd)
{
	must(fd >= FIRST_FD && fd < FIRST_FD + run.opened);
	must(run.open[fd - FIRST_FD] != FILES);
	return run.open[fd - FIRST_FD];
}

int
__wrap_open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	if (run.inside) {
		must((flags & (O_CLOEXEC | O_ACCMODE)) == O_CLOEXEC);
		if (strcmp(path, PATH_BOOT_ID) == 0)
			return open_file(BOOT_ID);
		if (strcmp(path, "/proc") == 0)
			return open_file(PROC);
		must(strcmp(path, PATH_LOCALTIME) == 0);
		must((flags & O_NONBLOCK) != 0);
		return open_file(LOCALTIME);
	}
	va_start(ap, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return __real_open(path, flags, mode);
}

/* Of the two files of a wind-down only. */
int
__wrap_faccessat(int dirfd, const char *name, int mode, int flags)
{
	enum file file = dirfd == AT_FDCWD ? WINDDOWN : WINDDOWN_RUN;

	must(run.inside && mode == F_OK && flags == AT_SYMLINK_NOFOLLOW);
	must(strcmp(name, file == WINDDOWN ? PATH_WINDDOWN :
	    PATH_WINDDOWN_RUN) == 0);
	return (faults_of(file) & ABSENT) != 0 ? fail(ENOENT) : 0;
}

/* Whose a process is has to be looked up. */
int
__wrap_fstatat(int dirfd, const char *name, struct stat *st, int flags)
{
	(void)name;
	(void)st;
	must(run.inside && world_file(dirfd) == PROC && flags == 0);
	return fail(EACCES);
}

int
__wrap_openat(int dirfd, const char *name, int flags, ...)
{
	const int needed = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	char lease[NAME_FILE_MAX];

	must(run.inside);	/* nothing else here uses it */
	if (dirfd != AT_FDCWD && world_file(dirfd) == PROC) {
		must(strcmp(name, ".") == 0 && (flags & O_CLOEXEC) != 0);
		return open_file(PROC);
	}
	must((flags & (needed | O_ACCMODE)) == needed);
	if (dirfd == AT_FDCWD) {
		if (strcmp(name, PATH_WINDDOWN) == 0)
			return open_file(WINDDOWN);
		must((flags & O_DIRECTORY) != 0);
		if (strcmp(name, PATH_STATE) == 0)
			return open_file(STATE);
		must(strcmp(name, PATH_CONFIG) == 0);
		return open_file(CONFIG);
	}
	if (world_file(dirfd) == CONFIG) {
		must(strcmp(name, PATH_POLICY) == 0);
		return open_file(POLICY);
	}
	if (world_file(dirfd) == SESSIONS)
		return open_file(peer_file(name));
	must(world_file(dirfd) == STATE);
	if (strcmp(name, PATH_WINDDOWN_RUN) == 0)
		return open_file(WINDDOWN_RUN);
	if (strcmp(name, PATH_SESSIONS) == 0) {
		must((flags & O_DIRECTORY) != 0);
		return open_file(SESSIONS);
	}
	must(name_encode(lease, sizeof(lease), world.pw_name, SUFFIX_LEASE));
	must(strcmp(name, lease) == 0);
	return open_file(LEASE);
}

static size_t
content(enum file file, const char **data)
{
	if (file >= PEER)
		return peer_content(file, data);
	if (file == LOCALTIME && (faults_of(file) & OTHER_KIND) == 0)
		return zone_content(data);
	*data = file == LEASE ? world.lease : file == POLICY ? world.policy :
	    file == WINDDOWN ? world.winddown : file == WINDDOWN_RUN ?
	    world.winddown_run : world.boot_id;
	return file == LEASE ? world.lease_len : file == POLICY ?
	    world.policy_len : file == WINDDOWN ? world.winddown_len :
	    file == WINDDOWN_RUN ? world.winddown_run_len :
	    strlen(world.boot_id);
}

int
__wrap_fstat(int fd, struct stat *st)
{
	unsigned int bits;
	const char *data;
	enum file file;
	bool dir;

	if (!run.inside)
		return __real_fstat(fd, st);
	file = world_file(fd);
	bits = faults_of(file);
	dir = file == STATE || file == CONFIG || file == SESSIONS;
	if ((bits & STAT_FAILS) != 0)
		return fail(EIO);
	memset(st, 0, sizeof(*st));
	st->st_mode = (dir != ((bits & OTHER_KIND) != 0) ? S_IFDIR | 0100 :
	    S_IFREG) | 0600 | ((bits & WRITABLE) != 0 ? 020 : 0);
	st->st_uid = (bits & OTHER_OWNER) != 0 ? 1000 : 0;
	st->st_nlink = (bits & LINKS) != 0 ? 2 : 1;
	st->st_size = dir || (bits & NO_SIZE) != 0 ? 0 :
	    (off_t)content(file, &data);
	return 0;
}

ssize_t
__wrap_read(int fd, void *data, size_t size)
{
	unsigned int bits;
	const char *all;
	enum file file;
	size_t left;

	if (!run.inside)
		return __real_read(fd, data, size);
	file = world_file(fd);
	bits = faults_of(file);
	if ((bits & INTERRUPTED) != 0 && !run.interrupted[file]) {
		run.interrupted[file] = true;
		return fail(EINTR);
	}
	if ((bits & READ_FAILS) != 0)
		return fail(EIO);
	left = content(file, &all) - run.at[file];
	left = left < size ? left : size;
	/* The boot id is of the kernel's making, which gives it at once. */
	if ((bits & SLOW) != 0 && left > 1 && file != BOOT_ID)
		left = 1;
	memcpy(data, all + run.at[file], left);
	run.at[file] += left;
	return (ssize_t)left;
}

int
__wrap_close(int fd)
{
	if (!run.inside)
		return __real_close(fd);
	(void)world_file(fd);
	run.open[fd - FIRST_FD] = FILES;
	run.closed++;
	errno = EBADF;	/* what is kept over it must have been saved */
	return 0;
}

int
__wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	int64_t t;

	if (!run.inside)
		return __real_clock_gettime(id, ts);
	must(id == CLOCK_REALTIME || id == CLOCK_BOOTTIME);
	t = world_clock(id == CLOCK_REALTIME ? world.wall : world.boot);
	if (t == -1)
		return fail(EINVAL);
	ts->tv_sec = t;
	ts->tv_nsec = 999999999;
	return 0;
}

static bool
starve(void)
{
	if (!run.inside || *world.memory < '0' || *world.memory > '9' ||
	    run.allocations++ < strtol(world.memory, NULL, 10))
		return false;
	run.starved = true;
	run.no_account |= !run.found;
	errno = ENOMEM;
	return true;
}

void *
__wrap_malloc(size_t size)
{
	return starve() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return starve() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	return starve() ? NULL : __real_realloc(p, size);
}

void *
__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return starve() ? NULL : __real_reallocarray(p, n, size);
}

uid_t
__wrap_geteuid(void)
{
	return has(world.options, 'e') ? 1000 : 0;
}

int
__wrap_getpwnam_r(const char *name, struct passwd *pw, char *buffer,
    size_t size, struct passwd **found)
{
	size_t len;

	/* By the canonical name too, and of whoever is in. */
	must(run.inside && (run.found || strcmp(name, world.user) == 0));
	if (strcmp(name, world.user) == 0)
		name = world.pw_name;
	len = strlen(name) + 1;
	*found = NULL;
	if (has(world.database, 'e'))
		return EIO;
	if (has(world.database, 'a'))
		return has(world.database, 'r') ? ENOENT : 0;
	if (len > size || (has(world.database, 'r') && size < 4096))
		return ERANGE;
	memset(pw, 0, sizeof(*pw));
	pw->pw_name = memcpy(buffer, name, len);
	pw->pw_uid = world_uid();
	*found = pw;
	run.found = true;
	return 0;
}

/* Groups have the numbers that they are named in. */
int
__wrap_getgrouplist(const char *user, gid_t group, gid_t *groups, int *n)
{
	const char *p;
	int count = 1, room = *n, i;

	must(run.inside && *user != '\0' && group == 0);
	for (p = world.groups; *p != '\0'; p++)
		count += *p == ',';
	if (has(world.database, 'l'))
		return -1;
	*n = count;
	if (room < count)
		return -1;
	for (i = 0; i < count; i++)
		groups[i] = (gid_t)i;
	return count;
}

int
__wrap_getgrgid_r(gid_t gid, struct group *gr, char *buffer, size_t size,
    struct group **found)
{
	const char *name = world.groups;
	size_t len;

	must(run.inside);
	*found = NULL;
	if (has(world.database, 'g'))
		return EIO;
	while (gid-- > 0)
		name = strchr(name, ',') + 1;
	len = strcspn(name, ",");
	if (len == 0)
		return has(world.database, 'r') ? ENOENT : 0;
	if (len >= size || (has(world.database, 'r') && size < 4096))
		return ERANGE;
	memset(gr, 0, sizeof(*gr));
	gr->gr_name = memcpy(buffer, name, len);
	buffer[len] = '\0';
	*found = gr;
	return 0;
}

/* Cuts the next line off. */
static char *
line(char **rest)
{
	static char empty[1];
	char *s = strsep(rest, "\n");

	return s != NULL ? s : empty;
}

/* The same up to the next form feed. */
static char *
part(char **rest, char *end, size_t *len)
{
	char *start = *rest;
	char *feed = memchr(start, '\f', (size_t)(end - start));

	*len = (size_t)((feed != NULL ? feed : end) - start);
	*rest = feed != NULL ? feed + 1 : end;
	return start;
}

void
world_make(char *data, size_t len)
{
	char *rest = data, *end = data + len;
	char **const members[] = {
		&world.options, &world.user, &world.service, &world.tty,
		&world.rhost, &world.pw_name, &world.pw_uid, &world.database,
		&world.wall, &world.boot, &world.file[STATE],
		&world.file[LEASE], &world.file[CONFIG], &world.file[POLICY],
		&world.file[BOOT_ID], &world.boot_id, &world.memory,
		&world.file[SESSIONS], &world.file[LOCALTIME], &world.groups,
		&world.peers, &world.file[WINDDOWN],
		&world.file[WINDDOWN_RUN], &world.file[PROC],
		&world.processes,
	};
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		*members[i] = line(&rest);
	rest = rest != NULL ? rest : end;
	world.policy = part(&rest, end, &world.policy_len);
	world.lease = part(&rest, end, &world.lease_len);
	world.winddown = part(&rest, end, &world.winddown_len);
	world.winddown_run = part(&rest, end, &world.winddown_run_len);
}

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tty.h"

#define TEXT_MAX	1024	/* bytes of a text with its line ends */

/*
 * Where terminals are: never from utmp, which others than root can write, nor
 * from logind, which does not know of every one.
 */
static const struct {
	const char *dir;
	const char *prefix;		/* and then digits only */
	unsigned int major_low, major_high;
} places[] = {
	{ "/dev/pts", "", 136, 143 },	/* Unix98 pseudo terminals */
	{ "/dev", "tty", 4, 4 },	/* virtual consoles */
	{ "/dev", "ttyS", 4, 4 },	/* serial lines */
	{ "/dev", "ttyAMA", 204, 204 },
};

#define NPLACES	(sizeof(places) / sizeof(places[0]))

static bool
is_terminal(const struct stat *st, size_t place, uid_t uid)
{
	return S_ISCHR(st->st_mode) && st->st_uid == uid &&
	    major(st->st_rdev) >= places[place].major_low &&
	    major(st->st_rdev) <= places[place].major_high;
}

static bool
fits(const char *name, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(name, prefix, n) == 0 && name[n] != '\0' &&
	    name[n + strspn(name + n, "0123456789")] == '\0';
}

/* The owner counts on the descriptor: the name may be another's by now. */
static void
tell(int dirfd, const char *name, size_t place, uid_t uid, const char *text,
    struct tty_count *count)
{
	size_t len = strlen(text);
	struct stat st;
	int fd;

	fd = openat(dirfd, name, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW |
	    O_CLOEXEC);
	if (fd == -1) {
		count->stuck++;
		return;
	}
	if (fstat(fd, &st) == 0 && is_terminal(&st, place, uid)) {
		if (write(fd, text, len) == (ssize_t)len)
			count->told++;
		else
			count->stuck++;
	}
	(void)close(fd);
}

/* Goes over the terminals of a user; without a text it only counts them. */
static void
walk(uid_t uid, const char *text, struct tty_count *count)
{
	struct dirent *de;
	struct stat st;
	size_t i;
	DIR *dir;

	memset(count, 0, sizeof(*count));
	for (i = 0; i < NPLACES; i++) {
		dir = opendir(places[i].dir);
		if (dir == NULL)
			continue;
		while ((de = readdir(dir)) != NULL) {
			if (!fits(de->d_name, places[i].prefix) ||
			    fstatat(dirfd(dir), de->d_name, &st,
			    AT_SYMLINK_NOFOLLOW) == -1 ||
			    !is_terminal(&st, i, uid))
				continue;
			if (text == NULL)
				count->told++;
			else
				tell(dirfd(dir), de->d_name, i, uid, text,
				    count);
		}
		(void)closedir(dir);
	}
}

void
tty_tell(uid_t uid, const char *text, struct tty_count *count)
{
	char framed[TEXT_MAX];

	(void)snprintf(framed, sizeof(framed), "\r\n%s\r\n", text);
	walk(uid, framed, count);
}

size_t
tty_owned(uid_t uid)
{
	struct tty_count count;

	walk(uid, NULL, &count);
	return count.told;
}

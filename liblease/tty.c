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
is_terminal(const struct stat *st, size_t place)
{
	return S_ISCHR(st->st_mode) &&
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

/* Calls each with every terminal of whoever; place is where it was found. */
static void
walk(void (*each)(void *arg, int dirfd, const char *name, size_t place,
    uid_t owner), void *arg)
{
	struct dirent *de;
	struct stat st;
	size_t i;
	DIR *dir;

	for (i = 0; i < NPLACES; i++) {
		dir = opendir(places[i].dir);
		if (dir == NULL)
			continue;
		while ((de = readdir(dir)) != NULL)
			if (fits(de->d_name, places[i].prefix) &&
			    fstatat(dirfd(dir), de->d_name, &st,
			    AT_SYMLINK_NOFOLLOW) == 0 && is_terminal(&st, i))
				each(arg, dirfd(dir), de->d_name, i,
				    st.st_uid);
		(void)closedir(dir);
	}
}

struct telling {
	uid_t uid;
	const char *text;
	struct tty_count *count;
};

/* The owner counts on the descriptor: the name may be another's by now. */
static void
tell(void *arg, int dirfd, const char *name, size_t place, uid_t owner)
{
	const struct telling *t = arg;
	size_t len = strlen(t->text);
	struct stat st;
	int fd;

	if (owner != t->uid)
		return;
	fd = openat(dirfd, name, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW |
	    O_CLOEXEC);
	if (fd == -1) {
		t->count->stuck++;
		return;
	}
	if (fstat(fd, &st) == 0 && is_terminal(&st, place) &&
	    st.st_uid == t->uid) {
		if (write(fd, t->text, len) == (ssize_t)len)
			t->count->told++;
		else
			t->count->stuck++;
	}
	(void)close(fd);
}

void
tty_tell(uid_t uid, const char *text, struct tty_count *count)
{
	char framed[TEXT_MAX];
	struct telling t = { .uid = uid, .text = framed, .count = count };

	memset(count, 0, sizeof(*count));
	(void)snprintf(framed, sizeof(framed), "\r\n%s\r\n", text);
	walk(tell, &t);
}

struct owners {
	uid_t *list;
	size_t max, n;
};

static void
add_owner(void *arg, int dirfd, const char *name, size_t place, uid_t owner)
{
	struct owners *owners = arg;
	size_t i;

	(void)dirfd;
	(void)name;
	(void)place;
	for (i = 0; i < owners->n; i++)
		if (owners->list[i] == owner)
			return;
	if (owners->n < owners->max)
		owners->list[owners->n++] = owner;
}

size_t
tty_owners(uid_t *list, size_t max)
{
	struct owners owners;

	owners.list = list;
	owners.max = max;
	owners.n = 0;
	walk(add_owner, &owners);
	return owners.n;
}

struct counting {
	uid_t uid;
	size_t n;
};

static void
count_one(void *arg, int dirfd, const char *name, size_t place, uid_t owner)
{
	struct counting *c = arg;

	(void)dirfd;
	(void)name;
	(void)place;
	c->n += owner == c->uid;
}

size_t
tty_owned(uid_t uid)
{
	struct counting c = { .uid = uid, .n = 0 };

	walk(count_one, &c);
	return c.n;
}

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dir.h"
#include "history_parts.h"
#include "paths.h"

#define ROTATIONS	3	/* at most, while it is read */

const char *
part_name(char dst[NAME_MAX + 1], int age)
{
	(void)snprintf(dst, NAME_MAX + 1, age > 0 ? "%s.%d" : "%s",
	    PATH_HISTORY, age);
	return dst;
}

static int
add_age(struct parts *parts, int age)
{
	struct part *more = reallocarray(parts->list, parts->n + 1,
	    sizeof(*more));

	if (more == NULL)
		return -1;
	parts->list = more;
	parts->list[parts->n++] = (struct part){ .age = age };
	return 0;
}

static int
add_part(void *arg, int dirfd, const char *name)
{
	size_t len = strlen(PATH_HISTORY);
	char *end;
	long age = 0;

	(void)dirfd;
	if (strncmp(name, PATH_HISTORY, len) != 0)
		return 0;
	if (name[len] == '.' && name[len + 1] >= '1' && name[len + 1] <= '9') {
		errno = 0;
		age = strtol(name + len + 1, &end, 10);
		if (*end != '\0' || errno != 0 || age > INT_MAX - ROTATIONS)
			return 0;
	} else if (name[len] != '\0')
		return 0;
	return add_age(arg, (int)age);
}

static int
by_age(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return (x->age > y->age) - (x->age < y->age);
}

static int
open_age(int dir, int age)
{
	char name[NAME_MAX + 1];

	return openat(dir, part_name(name, age), O_RDONLY | O_CLOEXEC |
	    O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
}

/* Is a line's end there, as it was? */
static bool
is_place(int dir, const struct part *p, const struct history_place *place)
{
	char c = '\n';
	int fd;

	if (p->dev != place->dev || p->ino != place->ino)
		return false;
	fd = open_age(dir, p->age);
	if (place->offset > 0 && (fd == -1 ||
	    pread(fd, &c, 1, place->offset - 1) != 1))
		c = '\0';
	if (fd != -1)
		(void)close(fd);
	return c == '\n';
}

/*
 * Finds which file has which name, down to that of the place.  Files get older
 * meanwhile, never younger: so none is missed, and one may be seen twice.
 */
static int
identify(int dir, struct parts *parts, const struct history_place *from,
    struct error *err)
{
	char name[NAME_MAX + 1];
	bool found = false;
	struct stat st;
	size_t i, n = 0;

	for (i = 0; i < parts->n && !found; i++) {
		struct part p = { .age = parts->list[i].age };

		if (fstatat(dir, part_name(name, p.age), &st,
		    AT_SYMLINK_NOFOLLOW) == -1) {
			if (errno == ENOENT)
				continue;
			return error_system(err, "%s/%s", PATH_LOG, name);
		}
		p.dev = st.st_dev;
		p.ino = st.st_ino;
		if (n > 0 && p.dev == parts->list[n - 1].dev &&
		    p.ino == parts->list[n - 1].ino)
			n--;
		parts->list[n++] = p;
		found = from != NULL && is_place(dir, &p, from);
	}
	parts->n = n;
	return found;
}

int
parts_list(int dir, struct parts *parts, const struct history_place *from,
    struct error *err)
{
	int r = dir_each(dir, add_part, parts, err);

	if (r == 0 && parts->n > 1)
		qsort(parts->list, parts->n, sizeof(*parts->list), by_age);
	/* What the oldest one is called when it is rotated just now. */
	if (r == 0)
		r = add_age(parts, parts->n == 0 ? 0 :
		    parts->list[parts->n - 1].age + 1);
	if (r != 0 && err->code == ERROR_NONE)
		(void)error_system(err, "%s", PATH_LOG);
	return r == 0 ? identify(dir, parts, from, err) : r;
}

int
part_open(int dir, struct part *p)
{
	struct stat st;
	int fd, i;

	for (i = 0; i <= ROTATIONS; i++) {
		fd = open_age(dir, p->age + i);
		if (fd == -1 && errno != ENOENT)
			return -1;
		if (fd != -1 && fstat(fd, &st) == 0 && st.st_dev == p->dev &&
		    st.st_ino == p->ino) {
			p->age += i;
			return fd;
		}
		if (fd != -1)
			(void)close(fd);
	}
	errno = ENOENT;
	return -1;
}

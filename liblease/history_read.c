#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dir.h"
#include "file.h"
#include "history_read.h"
#include "paths.h"

/* A file of the history: how often it was rotated, 0 for the present one. */
struct part {
	char name[NAME_MAX + 1];
	long age;
};

struct parts {
	struct part *list;
	size_t n;
};

/* history.jsonl and, as logrotate(8) names them, history.jsonl.N. */
static int
add_part(void *arg, int dirfd, const char *name)
{
	struct parts *parts = arg;
	size_t len = strlen(PATH_HISTORY);
	struct part *more;
	char *end;
	long age = 0;

	(void)dirfd;
	if (strncmp(name, PATH_HISTORY, len) != 0 || strlen(name) > NAME_MAX)
		return 0;
	if (name[len] == '.' && name[len + 1] >= '1' && name[len + 1] <= '9') {
		errno = 0;
		age = strtol(name + len + 1, &end, 10);
		if (*end != '\0' || errno != 0)
			return 0;
	} else if (name[len] != '\0')
		return 0;
	more = reallocarray(parts->list, parts->n + 1, sizeof(*more));
	if (more == NULL)
		return -1;
	parts->list = more;
	memcpy(more[parts->n].name, name, strlen(name) + 1);
	more[parts->n++].age = age;
	return 0;
}

static int
by_age(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return (x->age < y->age) - (x->age > y->age);
}

static int
read_part(int dir, const char *name, int (*each)(void *arg,
    const struct history_line *line), void *arg, struct error *err)
{
	struct history_line line = { .file = name };
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK | O_NOCTTY), r = 0;
	FILE *fp = fd != -1 ? fdopen(fd, "r") : NULL;
	char *text = NULL;
	size_t room = 0;
	ssize_t len;

	if (fp == NULL) {
		(void)error_system(err, "%s/%s", PATH_LOG, name);
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	while (r == 0 && (len = getline(&text, &room, fp)) != -1) {
		line.cut = text[len - 1] != '\n';
		if (!line.cut)
			text[--len] = '\0';
		line.at++;
		line.text = text;
		line.len = (size_t)len;
		r = each(arg, &line);
	}
	if (r == 0 && ferror(fp) != 0)
		r = error_system(err, "%s/%s", PATH_LOG, name);
	free(text);
	(void)fclose(fp);
	return r;
}

int
history_read(int (*each)(void *arg, const struct history_line *line),
    void *arg, struct error *err)
{
	int dir = dir_open(PATH_LOG, DIR_PUBLIC, err), r;
	struct parts parts = { NULL, 0 };
	size_t i;

	if (dir == -1) {
		if (err->code != ERROR_ABSENT)
			return -1;
		error_clear(err);
		return 0;
	}
	r = dir_each(dir, add_part, &parts, err);
	if (r != 0 && err->code == ERROR_NONE)
		(void)error_system(err, "%s", PATH_LOG);
	if (r == 0 && parts.n > 1)
		qsort(parts.list, parts.n, sizeof(*parts.list), by_age);
	for (i = 0; r == 0 && i < parts.n; i++)
		r = read_part(dir, parts.list[i].name, each, arg, err);
	free(parts.list);
	(void)close(dir);
	return r;
}

#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "history_parts.h"
#include "history_read.h"
#include "paths.h"

/* Who reads a part. */
struct reading {
	int (*each)(void *arg, const struct history_line *line);
	void *arg;
	off_t from;
	bool last;		/* of all parts */
};

static int
read_lines(FILE *fp, struct history_line *line, const struct reading *r)
{
	char *text = NULL;
	size_t room = 0;
	ssize_t len;
	int ret = 0;

	while (ret == 0 && (len = getline(&text, &room, fp)) != -1) {
		line->cut = text[len - 1] != '\n';
		if (!line->cut || !r->last)
			line->next.offset += len;
		if (!line->cut)
			text[--len] = '\0';
		line->at++;
		line->text = text;
		line->len = (size_t)len;
		ret = r->each(r->arg, line);
	}
	free(text);
	return ret;
}

static int
read_part(int dir, struct part *p, const struct reading *r, struct error *err)
{
	struct history_line line = { .next = { p->dev, p->ino, r->from, 0 } };
	char name[NAME_MAX + 1];
	int fd = part_open(dir, p), ret = -1;
	FILE *fp = NULL;

	/* The oldest one has gone. */
	if (fd == -1 && errno == ENOENT)
		return 0;
	line.file = part_name(name, p->age);
	/* Not fseeko(3), which reads from the block's beginning on. */
	if (fd != -1 && lseek(fd, r->from, SEEK_SET) != -1)
		fp = fdopen(fd, "r");
	if (fp == NULL)
		(void)error_system(err, "%s/%s", PATH_LOG, name);
	else {
		ret = read_lines(fp, &line, r);
		if (ret == 0 && ferror(fp) != 0)
			ret = error_system(err, "%s/%s", PATH_LOG, name);
	}
	if (fp != NULL)
		(void)fclose(fp);
	else if (fd != -1)
		(void)close(fd);
	return ret;
}

/* -1: there is none, or (with err) it can't be opened. */
static int
log_dir(struct error *err)
{
	int dir = dir_open(PATH_LOG, DIR_PUBLIC, err);

	if (dir == -1 && err->code == ERROR_ABSENT)
		error_clear(err);
	return dir;
}

int
history_read(const struct history_place *from, int (*each)(void *arg,
    const struct history_line *line), void *arg, struct error *err)
{
	struct reading reading = { .each = each, .arg = arg };
	int dir = log_dir(err), r;
	struct parts parts = PARTS_INIT;
	size_t i;

	if (dir == -1)
		return err->code == ERROR_NONE ? 0 : -1;
	r = parts_list(dir, &parts, from, err);
	if (r == 1) {
		reading.from = from->offset;
		r = 0;
	}
	for (i = parts.n; r == 0 && i-- > 0; reading.from = 0) {
		reading.last = i == 0;
		r = read_part(dir, &parts.list[i], &reading, err);
	}
	free(parts.list);
	(void)close(dir);
	return r;
}

/* Behind the last newline before that byte; 0 where there is none. */
static off_t
line_end(int fd, off_t end)
{
	char data[4096], *p = NULL;
	ssize_t n;

	while (end > 0 && p == NULL) {
		off_t from = end > (off_t)sizeof(data) ?
		    end - (off_t)sizeof(data) : 0;

		n = pread(fd, data, (size_t)(end - from), from);
		if (n == -1)
			return -1;
		p = memrchr(data, '\n', (size_t)n);
		end = p != NULL ? from + (p - data) + 1 : from;
	}
	return end;
}

int
history_end(struct history_place *place, struct error *err)
{
	struct parts parts = PARTS_INIT;
	int dir = log_dir(err), fd, r;
	struct stat st;

	memset(place, 0, sizeof(*place));
	if (dir == -1)
		return err->code == ERROR_NONE ? 0 : -1;
	r = parts_list(dir, &parts, NULL, err);
	if (r == 0 && parts.n > 0) {
		place->dev = parts.list[0].dev;
		place->ino = parts.list[0].ino;
		fd = part_open(dir, &parts.list[0]);
		place->offset = fd != -1 && fstat(fd, &st) == 0 ?
		    line_end(fd, st.st_size) : -1;
		if (place->offset == -1)
			r = error_system(err, "%s", PATH_LOG);
		if (fd != -1)
			(void)close(fd);
	}
	free(parts.list);
	(void)close(dir);
	return r;
}

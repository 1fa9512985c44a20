#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "counted.h"
#include "file.h"
#include "history.h"
#include "history_read.h"
#include "paths.h"

#define COUNTED_VERSION	1
#define PLACE_MAX	64

struct counted {
	struct history_place place;	/* up to which it was counted, */
	struct counters counters;	/* with this result */
	char data[COUNTERS_MAX];	/* as it is kept */
};

static int
write_counted(int dir, struct counted *c, struct error *err)
{
	char place[PLACE_MAX];
	struct record r;

	(void)snprintf(place, sizeof(place), "%jx:%jx:%jx",
	    (uintmax_t)c->place.dev, (uintmax_t)c->place.ino,
	    (uintmax_t)c->place.offset);
	record_init(&r, c->data, sizeof(c->data));
	record_number(&r, "version", COUNTED_VERSION);
	record_text(&r, "place", place);
	record_number(&r, "number", (int64_t)c->place.number);
	counters_put(&c->counters, &r);
	if (r.overflow)
		return error_set(err, ERROR_BROKEN, "too much was counted");
	drafts_sweep(dir);
	return file_write(dir, PATH_COUNTED, c->data, r.len, err);
}

static bool
take_place(struct record_reader *r, struct history_place *place)
{
	char text[PLACE_MAX], *p = text;
	int64_t number;

	if (!record_take(r, "place", text, sizeof(text)) ||
	    !record_take_number(r, "number", &number))
		return false;
	/* A place that is none is not found. */
	place->dev = (dev_t)strtoumax(p, &p, 16);
	place->ino = (ino_t)strtoumax(p + (*p != '\0'), &p, 16);
	place->offset = (off_t)strtoimax(p + (*p != '\0'), &p, 16);
	place->number = (uint64_t)number;
	return *p == '\0' && place->offset >= 0;
}

static int
read_counted(int dir, struct counted *c, struct error *err)
{
	ssize_t len = file_read(dir, PATH_COUNTED, FILE_PRIVATE, c->data,
	    sizeof(c->data), err);
	struct record_reader r = { .p = c->data };
	int64_t version;

	if (len == -1)
		return -1;
	r.end = c->data + len;
	if (record_take_number(&r, "version", &version) &&
	    version == COUNTED_VERSION && take_place(&r, &c->place) &&
	    counters_take(&c->counters, &r) && r.p == r.end)
		return 0;
	memset(&c->counters, 0, sizeof(c->counters));
	return error_set(err, ERROR_BROKEN, "%s/%s/%s: wrong at byte %zu: "
	    "counting begins anew", PATH_STATE, PATH_METRICS, PATH_COUNTED,
	    (size_t)(r.p - c->data));
}

/* What is read behind the place. */
struct reading {
	struct counted *done;	/* up to the last line on record */
	struct counters more;	/* and what is behind that so far */
	uint64_t first, last;	/* numbers: of the place, and on record */
};

/*
 * A line that is not on record yet may be taken back: what is behind the one
 * that is waits for the next look.
 */
static int
count_line(void *arg, const struct history_line *line)
{
	char previous[CHAIN_HASH + 1];
	struct reading *r = arg;
	uint64_t number;

	if (!chain_read(line->text, line->len, &number, previous) ||
	    number <= r->first)
		return 0;
	counters_add(&r->more, line->text, line->len);
	if (number == r->last) {
		r->done->counters = r->more;
		r->done->place = line->next;
		r->done->place.number = number;
	}
	return 0;
}

static int
count(struct counted *c, const struct link *head, struct error *err)
{
	const struct history_place from = c->place;
	struct reading r = { c, c->counters, from.number, head->number };

	return history_read(&from, count_line, &r, err);
}

/* From the end of what is there now. */
static int
begin(struct counted *c, const struct link *head, struct error *err)
{
	int r = history_end(&c->place, err);

	c->place.number = head->number;
	return r;
}

static int
look(int dir, struct counted *c, bool *known, struct error *err)
{
	bool again = read_counted(dir, c, err) == 0;
	struct error broken = *err;
	struct link head = LINK_INIT;
	int r;

	*known = again || err->code != ERROR_SYSTEM;
	if (!*known)
		return -1;
	if (history_head(&head, err) == -1 && err->code != ERROR_ABSENT)
		return -1;
	/* Another one has taken its place, or its record is missing. */
	if (!again || (head.number > 0 && head.number < c->place.number))
		r = begin(c, &head, err);
	else if (head.number > c->place.number)
		r = count(c, &head, err);
	else
		return 0;
	if (r == 0)
		r = write_counted(dir, c, err);
	if (r == 0 && !again && broken.code == ERROR_BROKEN) {
		*err = broken;
		r = -1;
	}
	return r;
}

int
counted_look(int dirfd, struct counters *c, bool *known, struct error *err)
{
	struct counted *counted = calloc(1, sizeof(*counted));
	int dir, r;

	memset(c, 0, sizeof(*c));
	*known = false;
	if (counted == NULL)
		return error_system(err, "counting");
	dir = dir_make_at(dirfd, PATH_METRICS, err);
	r = dir != -1 ? look(dir, counted, known, err) : -1;
	*c = counted->counters;
	if (dir != -1)
		(void)close(dir);
	free(counted);
	return r;
}

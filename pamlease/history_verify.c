#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "past.h"
#include "paths.h"

/* What has been read of the chain up to a line. */
struct check {
	struct link last;	/* hash: of the line before, cut or not */
	struct link head;	/* as it is on record */
	bool has_head;
	bool cut;		/* the line before was none, and wants healing */
	bool cut_off;		/* of that the newline is missing */
	bool wrong;
	size_t lines;
	char file[NAME_MAX + 1];	/* where that is */
	unsigned int at;
};

static int
broken(struct check *c, const char *file, unsigned int at, const char *why)
{
	c->wrong = true;
	return fail(EXIT_REFUSED, "%s/%s:%u: %s", PATH_LOG, file, at, why);
}

/* No line of the chain: the one behind it must say that it was cut. */
static int
check_cut(struct check *c, const struct history_line *line)
{
	cJSON *json = cJSON_ParseWithLength(line->text, line->len);
	bool whole = json != NULL;

	cJSON_Delete(json);
	if (c->cut)
		return broken(c, c->file, c->at, "it is no line of the "
		    "history");
	/* Of one that was cut the end is missing. */
	if (whole)
		return broken(c, line->file, line->at, "it is no line of the "
		    "history");
	c->cut = true;
	c->cut_off = line->cut;
	c->at = line->at;
	(void)snprintf(c->file, sizeof(c->file), "%s", line->file);
	chain_hash(c->last.hash, line->text, line->len);
	return EXIT_DONE;
}

/* What is wrong with a line behind the last one, or NULL. */
static const char *
not_behind(const struct check *c, const struct history_line *line,
    uint64_t number, const char *previous)
{
	if (c->lines == 0 && number != 1 && !chain_is_first(line->text,
	    line->len))
		return "lines before it are missing";
	if (c->lines > 0 && number > c->last.number + 1)
		return "lines before it are missing";
	if (c->lines > 0 && number < c->last.number + 1)
		return "it is not in its place";
	if ((c->lines > 0 || number == 1) &&
	    strcmp(previous, c->last.hash) != 0)
		return "it or the line before it was changed";
	return NULL;
}

static int
check_line(void *arg, const struct history_line *line)
{
	char previous[CHAIN_HASH + 1];
	struct check *c = arg;
	const char *wrong;
	uint64_t number;

	if (!chain_read(line->text, line->len, &number, previous))
		return check_cut(c, line);
	if (c->cut && !chain_is_healed(line->text, line->len))
		return broken(c, c->file, c->at, "it is no line of the "
		    "history");
	wrong = not_behind(c, line, number, previous);
	if (wrong == NULL && chain_is_lost(line->text, line->len))
		wrong = "the record of the last line was missing then, and "
		    "lines before it may be, too";
	if (wrong != NULL)
		return broken(c, line->file, line->at, wrong);
	c->cut = false;
	c->lines++;
	c->last.number = number;
	chain_hash(c->last.hash, line->text, line->len);
	if (c->has_head && number == c->head.number &&
	    strcmp(c->last.hash, c->head.hash) != 0)
		return broken(c, line->file, line->at, "it was changed");
	return EXIT_DONE;
}

static void
tell_whole(const struct check *c)
{
	uint64_t first = c->last.number - c->lines + 1;

	if (c->lines == 0)
		(void)puts("There is no history yet.");
	else
		(void)printf("The history is whole: lines %llu to %llu%s.\n",
		    (unsigned long long)first,
		    (unsigned long long)c->last.number, first == 1 ? "" :
		    "; those before were rotated away, or removed");
	if (c->cut)
		warning("%s/%s:%u: cut off; the next event says so", PATH_LOG,
		    c->file, c->at);
}

static int
check_end(struct check *c)
{
	if (c->cut && !c->cut_off)
		return broken(c, c->file, c->at, "it is no line of the "
		    "history");
	if (c->has_head && c->last.number < c->head.number)
		return fail(EXIT_REFUSED, "%s/%s: the last %llu lines are "
		    "missing", PATH_LOG, PATH_HISTORY,
		    (unsigned long long)(c->head.number - c->last.number));
	if (!c->has_head && c->lines > 0)
		return fail(EXIT_REFUSED, "%s/%s is missing: whether lines are "
		    "missing at the end can't be told", PATH_LOG, PATH_HEAD);
	tell_whole(c);
	return EXIT_DONE;
}

int
past_verify(void)
{
	struct check c = { .last = LINK_INIT };
	struct error err;
	int r;

	/* First: what is added from now on is not on that record. */
	c.has_head = history_head(&c.head, &err) == 0;
	if (!c.has_head && err.code != ERROR_ABSENT)
		return fail(EXIT_REFUSED, "%s", err.text);
	r = history_read(NULL, check_line, &c, &err);
	if (r == -1)
		return fail_error(&err);
	return c.wrong ? r : check_end(&c);
}

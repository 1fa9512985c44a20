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
	bool wrong;
	size_t lines;
	char file[NAME_MAX + 1];	/* where that is */
	unsigned int at;
};

static int
broken(struct check *c, const struct history_line *line, const char *why)
{
	c->wrong = true;
	return fail(EXIT_REFUSED, "%s/%s:%u: %s", PATH_LOG, line->file,
	    line->at, why);
}

/* The line after one that was cut, by a crash or a full disk, says so. */
static bool
is_healed(const struct history_line *line)
{
	static const char healed[] = "\"event\":\"healed\"";

	return memmem(line->text, line->len, healed, sizeof(healed) - 1) !=
	    NULL;
}

static int
check_line(void *arg, const struct history_line *line)
{
	char previous[CHAIN_HASH + 1];
	struct check *c = arg;
	uint64_t number;

	if (!chain_read(line->text, line->len, &number, previous)) {
		if (c->cut)
			return broken(c, line, "this line and the one before "
			    "it are none of pamlease's");
		c->cut = true;
		c->at = line->at;
		(void)snprintf(c->file, sizeof(c->file), "%s", line->file);
		chain_hash(c->last.hash, line->text, line->len);
		return EXIT_DONE;
	}
	if (c->cut && !is_healed(line))
		return broken(c, line, "the line before it was changed");
	if (c->lines > 0 && number > c->last.number + 1)
		return broken(c, line, "lines before it are missing");
	if (c->lines > 0 && number < c->last.number + 1)
		return broken(c, line, "it is not in its place");
	if ((c->lines > 0 || number == 1) &&
	    strcmp(previous, c->last.hash) != 0)
		return broken(c, line, "it or the line before it was "
		    "changed");
	c->cut = false;
	c->lines++;
	c->last.number = number;
	chain_hash(c->last.hash, line->text, line->len);
	if (c->has_head && number == c->head.number &&
	    strcmp(c->last.hash, c->head.hash) != 0)
		return broken(c, line, "it was changed");
	return EXIT_DONE;
}

static int
check_end(struct check *c)
{
	if (c->has_head && c->last.number < c->head.number)
		return fail(EXIT_REFUSED, "%s/%s: the last %llu lines are "
		    "missing", PATH_LOG, PATH_HISTORY,
		    (unsigned long long)(c->head.number - c->last.number));
	if (!c->has_head && c->lines > 0)
		return fail(EXIT_REFUSED, "%s/%s is missing: whether lines are "
		    "missing at the end can't be told", PATH_LOG, PATH_HEAD);
	if (c->lines == 0)
		(void)puts("There is no history yet.");
	else
		(void)printf("The history is whole: lines %llu to %llu.\n",
		    (unsigned long long)(c->last.number - c->lines + 1),
		    (unsigned long long)c->last.number);
	if (c->cut)
		warning("%s/%s:%u: cut off; the next event says so", PATH_LOG,
		    c->file, c->at);
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
		return fail_error(&err);
	r = history_read(check_line, &c, &err);
	if (r == -1)
		return fail_error(&err);
	return c.wrong ? r : check_end(&c);
}

#include <stdio.h>
#include <string.h>

#include "window_days.h"

#define DAYS		7
#define DAYS_WEEK	0x3eu
#define DAYS_END	0x41u

/* Beginnings of these words are known as days; only the names are right. */
static const struct {
	const char *word, *name;
	unsigned int days;
} words[] = {
	{ "monday", "Mo", 1u << 1 },
	{ "tuesday", "Tu", 1u << 2 },
	{ "wednesday", "We", 1u << 3 },
	{ "thursday", "Th", 1u << 4 },
	{ "friday", "Fr", 1u << 5 },
	{ "saturday", "Sa", 1u << 6 },
	{ "sunday", "Su", 1u << 0 },
	{ "all", "Al", WINDOW_DAYS_ALL },
	{ "wk", "Wk", DAYS_WEEK },
	{ "wd", "Wd", DAYS_END },
	{ "weekdays", "Wk", DAYS_WEEK },
	{ "weekends", "Wd", DAYS_END },
	{ "daily", "Al", WINDOW_DAYS_ALL },
};

#define NWORDS	(sizeof(words) / sizeof(words[0]))

/* How many letters of the word stand at p, large or small? */
static size_t
common_letters(const char *word, const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && window_is_letter(p[n]) &&
	    (p[n] | 0x20) == word[n])
		n++;
	return n;
}

/* Just the name?  SaTu is not the beginning of Saturday. */
static bool
at_name(const struct window_cursor *c, const char *name)
{
	const char *p = c->p;

	return c->end - p >= 2 && p[0] == name[0] && p[1] == name[1] &&
	    (c->end - p == 2 || p[2] < 'a' || p[2] > 'z');
}

static bool
read_day(struct window_cursor *c, size_t *word)
{
	static const char why[] =
	    "days are Mo Tu We Th Fr Sa Su, Wk, Wd and Al";
	size_t i, n, longest = 0;

	*word = 0;
	(void)window_peek(c);
	for (i = 0; i < NWORDS; i++) {
		if (at_name(c, words[i].name)) {
			*word = i;
			c->p += 2;
			return true;
		}
		n = common_letters(words[i].word, c->p, c->end);
		if (n > longest) {
			*word = i;
			longest = n;
		}
	}
	if (longest < 2)
		return window_lost(c, c->p, why);
	window_note(c, c->p, why);
	c->p += longest;
	return true;
}

/* Is it a '-' between two days, and not one between times? */
static bool
at_range(const struct window_cursor *c)
{
	struct window_cursor next = *c;

	return window_take(&next, '-') && window_is_letter(window_peek(&next));
}

/* The rest of Mo-Fr. */
static bool
read_range(struct window_cursor *c, size_t first, unsigned int *days)
{
	const char *at = c->p;
	size_t last, i;

	(void)window_take(c, '-');
	if (!read_day(c, &last))
		return false;
	if (first >= DAYS || last >= DAYS)
		return window_lost(c, at, "a range is of days, such as Mo-Fr");
	if (first == last)
		return window_lost(c, at, "a range goes to another day; all "
		    "days are Al");
	for (i = first; i != last; i = (i + 1) % DAYS)
		*days |= words[i].days;
	*days |= words[last].days;
	c->r->range = true;
	c->r->first = first;
	c->r->last = last;
	return true;
}

bool
window_days_read(struct window_cursor *c)
{
	struct window_reading *r = c->r;
	bool alone = false;	/* what has been read must be */
	unsigned int days;
	size_t parts, word;
	const char *at;

	for (parts = 0; parts == 0 || window_is_letter(window_peek(c));
	    parts++) {
		at = c->p;
		if (!read_day(c, &word))
			return false;
		days = words[word].days;
		r->named = word < DAYS;
		r->range = at_range(c);
		if (r->range && !read_range(c, word, &days))
			return false;
		if (parts > 0 && (alone || r->range || !r->named))
			window_note(c, at, "ranges, Wk, Wd and Al stand alone");
		alone = alone || r->range || !r->named;
		if ((r->item.days & days) != 0)
			window_note(c, at, "a day comes twice");
		r->item.days |= days;
	}
	r->range = r->range && parts == 1;
	return true;
}

char *
window_days_text(char *dst, unsigned int days)
{
	size_t i, n = 0;

	for (i = DAYS; i < NWORDS; i++)
		if (words[i].days == days)
			return memcpy(dst, words[i].name, 3);
	for (i = 0; i < DAYS; i++)
		if ((words[i].days & days) != 0) {
			memcpy(dst + n, words[i].name, 2);
			n += 2;
		}
	dst[n] = '\0';
	return dst;
}

char *
window_range_text(char *dst, const struct window_reading *r)
{
	if (!r->range)
		return window_days_text(dst, r->item.days);
	(void)snprintf(dst, WINDOW_DAYS_TEXT_MAX, "%s-%s",
	    words[r->first].name, words[r->last].name);
	return dst;
}

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "import_time.h"
#include "window.h"
#include "window_days.h"

#define BLANKS	" \t\r\v\f"
#define REFUSED	"refused all whom the line names, always"
#define WHOLE_DAY	"0000-2400"
#define ITEM_MAX	32	/* bytes of "!MoTuWeThFr0900-1700" and its like */

/* A list of windows for one rule. */
struct during {
	char text[WINDOW_MAX + 1];
	size_t len, items, rules;
	void (*rule)(void *arg, const char *during);
	void *arg;
};

/* Whole days have no times where they stand alone. */
static void
put_rule(struct during *d)
{
	const size_t len = strlen(WHOLE_DAY);

	if (d->items == 1 && strcmp(d->text + d->len - len, WHOLE_DAY) == 0)
		d->text[d->len - len] = '\0';
	d->rule(d->arg, d->text);
	d->rules++;
	d->text[0] = '\0';
	d->len = d->items = 0;
}

static bool
has_room(const struct during *d, size_t len)
{
	return d->items < WINDOW_ITEMS_MAX && d->len + len + 1 <= WINDOW_MAX;
}

static void
put_item(struct during *d, const char *item)
{
	if (d->items > 0)
		d->text[d->len++] = ',';
	memcpy(d->text + d->len, item, strlen(item) + 1);
	d->len += strlen(item);
	d->items++;
}

static void
item_text(char dst[ITEM_MAX], bool negated, unsigned int days, int start,
    int end)
{
	char text[WINDOW_DAYS_TEXT_MAX];

	(void)snprintf(dst, ITEM_MAX, "%s%s%02d%02d-%02d%02d",
	    negated ? "!" : "", window_days_text(text, days), start / 60,
	    start % 60, end / 60, end % 60);
}

static bool
is_open(const struct span *span, unsigned int day, int minute)
{
	unsigned int before = (day + WEEK_DAYS - 1) % WEEK_DAYS;
	bool today = (span->days & 1u << day) != 0;

	if (!span->over)
		return today && minute >= span->start && minute < span->end;
	return (today && minute >= span->start) ||
	    ((span->days & 1u << before) != 0 && minute < span->end);
}

/* From left to right. */
static bool
is_refused(const struct times *times, unsigned int day, int minute)
{
	bool open = false, is;
	size_t i;

	for (i = 0; i < times->n; i++) {
		const struct span *span = &times->span[i];

		is = !span->unknown &&
		    is_open(span, day, minute) != span->negated;
		open = span->joined_or ? open || is : open && is;
	}
	return !open;
}

/* Some write Mo 0800 - 1800.  Takes out such blanks. */
static void
join_words(struct import *im, char *field)
{
	char *p = field, *to = field, *next;
	bool joined = false;

	while (*p != '\0') {
		next = p + strspn(p, BLANKS);
		if (next > p && to > field && *next != '\0' &&
		    ((isalpha((unsigned char)to[-1]) && *next >= '0' &&
		    *next <= '9') || to[-1] == '-' || *next == '-')) {
			joined = true;
			p = next;
		}
		*to++ = *p++;
	}
	*to = '\0';
	if (joined)
		import_note(im, "pam_time wants MoTuWeHHMM-HHMM without "
		    "blanks, and " REFUSED);
}

/* Are the days of "Mo,Tu0800-1800" whole ones?  That's more than is said. */
static void
distrust_bare(struct times *times, struct import *im)
{
	bool found = false;
	size_t i;

	for (i = 0; i < times->n; i++)
		if (times->span[i].bare && !times->span[i].negated)
			found = times->span[i].unknown = true;
	if (found)
		import_note(im, "LOOK: days without times are taken for never");
}

static void
read_words(struct times *times, struct import *im, const char *field)
{
	struct logic l;

	logic_init(&l, im, field, REFUSED);
	while (logic_next(&l)) {
		struct span *span = &times->span[times->n++];

		span->joined_or = l.joined_or;
		span->negated = l.negated;
		span_read(span, times->n > 1 ? span - 1 : NULL, im, l.word,
		    l.len);
	}
	if (l.said_garbled)
		distrust_bare(times, im);
}

/* Only where a span begins or ends can it be another than a minute before. */
static void
find_refused(struct times *times)
{
	bool edge[DAY_MINUTES + 1] = { true };
	unsigned int day;
	int minute;
	size_t i;

	for (i = 0; i < times->n; i++)
		edge[times->span[i].start] = edge[times->span[i].end] = true;
	for (day = 0; day < WEEK_DAYS; day++)
		for (minute = 0; minute < DAY_MINUTES; minute++) {
			bool *refused = &times->refused[day][minute];

			*refused = edge[minute] ?
			    is_refused(times, day, minute) : refused[-1];
			times->nrefused += *refused;
		}
}

void
times_read(struct times *times, struct import *im, char *field)
{
	memset(times, 0, sizeof(*times));
	join_words(im, field);
	if (strlen(field) > LOGIC_FIELD_MAX)
		import_note(im, "LOOK: times of more than %d bytes are taken "
		    "for never", LOGIC_FIELD_MAX);
	else
		read_words(times, im, field);
	if (times->n == 0)
		import_note(im, "without times it is never");
	find_refused(times);
}

/* Is it what one item of a list can say? */
static bool
is_item(const struct span *span)
{
	if (span->unknown || span->days == 0)
		return false;
	return span->over ? span->start < DAY_MINUTES && span->end > 0 &&
	    span->end < span->start : span->start < span->end;
}

/* "a | b" is refused during !a,!b and "!a & !b" during a,b: as it was written. */
static bool
put_as_written(const struct times *times, struct during *d)
{
	bool negated = times->n > 0 && times->span[0].negated;
	char item[ITEM_MAX];
	size_t i;

	for (i = 0; i < times->n; i++) {
		const struct span *span = &times->span[i];

		if (!is_item(span) || span->negated != negated ||
		    (i > 0 && span->joined_or == negated))
			return false;
		item_text(item, !negated, span->days, span->start, span->end);
		if (!has_room(d, strlen(item)))
			return false;
		put_item(d, item);
	}
	return i > 0;
}

/* The end of what is refused from start on, if that is where it begins; or 0. */
static int
end_of(const struct times *times, unsigned int day, int start)
{
	const bool *refused = times->refused[day];
	int end = start;

	if (!refused[start] || (start > 0 && refused[start - 1]))
		return 0;
	while (end < DAY_MINUTES && refused[end])
		end++;
	return end;
}

static void
put_span(const struct times *times, struct during *d, unsigned int day,
    int start, int end)
{
	unsigned int other, days = 0;
	char item[ITEM_MAX];

	for (other = 0; other < WEEK_DAYS; other++)
		if (end_of(times, other, start) == end) {
			if (other < day)
				return;
			days |= 1u << other;
		}
	item_text(item, false, days, start, end);
	if (!has_room(d, strlen(item)))
		put_rule(d);
	put_item(d, item);
}

static void
put_minutes(const struct times *times, struct during *d)
{
	unsigned int day;
	int start, end;

	for (day = 0; day < WEEK_DAYS; day++)
		for (start = 0; start < DAY_MINUTES; start++) {
			end = end_of(times, day, start);
			if (end != 0)
				put_span(times, d, day, start, end);
		}
}

size_t
times_put(const struct times *times,
    void (*rule)(void *arg, const char *during), void *arg)
{
	struct during d = { .rule = rule, .arg = arg };

	if (times->nrefused == 0)
		return 0;
	if (times->nrefused < (size_t)WEEK_DAYS * DAY_MINUTES && !put_as_written(times, &d)) {
		d.text[0] = '\0';
		d.len = d.items = 0;
		put_minutes(times, &d);
	}
	put_rule(&d);
	return d.rules;
}

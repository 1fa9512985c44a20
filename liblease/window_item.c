#include <stdio.h>
#include <string.h>

#include "civil.h"
#include "window.h"
#include "window_days.h"
#include "window_item.h"

#define TIME_TEXT_MAX	16

/* HHMM-HHMM */
static bool
read_times(struct window_cursor *c)
{
	const char *at = c->p;

	if (!window_time(c, 0))
		return false;
	if (!window_take(c, '-'))
		return window_lost(c, c->p,
		    "after a start '-' and an end are expected");
	if (!window_time(c, 1))
		return false;
	return c->r->minutes[0] != c->r->minutes[1] || window_lost(c, at,
	    "the start is the end; a whole day has no times");
}

/* The days that times without days are for. */
static void
assume_days(struct window_reading *r, const struct window_reading *before)
{
	if (before == NULL || before->item.dated) {
		r->item.days = WINDOW_DAYS_ALL;
		return;
	}
	r->item.days = before->item.days;
	r->item.negated = before->item.negated;
	r->range = before->range;
	r->first = before->first;
	r->last = before->last;
}

static bool
read_weekly(struct window_cursor *c, const struct window_reading *before)
{
	struct window_reading *r = c->r;

	if (window_is_digit(window_peek(c))) {
		window_note(c, c->p, "the days are missing");
		assume_days(r, before);
	} else if (!window_days_read(c))
		return false;
	if (window_is_digit(window_peek(c)) && !read_times(c))
		return false;
	r->item.start = r->minutes[0] * INT64_C(60);
	r->item.end = r->minutes[1] * INT64_C(60);
	return window_peek(c) == '\0' || window_lost(c, c->p,
	    r->times == 0 ? "times or a comma are expected" :
	    "a comma is expected");
}

/*
 * Is it no time?  Two numbers with the same sign before and behind the second,
 * or more digits than a time has.
 */
static bool
at_date(const struct window_cursor *c)
{
	struct window_cursor next = *c;
	size_t digits;
	char sign;
	int n;

	digits = window_number(&next, &n);
	sign = window_peek(&next);
	if (digits > 4 || digits == 0)
		return digits > 4;
	return (sign == '-' || sign == '/' || sign == '.') &&
	    window_take(&next, sign) && window_number(&next, &n) > 0 &&
	    window_take(&next, sign);
}

static bool
read_date(struct window_cursor *c, struct civil *date)
{
	static const char why[] = "dates are YYYY-MM-DD";
	const char *at = c->p;
	size_t month, day;

	if (window_number(c, &date->year) != 4 || !window_take(c, '-'))
		return window_lost(c, at, why);
	month = window_number(c, &date->month);
	if (!window_take(c, '-'))
		return window_lost(c, at, why);
	day = window_number(c, &date->day);
	if (month > 2 || day == 0 || day > 2)
		return window_lost(c, at, why);
	if (month < 2 || day < 2)
		window_note(c, at, why);
	if (date->year < ZONE_YEAR_MIN || date->year > WINDOW_YEAR_MAX)
		return window_lost(c, at, "years are 1970 to 2199");
	return civil_valid(date) ||
	    window_lost(c, at, "there is no such day");
}

/* THH:MM, if there is something of that kind. */
static bool
read_date_time(struct window_cursor *c, unsigned int which)
{
	if (window_take(c, 'T'))
		return window_time(c, which);
	if (!window_is_digit(window_peek(c)) && window_peek(c) != 't')
		return true;
	window_note(c, c->p, "between date and time stands a T");
	(void)window_take(c, 't');
	return window_time(c, which);
}

/* The date is the same where it is missing. */
static bool
read_date_end(struct window_cursor *c)
{
	struct window_reading *r = c->r;

	if (at_date(c))
		return read_date(c, &r->date[1]) && read_date_time(c, 1);
	if (!window_is_digit(window_peek(c)) && window_peek(c) != 'T')
		return window_lost(c, c->p, "after '..' an end is expected");
	window_note(c, c->p, "the date of the end is missing");
	(void)window_take(c, 'T');
	return window_time(c, 1);
}

static bool
read_date_range(struct window_cursor *c)
{
	static const char why[] = "between start and end stands '..'";
	struct window_reading *r = c->r;
	const char *at = c->p;

	if (window_take(c, '.')) {
		if (!window_take(c, '.'))
			window_note(c, at, why);
	} else {
		if (!window_take(c, '-') && !window_take(c, '/'))
			return window_lost(c, at,
			    "'..' or a comma is expected");
		window_note(c, at, why);
	}
	if (!read_date_end(c))
		return false;
	if (r->times == 1 || r->times == 2)
		window_note(c, at, "both ends have a time, or none has");
	if (r->times == 0 &&
	    memcmp(&r->date[0], &r->date[1], sizeof(r->date[0])) == 0)
		window_note(c, at, "start and end are the same day");
	return true;
}

static bool
read_dated(struct window_cursor *c)
{
	struct window_reading *r = c->r;
	const char *at = c->p;

	r->item.dated = true;
	if (!read_date(c, &r->date[0]) || !read_date_time(c, 0))
		return false;
	r->date[1] = r->date[0];
	if (window_peek(c) == '\0' && r->times != 0)
		return window_lost(c, c->p,
		    "after a start '..' and an end are expected");
	if (window_peek(c) != '\0' && !read_date_range(c))
		return false;
	r->item.start = civil_to_seconds(&r->date[0]) +
	    r->minutes[0] * INT64_C(60);
	r->item.end = civil_to_seconds(&r->date[1]) +
	    r->minutes[1] * INT64_C(60);
	if (r->item.end <= r->item.start)
		return window_lost(c, at, "the end is not after the start");
	return window_peek(c) == '\0' ||
	    window_lost(c, c->p, "a comma is expected");
}

void
window_item_read(const char *p, const char *end,
    const struct window_reading *before, struct window_reading *r)
{
	struct window_cursor c = { p, end, r };

	memset(r, 0, sizeof(*r));
	r->minutes[1] = WINDOW_MINUTES;
	r->item.negated = window_take(&c, '!');
	if (window_peek(&c) == '\0')
		(void)window_lost(&c, c.p, "days or a date are expected, "
		    "such as Wk0900-1700 or 2026-12-24");
	else if (at_date(&c))
		(void)read_dated(&c);
	else
		(void)read_weekly(&c, before);
}

/* Nothing for an item without times. */
static char *
time_text(char *dst, const struct window_reading *r, unsigned int which)
{
	const char *before = r->item.dated ? "T" : which == 1 ? "-" : "";

	dst[0] = '\0';
	if (r->times != 0)
		(void)snprintf(dst, TIME_TEXT_MAX, "%s%02d%s%02d", before,
		    r->minutes[which] / 60, r->colon ? ":" : "",
		    r->minutes[which] % 60);
	return dst;
}

char *
window_item_text(char *dst, const struct window_reading *r)
{
	const char *not = r->item.negated ? "!" : "";
	char days[WINDOW_DAYS_TEXT_MAX], time[2][TIME_TEXT_MAX];
	const struct civil *d = r->date;
	int n;

	time_text(time[0], r, 0);
	time_text(time[1], r, 1);
	if (!r->item.dated) {
		(void)snprintf(dst, WINDOW_ITEM_TEXT_MAX, "%s%s%s%s", not,
		    window_range_text(days, r), time[0], time[1]);
		return dst;
	}
	n = snprintf(dst, WINDOW_ITEM_TEXT_MAX, "%s%04d-%02d-%02d%s", not,
	    d[0].year, d[0].month, d[0].day, time[0]);
	if (r->times != 0 || memcmp(&d[0], &d[1], sizeof(d[0])) != 0)
		(void)snprintf(dst + n, WINDOW_ITEM_TEXT_MAX - (size_t)n,
		    "..%04d-%02d-%02d%s", d[1].year, d[1].month, d[1].day,
		    time[1]);
	return dst;
}

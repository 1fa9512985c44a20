#include "civil.h"
#include "window.h"
#include "window_list.h"
#include "zone_rule.h"

#define SECONDS_WEEK	(7 * SECONDS_DAY)

int
window_check(const char *list, size_t *at, struct error *err)
{
	struct window_list w;

	return window_list_parse(list, &w, at, err);
}

/* Seconds after midnight of local time t. */
static int64_t
second_of(int64_t t)
{
	int64_t second = t % SECONDS_DAY;

	return second < 0 ? second + SECONDS_DAY : second;
}

/* The bit of local time t's day of the week; the epoch was a Thursday. */
static unsigned int
day_of(int64_t t)
{
	int64_t day = ((t - second_of(t)) / SECONDS_DAY + 4) % 7;

	return 1u << (day < 0 ? day + 7 : day);
}

static bool
item_open(const struct window_item *item, int64_t t, unsigned int day,
    int64_t second)
{
	unsigned int yesterday = day == 1 ? 1u << 6 : day >> 1;

	if (item->dated)
		return t >= item->start && t < item->end;
	if (item->start < item->end)
		return (item->days & day) != 0 && second >= item->start &&
		    second < item->end;
	return ((item->days & day) != 0 && second >= item->start) ||
	    ((item->days & yesterday) != 0 && second < item->end);
}

/* Is the list open when clocks show t? */
static bool
open_at(const struct window_list *w, int64_t t)
{
	unsigned int day = day_of(t);
	int64_t second = second_of(t);
	bool positive = false, open = false;
	size_t i;

	for (i = 0; i < w->n; i++) {
		const struct window_item *item = &w->item[i];
		bool hit = item_open(item, t, day, second);

		if (item->negated && hit)
			return false;
		positive = positive || !item->negated;
		open = open || hit;
	}
	return open || !positive;
}

/* The earlier of next and the next time after t that clocks show second. */
static int64_t
earlier(int64_t next, int64_t t, int64_t second)
{
	int64_t wait = second_of(second - t);
	int64_t then = t + (wait == 0 ? SECONDS_DAY : wait);

	return then < next ? then : next;
}

/* The first local time after t at which a weekly item may open or close. */
static int64_t
next_weekly(const struct window_list *w, int64_t t)
{
	int64_t next = INT64_MAX;
	size_t i;

	for (i = 0; i < w->n; i++) {
		if (w->item[i].dated)
			continue;
		next = earlier(next, t, w->item[i].start);
		next = earlier(next, t, w->item[i].end);
	}
	return next;
}

/* The same for dated items. */
static int64_t
next_dated(const struct window_list *w, int64_t t)
{
	int64_t next = INT64_MAX;
	size_t i;

	for (i = 0; i < w->n; i++) {
		const struct window_item *item = &w->item[i];

		if (item->dated && item->start > t && item->start < next)
			next = item->start;
		if (item->dated && item->end > t && item->end < next)
			next = item->end;
	}
	return next;
}

/*
 * The first local time from t on, and before end, at which the list is not as
 * open says, or INT64_MAX.  What holds for a week holds until the next date.
 */
static int64_t
find_other(const struct window_list *w, int64_t t, int64_t end, bool open)
{
	int64_t at, date, until;

	for (; t < end; t = date) {
		date = next_dated(w, t);
		until = date < t + SECONDS_WEEK ? date : t + SECONDS_WEEK;
		for (at = t; at < until && at < end; at = next_weekly(w, at))
			if (open_at(w, at) != open)
				return at;
	}
	return INT64_MAX;
}

bool
window_open(const char *list, const struct zone *zone, int64_t t)
{
	struct window_list w;
	struct error err;
	size_t at;

	t = civil_clamp(t);
	return window_list_parse(list, &w, &at, &err) == 0 &&
	    open_at(&w, t + zone_offset(zone, t));
}

int64_t
window_change(const char *list, const struct zone *zone, int64_t t)
{
	int64_t offset, end, until, other, far = INT64_MIN;
	struct window_list w;
	struct error err;
	size_t at;
	bool open;

	if (civil_clamp(t) != t ||
	    window_list_parse(list, &w, &at, &err) == -1)
		return INT64_MAX;
	open = open_at(&w, t + zone_offset(zone, t));
	for (;;) {
		/* As long as the offset stays, local time just goes on. */
		offset = zone_offset(zone, t);
		end = zone_change(zone, t);
		until = civil_clamp(end) == end ? end + offset : INT64_MAX;
		other = find_other(&w, t + offset, until, open);
		if (other != INT64_MAX)
			return other - offset;
		if (until == INT64_MAX)
			return INT64_MAX;
		/*
		 * Whatever the offset is by then, the next local time that is
		 * different comes no earlier than this.
		 */
		if (far < end + ZONE_OFFSET_MIN)
			far = find_other(&w, end + ZONE_OFFSET_MIN, INT64_MAX,
			    open);
		if (far == INT64_MAX)
			return INT64_MAX;
		t = far - ZONE_OFFSET_MAX > end ? far - ZONE_OFFSET_MAX : end;
	}
}

#include "civil.h"
#include "report_page.h"

#define MINUTE	INT64_C(60)
#define HOUR	INT64_C(3600)
#define WEEK	(7 * SECONDS_DAY)
#define MONDAY	(3 * SECONDS_DAY)	/* 1970-01-01 was a Thursday */

static const int64_t steps[] = {
	MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
	HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, SECONDS_DAY, 2 * SECONDS_DAY, WEEK,
	2 * WEEK, 4 * WEEK, 8 * WEEK, 13 * WEEK, 26 * WEEK, 52 * WEEK
};

#define NSTEPS	(sizeof(steps) / sizeof(steps[0]))

double
scale_at(const struct scale *s, int64_t t)
{
	if (t <= s->from)
		return 0;
	if (t >= s->to)
		return 100;
	return 100 * (double)(t - s->from) / (double)(s->to - s->from);
}

int64_t
scale_step(const struct scale *s, int max)
{
	int64_t span = s->to - s->from, step = steps[NSTEPS - 1];
	size_t i;

	for (i = 0; i < NSTEPS; i++)
		if (span / steps[i] < max)
			return steps[i];
	return (span / max / step + 1) * step;
}

int64_t
scale_next(const struct scale *s, int64_t t, int64_t step)
{
	int64_t shift = step % WEEK == 0 ? MONDAY : 0;
	int64_t local = t + zone_offset(s->zone, t), past, first, next;

	past = ((local + shift) % step + step) % step;
	first = t + step - past;
	local += step - past;
	/* Where the clocks change before it, what they show then is another. */
	next = local - zone_offset(s->zone, first);
	return next > t && next + zone_offset(s->zone, next) == local ? next :
	    first;
}

#include <string.h>

#include "civil.h"
#include "zone_rule.h"

#define NAME_MIN	3	/* characters of a zone's name */
#define OFFSET_HOURS	24
#define RULE_HOURS	167

/* What is left of the string. */
struct rest {
	const char *p, *end;
};

static bool
accept_char(struct rest *in, char c)
{
	if (in->p == in->end || *in->p != c)
		return false;
	in->p++;
	return true;
}

static size_t
accept_all(struct rest *in, const char *set)
{
	const char *start = in->p;

	while (in->p < in->end && *in->p != '\0' && strchr(set, *in->p) != NULL)
		in->p++;
	return (size_t)(in->p - start);
}

static bool
parse_number(struct rest *in, int min, int max, int *n)
{
	const char *start = in->p;

	*n = 0;
	while (in->p < in->end && *in->p >= '0' && *in->p <= '9') {
		*n = *n * 10 + (*in->p++ - '0');
		if (*n > max)
			return false;
	}
	return in->p > start && *n >= min;
}

/* [+-]hh[:mm[:ss]] */
static bool
parse_time(struct rest *in, int hours_max, int32_t *seconds)
{
	bool negative = accept_char(in, '-');
	int hours, minutes = 0, secs = 0;

	*seconds = 0;
	if (!negative)
		(void)accept_char(in, '+');
	if (!parse_number(in, 0, hours_max, &hours))
		return false;
	if (accept_char(in, ':')) {
		if (!parse_number(in, 0, 59, &minutes))
			return false;
		if (accept_char(in, ':') && !parse_number(in, 0, 59, &secs))
			return false;
	}
	*seconds = hours * 3600 + minutes * 60 + secs;
	if (negative)
		*seconds = -*seconds;
	return true;
}

/* CEST or <+03>; what zones are called is of no use here. */
static bool
parse_name(struct rest *in)
{
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	if (accept_char(in, '<'))
		return accept_all(in, LETTERS "0123456789+-") >= NAME_MIN &&
		    accept_char(in, '>');
	return accept_all(in, LETTERS) >= NAME_MIN;
#undef LETTERS
}

/* ,Jn or ,n or ,Mm.w.d and then perhaps /time */
static bool
parse_rule(struct rest *in, struct zone_rule *rule)
{
	bool ok;

	if (!accept_char(in, ','))
		return false;
	if (accept_char(in, 'J')) {
		rule->kind = 'J';
		ok = parse_number(in, 1, 365, &rule->day);
	} else if (accept_char(in, 'M')) {
		rule->kind = 'M';
		ok = parse_number(in, 1, 12, &rule->month) &&
		    accept_char(in, '.') &&
		    parse_number(in, 1, 5, &rule->week) &&
		    accept_char(in, '.') &&
		    parse_number(in, 0, 6, &rule->day);
	} else {
		rule->kind = 'n';
		ok = parse_number(in, 0, 365, &rule->day);
	}
	rule->seconds = 2 * 3600;
	if (ok && accept_char(in, '/'))
		ok = parse_time(in, RULE_HOURS, &rule->seconds);
	return ok;
}

bool
zone_rule_parse(const char *s, size_t len, struct zone *zone)
{
	struct rest in = { s, s + len };
	int32_t west;

	if (!parse_name(&in) || !parse_time(&in, OFFSET_HOURS, &west))
		return false;
	zone->std_offset = -west;
	zone->has_dst = in.p < in.end;
	if (!zone->has_dst)
		return true;

	if (!parse_name(&in))
		return false;
	zone->dst_offset = zone->std_offset + 3600;
	if (in.p < in.end && *in.p != ',') {
		if (!parse_time(&in, OFFSET_HOURS, &west))
			return false;
		zone->dst_offset = -west;
	}
	return parse_rule(&in, &zone->dst_start) &&
	    parse_rule(&in, &zone->dst_end) && in.p == in.end;
}

/* The day of the month of the rule's week and weekday; week 5 is the last. */
static int
day_of_week_rule(const struct zone_rule *rule, int year)
{
	struct civil first = { .year = year, .month = rule->month, .day = 1 };
	int day;

	civil_from_seconds(civil_to_seconds(&first), &first);
	day = 1 + (rule->day - first.weekday + 7) % 7 + (rule->week - 1) * 7;
	return day > civil_month_days(year, rule->month) ? day - 7 : day;
}

/* When the rule's change comes in that year, as if local time were UTC. */
static int64_t
rule_seconds(const struct zone_rule *rule, int year)
{
	struct civil c = { .year = year, .month = 1, .day = 1 };

	switch (rule->kind) {
	case 'M':
		c.month = rule->month;
		c.day = day_of_week_rule(rule, year);
		break;
	case 'J':	/* 1 to 365, the 29th of February is never counted */
		c.day = rule->day;
		if (rule->day >= 60 && civil_month_days(year, 2) == 29)
			c.day++;
		break;
	default:	/* 0 to 365 */
		c.day = rule->day + 1;
		break;
	}
	return civil_to_seconds(&c) + rule->seconds;
}

int32_t
zone_rule_offset(const struct zone *zone, int64_t t)
{
	int64_t start, end;
	struct civil c;
	int year;

	if (!zone->has_dst)
		return zone->std_offset;
	/*
	 * A time of up to 167 hours may put a change into the year before or
	 * behind its own, and in the south summer goes over the new year:
	 * both together make it one of two years ago.
	 */
	civil_from_seconds(t + zone->std_offset, &c);
	for (year = c.year + 1; year >= c.year - 2; year--) {
		start = rule_seconds(&zone->dst_start, year) - zone->std_offset;
		end = rule_seconds(&zone->dst_end, year) - zone->dst_offset;
		if (end <= start)
			end = rule_seconds(&zone->dst_end, year + 1) -
			    zone->dst_offset;
		if (t >= start && t < end)
			return zone->dst_offset;
	}
	return zone->std_offset;
}

int64_t
zone_rule_change(const struct zone *zone, int64_t t)
{
	int64_t at[2], next = INT64_MAX;
	struct civil c;
	int year, i;

	if (!zone->has_dst || t > civil_clamp(t))
		return INT64_MAX;
	t = civil_clamp(t);
	civil_from_seconds(t + zone->std_offset, &c);
	for (year = c.year - 1; year <= c.year + 2; year++) {
		at[0] = rule_seconds(&zone->dst_start, year) -
		    zone->std_offset;
		at[1] = rule_seconds(&zone->dst_end, year) - zone->dst_offset;
		for (i = 0; i < 2; i++)
			if (at[i] > t && at[i] < next)
				next = at[i];
	}
	return next;
}

#include <string.h>

#include "civil.h"
#include "text.h"
#include "timestamp.h"

/*
 * Times are read and written by patterns: each of these letters is a digit of
 * a field, anything else is itself, and a blank may also be a T.  The last two
 * are hours and minutes of an offset from UTC.
 */
static const char letters[] = "YMDhmsab";

enum field {
	YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, OFFSET_HOUR, OFFSET_MINUTE,
	FIELDS
};

enum form {
	FORM_CLOCK,	/* the next such local time */
	FORM_LOCAL,
	FORM_EAST,	/* of UTC by the offset */
	FORM_WEST
};

static const struct {
	const char *pattern;
	enum form form;
} forms[] = {
	{ "hh:mm", FORM_CLOCK },
	{ "hh:mm:ss", FORM_CLOCK },
	{ "YYYY-MM-DD hh:mm", FORM_LOCAL },
	{ "YYYY-MM-DD hh:mm:ss", FORM_LOCAL },
	{ "YYYY-MM-DD hh:mm:ssZ", FORM_EAST },
	{ "YYYY-MM-DD hh:mm:ss+aa:bb", FORM_EAST },
	{ "YYYY-MM-DD hh:mm:ss-aa:bb", FORM_WEST },
};

#define NFORMS	(sizeof(forms) / sizeof(forms[0]))
#define QUOTED_MAX	64	/* of what was typed, in an error's text */

static bool
match(const char *pattern, const char *s, size_t len, int field[FIELDS])
{
	const char *letter;
	int *f;
	size_t i;

	memset(field, 0, FIELDS * sizeof(field[0]));
	if (len != strlen(pattern))
		return false;
	for (i = 0; i < len; i++) {
		letter = strchr(letters, pattern[i]);
		if (letter == NULL) {
			if (s[i] != pattern[i] &&
			    (pattern[i] != ' ' || s[i] != 'T'))
				return false;
			continue;
		}
		if (s[i] < '0' || s[i] > '9')
			return false;
		f = &field[letter - letters];
		*f = *f * 10 + (s[i] - '0');
	}
	return true;
}

static char *
fill(char *dst, const char *pattern, const struct civil *c)
{
	int field[] = {
		c->year, c->month, c->day, c->hour, c->minute, c->second, 0, 0
	};
	size_t i = strlen(pattern);
	const char *letter;
	int *f;

	dst[i] = '\0';
	while (i-- > 0) {
		letter = strchr(letters, pattern[i]);
		if (letter == NULL) {
			dst[i] = pattern[i];
			continue;
		}
		f = &field[letter - letters];
		dst[i] = (char)('0' + (unsigned int)*f % 10);
		*f /= 10;
	}
	return dst;
}

static struct civil
civil_from_fields(const int field[FIELDS])
{
	struct civil c = {
		.year = field[YEAR], .month = field[MONTH], .day = field[DAY],
		.hour = field[HOUR], .minute = field[MINUTE],
		.second = field[SECOND]
	};

	return c;
}

int
timestamp_parse(const char *s, size_t len, int64_t *t)
{
	int field[FIELDS];
	struct civil c;

	*t = 0;
	if (!match("YYYY-MM-DDThh:mm:ssZ", s, len, field))
		return -1;
	c = civil_from_fields(field);
	if (!civil_valid(&c))
		return -1;
	*t = civil_to_seconds(&c);
	return 0;
}

char *
timestamp_format(char *dst, int64_t t)
{
	struct civil c;

	civil_from_seconds(t, &c);
	return fill(dst, "YYYY-MM-DDThh:mm:ssZ", &c);
}

/* Of two the first after now; of two that are both over the last. */
static bool
find_local(const struct civil *c, const struct zone *zone, int64_t now,
    int64_t *t)
{
	int64_t at[2];
	int n = zone_instants(zone, c, at);

	if (n == 0)
		return false;
	*t = n == 2 && at[0] <= now ? at[1] : at[0];
	return true;
}

/*
 * The next local time of day after now.  It may be yesterday's, where clocks go
 * back over midnight.  One that is skipped is not taken to mean a day later.
 */
static bool
find_clock(const struct civil *clock, const struct zone *zone, int64_t now,
    int64_t *t)
{
	int64_t local = now + zone_offset(zone, now);
	struct civil c;
	int day;

	for (day = -1; day <= 1; day++) {
		civil_from_seconds(local + day * SECONDS_DAY, &c);
		c.hour = clock->hour;
		c.minute = clock->minute;
		c.second = clock->second;
		if (find_local(&c, zone, now, t)) {
			if (*t > now)
				return true;
		} else if (civil_to_seconds(&c) > local)
			return false;
	}
	return false;
}

/* The last one that is over by now, of today or the days before. */
static bool
find_clock_past(const struct civil *clock, const struct zone *zone,
    int64_t now, int64_t *t)
{
	struct civil c;
	int64_t at[2];
	int day, n;

	for (day = 1; day >= -2; day--) {
		civil_from_seconds(now + zone_offset(zone, now) +
		    day * SECONDS_DAY, &c);
		c.hour = clock->hour;
		c.minute = clock->minute;
		c.second = clock->second;
		for (n = zone_instants(zone, &c, at); n > 0; n--)
			if (at[n - 1] <= now) {
				*t = at[n - 1];
				return true;
			}
	}
	return false;
}

/* Are the fields in range?  The date of a time of day is filled in here. */
static bool
fields_valid(int field[FIELDS], enum form form)
{
	struct civil c;

	if (form == FORM_CLOCK) {
		field[YEAR] = ZONE_YEAR_MIN;
		field[MONTH] = field[DAY] = 1;
	}
	c = civil_from_fields(field);
	return civil_valid(&c) && field[OFFSET_HOUR] <= 23 &&
	    field[OFFSET_MINUTE] <= 59;
}

static bool
resolve(const int field[FIELDS], enum form form, const struct zone *zone,
    int64_t now, bool past, int64_t *t)
{
	struct civil c = civil_from_fields(field);
	int offset = field[OFFSET_HOUR] * 3600 + field[OFFSET_MINUTE] * 60;

	switch (form) {
	case FORM_CLOCK:
		return past ? find_clock_past(&c, zone, now, t) :
		    find_clock(&c, zone, now, t);
	case FORM_LOCAL:
		return find_local(&c, zone, now, t) && (!past || *t <= now ||
		    find_local(&c, zone, INT64_MIN, t));
	case FORM_EAST:
		*t = civil_to_seconds(&c) - offset;
		return true;
	case FORM_WEST:
		*t = civil_to_seconds(&c) + offset;
		return true;
	}
	return false;
}

static int
parse_input(const char *s, const struct zone *zone, int64_t now, bool past,
    int64_t *t, struct error *err)
{
	char quoted[QUOTED_MAX];
	size_t len = strlen(s), i = 0;
	int field[FIELDS];
	int64_t found = 0;

	*t = 0;
	error_clear(err);
	text_escape(quoted, sizeof(quoted), s, len);
	while (i < NFORMS && !match(forms[i].pattern, s, len, field))
		i++;
	if (i == NFORMS || !fields_valid(field, forms[i].form))
		return error_set(err, ERROR_INVALID, "not a time: '%s', want "
		    "HH:MM[:SS], YYYY-MM-DD HH:MM[:SS] or RFC 3339", quoted);
	if (!resolve(field, forms[i].form, zone, now, past, &found))
		return error_set(err, ERROR_INVALID,
		    "no such time: '%s' is skipped by a change of the clocks",
		    quoted);
	if (found < TIMESTAMP_MIN || found > TIMESTAMP_MAX)
		return error_set(err, ERROR_INVALID, "not a time: '%s' is not "
		    "in the years 1970 to 9999 UTC", quoted);
	*t = found;
	return 0;
}

int
timestamp_parse_input(const char *s, const struct zone *zone, int64_t now,
    int64_t *t, struct error *err)
{
	return parse_input(s, zone, now, false, t, err);
}

int
timestamp_parse_past(const char *s, const struct zone *zone, int64_t now,
    int64_t *t, struct error *err)
{
	return parse_input(s, zone, now, true, t, err);
}

char *
timestamp_local_date(char *dst, const struct zone *zone, int64_t t,
    int with_seconds)
{
	struct civil c;

	civil_from_seconds(t + zone_offset(zone, t), &c);
	return fill(dst, with_seconds ? "YYYY-MM-DD hh:mm:ss" :
	    "YYYY-MM-DD hh:mm", &c);
}

char *
timestamp_local(char *dst, const struct zone *zone, int64_t t, int64_t now)
{
	struct civil c, today;

	civil_from_seconds(t + zone_offset(zone, t), &c);
	civil_from_seconds(now + zone_offset(zone, now), &today);
	if (c.year != today.year || c.month != today.month ||
	    c.day != today.day)
		return timestamp_local_date(dst, zone, t, 1);
	return fill(dst, "hh:mm:ss", &c);
}

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "duration.h"
#include "lease.h"
#include "text.h"

struct unit {
	char letter;
	int64_t seconds;
	const char *word;
};

static const struct unit units[] = {
	{ 'w', 604800, "week" },
	{ 'd', 86400, "day" },
	{ 'h', 3600, "hour" },
	{ 'm', 60, "minute" },
	{ 's', 1, "second" },
};

#define NUNITS	(sizeof(units) / sizeof(units[0]))

static const char too_long[] = "longer than 366d";

/*
 * Reads a number at *s and moves *s behind it.  Stops as soon as it is too
 * large for any unit, so that it can't overflow.
 */
static const char *
parse_number(const char **s, int64_t *number)
{
	*number = 0;
	if (**s < '0' || **s > '9')
		return "a number such as 90 is expected before each unit";
	for (; **s >= '0' && **s <= '9'; (*s)++) {
		*number = *number * 10 + (**s - '0');
		if (*number > LEASE_SECONDS_MAX)
			return too_long;
	}
	return NULL;
}

/*
 * Finds the unit at **s, which must come after those before *next, and moves
 * both behind it.
 */
static const char *
parse_unit(const char **s, size_t *next, int64_t *seconds)
{
	size_t i;

	*seconds = 0;
	for (i = 0; i < NUNITS && units[i].letter != **s; i++)
		;
	if (i == NUNITS)
		return "each number needs a unit: w, d, h, m or s";
	if (i < *next)
		return "units come once each and in the order w, d, h, m, s";
	*seconds = units[i].seconds;
	*next = i + 1;
	(*s)++;
	return NULL;
}

/* Returns what is wrong, or NULL. */
static const char *
parse_parts(const char *s, int64_t *sum)
{
	int64_t number, seconds;
	const char *why;
	size_t next = 0;

	*sum = 0;
	do {
		why = parse_number(&s, &number);
		if (why != NULL)
			return why;
		why = parse_unit(&s, &next, &seconds);
		if (why != NULL)
			return why;
		*sum += number * seconds;
	} while (*s != '\0');
	if (*sum > LEASE_SECONDS_MAX)
		return too_long;
	if (*sum == 0)
		return "shorter than 1s";
	return NULL;
}

int
duration_parse(const char *s, int64_t *seconds, struct error *err)
{
	char shown[80];
	const char *why;
	int64_t sum;

	*seconds = 0;
	why = parse_parts(s, &sum);
	if (why != NULL)
		return error_set(err, ERROR_INVALID,
		    "invalid duration '%s': %s",
		    text_escape(shown, sizeof(shown), s, strlen(s)), why);
	*seconds = sum;
	return 0;
}

/* The largest unit, of days and less, that is in it. */
static const struct unit *
largest_unit(int64_t seconds)
{
	size_t i = 1;

	while (i < NUNITS - 1 && seconds < units[i].seconds)
		i++;
	return &units[i];
}

char *
duration_format(char *dst, int64_t seconds)
{
	const struct unit *unit;

	if (seconds < 0)
		seconds = 0;
	unit = largest_unit(seconds);
	if (unit->seconds == 1)
		(void)snprintf(dst, DURATION_TEXT_MAX, "%" PRId64 "s", seconds);
	else
		(void)snprintf(dst, DURATION_TEXT_MAX,
		    "%" PRId64 "%c %" PRId64 "%c",
		    seconds / unit[0].seconds, unit[0].letter,
		    seconds % unit[0].seconds / unit[1].seconds,
		    unit[1].letter);
	return dst;
}

static const char *
plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

char *
duration_words(char *dst, int64_t seconds)
{
	const struct unit *unit;
	int64_t first, second;

	if (seconds < 0)
		seconds = 0;
	if (seconds >= 60)
		seconds = (seconds / 60 + (seconds % 60 >= 30)) * 60;
	unit = largest_unit(seconds);
	first = seconds / unit[0].seconds;
	second = unit->seconds > 60 ?
	    seconds % unit[0].seconds / unit[1].seconds : 0;
	if (second == 0)
		(void)snprintf(dst, DURATION_TEXT_MAX, "%" PRId64 " %s%s",
		    first, unit[0].word, plural(first));
	else
		(void)snprintf(dst, DURATION_TEXT_MAX,
		    "%" PRId64 " %s%s %" PRId64 " %s%s",
		    first, unit[0].word, plural(first),
		    second, unit[1].word, plural(second));
	return dst;
}

char *
duration_compact(char *dst, int64_t seconds)
{
	size_t i, len = 0;

	dst[0] = '\0';
	for (i = 1; i < NUNITS; i++) {		/* without weeks */
		if (seconds >= units[i].seconds)
			len += (size_t)snprintf(dst + len,
			    DURATION_TEXT_MAX - len, "%" PRId64 "%c",
			    seconds / units[i].seconds, units[i].letter);
		seconds %= units[i].seconds;
	}
	return dst;
}

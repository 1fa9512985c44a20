#include <time.h>

#include "fuzz.h"
#include "lease.h"
#include "timestamp.h"
#include "zone_rule.h"

#define DAY	INT64_C(86400)

/* libc's opinion of it. */
static void
same_as_libc(const char *text, int64_t t)
{
	char other[64];
	time_t clock = t;
	struct tm tm;

	must(gmtime_r(&clock, &tm) != NULL);
	must(strftime(other, sizeof(other), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0);
	must(strcmp(text, other) == 0);
}

static void
exact(const char *s, size_t len)
{
	char text[TIMESTAMP_LEN + 1];
	int64_t t;

	if (timestamp_parse(s, len, &t) == -1) {
		must(t == 0);
		return;
	}
	must(t >= TIMESTAMP_MIN && t <= TIMESTAMP_MAX);
	must(len == TIMESTAMP_LEN);
	must(memcmp(timestamp_format(text, t), s, len) == 0);
	same_as_libc(text, t);
}

static void
there_and_back(const struct zone *zone, int64_t t)
{
	char text[TIMESTAMP_TEXT_MAX];
	struct error err;
	int64_t back;

	must(timestamp_parse(timestamp_format(text, t), TIMESTAMP_LEN,
	    &back) == 0 && back == t);
	same_as_libc(text, t);
	/* In local time too, where the date has four digits. */
	if (t < DAY || t > TIMESTAMP_MAX - DAY)
		return;
	timestamp_local_date(text, zone, t, 1);
	must(timestamp_parse_input(text, zone, t - 1, &back, &err) == 0);
	must(back == t);
	must(strlen(timestamp_local(text, zone, t, t)) == 8);
	must(timestamp_parse_input(text, zone, t - 1, &back, &err) == 0);
	must(back == t);
}

/* What an administrator types, without a 'T' between date and time. */
static void
typed(char *s, const struct zone *zone, int64_t now)
{
	char text[TIMESTAMP_TEXT_MAX];
	size_t len = strlen(s);
	struct error err;
	int64_t t;

	if (timestamp_parse_input(s, zone, now, &t, &err) == -1) {
		must(t == 0 && err.code == ERROR_INVALID && is_line(err.text));
		return;
	}
	must(t >= TIMESTAMP_MIN && t <= TIMESTAMP_MAX);
	timestamp_local_date(text, zone, t, 1);
	if (len <= 8) {
		must(t > now && t <= now + 2 * DAY);
		must(memcmp(text + 11, s, len) == 0);
	} else if (len <= 19) {
		must(memcmp(text, s, 10) == 0);
		must(memcmp(text + 11, s + 11, len - 11) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const rules[] = {
		"UTC0", "CET-1CEST,M3.5.0,M10.5.0/3",
		"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "XXX-14YYY,J60/0,J300/0",
	};
	struct zone zone = { .time_size = 8, .has_rule = true };
	struct input in = { data, size };
	const char *rule = rules[take_number(&in, 3)];
	int64_t now = take_number(&in, LEASE_TIME_MAX);
	char *s;

	must(zone_rule_parse(rule, strlen(rule), &zone));
	there_and_back(&zone, now);
	there_and_back(&zone, now * 34 % TIMESTAMP_MAX);
	s = take_rest(&in);
	exact(s, size > 16 ? size - 16 : 0);
	typed(s, &zone, now);
	free(s);
	return 0;
}

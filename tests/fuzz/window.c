#include "fuzz.h"
#include "lease.h"
#include "window.h"
#include "zone_rule.h"

#define CHANGES		6
#define DAY		INT64_C(86400)

/* A few changes from some time on, to any offsets, and then a rule. */
struct table {
	unsigned char times[CHANGES][8], types[CHANGES], infos[CHANGES][6];
};

static void
put(unsigned char *p, size_t size, uint64_t n)
{
	for (; size-- > 0; n >>= 8)
		p[size] = (unsigned char)n;
}

static void
take_zone(struct input *in, int64_t t, struct table *table, struct zone *zone)
{
	static const char *const rules[] = {
		"UTC0", "CET-1CEST,M3.5.0,M10.5.0/3",
		"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "XXX-14YYY,J60/0,J300/0",
	};
	const char *rule = rules[take_number(in, 3)];
	char any[40];
	size_t i;

	*zone = zone_utc;
	take_string(in, any, sizeof(any));
	if (!zone_rule_parse(any, strlen(any), zone))
		must(zone_rule_parse(rule, strlen(rule), zone));
	zone->ntimes = (size_t)take_number(in, CHANGES);
	zone->ninfos = zone->ntimes;
	for (i = 0; i < zone->ntimes; i++) {
		t += 1 + take_number(in, 4 * DAY);
		put(table->times[i], 8, (uint64_t)t);
		table->types[i] = (unsigned char)i;
		memset(table->infos[i], 0, 6);
		put(table->infos[i], 4, (uint64_t)(ZONE_OFFSET_MIN +
		    take_number(in, ZONE_OFFSET_MAX - ZONE_OFFSET_MIN)));
	}
	zone->times = table->times[0];
	zone->types = table->types;
	zone->infos = table->infos[0];
}

/* Between the two nothing changes. */
static void
constant(const char *list, const struct zone *zone, int64_t from, int64_t to)
{
	bool open = window_open(list, zone, from);
	int64_t step = (to - from) / 61 + 1, t;

	for (t = from; t < to; t += step)
		must(window_open(list, zone, t) == open);
	must(window_open(list, zone, to - 1) == open);
}

static void
taken(const char *list, const struct zone *zone, int64_t t)
{
	int64_t change;
	int i;

	for (i = 0; i < 8; i++) {
		change = window_change(list, zone, t);
		must(change > t);
		if (change == INT64_MAX) {
			constant(list, zone, t, t + 9 * DAY);
			constant(list, zone, t, LEASE_TIME_MAX + 9 * DAY);
			return;
		}
		constant(list, zone, t, change);
		must(window_open(list, zone, t) !=
		    window_open(list, zone, change));
		must(change == window_change(list, zone, change - 1));
		t = change;
	}
}

/* What is told to be written is taken. */
static void
refused(const char *list, const struct error *err, size_t at)
{
	const char *meant = strstr(err->text, "; write ");
	struct error again;

	must(err->code == ERROR_INVALID && is_line(err->text));
	must(at <= strlen(list));
	must(!window_open(list, &zone_utc, 0));
	must(window_change(list, &zone_utc, 0) == INT64_MAX);
	if (meant == NULL || strchr(meant, '\'') != NULL)
		return;
	meant += strlen("; write ");
	if (strchr(meant, ',') == NULL)
		must(window_check(meant, &at, &again) == 0);
	else
		must(window_check(strstr(meant, ", or ") + strlen(", or "),
		    &at, &again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	int64_t t = take_number(&in, LEASE_TIME_MAX), any;
	struct error err, again;
	struct table table;
	struct zone zone;
	size_t at, at_again;
	char *list;
	int r;

	take(&in, &any, sizeof(any));
	take_zone(&in, t, &table, &zone);
	list = take_rest(&in);
	r = window_check(list, &at, &err);
	must(window_check(list, &at_again, &again) == r && at == at_again);
	must(strcmp(err.text, again.text) == 0);
	if (r == 0) {
		taken(list, &zone, t);
		(void)window_open(list, &zone, any);
		must(window_change(list, &zone, any) >= any);
	} else
		refused(list, &err, at);
	free(list);
	return 0;
}

#include "fuzz.h"
#include "zone.h"
#include "zone_rule.h"

/* Any clock, and any date that it shows, in any zone that is taken. */
static void
at(const struct zone *zone, int64_t t)
{
	int32_t offset = zone_offset(zone, t);
	struct civil c, shown;
	int64_t found[2];
	int i, n;

	must(offset >= ZONE_OFFSET_MIN && offset <= ZONE_OFFSET_MAX);
	if (t < 0 || t > INT64_C(253402300799))
		return;
	civil_from_seconds(t + offset, &c);
	must(civil_to_seconds(&c) == t + offset);
	must(c.weekday >= 0 && c.weekday <= 6);
	n = zone_instants(zone, &c, found);
	must(n >= 0 && n <= 2 && (n < 2 || found[0] < found[1]));
	for (i = 0; i < n; i++) {
		civil_from_seconds(found[i] + zone_offset(zone, found[i]),
		    &shown);
		must(memcmp(&c, &shown, sizeof(c)) == 0);
	}
	/* Without changes there is just one. */
	if (zone->ntimes == 0 && zone->has_rule && !zone->has_dst)
		must(n == 1 && found[0] == t);
}

/* The same bytes as the TZ string of a file. */
static void
rule(const uint8_t *data, size_t size, int64_t t)
{
	struct zone zone = { .time_size = 8, .has_rule = true };
	int32_t offset;

	if (!zone_rule_parse((const char *)data, size, &zone))
		return;
	at(&zone, t);
	offset = zone_rule_offset(&zone, t % (INT64_C(1) << 40));
	must(offset == zone.std_offset ||
	    (zone.has_dst && offset == zone.dst_offset));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t times[] = {
		INT64_MIN, INT64_MIN / 2, -1, 0, INT32_MAX, 1700000000,
		1720000000, INT64_C(253402300799), INT64_MAX
	};
	struct input last = { data, size < 8 ? size : 8 };
	struct zone zone;
	struct error err;
	int64_t any;
	size_t i;

	take(&last, &any, sizeof(any));
	rule(data, size, any);
	if (zone_parse(data, size, &zone, &err) == -1) {
		must(err.code == ERROR_BROKEN && is_line(err.text));
		must(memcmp(&zone, &zone_utc, sizeof(zone)) == 0);
	}
	at(&zone, any);
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		at(&zone, times[i]);
	return 0;
}

#include <string.h>

#include "civil.h"
#include "zone.h"
#include "zone_rule.h"

#define HEADER_LEN	44
#define INFO_LEN	6	/* offset 4, is-daylight 1, name index 1 */

const struct zone zone_utc = { .time_size = 8, .has_rule = true };

static uint32_t
get32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static int64_t
time_at(const struct zone *zone, size_t i)
{
	const unsigned char *p = zone->times + i * zone->time_size;

	if (zone->time_size == 4)
		return (int32_t)get32(p);
	return (int64_t)((uint64_t)get32(p) << 32 | get32(p + 4));
}

static int32_t
info_offset(const struct zone *zone, size_t i)
{
	return (int32_t)get32(zone->infos + i * INFO_LEN);
}

/*
 * Points zone at the tables of the header and block (RFC 8536 3.1, 3.2) at
 * data.  Returns how many bytes they take, 0 when they don't fit into len.
 */
static size_t
read_block(const unsigned char *data, size_t len, size_t time_size,
    struct zone *zone, uint32_t *leaps)
{
	uint64_t size;
	uint32_t times, infos;

	*leaps = 0;
	if (len < HEADER_LEN || memcmp(data, "TZif", 4) != 0)
		return 0;
	*leaps = get32(data + 28);
	times = get32(data + 32);
	infos = get32(data + 36);
	size = HEADER_LEN + (uint64_t)times * (time_size + 1) +
	    (uint64_t)infos * INFO_LEN + get32(data + 40) +
	    (uint64_t)*leaps * (time_size + 4) +
	    get32(data + 24) + get32(data + 20);
	if (size > len)
		return 0;
	zone->times = data + HEADER_LEN;
	zone->types = zone->times + times * time_size;
	zone->infos = zone->types + times;
	zone->ntimes = times;
	zone->ninfos = infos;
	zone->time_size = time_size;
	return (size_t)size;
}

/* Every index and offset is checked once, here, and then believed. */
static bool
tables_valid(const struct zone *zone)
{
	int32_t offset;
	size_t i;

	if (zone->ninfos == 0)
		return false;
	for (i = 0; i < zone->ninfos; i++) {
		offset = info_offset(zone, i);
		if (offset < ZONE_OFFSET_MIN || offset > ZONE_OFFSET_MAX)
			return false;
	}
	for (i = 0; i < zone->ntimes; i++) {
		if (zone->types[i] >= zone->ninfos)
			return false;
		if (i > 0 && time_at(zone, i) <= time_at(zone, i - 1))
			return false;
	}
	return true;
}

/* The TZ string between two newlines that ends a file from version 2 on. */
static bool
read_footer(const unsigned char *data, size_t len, struct zone *zone)
{
	if (len < 2 || data[0] != '\n' || data[len - 1] != '\n')
		return false;
	zone->has_rule = len > 2;
	return !zone->has_rule ||
	    zone_rule_parse((const char *)data + 1, len - 2, zone);
}

/* Returns what is wrong with the file, or NULL. */
static const char *
read_file(const unsigned char *data, size_t len, struct zone *zone)
{
	uint32_t leaps;
	size_t used;

	used = read_block(data, len, 4, zone, &leaps);
	if (used == 0)
		return "not TZif, or cut off";
	switch (data[4]) {
	case '\0':
		if (used != len)
			return "something follows the data";
		break;
	case '2':
	case '3':
	case '4':
		data += used;
		len -= used;
		used = read_block(data, len, 8, zone, &leaps);
		if (used == 0)
			return "no 64-bit data, or cut off";
		if (!read_footer(data + used, len - used, zone))
			return "the TZ string is wrong";
		break;
	default:
		return "unknown version";
	}
	/* Its times are not those of CLOCK_REALTIME, but seconds ahead. */
	if (leaps != 0)
		return "it counts leap seconds";
	return tables_valid(zone) ? NULL : "its tables are wrong";
}

int
zone_parse(const unsigned char *data, size_t len, struct zone *zone,
    struct error *err)
{
	const char *why;

	error_clear(err);
	memset(zone, 0, sizeof(*zone));
	why = read_file(data, len, zone);
	if (why == NULL)
		return 0;
	*zone = zone_utc;
	return error_set(err, ERROR_BROKEN, "bad time zone file: %s", why);
}

/* How many transitions are at or before t. */
static size_t
count_times(const struct zone *zone, int64_t t)
{
	size_t low = 0, high = zone->ntimes, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (time_at(zone, mid) <= t)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

int32_t
zone_offset(const struct zone *zone, int64_t t)
{
	size_t n = count_times(zone, t);

	if (n == zone->ntimes && zone->has_rule)
		return zone_rule_offset(zone, civil_clamp(t));
	/* RFC 8536 3.2: before the first transition the first type holds. */
	return info_offset(zone, n == 0 ? 0 : zone->types[n - 1]);
}

int64_t
zone_change(const struct zone *zone, int64_t t)
{
	size_t n = count_times(zone, t);

	if (n < zone->ntimes)
		return time_at(zone, n);
	return zone->has_rule ? zone_rule_change(zone, t) : INT64_MAX;
}

int
zone_instants(const struct zone *zone, const struct civil *c, int64_t t[2])
{
	int64_t local = civil_to_seconds(c);
	int32_t before = zone_offset(zone, local - ZONE_OFFSET_MAX);
	int32_t after = zone_offset(zone, local - ZONE_OFFSET_MIN);
	int32_t east = before > after ? before : after;
	int32_t west = before > after ? after : before;
	int n = 0;

	/*
	 * No zone changes twice within the two days that these offsets are
	 * from.  The larger one gives the earlier instant.
	 */
	t[0] = t[1] = 0;
	if (zone_offset(zone, local - east) == east)
		t[n++] = local - east;
	if (west != east && zone_offset(zone, local - west) == west)
		t[n++] = local - west;
	return n;
}

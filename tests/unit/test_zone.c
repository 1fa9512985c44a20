#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../liblease/timestamp.h"
#include "../../liblease/zone.h"

#define ZONEINFO	"/usr/share/zoneinfo/"
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/*
 * A zone of the host, read afresh into a static buffer.  Returns false when
 * the host has none; where the tests must run, that is a failure.
 */
static bool
host_zone(const char *name, struct zone *zone)
{
	static unsigned char data[ZONE_FILE_MAX];
	char path[128];
	struct error err;
	size_t len;
	FILE *f;

	(void)snprintf(path, sizeof(path), ZONEINFO "%s", name);
	f = fopen(path, "rbe");
	if (f == NULL) {
		if (getenv("PAMLEASE_TESTS_MUST_RUN") != NULL)
			fail_msg("%s is missing", path);
		print_message("skipped: %s is missing\n", path);
		return false;
	}
	len = fread(data, 1, sizeof(data), f);
	(void)fclose(f);
	if (zone_parse(data, len, zone, &err) != 0)
		fail_msg("%s: %s", path, err.text);
	return true;
}

static struct civil
civil_of(const char *text)
{
	struct civil c = { 0 };

	if (sscanf(text, "%d-%d-%d %d:%d:%d", &c.year, &c.month, &c.day,
	    &c.hour, &c.minute, &c.second) != 6)
		fail_msg("bad row: %s", text);
	return c;
}

/* Synthetic files. */

struct file {
	unsigned char data[1024];
	size_t len;
};

static void
put(struct file *f, uint64_t value, size_t size)
{
	while (size-- > 0)
		f->data[f->len++] = (unsigned char)(value >> (8 * size));
}

static void
put_block(struct file *f, char version, size_t time_size)
{
	static const int64_t times[] = { 1000, 2000, 3000 };
	static const int32_t offsets[] = { 3600, 7200, -10800 };
	size_t i;

	memcpy(f->data + f->len, "TZif", 4);
	f->len += 4;
	put(f, (unsigned char)version, 1);
	memset(f->data + f->len, 0, 15);
	f->len += 15;
	put(f, 3, 4);			/* UT indicators */
	put(f, 3, 4);			/* standard indicators */
	put(f, 0, 4);			/* leap seconds */
	put(f, 3, 4);			/* times */
	put(f, 3, 4);			/* infos */
	put(f, 4, 4);			/* characters */
	for (i = 0; i < COUNT(times); i++)
		put(f, (uint64_t)times[i], time_size);
	put(f, 1, 1);
	put(f, 0, 1);
	put(f, 2, 1);
	for (i = 0; i < COUNT(offsets); i++) {
		put(f, (uint32_t)offsets[i], 4);
		put(f, 0, 2);
	}
	memcpy(f->data + f->len, "ABC", 4);
	f->len += 4;
	put(f, 0, 6);			/* the indicators */
}

#define BLOCK_LEN(time_size) (44 + 3 * (time_size) + 3 + 3 * 6 + 4 + 6)

static void
make_file(struct file *f, char version, const char *rule)
{
	f->len = 0;
	put_block(f, version, 4);
	if (version == '\0')
		return;
	put_block(f, version, 8);
	put(f, '\n', 1);
	memcpy(f->data + f->len, rule, strlen(rule));
	f->len += strlen(rule);
	put(f, '\n', 1);
}

/*
 * Parses a copy that is exactly len bytes long, so that a sanitizer sees a
 * read behind it, and asks for some offsets.
 */
static int
parse_exact(const unsigned char *data, size_t len, struct error *err)
{
	static const int64_t times[] = {
		INT64_MIN, -1, 0, 999, 1000, 2500, 3000, 4102444800, INT64_MAX
	};
	const struct civil c = { 2030, 6, 15, 12, 0, 0, 0 };
	unsigned char *copy = malloc(len + (len == 0));
	struct zone zone;
	int64_t t[2];
	size_t i;
	int r;

	assert_non_null(copy);
	memcpy(copy, data, len);
	r = zone_parse(copy, len, &zone, err);
	if (r != 0) {
		assert_int_equal(err->code, ERROR_BROKEN);
		assert_memory_equal(&zone, &zone_utc, sizeof(zone));
	}
	for (i = 0; i < COUNT(times); i++)
		(void)zone_offset(&zone, times[i]);
	assert_in_range(zone_instants(&zone, &c, t), 0, 2);
	free(copy);
	return r;
}

static void
test_versions(void **state)
{
	static const struct {
		int64_t t;
		int32_t v1, no_rule, rule;
	} rows[] = {
		{ INT64_MIN, 3600, 3600, 3600 },
		{ 999, 3600, 3600, 3600 },
		{ 1000, 7200, 7200, 7200 },
		{ 1999, 7200, 7200, 7200 },
		{ 2000, 3600, 3600, 3600 },
		{ 2999, 3600, 3600, 3600 },
		{ 3000, -10800, -10800, 19800 },
		{ INT64_MAX, -10800, -10800, 19800 },
	};
	static const char versions[] = { '2', '3', '4' };
	struct file v1, plain, ruled;
	struct zone zone;
	struct error err;
	size_t i, v;

	(void)state;
	make_file(&v1, '\0', "");
	assert_int_equal(v1.len, BLOCK_LEN(4));
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(zone_parse(v1.data, v1.len, &zone, &err), 0);
		assert_int_equal(zone_offset(&zone, rows[i].t), rows[i].v1);
		for (v = 0; v < COUNT(versions); v++) {
			make_file(&plain, versions[v], "");
			make_file(&ruled, versions[v], "IST-5:30");
			assert_int_equal(zone_parse(plain.data, plain.len,
			    &zone, &err), 0);
			assert_int_equal(zone_offset(&zone, rows[i].t),
			    rows[i].no_rule);
			assert_int_equal(zone_parse(ruled.data, ruled.len,
			    &zone, &err), 0);
			assert_int_equal(zone_offset(&zone, rows[i].t),
			    rows[i].rule);
		}
	}
}

static void
test_broken(void **state)
{
	/* One byte of a good version 2 file, set to value. */
	static const struct {
		const char *name;
		size_t offset;
		unsigned char value;
	} rows[] = {
		{ "magic", 0, 't' },
		{ "version 1 as text", 4, '1' },
		{ "version 5", 4, '5' },
		{ "huge count of UT indicators", 20, 0xff },
		{ "huge count of standard indicators", 24, 0xff },
		{ "huge count of leap seconds", 28, 0xff },
		{ "huge count of times", 32, 0xff },
		{ "huge count of types", 36, 0xff },
		{ "huge count of characters", 40, 0xff },
		{ "one character more", 43, 5 },
		{ "second magic", BLOCK_LEN(4), 0 },
		{ "second huge count of times", BLOCK_LEN(4) + 32, 0xff },
		{ "one time less", BLOCK_LEN(4) + 35, 2 },
		{ "no type", BLOCK_LEN(4) + 39, 0 },
		{ "times not ascending", BLOCK_LEN(4) + 44 + 14, 0 },
		{ "negative time after a positive", BLOCK_LEN(4) + 44 + 8,
		    0x80 },
		{ "type index", BLOCK_LEN(4) + 44 + 24, 3 },
		{ "offset of days", BLOCK_LEN(4) + 44 + 27, 1 },
		{ "offset INT32_MIN", BLOCK_LEN(4) + 44 + 27, 0x80 },
		{ "no newline before the TZ string",
		    BLOCK_LEN(4) + BLOCK_LEN(8), ' ' },
		{ "TZ string with a NUL",
		    BLOCK_LEN(4) + BLOCK_LEN(8) + 1, 0 },
	};
	struct error err;
	struct file f;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		make_file(&f, '2', "CET-1CEST,M3.5.0,M10.5.0/3");
		assert_int_equal(parse_exact(f.data, f.len, &err), 0);
		f.data[rows[i].offset] = rows[i].value;
		if (parse_exact(f.data, f.len, &err) == 0)
			fail_msg("accepted: %s", rows[i].name);
	}
}

/* A leap second of 4 + 4 bytes takes the place of others, all sizes fit. */
static void
test_leap_seconds(void **state)
{
	struct error err;
	struct file f;

	(void)state;
	make_file(&f, '\0', "");
	f.data[23] = f.data[27] = 0;
	f.data[43] = 2;
	f.data[31] = 1;
	assert_int_equal(parse_exact(f.data, f.len, &err), -1);
	assert_non_null(strstr(err.text, "leap seconds"));
}

static void
test_truncated(void **state)
{
	static const char versions[] = { '\0', '2', '3', '4' };
	struct error err;
	struct file f;
	size_t v, len;

	(void)state;
	for (v = 0; v < COUNT(versions); v++) {
		make_file(&f, versions[v], "CET-1CEST,M3.5.0,M10.5.0/3");
		for (len = 0; len < f.len; len++)
			if (parse_exact(f.data, len, &err) == 0)
				fail_msg("accepted: version %d cut at %zu",
				    versions[v], len);
		assert_int_equal(parse_exact(f.data, f.len, &err), 0);
		f.data[f.len] = '\n';
		if (parse_exact(f.data, f.len + 1, &err) == 0)
			fail_msg("accepted: version %d with a byte more",
			    versions[v]);
	}
}

/* Every byte takes a few values: no crash, no read outside. */
static void
test_mutated(void **state)
{
	static const unsigned char values[] = { 0, 1, 0x7f, 0x80, 0xff, ',' };
	struct error err;
	struct file f;
	size_t i, v;

	(void)state;
	make_file(&f, '3', "<-02>2<-01>,M3.5.0/-1,J300/0");
	for (i = 0; i < f.len; i++) {
		for (v = 0; v < COUNT(values); v++) {
			unsigned char saved = f.data[i];

			f.data[i] = values[v];
			(void)parse_exact(f.data, f.len, &err);
			f.data[i] = saved;
		}
	}
}

/* What the TZ string says of an instant, or that it is refused. */
static void
test_rules(void **state)
{
	static const struct {
		const char *rule;
		const char *utc;	/* NULL: refused */
		int32_t offset;
	} rows[] = {
		{ "UTC0", "2026-07-01 00:00:00", 0 },
		{ "<+03>-3", "2026-07-01 00:00:00", 10800 },
		{ "<-00>0", "2026-07-01 00:00:00", 0 },
		{ "ABC-24:59:59", "2026-07-01 00:00:00", 89999 },
		{ "ABC+24:59:59", "2026-07-01 00:00:00", -89999 },
		{ "NST3:30", "2026-07-01 00:00:00", -12600 },
		/* The default time is 02:00:00, and an hour is added. */
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29 00:59:59", 3600 },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29 01:00:00", 7200 },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25 00:59:59", 7200 },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25 01:00:00", 3600 },
		/* A month with five Sundays, and one with four. */
		{ "CET-1CEST,M5.5.0,M6.5.0", "2026-05-31 01:00:00", 7200 },
		{ "CET-1CEST,M5.5.0,M6.5.0", "2026-06-28 00:00:00", 3600 },
		/* South: summer goes over the new year; half an hour. */
		{ "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
		    "2026-01-01 00:00:00", 39600 },
		{ "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
		    "2026-07-01 00:00:00", 37800 },
		{ "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
		    "2026-12-31 00:00:00", 39600 },
		/* Winter time is the "daylight" half, an hour less. */
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", "2026-07-01 00:00:00", 3600 },
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-01 00:00:00", 0 },
		/* J60 is the 1st of March, 59 the 29th of February or that. */
		{ "AAA0BBB,J60/0,J90", "2024-02-29 12:00:00", 0 },
		{ "AAA0BBB,J60/0,J90", "2024-03-01 00:00:00", 3600 },
		{ "AAA0BBB,J60/0,J90", "2025-03-01 00:00:00", 3600 },
		{ "AAA0BBB,J59/0,J90", "2024-02-28 00:00:00", 3600 },
		{ "AAA0BBB,59/0,90", "2024-02-29 00:00:00", 3600 },
		{ "AAA0BBB,59/0,90", "2025-02-28 23:59:59", 0 },
		{ "AAA0BBB,59/0,90", "2025-03-01 00:00:00", 3600 },
		/* Times before and far behind the day. */
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
		    "2026-03-29 00:59:59", -7200 },
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
		    "2026-03-29 01:00:00", -3600 },
		{ "IST-2IDT,M3.4.4/26,M10.5.0", "2026-03-26 23:59:59", 7200 },
		{ "IST-2IDT,M3.4.4/26,M10.5.0", "2026-03-27 00:00:00", 10800 },
		{ "AAA0BBB,M1.1.0/-167,M6.1.0", "2025-12-28 01:00:00", 3600 },
		{ "AAA0BBB,M1.1.0/-167,M6.1.0", "2025-12-28 00:59:59", 0 },
		{ "AAA0BBB,J100,J365/167:59:59", "2026-01-06 22:59:58", 3600 },
		{ "AAA0BBB,J100,J365/167:59:59", "2026-01-06 22:59:59", 0 },
		{ "AAA0BBB,J365/167,J364/100", "2026-01-03 02:59:59", 3600 },
		{ "AAA0BBB,J365/167,J364/100", "2026-01-03 03:00:00", 0 },
		/* Daylight saving time all year. */
		{ "EST5EDT,0/0,J365/25", "2026-01-01 04:59:59", -14400 },
		{ "EST5EDT,0/0,J365/25", "2026-01-01 05:00:00", -14400 },
		{ "EST5EDT,0/0,J365/25", "2024-12-31 12:00:00", -14400 },
		{ "EST5EDT,0/0,J365/25", "2026-07-01 00:00:00", -14400 },

		{ "C-1", NULL, 0 },
		{ "CE-1", NULL, 0 },
		{ "CET", NULL, 0 },
		{ "CET-", NULL, 0 },
		{ "CET-25", NULL, 0 },
		{ "CET-1:", NULL, 0 },
		{ "CET-1:60", NULL, 0 },
		{ "CET-1:00:60", NULL, 0 },
		{ "CET-1 ", NULL, 0 },
		{ "CET--1", NULL, 0 },
		{ "<+03-3", NULL, 0 },
		{ "<+0>-3", NULL, 0 },
		{ "<+0_3>-3", NULL, 0 },
		{ ":CET", NULL, 0 },
		{ "CET-1CEST", NULL, 0 },
		{ "CET-1CEST,", NULL, 0 },
		{ "CET-1CEST,M3.5.0", NULL, 0 },
		{ "CET-1CEST,M3.5.0,", NULL, 0 },
		{ "CET-1CEST,M3.5.0,M10.5.0/", NULL, 0 },
		{ "CET-1CEST,M3.5.0,M10.5.0/3,", NULL, 0 },
		{ "CET-1CEST,M0.5.0,M10.5.0", NULL, 0 },
		{ "CET-1CEST,M13.5.0,M10.5.0", NULL, 0 },
		{ "CET-1CEST,M3.0.0,M10.5.0", NULL, 0 },
		{ "CET-1CEST,M3.6.0,M10.5.0", NULL, 0 },
		{ "CET-1CEST,M3.5.7,M10.5.0", NULL, 0 },
		{ "CET-1CEST,M3.5,M10.5.0", NULL, 0 },
		{ "CET-1CEST,J0,J365", NULL, 0 },
		{ "CET-1CEST,J1,J366", NULL, 0 },
		{ "CET-1CEST,0,366", NULL, 0 },
		{ "CET-1CEST,J1/168,J365", NULL, 0 },
		{ "CET-1CEST,J1/-168,J365", NULL, 0 },
		{ "CET-1CEST,99999999999999999999,J365", NULL, 0 },
		{ "CET-1CEST,M3.5.0,M10.5.0\nCET-1", NULL, 0 },
	};
	struct error err;
	struct zone zone;
	struct civil c;
	struct file f;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		make_file(&f, '3', rows[i].rule);
		r = zone_parse(f.data, f.len, &zone, &err);
		if ((r == 0) != (rows[i].utc != NULL))
			fail_msg("%s: %d %s", rows[i].rule, r, err.text);
		if (r != 0)
			continue;
		c = civil_of(rows[i].utc);
		r = zone_offset(&zone, civil_to_seconds(&c));
		if (r != rows[i].offset)
			fail_msg("%s at %s: %d, not %d", rows[i].rule,
			    rows[i].utc, r, rows[i].offset);
	}
}

static void
test_change(void **state)
{
	static const struct {
		int64_t t, v1, no_rule, rule;
	} rows[] = {
		{ INT64_MIN, 1000, 1000, 1000 },
		{ 999, 1000, 1000, 1000 },
		{ 1000, 2000, 2000, 2000 },
		{ 2999, 3000, 3000, 3000 },
		/* 1970-03-29 and 1970-10-25 */
		{ 3000, INT64_MAX, INT64_MAX, 7520400 },
		{ 7520399, INT64_MAX, INT64_MAX, 7520400 },
		{ 7520400, INT64_MAX, INT64_MAX, 25664400 },
		/* 2026-12-31 and 2027-03-28 */
		{ 1798750799, INT64_MAX, INT64_MAX, 1806195600 },
		{ INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX },
	};
	struct file v1, plain, ruled;
	struct zone zone;
	struct error err;
	size_t i;

	(void)state;
	make_file(&v1, '\0', "");
	make_file(&plain, '2', "CET-1");
	make_file(&ruled, '2', "CET-1CEST,M3.5.0,M10.5.0/3");
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(zone_parse(v1.data, v1.len, &zone, &err), 0);
		assert_int_equal(zone_change(&zone, rows[i].t), rows[i].v1);
		assert_int_equal(zone_parse(plain.data, plain.len, &zone,
		    &err), 0);
		assert_int_equal(zone_change(&zone, rows[i].t),
		    rows[i].no_rule);
		assert_int_equal(zone_parse(ruled.data, ruled.len, &zone,
		    &err), 0);
		assert_int_equal(zone_change(&zone, rows[i].t), rows[i].rule);
	}
}

/* Around the changes of the clocks in zones of the host. */
static void
test_host_zones(void **state)
{
	static const struct {
		const char *name, *local;
		int n;
		int64_t t[2];
	} rows[] = {
#define BERLIN "Europe/Berlin"
		{ BERLIN, "2026-03-29 01:59:59", 1, { 1774745999 } },
		{ BERLIN, "2026-03-29 02:00:00", 0, { 0 } },
		{ BERLIN, "2026-03-29 02:59:59", 0, { 0 } },
		{ BERLIN, "2026-03-29 03:00:00", 1, { 1774746000 } },
		{ BERLIN, "2026-10-25 01:59:59", 1, { 1792886399 } },
		{ BERLIN, "2026-10-25 02:00:00", 2,
		    { 1792886400, 1792890000 } },
		{ BERLIN, "2026-10-25 02:59:59", 2,
		    { 1792889999, 1792893599 } },
		{ BERLIN, "2026-10-25 03:00:00", 1, { 1792893600 } },
		/* Behind the last transition in the file. */
		{ BERLIN, "2090-03-26 02:30:00", 0, { 0 } },
		{ BERLIN, "2090-10-29 02:30:00", 2,
		    { 3812920200, 3812923800 } },
		{ "America/New_York", "1970-01-01 00:00:00", 1, { 18000 } },
		{ "America/New_York", "2026-03-08 02:30:00", 0, { 0 } },
		{ "America/New_York", "2026-11-01 01:30:00", 2,
		    { 1793511000, 1793514600 } },
		/* Half an hour. */
		{ "Australia/Lord_Howe", "2026-04-05 01:29:59", 1,
		    { 1775312999 } },
		{ "Australia/Lord_Howe", "2026-04-05 01:45:00", 2,
		    { 1775313900, 1775315700 } },
		{ "Australia/Lord_Howe", "2026-10-04 02:15:00", 0, { 0 } },
		{ "Australia/Lord_Howe", "2026-10-04 02:30:00", 1,
		    { 1791041400 } },
		{ "Australia/Lord_Howe", "2080-01-01 00:00:00", 1,
		    { 3471253200 } },
		{ "Asia/Kolkata", "2026-03-29 02:30:00", 1, { 1774731600 } },
		/* Goes back for Ramadan, by transitions and not by a rule. */
		{ "Africa/Casablanca", "2026-02-15 02:30:00", 2,
		    { 1771119000, 1771122600 } },
		{ "Africa/Casablanca", "2026-03-22 02:30:00", 0, { 0 } },
		{ "Africa/Casablanca", "2026-06-01 12:00:00", 1,
		    { 1780311600 } },
		/* Changed at midnight, until 2019. */
		{ "America/Sao_Paulo", "2018-11-04 00:30:00", 0, { 0 } },
		{ "America/Sao_Paulo", "2019-02-16 23:30:00", 2,
		    { 1550367000, 1550370600 } },
		{ "America/Sao_Paulo", "2026-12-01 00:00:00", 1,
		    { 1796094000 } },
		/* Left a whole day out. */
		{ "Pacific/Apia", "2011-12-29 23:59:59", 1, { 1325239199 } },
		{ "Pacific/Apia", "2011-12-30 12:00:00", 0, { 0 } },
		{ "Pacific/Apia", "2011-12-31 00:00:00", 1, { 1325239200 } },
		{ "UTC", "2026-03-29 02:30:00", 1, { 1774751400 } },
	};
	struct zone zone;
	struct civil c;
	int64_t t[2];
	size_t i, ran = 0;
	int n;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		if (!host_zone(rows[i].name, &zone))
			continue;
		ran++;
		c = civil_of(rows[i].local);
		n = zone_instants(&zone, &c, t);
		if (n != rows[i].n || t[0] != rows[i].t[0] ||
		    t[1] != rows[i].t[1])
			fail_msg("%s %s: %d %jd %jd", rows[i].name,
			    rows[i].local, n, (intmax_t)t[0], (intmax_t)t[1]);
	}
	if (ran == 0)
		skip();
}

static void
test_utc(void **state)
{
	static const struct civil c = { 1970, 1, 2, 0, 0, 0, 0 };
	int64_t t[2];

	(void)state;
	assert_int_equal(zone_offset(&zone_utc, INT64_MIN), 0);
	assert_int_equal(zone_offset(&zone_utc, INT64_MAX), 0);
	assert_int_equal(zone_instants(&zone_utc, &c, t), 1);
	assert_int_equal(t[0], 86400);
}

static void
test_civil(void **state)
{
	static const struct {
		int64_t t;
		struct civil c;
	} rows[] = {
		{ 0, { 1970, 1, 1, 0, 0, 0, 4 } },
		{ -1, { 1969, 12, 31, 23, 59, 59, 3 } },
		{ 951782399, { 2000, 2, 28, 23, 59, 59, 1 } },
		{ 951782400, { 2000, 2, 29, 0, 0, 0, 2 } },
		{ 951868800, { 2000, 3, 1, 0, 0, 0, 3 } },
		{ 4107542400, { 2100, 3, 1, 0, 0, 0, 1 } },
		{ 2147483648, { 2038, 1, 19, 3, 14, 8, 2 } },
		{ TIMESTAMP_MAX, { 9999, 12, 31, 23, 59, 59, 5 } },
		{ -62135596800, { 1, 1, 1, 0, 0, 0, 1 } },
		{ -62167219201, { -1, 12, 31, 23, 59, 59, 5 } },
	};
	struct civil c;
	int64_t t;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		civil_from_seconds(rows[i].t, &c);
		if (memcmp(&c, &rows[i].c, sizeof(c)) != 0 ||
		    civil_to_seconds(&c) != rows[i].t)
			fail_msg("%jd: %d-%d-%d %d:%d:%d %d",
			    (intmax_t)rows[i].t, c.year, c.month, c.day,
			    c.hour, c.minute, c.second, c.weekday);
	}
	/* Every day from year 1 to 9999 follows the one before. */
	for (t = -62135596800; t <= TIMESTAMP_MAX; t += 86400) {
		civil_from_seconds(t, &c);
		if (civil_to_seconds(&c) != t)
			fail_msg("%jd comes back otherwise", (intmax_t)t);
	}
	civil_from_seconds(INT64_MIN, &c);
	civil_from_seconds(INT64_MAX, &c);
}

static void
test_civil_valid(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} rows[] = {
		{ "1970-01-01 00:00:00", true },
		{ "9999-12-31 23:59:59", true },
		{ "2024-02-29 00:00:00", true },
		{ "2000-02-29 00:00:00", true },
		{ "2025-02-29 00:00:00", false },
		{ "2100-02-29 00:00:00", false },
		{ "2026-02-30 00:00:00", false },
		{ "2026-04-31 00:00:00", false },
		{ "2026-00-01 00:00:00", false },
		{ "2026-13-01 00:00:00", false },
		{ "2026-01-00 00:00:00", false },
		{ "2026-01-32 00:00:00", false },
		{ "2026-01-01 24:00:00", false },
		{ "2026-01-01 00:60:00", false },
		{ "2026-01-01 00:00:60", false },
		{ "2026-01-01 -1:00:00", false },
		{ "1969-12-31 00:00:00", false },
		{ "10000-01-01 00:00:00", false },
	};
	struct civil c;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		c = civil_of(rows[i].text);
		if (civil_valid(&c) != rows[i].valid)
			fail_msg("%s", rows[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_leap_seconds),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_mutated),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_host_zones),
		cmocka_unit_test(test_utc),
		cmocka_unit_test(test_civil),
		cmocka_unit_test(test_civil_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

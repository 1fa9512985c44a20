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

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* CET-1CEST,M3.5.0,M10.5.0/3 */
static const struct zone berlin = {
	.time_size = 8, .has_rule = true, .has_dst = true,
	.std_offset = 3600, .dst_offset = 7200,
	.dst_start = { 'M', 3, 5, 0, 7200 },
	.dst_end = { 'M', 10, 5, 0, 10800 }
};

/* NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01, goes back over midnight. */
static const struct zone st_johns = {
	.time_size = 8, .has_rule = true, .has_dst = true,
	.std_offset = -12600, .dst_offset = -9000,
	.dst_start = { 'M', 3, 2, 0, 60 },
	.dst_end = { 'M', 11, 1, 0, 60 }
};

static const struct zone kolkata = {
	.time_size = 8, .has_rule = true, .std_offset = 19800
};

static int64_t
utc(const char *text)
{
	int64_t t;

	if (timestamp_parse(text, strlen(text), &t) != 0)
		fail_msg("bad row: %s", text);
	return t;
}

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		int64_t t;
	} good[] = {
		{ "1970-01-01T00:00:00Z", TIMESTAMP_MIN },
		{ "9999-12-31T23:59:59Z", TIMESTAMP_MAX },
		{ "2024-02-29T12:34:56Z", 1709210096 },
		{ "2026-03-21T11:30:00Z", 1774092600 },
		{ "2038-01-19T03:14:08Z", 2147483648 },
	};
	static const char *const bad[] = {
		"", "Z", "2026-03-21T11:30:00", "2026-03-21T11:30:00z",
		"2026-03-21t11:30:00Z", "2026-03-21 11:30:00Z",
		"2026-03-21T11:30:00Z ", " 2026-03-21T11:30:00Z",
		"2026-03-21T11:30:00+00:00", "2026-03-21T11:30:00.0Z",
		"2026-03-21T11:30Z", "2026-3-21T11:30:00Z",
		"+026-03-21T11:30:00Z", "-026-03-21T11:30:00Z",
		"1969-12-31T23:59:59Z", "0000-01-01T00:00:00Z",
		"10000-01-01T00:00:00Z", "2026-00-21T11:30:00Z",
		"2026-13-21T11:30:00Z", "2026-02-29T11:30:00Z",
		"2100-02-29T11:30:00Z", "2026-04-31T11:30:00Z",
		"2026-03-00T11:30:00Z", "2026-03-21T24:00:00Z",
		"2026-03-21T11:60:00Z", "2026-12-31T23:59:60Z",
		"2026-03-21T11:30:0xZ", "2026/03/21T11:30:00Z",
		"YYYY-MM-DDThh:mm:ssZ", "2026-03-21T11:30:0\xb2Z",
	};
	char text[TIMESTAMP_LEN + 1], *copy;
	size_t i, len;
	int64_t t;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		t = utc(good[i].text);
		if (t != good[i].t)
			fail_msg("%s: %jd", good[i].text, (intmax_t)t);
		assert_string_equal(timestamp_format(text, t), good[i].text);
		/* Never more than len bytes are read, and all are wanted. */
		for (len = 0; len < TIMESTAMP_LEN; len++) {
			copy = malloc(len + (len == 0));
			assert_non_null(copy);
			memcpy(copy, good[i].text, len);
			if (timestamp_parse(copy, len, &t) != -1 || t != 0)
				fail_msg("%s cut at %zu", good[i].text, len);
			free(copy);
		}
	}
	for (i = 0; i < COUNT(bad); i++) {
		t = 1;
		if (timestamp_parse(bad[i], strlen(bad[i]), &t) != -1 || t != 0)
			fail_msg("accepted: '%s'", bad[i]);
	}
	/* A NUL is a byte like others. */
	assert_int_equal(timestamp_parse("2026-03-21T11:30:00\0", 20, &t), -1);
}

static void
test_input(void **state)
{
	static const struct {
		const struct zone *zone;
		const char *now, *text, *want;
	} rows[] = {
#define NOON "2026-07-01T10:00:00Z"	/* 12:00 in Berlin */
		/* The next such time, strictly after now. */
		{ &berlin, NOON, "12:00", "2026-07-02T10:00:00Z" },
		{ &berlin, NOON, "12:00:00", "2026-07-02T10:00:00Z" },
		{ &berlin, NOON, "12:00:01", "2026-07-01T10:00:01Z" },
		{ &berlin, NOON, "11:59:59", "2026-07-02T09:59:59Z" },
		{ &berlin, NOON, "23:59", "2026-07-01T21:59:00Z" },
		{ &berlin, NOON, "00:00", "2026-07-01T22:00:00Z" },
		{ &kolkata, NOON, "15:31", "2026-07-01T10:01:00Z" },
		{ &zone_utc, "2026-12-31T23:59:59Z", "00:00",
		    "2027-01-01T00:00:00Z" },
		{ &zone_utc, "2024-02-28T12:00:00Z", "11:00",
		    "2024-02-29T11:00:00Z" },
		/* The hour that comes twice: the first after now. */
		{ &berlin, "2026-10-24T22:00:00Z", "02:30",
		    "2026-10-25T00:30:00Z" },
		{ &berlin, "2026-10-25T00:30:00Z", "02:30",
		    "2026-10-25T01:30:00Z" },
		{ &berlin, "2026-10-25T01:30:00Z", "02:30",
		    "2026-10-26T01:30:00Z" },
		/* The skipped hour of a night that is over. */
		{ &berlin, "2026-03-29T10:00:00Z", "02:30",
		    "2026-03-30T00:30:00Z" },
		/* 00:00:30, the clocks go back to yesterday's 23:01. */
		{ &st_johns, "2026-11-01T02:30:30Z", "23:30",
		    "2026-11-01T03:00:00Z" },
		{ &st_johns, "2026-11-01T02:30:30Z", "00:00:45",
		    "2026-11-01T02:30:45Z" },

		/* Local dates, past ones too. */
		{ &berlin, NOON, "2026-07-01 12:00", "2026-07-01T10:00:00Z" },
		{ &berlin, NOON, "2026-07-01T12:00", "2026-07-01T10:00:00Z" },
		{ &berlin, NOON, "2026-01-01 12:00:05",
		    "2026-01-01T11:00:05Z" },
		{ &berlin, NOON, "2026-01-01T12:00:05",
		    "2026-01-01T11:00:05Z" },
		{ &berlin, NOON, "2026-10-25 02:30", "2026-10-25T00:30:00Z" },
		{ &berlin, "2026-10-25T00:30:00Z", "2026-10-25 02:30",
		    "2026-10-25T01:30:00Z" },
		{ &berlin, "2026-10-25T01:30:00Z", "2026-10-25 02:30",
		    "2026-10-25T01:30:00Z" },
		{ &zone_utc, NOON, "1970-01-01 00:00",
		    "1970-01-01T00:00:00Z" },
		{ &zone_utc, NOON, "9999-12-31 23:59:59",
		    "9999-12-31T23:59:59Z" },

		/* RFC 3339, whatever the zone. */
		{ &berlin, NOON, "2026-03-29T02:30:00Z",
		    "2026-03-29T02:30:00Z" },
		{ &berlin, NOON, "2026-03-29 02:30:00Z",
		    "2026-03-29T02:30:00Z" },
		{ &berlin, NOON, "2026-03-29T02:30:00+05:30",
		    "2026-03-28T21:00:00Z" },
		{ &berlin, NOON, "2026-03-29T02:30:00-23:59",
		    "2026-03-30T02:29:00Z" },
		{ &berlin, NOON, "2026-03-29T02:30:00-00:00",
		    "2026-03-29T02:30:00Z" },
		{ &berlin, NOON, "1970-01-01T01:00:00+01:00",
		    "1970-01-01T00:00:00Z" },
	};
	struct error err;
	char got[TIMESTAMP_LEN + 1];
	int64_t t;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		r = timestamp_parse_input(rows[i].text, rows[i].zone,
		    utc(rows[i].now), &t, &err);
		if (r != 0)
			fail_msg("'%s' at %s: %s", rows[i].text, rows[i].now,
			    err.text);
		if (strcmp(timestamp_format(got, t), rows[i].want) != 0)
			fail_msg("'%s' at %s: %s, not %s", rows[i].text,
			    rows[i].now, got, rows[i].want);
		assert_int_equal(err.code, ERROR_NONE);
	}
}

static void
test_past(void **state)
{
	static const struct {
		const char *now, *text;
		const struct zone *zone;
		const char *want;
	} rows[] = {
		{ "2026-07-01T12:00:00Z", "13:59", &berlin,
		    "2026-07-01T11:59:00Z" },
		{ "2026-07-01T12:00:00Z", "14:00", &berlin,
		    "2026-07-01T12:00:00Z" },
		{ "2026-07-01T12:00:00Z", "14:01", &berlin,
		    "2026-06-30T12:01:00Z" },
		/* With a date it may be later. */
		{ "2026-07-01T12:00:00Z", "2026-07-02 14:00", &berlin,
		    "2026-07-02T12:00:00Z" },
		/* A day of 25 hours, and one of 23. */
		{ "2026-10-25T11:30:00Z", "13:00", &berlin,
		    "2026-10-24T11:00:00Z" },
		{ "2027-03-28T10:30:00Z", "12:00", &berlin,
		    "2027-03-28T10:00:00Z" },
		/* Twice, and not at all. */
		{ "2026-10-25T00:45:00Z", "02:30", &berlin,
		    "2026-10-25T00:30:00Z" },
		{ "2026-10-25T00:45:00Z", "2026-10-25 02:30", &berlin,
		    "2026-10-25T00:30:00Z" },
		{ "2026-10-25T11:30:00Z", "02:30", &berlin,
		    "2026-10-25T01:30:00Z" },
		{ "2027-03-28T10:30:00Z", "02:30", &berlin,
		    "2027-03-27T01:30:00Z" },
		{ "2027-03-29T00:00:00Z", "02:30", &berlin,
		    "2027-03-27T01:30:00Z" },
		/* It is the day before once more. */
		{ "2026-11-01T02:45:00Z", "00:00", &st_johns,
		    "2026-11-01T02:30:00Z" },
	};
	char got[TIMESTAMP_LEN + 1];
	struct error err;
	int64_t t;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(timestamp_parse_past(rows[i].text,
		    rows[i].zone, utc(rows[i].now), &t, &err), 0);
		if (strcmp(timestamp_format(got, t), rows[i].want) != 0)
			fail_msg("'%s' at %s: %s, not %s", rows[i].text,
			    rows[i].now, got, rows[i].want);
	}
}

static void
test_input_refused(void **state)
{
#define FORMAT	"want HH:MM[:SS], YYYY-MM-DD HH:MM[:SS] or RFC 3339"
#define SKIPPED	"is skipped by a change of the clocks"
#define YEARS	"is not in the years 1970 to 9999 UTC"
	static const struct {
		const char *now, *text, *why;
	} rows[] = {
		{ NOON, "", FORMAT },
		{ NOON, "25:00", "not a time: '25:00', " FORMAT },
		{ NOON, "24:00", FORMAT },
		{ NOON, "12:60", FORMAT },
		{ NOON, "12:00:60", FORMAT },
		{ NOON, "9:00", FORMAT },
		{ NOON, "0900", FORMAT },
		{ NOON, "-1:00", FORMAT },
		{ NOON, "12", FORMAT },
		{ NOON, "12:00:", FORMAT },
		{ NOON, "12:00 ", FORMAT },
		{ NOON, " 12:00", FORMAT },
		{ NOON, "12:00pm", FORMAT },
		{ NOON, "12:00Z", FORMAT },
		{ NOON, "12:00:00Z", FORMAT },
		{ NOON, "hh:mm", FORMAT },
		{ NOON, "tomorrow", FORMAT },
		{ NOON, "1h30m", FORMAT },
		{ NOON, "2026-07-02", FORMAT },
		{ NOON, "2026-07-02 24:00", FORMAT },
		{ NOON, "2026-07-02  12:00", FORMAT },
		{ NOON, "2026-07-02t12:00", FORMAT },
		{ NOON, "2026-07-02 12", FORMAT },
		{ NOON, "2026-7-2 12:00", FORMAT },
		{ NOON, "02.07.2026 12:00", FORMAT },
		{ NOON, "2026-02-30 12:00", FORMAT },
		{ NOON, "2026-06-31 12:00:00", FORMAT },
		{ NOON, "1969-12-31 12:00", FORMAT },
		{ NOON, "0000-01-01 12:00", FORMAT },
		{ NOON, "10000-01-01 12:00", FORMAT },
		{ NOON, "2026-07-02T12:00Z", FORMAT },
		{ NOON, "2026-07-02T12:00:00z", FORMAT },
		{ NOON, "2026-07-02T12:00:00ZZ", FORMAT },
		{ NOON, "2026-07-02T12:00:60Z", FORMAT },
		{ NOON, "2026-07-02T24:00:00Z", FORMAT },
		{ NOON, "2026-07-02T12:00:00+2", FORMAT },
		{ NOON, "2026-07-02T12:00:00+0200", FORMAT },
		{ NOON, "2026-07-02T12:00:00+24:00", FORMAT },
		{ NOON, "2026-07-02T12:00:00+00:60", FORMAT },
		{ NOON, "2026-07-02T12:00:00+02:00 ", FORMAT },
		{ NOON, "2026-07-02T12:00:00.5Z", FORMAT },
		{ NOON, "\x1b[31m", FORMAT },
		{ NOON, "1970-01-01 00:59:59", YEARS },
		{ NOON, "1970-01-01T00:00:00+00:01", YEARS },
		{ NOON, "9999-12-31T23:59:59-00:01", YEARS },
		{ "9999-12-31T23:30:00Z", "01:00", YEARS },
		{ NOON, "2026-03-29 02:00", SKIPPED },
		{ NOON, "2026-03-29 02:30", "no such time: "
		    "'2026-03-29 02:30' " SKIPPED },
		{ NOON, "2026-03-29T02:59:59", SKIPPED },
		/* The coming night, before and behind midnight. */
		{ "2026-03-28T22:00:00Z", "02:30", SKIPPED },
		{ "2026-03-29T00:00:00Z", "02:30", SKIPPED },
	};
	struct error err;
	int64_t t;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		t = 1;
		if (timestamp_parse_input(rows[i].text, &berlin,
		    utc(rows[i].now), &t, &err) != -1)
			fail_msg("accepted: '%s'", rows[i].text);
		assert_int_equal(t, 0);
		assert_int_equal(err.code, ERROR_INVALID);
		assert_null(strchr(err.text, '\x1b'));
		if (strstr(err.text, rows[i].why) == NULL)
			fail_msg("'%s': %s", rows[i].text, err.text);
	}
}

/* However long the input, the text still says what was wanted. */
static void
test_input_long(void **state)
{
	char text[5000];
	struct error err;
	int64_t t;

	(void)state;
	memset(text, '0', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(timestamp_parse_input(text, &berlin, 0, &t, &err), -1);
	assert_non_null(strstr(err.text, FORMAT));
}

static void
test_local(void **state)
{
	static const struct {
		const struct zone *zone;
		const char *now, *t, *text, *minutes;
	} rows[] = {
		{ &berlin, NOON, "2026-07-01T08:30:00Z", "10:30:00",
		    "2026-07-01 10:30" },
		{ &berlin, NOON, "2026-07-01T21:59:59Z", "23:59:59",
		    "2026-07-01 23:59" },
		{ &berlin, NOON, "2026-07-01T22:00:00Z", "2026-07-02 00:00:00",
		    "2026-07-02 00:00" },
		{ &berlin, NOON, "2025-07-01T10:00:00Z", "2025-07-01 12:00:00",
		    "2025-07-01 12:00" },
		{ &berlin, NOON, "2026-08-01T10:00:00Z", "2026-08-01 12:00:00",
		    "2026-08-01 12:00" },
		{ &berlin, NOON, "2026-01-01T10:00:07Z", "2026-01-01 11:00:07",
		    "2026-01-01 11:00" },
		{ &kolkata, NOON, "2026-07-01T18:29:59Z", "23:59:59",
		    "2026-07-01 23:59" },
		{ &st_johns, NOON, "1970-01-01T00:00:00Z",
		    "1969-12-31 20:30:00", "1969-12-31 20:30" },
	};
	char dst[TIMESTAMP_TEXT_MAX];
	int64_t t;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		t = utc(rows[i].t);
		(void)timestamp_local(dst, rows[i].zone, t, utc(rows[i].now));
		if (strcmp(dst, rows[i].text) != 0)
			fail_msg("%s: %s, not %s", rows[i].t, dst,
			    rows[i].text);
		(void)timestamp_local_date(dst, rows[i].zone, t, 0);
		if (strcmp(dst, rows[i].minutes) != 0)
			fail_msg("%s: %s, not %s", rows[i].t, dst,
			    rows[i].minutes);
		(void)timestamp_local_date(dst, rows[i].zone, t, 1);
		assert_memory_equal(dst, rows[i].minutes, 16);
		assert_int_equal(strlen(dst), 19);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_input),
		cmocka_unit_test(test_past),
		cmocka_unit_test(test_input_refused),
		cmocka_unit_test(test_input_long),
		cmocka_unit_test(test_local),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

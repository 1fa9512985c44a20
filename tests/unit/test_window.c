#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "timestamp.h"
#include "window.h"
#include "zone_rule.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* Changed on 2026-03-29 at 2 and on 2026-10-25 at 3. */
#define BERLIN	"CET-1CEST,M3.5.0,M10.5.0/3"
/* Half an hour, on 2026-04-05 and 2026-10-04, both at 2. */
#define LORD_HOWE "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"

static void
zone_init(struct zone *zone, const char *rule)
{
	*zone = zone_utc;
	if (!zone_rule_parse(rule, strlen(rule), zone))
		fail_msg("bad row: %s", rule);
}

/* Local time in the zone, or with an offset from UTC. */
static int64_t
instant(const struct zone *zone, const char *text)
{
	struct error err;
	int64_t t;

	if (timestamp_parse_input(text, zone, 0, &t, &err) != 0)
		fail_msg("bad row: %s", err.text);
	return t;
}

static void
check_list(const char *list)
{
	struct error err;
	size_t at;

	if (window_check(list, &at, &err) != 0)
		fail_msg("'%s' is refused: %s", list, err.text);
	assert_int_equal(at, 0);
	assert_int_equal(err.code, ERROR_NONE);
}

static void
test_good(void **state)
{
	static const char *const rows[] = {
		"Mo", "Wk", "Wd", "Al", "Al0000-2400", "Mo-Fr0900-1700",
		"Mo-Fr09:00-17:00", "MoWeFr0900-1700", "SaTu", "FrSaSu",
		"Sa-Mo", "Su-Sa", "Fr2200-0600", "Mo1200-0000", "Mo0000-0001",
		"Mo2359-2400", "Mo23:59-24:00", "!Wk0800-1800", "!Mo,!Tu",
		"Mo,Tu,We", "Mo,Tu-Fr,!We", "Wd,Mo-Fr1800-2400",
		"Wk,Sa0900-1200", "Al,!Su0200-0300", "!Sa,Al0900-1700",
		"Sa,!Mo0900-1700", "We0900-1700,Mo", "Mo,2026-12-24,We0900-1700",
		"Mo0000-2400,We0900-1700",
		"2026-12-24", "!2026-12-24", "2026-12-24..2027-01-02",
		"2026-12-24T09:00..2026-12-24T18:00",
		"2026-12-24T0900..2026-12-24T1800",
		"2026-12-24T09:00..2027-12-24T24:00",
		"2024-02-29", "2000-02-29", "1970-01-01", "2199-12-31",
		"Mo09:00-10:00,Tu0900-1000",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		check_list(rows[i]);
}

#define DAYS	"days are Mo Tu We Th Fr Sa Su, Wk, Wd and Al"
#define WANT	"days or a date are expected, such as Wk0900-1700 or " \
	"2026-12-24"
#define TIMES	"times are HHMM or HH:MM"
#define DATES	"dates are YYYY-MM-DD"
#define ALONE	"ranges, Wk, Wd and Al stand alone"
#define UNCLEAR	"it is not clear if the times are for all these days"
#define BLANKS	"a list has no blanks"
#define LATER	"the end is not after the start"
#define DOTS	"between start and end stands '..'"
#define BOTH	"both ends have a time, or none has"

static const struct {
	const char *list;
	size_t at;
	const char *item;	/* what is quoted; NULL: the list */
	const char *why;
	const char *meant;	/* or NULL */
} bad[] = {
	{ "", 0, NULL, WANT, NULL },
	{ "0900-0900", 0, NULL,
	    "the start is the end; a whole day has no times", NULL },
	{ "0960", 0, NULL, "minutes are 00 to 59", NULL },
	{ "2500", 0, NULL, "hours are 00 to 24", NULL },
	{ "MoMo", 2, NULL, "a day comes twice", "Mo" },
	{ "Xx0900-1700", 0, NULL, DAYS, NULL },
	{ "Mo0900", 6, NULL, "after a start '-' and an end are expected",
	    NULL },
	{ "Mo-Fri", 3, NULL, DAYS, "Mo-Fr" },
	{ "9-17", 0, NULL, "the days are missing", "Al0900-1700" },
	{ "0900-1700", 0, NULL, "the days are missing", "Al0900-1700" },
	{ "09:00-17:00", 0, NULL, "the days are missing", "Al09:00-17:00" },
	{ "00:00-24:00", 0, NULL, "the days are missing", "Al00:00-24:00" },
	{ "24:01", 0, NULL, "a day ends at 24:00", NULL },
	{ "Al0000-24:01", 7, NULL, "a day ends at 24:00", NULL },
	{ "Al0000-2401", 7, NULL, "a day ends at 24:00", NULL },
	{ "Al0000-2500", 7, NULL, "hours are 00 to 24", NULL },
	{ "Al0000-0960", 7, NULL, "minutes are 00 to 59", NULL },
	{ "mo", 0, NULL, DAYS, "Mo" },
	{ "MO", 0, NULL, DAYS, "Mo" },
	{ "mon", 0, NULL, DAYS, "Mo" },
	{ "M", 0, NULL, DAYS, NULL },
	{ "Mond", 0, NULL, DAYS, "Mo" },
	{ "tues0900-1700", 0, NULL, DAYS, "Tu0900-1700" },
	{ "monday-friday9-17", 0, NULL, DAYS, "Mo-Fr0900-1700" },
	{ "Weekdays9-17", 0, NULL, DAYS, "Wk0900-1700" },
	{ "weekend", 0, NULL, DAYS, "Wd" },
	{ "all", 0, NULL, DAYS, "Al" },
	{ "daily0900-1700", 0, NULL, DAYS, "Al0900-1700" },
	{ "satu", 0, NULL, DAYS, "Sa" },
	{ "Mi", 0, NULL, DAYS, NULL },
	{ "Mo,We0900-1700", 0, NULL, UNCLEAR,
	    "MoWe0900-1700, or Mo0000-2400,We0900-1700" },
	{ "Mo,Tu,We0900-1700", 0, NULL, UNCLEAR,
	    "MoTuWe0900-1700, or MoTu0000-2400,We0900-1700" },
	{ "!Sa,!Su0900-1700", 0, NULL, UNCLEAR,
	    "!Wd0900-1700, or !Sa0000-2400,!Su0900-1700" },
	{ "Mo-Th,Fr0900-1200", 0, NULL, UNCLEAR,
	    "Wk0900-1200, or MoTuWeTh0000-2400,Fr0900-1200" },
	{ "Sa,Su,Mo-Fr1800-2400", 0, NULL, UNCLEAR,
	    "Al1800-2400, or Wd0000-2400,Mo-Fr1800-2400" },
	{ "Wk,Mo,We09:00-17:00", 3, "Mo,We09:00-17:00", UNCLEAR,
	    "MoWe09:00-17:00, or Mo0000-2400,We09:00-17:00" },
	{ "!We,Mo,Tu0900-1700", 4, "Mo,Tu0900-1700", UNCLEAR,
	    "MoTu0900-1700, or Mo0000-2400,Tu0900-1700" },
	{ "MoTuMo-We", 4, NULL, ALONE, "MoTuWe" },
	{ "WkSa", 2, NULL, ALONE, "MoTuWeThFrSa" },
	{ "SaWk", 2, NULL, ALONE, "MoTuWeThFrSa" },
	{ "Mo-FrSu", 5, NULL, ALONE, "MoTuWeThFrSu" },
	{ "MoTu-Fr", 2, NULL, ALONE, "Wk" },
	{ "Mo-Mo", 2, NULL, "a range goes to another day; all days are Al",
	    NULL },
	{ "Wk-Su", 2, NULL, "a range is of days, such as Mo-Fr", NULL },
	{ "Mo-Wk", 2, NULL, "a range is of days, such as Mo-Fr", NULL },
	{ "Mo-Fx", 3, NULL, DAYS, NULL },
	{ "Mo0900-17:00", 7, NULL, "one item has HHMM or HH:MM, not both",
	    "Mo0900-1700" },
	{ "Mo9-17:30", 2, NULL, TIMES, "Mo0900-1730" },
	{ "Mo900-1700", 2, NULL, TIMES, "Mo0900-1700" },
	{ "Mo0900-1", 7, NULL, TIMES, "Mo0900-0100" },
	{ "Mo09:0-17:00", 2, NULL, TIMES, NULL },
	{ "Mo09:000-17:00", 2, NULL, TIMES, NULL },
	{ "Mo00900-1700", 2, NULL, TIMES, NULL },
	{ "Mo2400-0600", 2, NULL, "24:00 can only be an end", NULL },
	{ "Mo0000-0000", 2, NULL,
	    "the start is the end; a whole day has no times", NULL },
	{ "Mo0900-0900", 2, NULL,
	    "the start is the end; a whole day has no times", NULL },
	{ "Mo0900-", 7, NULL, TIMES, NULL },
	{ "Mo0900--1700", 7, NULL, TIMES, NULL },
	{ "Mo-", 2, NULL, "times or a comma are expected", NULL },
	{ "Mo-0900", 2, NULL, "times or a comma are expected", NULL },
	{ "Mo@9-17", 2, NULL, "times or a comma are expected", NULL },
	{ "Mo|Tu", 2, NULL, "times or a comma are expected", NULL },
	{ "Mo\xe2\x80\x93""Fr", 2, "Mo\\xe2\\x80\\x93Fr",
	    "times or a comma are expected", NULL },
	{ "Mo0900-1700Tu", 11, NULL, "a comma is expected", NULL },
	{ "Mo0900-1700,", 12, "", WANT, NULL },
	{ "Mo,", 3, "", WANT, NULL },
	{ ",Mo", 0, "", WANT, NULL },
	{ "Mo,,Tu", 3, "", WANT, NULL },
	{ "!", 1, NULL, WANT, NULL },
	{ "!!Mo", 1, NULL, DAYS, NULL },
	{ "-Mo", 0, NULL, DAYS, NULL },
	{ " Mo", 0, NULL, BLANKS, "Mo" },
	{ "Mo ", 2, NULL, BLANKS, "Mo" },
	{ "Mo, Tu", 3, " Tu", BLANKS, "Tu" },
	{ "Mo-Fr 0900-1700", 5, NULL, BLANKS, "Mo-Fr0900-1700" },
	{ "Mo - Fr 9 - 17", 2, NULL, BLANKS, "Mo-Fr0900-1700" },
	{ "! Mo", 1, NULL, BLANKS, "!Mo" },
	{ "\tMo", 0, "\\x09Mo", BLANKS, "Mo" },
	{ "Mo-Fr0900-1200,1300-1700", 15, "1300-1700", "the days are missing",
	    "Mo-Fr1300-1700" },
	{ "!Mo0900-1200,1300-1700", 13, "1300-1700", "the days are missing",
	    "!Mo1300-1700" },
	{ "MoWe,1300-1700", 5, "1300-1700", "the days are missing",
	    "MoWe1300-1700" },
	{ "2026-12-24,1300-1700", 11, "1300-1700", "the days are missing",
	    "Al1300-1700" },
	{ "9am-5pm", 1, NULL, "after a start '-' and an end are expected",
	    NULL },
	{ "99999999999999999999", 0, NULL, DATES, NULL },
	{ "2026-02-29", 0, NULL, "there is no such day", NULL },
	{ "2100-02-29", 0, NULL, "there is no such day", NULL },
	{ "2026-00-10", 0, NULL, "there is no such day", NULL },
	{ "2026-13-10", 0, NULL, "there is no such day", NULL },
	{ "2026-11-31", 0, NULL, "there is no such day", NULL },
	{ "2026-1-05", 0, NULL, DATES, "2026-01-05" },
	{ "2026-01-5", 0, NULL, DATES, "2026-01-05" },
	{ "2026-001-05", 0, NULL, DATES, NULL },
	{ "2026-01-005", 0, NULL, DATES, NULL },
	{ "2026-01-", 0, NULL, DATES, NULL },
	{ "26-12-24", 0, NULL, DATES, NULL },
	{ "24.12.2026", 0, NULL, DATES, NULL },
	{ "12/24/2026", 0, NULL, DATES, NULL },
	{ "20261224", 0, NULL, DATES, NULL },
	{ "1969-12-31", 0, NULL, "years are 1970 to 2199", NULL },
	{ "2200-01-01", 0, NULL, "years are 1970 to 2199", NULL },
	{ "2026-12-24..2026-12-23", 0, NULL, LATER, NULL },
	{ "2026-12-24..2026-12-24", 10, NULL, "start and end are the same day",
	    "2026-12-24" },
	{ "2026-12-25..2026-12-24", 0, NULL, LATER, NULL },
	{ "2026-12-24..", 12, NULL, "after '..' an end is expected", NULL },
	{ "2026-12-24.", 11, NULL, "after '..' an end is expected", NULL },
	{ "2026-12-24...2026-12-26", 12, NULL, "after '..' an end is expected",
	    NULL },
	{ "2026-12-24.2026-12-26", 10, NULL, DOTS, "2026-12-24..2026-12-26" },
	{ "2026-12-24-2027-01-02", 10, NULL, DOTS, "2026-12-24..2027-01-02" },
	{ "2026-12-24/2027-01-02", 10, NULL, DOTS, "2026-12-24..2027-01-02" },
	{ "2026-12-24+2027-01-02", 10, NULL, "'..' or a comma is expected",
	    NULL },
	{ "2026-12-24..2027-01-02x", 22, NULL, "a comma is expected", NULL },
	{ "2026-12-24..2027-02-29", 12, NULL, "there is no such day", NULL },
	{ "2026-12-24T09:00", 16, NULL,
	    "after a start '..' and an end are expected", NULL },
	{ "2026-12-24T", 11, NULL, TIMES, NULL },
	{ "2026-12-24Tx", 11, NULL, TIMES, NULL },
	{ "2026-12-24t09:00..2026-12-24t18:00", 10, NULL,
	    "between date and time stands a T",
	    "2026-12-24T09:00..2026-12-24T18:00" },
	{ "2026-12-24 09:00..2026-12-25 10:00", 10, NULL, BLANKS,
	    "2026-12-24T09:00..2026-12-25T10:00" },
	{ "2026-12-24T09:00..18:00", 18, NULL, "the date of the end is missing",
	    "2026-12-24T09:00..2026-12-24T18:00" },
	{ "2026-12-24T09:00..T18:00", 18, NULL,
	    "the date of the end is missing",
	    "2026-12-24T09:00..2026-12-24T18:00" },
	{ "2026-12-24T09:00-18:00", 16, NULL, DOTS,
	    "2026-12-24T09:00..2026-12-24T18:00" },
	{ "2026-12-24..18:00", 12, NULL, "the date of the end is missing",
	    "2026-12-24T00:00..2026-12-24T18:00" },
	{ "2026-12-24T09:00..2026-12-25", 16, NULL, BOTH,
	    "2026-12-24T09:00..2026-12-25T24:00" },
	{ "2026-12-24..2026-12-25T10:00", 10, NULL, BOTH,
	    "2026-12-24T00:00..2026-12-25T10:00" },
	{ "2026-12-24T09:00..2026-12-24T1800", 29, NULL,
	    "one item has HHMM or HH:MM, not both",
	    "2026-12-24T09:00..2026-12-24T18:00" },
	{ "2026-12-24T9..2026-12-24T18", 11, NULL, TIMES,
	    "2026-12-24T0900..2026-12-24T1800" },
	{ "2026-12-24T09:00..2026-12-24T09:00", 0, NULL, LATER, NULL },
	{ "2026-12-24T22:00..06:00", 0, NULL, LATER, NULL },
	{ "2026-12-24T24:00..2026-12-25T10:00", 11, NULL,
	    "24:00 can only be an end", NULL },
	{ "2026-12-24T25:00..2026-12-24T26:00", 11, NULL, "hours are 00 to 24",
	    NULL },
	{ "2026-12-24T09:00..2026-12-24T18:00:00", 34, NULL,
	    "a comma is expected", NULL },
	{ "2026-12-24T09:00..Mo", 18, NULL, "after '..' an end is expected",
	    NULL },
};

static void
test_bad(void **state)
{
	char want[2 * ERROR_TEXT_MAX];
	struct error err;
	size_t i, at;
	int r;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		const char *list = bad[i].list, *meant = bad[i].meant;

		r = window_check(list, &at, &err);
		(void)snprintf(want, sizeof(want),
		    "invalid time window '%s': %s%s%s",
		    bad[i].item != NULL ? bad[i].item : list, bad[i].why,
		    meant != NULL ? "; write " : "",
		    meant != NULL ? meant : "");
		if (r != -1 || err.code != ERROR_INVALID ||
		    at != bad[i].at || strcmp(err.text, want) != 0)
			fail_msg("'%s': %d at %zu: %s", list, r, at, err.text);
		/* What is told to be written is taken. */
		if (meant != NULL && strchr(meant, ',') == NULL)
			check_list(meant);
		assert_false(window_open(list, &zone_utc, 0));
		assert_int_equal(window_change(list, &zone_utc, 0), INT64_MAX);
	}
}

static void
test_sizes(void **state)
{
	char list[2 * WINDOW_MAX] = "";
	struct error err;
	size_t i, at;

	(void)state;
	for (i = 0; i < WINDOW_ITEMS_MAX; i++)
		strcat(list, i == 0 ? "Mo" : ",Mo");
	check_list(list);
	strcat(list, ",Mo");
	assert_int_equal(window_check(list, &at, &err), -1);
	assert_string_equal(err.text, "more than 32 time windows");
	assert_int_equal(at, 3 * WINDOW_ITEMS_MAX);

	list[0] = '\0';
	for (i = 0; i < 20; i++)
		strcat(list, "Mo0900-1700,");
	strcat(list, "2026-12-24,!Mo");
	assert_int_equal(strlen(list), WINDOW_MAX - 1);
	check_list(list);
	memcpy(list + WINDOW_MAX - 1, "Tu", 3);
	assert_int_equal(window_check(list, &at, &err), -1);
	assert_string_equal(err.text, "time windows of more than 255 bytes");
	assert_int_equal(at, WINDOW_MAX);
	assert_false(window_open(list, &zone_utc, 0));
}

/* An item of any length is quoted in part, and the text is whole. */
static void
test_long_item(void **state)
{
	char list[WINDOW_MAX + 1];
	struct error err;
	size_t at;

	(void)state;
	memset(list, '\033', WINDOW_MAX);
	list[WINDOW_MAX] = '\0';
	assert_int_equal(window_check(list, &at, &err), -1);
	assert_non_null(strstr(err.text, "\\x1b...': " DAYS));
}

static void
test_open(void **state)
{
	static const struct {
		const char *list, *zone, *at;
		bool open;
	} rows[] = {
		/* W1 */
		{ "Mo-Fr0900-1700", BERLIN, "2026-03-23 08:59:59", false },
		{ "Mo-Fr0900-1700", BERLIN, "2026-03-23 09:00:00", true },
		{ "Mo-Fr0900-1700", BERLIN, "2026-03-23 16:59:59", true },
		{ "Mo-Fr0900-1700", BERLIN, "2026-03-23 17:00:00", false },
		{ "Mo-Fr0900-1700", BERLIN, "2026-03-27 09:00:00", true },
		{ "Mo-Fr0900-1700", BERLIN, "2026-03-28 09:00:00", false },
		{ "Mo-Fr0900-1700", BERLIN, "2026-03-29 09:00:00", false },
		/* W2: there is no such hour. */
		{ "Su0200-0300", BERLIN, "2026-03-29 00:00:00", false },
		{ "Su0200-0300", BERLIN, "2026-03-29 01:59:59", false },
		{ "Su0200-0300", BERLIN, "2026-03-29 03:00:00", false },
		{ "Su0200-0300", BERLIN, "2026-03-29 23:59:59", false },
		/* W3 */
		{ "Su0230-0330", BERLIN, "2026-03-29 01:59:59", false },
		{ "Su0230-0330", BERLIN, "2026-03-29 03:00:00", true },
		{ "Su0230-0330", BERLIN, "2026-03-29 03:29:59", true },
		{ "Su0230-0330", BERLIN, "2026-03-29 03:30:00", false },
		/* W4: there are two. */
		{ "Su0200-0300", BERLIN, "2026-10-25 01:59:59+02:00", false },
		{ "Su0200-0300", BERLIN, "2026-10-25 02:00:00+02:00", true },
		{ "Su0200-0300", BERLIN, "2026-10-25 02:59:59+02:00", true },
		{ "Su0200-0300", BERLIN, "2026-10-25 02:00:00+01:00", true },
		{ "Su0200-0300", BERLIN, "2026-10-25 02:59:59+01:00", true },
		{ "Su0200-0300", BERLIN, "2026-10-25 03:00:00+01:00", false },
		/* W5: the day is that of the start. */
		{ "Fr2200-0600", BERLIN, "2026-03-27 05:00:00", false },
		{ "Fr2200-0600", BERLIN, "2026-03-27 21:59:59", false },
		{ "Fr2200-0600", BERLIN, "2026-03-27 22:00:00", true },
		{ "Fr2200-0600", BERLIN, "2026-03-28 00:00:00", true },
		{ "Fr2200-0600", BERLIN, "2026-03-28 05:59:59", true },
		{ "Fr2200-0600", BERLIN, "2026-03-28 06:00:00", false },
		{ "Fr2200-0600", BERLIN, "2026-03-28 22:00:00", false },
		{ "Sa2200-0600", BERLIN, "2026-03-29 05:59:59", true },
		{ "Su2200-0600", BERLIN, "2026-03-30 05:59:59", true },
		/* W6 */
		{ "Al0000-2400", BERLIN, "2026-03-29 00:00:00", true },
		{ "Al0000-2400", BERLIN, "2026-03-29 23:59:59", true },
		{ "Al", BERLIN, "2026-03-29 23:59:59", true },
		{ "Wk", BERLIN, "2026-03-27 23:59:59", true },
		{ "Wk", BERLIN, "2026-03-28 00:00:00", false },
		{ "Wk", BERLIN, "2026-03-30 00:00:00", true },
		{ "Wd", BERLIN, "2026-03-27 23:59:59", false },
		{ "Wd", BERLIN, "2026-03-28 00:00:00", true },
		{ "Wd", BERLIN, "2026-03-30 00:00:00", false },
		/* W7: what counts is the host's zone. */
		{ "Wk0900-1700", "UTC0", "2026-03-24 12:00:00Z", true },
		{ "Wk0900-1700", "UTC-12", "2026-03-24 12:00:00Z", false },
		/* Ranges, and days together. */
		{ "Sa-Mo", "UTC0", "2026-03-27 12:00:00", false },
		{ "Sa-Mo", "UTC0", "2026-03-28 12:00:00", true },
		{ "Sa-Mo", "UTC0", "2026-03-29 12:00:00", true },
		{ "Sa-Mo", "UTC0", "2026-03-30 12:00:00", true },
		{ "Sa-Mo", "UTC0", "2026-03-31 12:00:00", false },
		{ "MoWeFr", "UTC0", "2026-03-25 12:00:00", true },
		{ "MoWeFr", "UTC0", "2026-03-26 12:00:00", false },
		/* To midnight, both ways to write it. */
		{ "Mo1200-2400", "UTC0", "2026-03-30 23:59:59", true },
		{ "Mo1200-2400", "UTC0", "2026-03-31 00:00:00", false },
		{ "Mo1200-0000", "UTC0", "2026-03-30 23:59:59", true },
		{ "Mo1200-0000", "UTC0", "2026-03-31 00:00:00", false },
		{ "Mo1200-0000", "UTC0", "2026-03-30 00:00:00", false },
		/* Several items, and what is outside. */
		{ "Mo,We", "UTC0", "2026-03-25 12:00:00", true },
		{ "Mo,We", "UTC0", "2026-03-26 12:00:00", false },
		{ "!Wk0800-1800", "UTC0", "2026-03-25 07:59:59", true },
		{ "!Wk0800-1800", "UTC0", "2026-03-25 08:00:00", false },
		{ "!Wk0800-1800", "UTC0", "2026-03-28 08:00:00", true },
		{ "!Mo,!Tu", "UTC0", "2026-03-31 12:00:00", false },
		{ "!Mo,!Tu", "UTC0", "2026-04-01 12:00:00", true },
		{ "Wk0900-1700,!2026-12-24", "UTC0", "2026-12-23 12:00:00",
		    true },
		{ "Wk0900-1700,!2026-12-24", "UTC0", "2026-12-24 12:00:00",
		    false },
		{ "!2026-12-24,Wk0900-1700", "UTC0", "2026-12-26 12:00:00",
		    false },
		/* Dates. */
		{ "2026-12-24", BERLIN, "2026-12-23 23:59:59", false },
		{ "2026-12-24", BERLIN, "2026-12-24 00:00:00", true },
		{ "2026-12-24", BERLIN, "2026-12-24 23:59:59", true },
		{ "2026-12-24", BERLIN, "2026-12-25 00:00:00", false },
		{ "2026-12-24..2027-01-02", BERLIN, "2027-01-02 23:59:59",
		    true },
		{ "2026-12-24..2027-01-02", BERLIN, "2027-01-03 00:00:00",
		    false },
		{ "2026-12-24T09:00..2026-12-24T18:00", BERLIN,
		    "2026-12-24 08:59:59", false },
		{ "2026-12-24T09:00..2026-12-24T18:00", BERLIN,
		    "2026-12-24 09:00:00", true },
		{ "2026-12-24T09:00..2026-12-24T18:00", BERLIN,
		    "2026-12-24 17:59:59", true },
		{ "2026-12-24T09:00..2026-12-24T18:00", BERLIN,
		    "2026-12-24 18:00:00", false },
		{ "2026-12-24T09:00..2026-12-24T24:00", BERLIN,
		    "2026-12-24 23:59:59", true },
		{ "2026-12-24T09:00..2026-12-24T24:00", BERLIN,
		    "2026-12-25 00:00:00", false },
		{ "2026-10-25T02:15..2026-10-25T02:45", BERLIN,
		    "2026-10-25 02:30:00+02:00", true },
		{ "2026-10-25T02:15..2026-10-25T02:45", BERLIN,
		    "2026-10-25 02:00:00+01:00", false },
		{ "2026-10-25T02:15..2026-10-25T02:45", BERLIN,
		    "2026-10-25 02:30:00+01:00", true },
		/* Where the calendar starts and ends. */
		{ "Th0000-0001", "UTC0", "1970-01-01 00:00:59", true },
		{ "2199-12-31", "UTC0", "2199-12-31 23:59:59", true },
		{ "2199-12-31", "UTC0", "2200-01-01 00:00:00", false },
	};
	struct zone zone;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		check_list(rows[i].list);
		zone_init(&zone, rows[i].zone);
		if (window_open(rows[i].list, &zone,
		    instant(&zone, rows[i].at)) != rows[i].open)
			fail_msg("%s at %s", rows[i].list, rows[i].at);
	}
}

static void
test_change(void **state)
{
	static const struct {
		const char *list, *zone, *from;
		const char *change;	/* NULL: never */
	} rows[] = {
		{ "Mo-Fr0900-1700", BERLIN, "2026-03-23 08:59:59",
		    "2026-03-23 09:00:00" },
		{ "Mo-Fr0900-1700", BERLIN, "2026-03-23 09:00:00",
		    "2026-03-23 17:00:00" },
		{ "Mo-Fr0900-1700", BERLIN, "2026-03-27 17:00:00",
		    "2026-03-30 09:00:00" },
		{ "Wk", BERLIN, "2026-03-30 00:00:00", "2026-04-04 00:00:00" },
		/* Midnight is no change. */
		{ "Fr2200-0600", BERLIN, "2026-03-27 22:00:00",
		    "2026-03-28 06:00:00" },
		{ "Mo0000-2400,Tu", BERLIN, "2026-03-23 12:00:00",
		    "2026-03-25 00:00:00" },
		/* W2 to W4 */
		{ "Su0200-0300", BERLIN, "2026-03-22 03:00:00",
		    "2026-04-05 02:00:00" },
		{ "Su0230-0330", BERLIN, "2026-03-22 03:30:00",
		    "2026-03-29 03:00:00" },
		{ "Su0230-0330", BERLIN, "2026-03-29 03:00:00",
		    "2026-03-29 03:30:00" },
		{ "Su0200-0300", BERLIN, "2026-10-25 02:00:00+02:00",
		    "2026-10-25 03:00:00" },
		{ "Su0215-0245", BERLIN, "2026-10-25 02:15:00+02:00",
		    "2026-10-25 02:45:00+02:00" },
		{ "Su0215-0245", BERLIN, "2026-10-25 02:45:00+02:00",
		    "2026-10-25 02:15:00+01:00" },
		{ "Su0215-0245", BERLIN, "2026-10-25 02:45:00+01:00",
		    "2026-11-01 02:15:00" },
		/* Clocks jump into a window, and back into it. */
		{ "Su0130-0230", BERLIN, "2026-03-29 01:30:00",
		    "2026-03-29 03:00:00" },
		{ "Su0245-0300", BERLIN, "2026-10-25 02:45:00+02:00",
		    "2026-10-25 02:00:00+01:00" },
		{ "Su0130-0200", LORD_HOWE, "2026-04-05 01:30:00+11:00",
		    "2026-04-05 02:00:00+10:30" },
		{ "Su0200-0230", LORD_HOWE, "2026-09-27 02:30:00",
		    "2026-10-11 02:00:00" },
		/* A length of time stays what it is. */
		{ "SaSu", BERLIN, "2026-03-28 00:00:00",
		    "2026-03-30 00:00:00" },
		/* Never. */
		{ "Al", BERLIN, "2026-03-23 12:00:00", NULL },
		{ "Wk,Wd", BERLIN, "2026-03-23 12:00:00", NULL },
		{ "!Al", BERLIN, "2026-03-23 12:00:00", NULL },
		{ "Mo,!Mo", BERLIN, "2026-03-23 12:00:00", NULL },
		{ "Al1200-0000,Al0000-1200", BERLIN, "2026-03-23 12:00:00",
		    NULL },
		{ "2026-03-22", BERLIN, "2026-03-23 00:00:00", NULL },
		{ "Mo,!2026-01-01..2199-12-31", BERLIN, "2026-03-23 00:00:00",
		    "2200-01-06 00:00:00" },
		/* Far away. */
		{ "2199-06-30", BERLIN, "1970-01-01 00:00:00+00:00",
		    "2199-06-30 00:00:00" },
		{ "2199-06-30", BERLIN, "2199-06-30 00:00:00",
		    "2199-07-01 00:00:00" },
		{ "2199-12-31T23:58..2199-12-31T23:59", "UTC0",
		    "2026-01-01 00:00:00", "2199-12-31 23:58:00" },
		{ "Al,!2150-02-28", LORD_HOWE, "2026-01-01 00:00:00",
		    "2150-02-28 00:00:00" },
		{ "2026-12-24..2027-01-02,!2026-12-31", BERLIN,
		    "2026-12-25 00:00:00", "2026-12-31 00:00:00" },
		{ "Wk,2026-04-04", BERLIN, "2026-03-31 00:00:00",
		    "2026-04-05 00:00:00" },
		/* Two dates that touch. */
		{ "2026-12-24,2026-12-25", BERLIN, "2026-12-24 00:00:00",
		    "2026-12-26 00:00:00" },
		/* The second pass, when the first is over already. */
		{ "2026-10-25T02:15..2026-10-25T02:30", BERLIN,
		    "2026-10-25 02:30:00+02:00", "2026-10-25 02:15:00+01:00" },
		{ "2026-10-25T02:15..2026-10-25T02:30", BERLIN,
		    "2026-10-25 02:30:00+01:00", NULL },
		/* A date that is shown in part. */
		{ "2026-03-29T02:30..2026-03-29T03:30", BERLIN,
		    "2026-01-01 00:00:00", "2026-03-29 03:00:00" },
		{ "2026-03-29T02:00..2026-03-29T03:00", BERLIN,
		    "2026-01-01 00:00:00", NULL },
	};
	struct zone zone;
	int64_t t, want;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		check_list(rows[i].list);
		zone_init(&zone, rows[i].zone);
		want = rows[i].change == NULL ? INT64_MAX :
		    instant(&zone, rows[i].change);
		t = window_change(rows[i].list, &zone,
		    instant(&zone, rows[i].from));
		if (t != want)
			fail_msg("%s after %s: %jd, not %jd", rows[i].list,
			    rows[i].from, (intmax_t)t, (intmax_t)want);
	}
}

/* Nothing overflows, and all of it ends. */
static void
test_far(void **state)
{
	static const int64_t times[] = {
		INT64_MIN, INT64_MIN + 1, -(INT64_C(1) << 55) - 1,
		-(INT64_C(1) << 55), -1, INT64_C(1) << 55,
		(INT64_C(1) << 55) - 1000000, INT64_MAX - 1, INT64_MAX
	};
	static const char *const lists[] = {
		"Al", "Mo", "Al0200-0300", "2026-12-24", "!2026-12-24"
	};
	struct zone zone;
	int64_t change;
	size_t i, j;

	(void)state;
	zone_init(&zone, BERLIN);
	for (i = 0; i < COUNT(times); i++)
		for (j = 0; j < COUNT(lists); j++) {
			change = window_change(lists[j], &zone, times[i]);
			assert_true(change > times[i] || change == INT64_MAX);
			(void)window_open(lists[j], &zone, times[i]);
		}
	assert_true(window_open("We2359-2400", &zone_utc, -1));
	assert_int_equal(window_change("We", &zone_utc, -86400), 0);
	assert_int_equal(window_change("Su", &zone_utc, -86400), 3 * 86400);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_long_item),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

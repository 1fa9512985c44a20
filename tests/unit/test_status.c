#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "duration.h"
#include "status.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define NOON		INT64_C(1774094400)	/* 2026-03-21T12:00:00Z */
#define BOOT		INT64_C(5000)

static const struct moment noon = {
	.readable = true,
	.wall = NOON * NANOSECONDS + 1,
	.boot = BOOT * NANOSECONDS,
};

static const char file[] =
    "version=1\n"
    "by=lease\n"
    "granted_by=odai\n"
    "reason=disk%20swap\n"
    "until=lease\n"
    "end=1774096080\n"
    "end_boot=6680\n";

static void
test_there_and_back(void **state)
{
	char data[STATUS_FILE_MAX];
	struct status s, none;
	struct error err;
	size_t cut;

	(void)state;
	assert_int_equal(status_parse(file, sizeof(file) - 1, &s, &err), 0);
	assert_int_equal(s.by, ADMITTED_LEASE);
	assert_int_equal(s.until, UNTIL_LEASE);
	assert_string_equal(s.reason, "disk swap");
	assert_int_equal(status_format(&s, data, sizeof(data)),
	    sizeof(file) - 1);
	assert_memory_equal(data, file, sizeof(file) - 1);
	for (cut = 0; cut < sizeof(file) - 1; cut++) {
		assert_int_equal(status_parse(file, cut, &none, &err), -1);
		assert_int_equal(err.code, ERROR_BROKEN);
		assert_int_equal(status_format(&s, data, cut), -1);
	}
}

/* The longest there can be fits into a file. */
static void
test_longest(void **state)
{
	struct status s = { .by = ADMITTED_LEASE, .until = UNTIL_WINDDOWN,
	    .end = LEASE_TIME_MAX, .end_boot = LEASE_TIME_MAX }, again;
	char data[STATUS_FILE_MAX], text[STATUS_TEXT_MAX];
	struct error err;
	ssize_t len;

	(void)state;
	memset(s.granted_by, '\x7f', sizeof(s.granted_by) - 1);
	memset(s.reason, '\x7f', sizeof(s.reason) - 1);
	len = status_format(&s, data, sizeof(data));
	assert_true(len > 0);
	assert_int_equal(status_parse(data, (size_t)len, &again, &err), 0);
	assert_string_equal(again.reason, s.reason);
	(void)status_text(text, &s, &zone_utc, &noon);
	assert_non_null(strstr(text, "\\x7f"));
	assert_non_null(strstr(text, "maintenance.\n"));
}

/* Of that which is over nothing else is said, nor is there time left. */
static void
test_over(void **state)
{
	struct status s, again;
	char data[STATUS_FILE_MAX], text[STATUS_TEXT_MAX];
	struct error err;
	ssize_t len;

	(void)state;
	status_over(&s);
	len = status_format(&s, data, sizeof(data));
	assert_true(len > 0);
	assert_int_equal(status_parse(data, (size_t)len, &again, &err), 0);
	assert_int_equal(again.until, UNTIL_OVER);
	assert_int_equal(status_left(&again, &noon), 0);
	assert_string_equal(status_text(text, &again, &zone_utc, &noon),
	    "Your session ends now.\n");
}

static void
test_bad(void **state)
{
	static const char *const bad[] = {
		"",
		"version=2\nby=policy\ngranted_by=\nreason=\nuntil=nothing\n"
		    "end=0\nend_boot=0\n",
		"version=1\nby=refused\ngranted_by=\nreason=\nuntil=nothing\n"
		    "end=0\nend_boot=0\n",
		"version=1\nby=entering\ngranted_by=\nreason=\nuntil=nothing\n"
		    "end=0\nend_boot=0\n",
		/* Nobody's lease, and somebody's that is none. */
		"version=1\nby=lease\ngranted_by=\nreason=\nuntil=lease\n"
		    "end=1\nend_boot=1\n",
		"version=1\nby=policy\ngranted_by=odai\nreason=\n"
		    "until=window\nend=1\nend_boot=1\n",
		"version=1\nby=policy\ngranted_by=\nreason=x\nuntil=window\n"
		    "end=1\nend_boot=1\n",
		/* An end, and no reason for it. */
		"version=1\nby=policy\ngranted_by=\nreason=\nuntil=nothing\n"
		    "end=1\nend_boot=0\n",
		"version=1\nby=policy\ngranted_by=\nreason=\nuntil=nothing\n"
		    "end=0\nend_boot=1\n",
		"version=1\nby=policy\ngranted_by=\nreason=\nuntil=window\n"
		    "end=1\nend_boot=7258118401\n",
		"version=1\ngranted_by=\nreason=\nuntil=nothing\n"
		    "end=0\nend_boot=0\n",
		"version=1\nby=policy\ngranted_by=\nreason=\nuntil=soon\n"
		    "end=1\nend_boot=1\n",
		"version=1\nby=policy\ngranted_by=\nreason=\nuntil=window\n"
		    "end=7258118401\nend_boot=1\n",
		"version=1\nby=policy\ngranted_by=\nreason=\nuntil=window\n"
		    "end=1\nend_boot=1\nmore=1\n",
	};
	struct status s;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		print_message("%zu\n", i);
		assert_int_equal(status_parse(bad[i], strlen(bad[i]), &s,
		    &err), -1);
		assert_int_equal(s.until, UNTIL_NOTHING);
	}
}

/* What is left by either clock, in words and for a prompt. */
static void
test_left(void **state)
{
	static const struct {
		int64_t wall, boot;	/* s that are left */
		const char *first, *brief;
	} rows[] = {
		{ 1680, 1680, "ends in 28 minutes (at 12:28:00).", "28m" },
		{ 1680, 60, "ends in 1 minute (at 12:01:00).", "1m" },
		{ 59, 1680, "ends in 59 seconds (at 12:00:59).", "59s" },
		{ 1, 1, "ends in 1 second (at 12:00:01).", "1s" },
		{ 0, 5, "ends now.", "0s" },
		{ 5, -100, "ends now.", "0s" },
		{ 89, 89, "ends in 1 minute (at 12:01:29).", "1m" },
		{ 90, 90, "ends in 2 minutes (at 12:01:30).", "2m" },
		{ 3599, 9999, "ends in 1 hour (at 12:59:59).", "1h" },
		{ 5400, 5400, "ends in 1 hour 30 minutes (at 13:30:00).",
		    "1h30m" },
		{ 86400 + 7200 + 600, 999999,
		    "ends in 1 day 2 hours (at 2026-03-22 14:10:00).",
		    "1d2h" },
	};
	char text[STATUS_TEXT_MAX], want[128], brief[DURATION_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		const struct status s = { .by = ADMITTED_POLICY,
		    .until = UNTIL_WINDOW, .end = NOON + rows[i].wall,
		    .end_boot = BOOT + rows[i].boot };

		(void)snprintf(want, sizeof(want), "Your session %s\n",
		    rows[i].first);
		(void)status_text(text, &s, &zone_utc, &noon);
		text[strcspn(text, "\n") + 1] = '\0';
		assert_string_equal(text, want);
		assert_string_equal(status_short(brief, &s, &noon),
		    rows[i].brief);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_over),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

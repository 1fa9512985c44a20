#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "duration.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define LONG_DIGITS	10000

/* why is a part of the error's text, and NULL for what is good. */
static const struct {
	const char *s;
	int64_t seconds;
	const char *why;
} durations[] = {
	{ "1h30m", 5400, NULL },
	{ "90m", 5400, NULL },
	{ "1s", 1, NULL },
	{ "0h30m", 1800, NULL },
	{ "30m0s", 1800, NULL },
	{ "007m", 420, NULL },
	{ "366d", 31622400, NULL },
	{ "8784h", 31622400, NULL },
	{ "31622400s", 31622400, NULL },
	{ "1w2d", 777600, NULL },
	{ "1d1h1m1s", 90061, NULL },
	{ "1w2d3h4m5s", 788645, NULL },
	{ "366d1s", 0, "longer" },
	{ "366d0s1", 0, "unit" },
	{ "31622401s", 0, "longer" },
	{ "53w", 0, "longer" },
	{ "99999999999h", 0, "longer" },
	{ "9223372036854775807s", 0, "longer" },
	{ "18446744073709551617s", 0, "longer" },
	{ "31622400w31622400d31622400h31622400m31622400s", 0, "longer" },
	{ "1h1h", 0, "order" },
	{ "30m1h", 0, "order" },
	{ "1d1w", 0, "order" },
	{ "0m", 0, "shorter" },
	{ "0h0m", 0, "shorter" },
	{ "-5m", 0, "number" },
	{ "+5m", 0, "number" },
	{ " 5m", 0, "number" },
	{ "5m ", 0, "number" },
	{ "5m\n", 0, "number" },
	{ "5 m", 0, "unit" },
	{ "5", 0, "unit" },
	{ "h", 0, "number" },
	{ "", 0, "number" },
	{ "1h30", 0, "unit" },
	{ "1hm", 0, "number" },
	{ "5M", 0, "unit" },
	{ "5H", 0, "unit" },
	{ "5min", 0, "number" },
	{ "5y", 0, "unit" },
	{ "1.5h", 0, "unit" },
	{ "1,5h", 0, "unit" },
	{ "1e3s", 0, "unit" },
	{ "0x10m", 0, "unit" },
	{ "\xef\xbc\x91h", 0, "number" },	/* a full-width 1 */
	{ "1\xef\xbd\x88", 0, "unit" },		/* a full-width h */
	{ "\xd9\xa1h", 0, "number" },		/* an Arabic 1 */
};

static void
test_parse(void **state)
{
	struct error err;
	int64_t seconds;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < COUNT(durations); i++) {
		error_clear(&err);
		seconds = -1;
		r = duration_parse(durations[i].s, &seconds, &err);
		if (seconds != durations[i].seconds)
			fail_msg("'%s': %lld seconds", durations[i].s,
			    (long long)seconds);
		if (durations[i].why == NULL) {
			if (r != 0)
				fail_msg("'%s': %s", durations[i].s, err.text);
		} else if (r != -1 || err.code != ERROR_INVALID ||
		    strstr(strrchr(err.text, '\'') + 1, durations[i].why) ==
		    NULL) {
			fail_msg("'%s': %s", durations[i].s, err.text);
		}
	}
}

static void
test_many_digits(void **state)
{
	static char digits[LONG_DIGITS + 2];
	struct error err;
	int64_t seconds;

	(void)state;
	memset(digits, '9', LONG_DIGITS);
	memcpy(digits + LONG_DIGITS, "s", 2);
	assert_int_equal(duration_parse(digits, &seconds, &err), -1);
	assert_int_equal(err.code, ERROR_INVALID);
	assert_int_equal(seconds, 0);
	assert_non_null(strstr(err.text, "...': longer than 366d"));
	memset(digits, '0', LONG_DIGITS);
	assert_int_equal(duration_parse(digits, &seconds, &err), -1);
	assert_non_null(strstr(err.text, "shorter than 1s"));
}

/* What was typed is shown, but no control byte of it. */
static void
test_error_is_escaped(void **state)
{
	struct error err;
	int64_t seconds;

	(void)state;
	assert_int_equal(duration_parse("5\x1b[31m\n", &seconds, &err), -1);
	assert_non_null(strstr(err.text, "'5\\x1b[31m\\x0a': "));
}

static const struct {
	int64_t seconds;
	const char *format;
	const char *words;
} shown[] = {
	{ INT64_MIN, "0s", "0 seconds" },
	{ -1, "0s", "0 seconds" },
	{ 0, "0s", "0 seconds" },
	{ 1, "1s", "1 second" },
	{ 45, "45s", "45 seconds" },
	{ 59, "59s", "59 seconds" },
	{ 60, "1m 0s", "1 minute" },
	{ 89, "1m 29s", "1 minute" },
	{ 90, "1m 30s", "2 minutes" },
	{ 299, "4m 59s", "5 minutes" },
	{ 1694, "28m 14s", "28 minutes" },
	{ 1800, "30m 0s", "30 minutes" },
	{ 3569, "59m 29s", "59 minutes" },
	{ 3570, "59m 30s", "1 hour" },
	{ 3600, "1h 0m", "1 hour" },
	{ 3660, "1h 1m", "1 hour 1 minute" },
	{ 5400, "1h 30m", "1 hour 30 minutes" },
	{ 5429, "1h 30m", "1 hour 30 minutes" },
	{ 86369, "23h 59m", "23 hours 59 minutes" },
	{ 86370, "23h 59m", "1 day" },
	{ 86400, "1d 0h", "1 day" },
	{ 90000, "1d 1h", "1 day 1 hour" },
	{ 93600, "1d 2h", "1 day 2 hours" },
	{ 259200, "3d 0h", "3 days" },
	{ 777600, "9d 0h", "9 days" },
	{ 31622400, "366d 0h", "366 days" },
	{ INT64_MAX, "106751991167300d 15h", "106751991167300 days 15 hours" },
};

static void
test_format(void **state)
{
	char dst[DURATION_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(shown); i++) {
		assert_ptr_equal(dst, duration_format(dst, shown[i].seconds));
		if (strcmp(dst, shown[i].format) != 0)
			fail_msg("%lld: '%s'", (long long)shown[i].seconds,
			    dst);
		assert_ptr_equal(dst, duration_words(dst, shown[i].seconds));
		if (strcmp(dst, shown[i].words) != 0)
			fail_msg("%lld: '%s'", (long long)shown[i].seconds,
			    dst);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_many_digits),
		cmocka_unit_test(test_error_is_escaped),
		cmocka_unit_test(test_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

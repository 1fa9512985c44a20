#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define TEXT(s)		s, sizeof(s) - 1
#define X64		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
	const char *text;
	size_t len;
	int64_t max;
	size_t nleads;
	int64_t lead[POLICY_LEADS_MAX];
} good[] = {
	{ TEXT(""), 0, 2, { 300, 60 } },
	{ TEXT("\n"), 0, 2, { 300, 60 } },
	{ TEXT("\n\n \t\n"), 0, 2, { 300, 60 } },
	{ TEXT("# nothing here"), 0, 2, { 300, 60 } },
	{ TEXT("#warn 1h\n#max 1h\n"), 0, 2, { 300, 60 } },
	{ TEXT("warn 10m\n"), 0, 1, { 600 } },
	{ TEXT("warn 10m"), 0, 1, { 600 } },
	{ TEXT("warn 5m 1m\n"), 0, 2, { 300, 60 } },
	{ TEXT("warn\t1h\t30m  10m 5s\t\n"), 0, 4, { 3600, 1800, 600, 5 } },
	{ TEXT("warn 8m 7m 6m 5m 4m 3m 2m 1m\n"), 0, 8,
	    { 480, 420, 360, 300, 240, 180, 120, 60 } },
	{ TEXT("warn 366d 1s"), 0, 2, { 31622400, 1 } },
	{ TEXT("max 1h\n keep-detached # jobs\n"), 3600, 2, { 300, 60 } },
	{ TEXT("max 12h\n"), 43200, 2, { 300, 60 } },
	{ TEXT("max 1s"), 1, 2, { 300, 60 } },
	{ TEXT("  max 366d  "), 31622400, 2, { 300, 60 } },
	{ TEXT("max 1h30m # a comment\n"), 5400, 2, { 300, 60 } },
	{ TEXT("max 1h#a comment\n"), 3600, 2, { 300, 60 } },
	{ TEXT("# one\nwarn 2m\n\n# two\nmax 1h\n"), 3600, 1, { 120 } },
	{ TEXT("max 1h\nwarn 2m"), 3600, 1, { 120 } },
	{ TEXT("# caf\xc3\xa9 \xff\x1b[31m\nmax 1h\n"), 3600, 2, { 300, 60 } },
	{ TEXT("# by another editor\r\nmax 1h\n"), 3600, 2, { 300, 60 } },
};

static void
test_good(void **state)
{
	struct policy p;
	struct error err;
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		memset(&p, 0xff, sizeof(p));
		if (policy_parse(good[i].text, good[i].len, "p", &p, &err) !=
		    0 || err.code != ERROR_NONE)
			fail_msg("'%s': %s", good[i].text, err.text);
		if (p.keep_detached !=
		    (strstr(good[i].text, "keep-detached") != NULL))
			fail_msg("'%s': keep-detached", good[i].text);
		if (p.max != good[i].max || p.nleads != good[i].nleads)
			fail_msg("'%s': max %lld, %zu leads", good[i].text,
			    (long long)p.max, p.nleads);
		for (k = 0; k < p.nleads; k++)
			if (p.lead[k] != good[i].lead[k])
				fail_msg("'%s': lead %zu is %lld",
				    good[i].text, k, (long long)p.lead[k]);
	}
}

#define NOT_DURATION	"not a duration like 5m or 1h30m: "

/* The whole message: where, what, and the word. */
static const struct {
	const char *text;
	size_t len;
	const char *message;
} bad[] = {
	{ TEXT("wran 5m\n"), "p:1:1: unknown word: 'wran'" },
	{ TEXT("Warn 5m\n"), "p:1:1: unknown word: 'Warn'" },
	{ TEXT("  warning 5m\n"), "p:1:3: unknown word: 'warning'" },
	{ TEXT("\n\n\tlease user root\n"), "p:3:2: unknown word: 'lease'" },
	{ TEXT("max 1h\nmin 1h"), "p:2:1: unknown word: 'min'" },
	{ TEXT("max=1h"), "p:1:1: unknown word: 'max=1h'" },
	{ TEXT("5m"), "p:1:1: unknown word: '5m'" },
	{ TEXT("\xef\xbb\xbfwarn 5m\n"),
	    "p:1:1: unknown word: '\\xef\\xbb\\xbfwarn'" },
	{ TEXT("\x1b[31m\n"), "p:1:1: unknown word: '\\x1b[31m'" },
	{ TEXT("warn"), "p:1:5: warn needs durations: ''" },
	{ TEXT("warn \n"), "p:1:6: warn needs durations: ''" },
	{ TEXT("warn # 5m\n"), "p:1:6: warn needs durations: ''" },
	{ TEXT("warn 5x\n"), "p:1:6: " NOT_DURATION "'5x'" },
	{ TEXT("warn 5m 0s\n"), "p:1:9: " NOT_DURATION "'0s'" },
	{ TEXT("warn 5m,1m\n"), "p:1:6: " NOT_DURATION "'5m,1m'" },
	{ TEXT("warn 5M\n"), "p:1:6: " NOT_DURATION "'5M'" },
	{ TEXT("warn -5m\n"), "p:1:6: " NOT_DURATION "'-5m'" },
	{ TEXT("warn 366d1s\n"), "p:1:6: " NOT_DURATION "'366d1s'" },
	{ TEXT("warn 5m 5m\n"),
	    "p:1:9: not shorter than the one before: '5m'" },
	{ TEXT("warn 1m 5m\n"),
	    "p:1:9: not shorter than the one before: '5m'" },
	{ TEXT("warn 9m 8m 7m 6m 5m 4m 3m 2m 1m\n"),
	    "p:1:30: too many warnings from here on: '1m'" },
	{ TEXT("warn 5m\nwarn 1m\n"), "p:2:1: said twice: 'warn'" },
	{ TEXT("max 1h\n\n  max 1h\n"), "p:3:3: said twice: 'max'" },
	{ TEXT("max"), "p:1:4: max needs a duration: ''" },
	{ TEXT("max\t#1h\n"), "p:1:5: max needs a duration: ''" },
	{ TEXT("max 12\n"), "p:1:5: " NOT_DURATION "'12'" },
	{ TEXT("max 0h\n"), "p:1:5: " NOT_DURATION "'0h'" },
	{ TEXT("keep-detached yes\n"), "p:1:15: nothing may follow: 'yes'" },
	{ TEXT("keep-detached\nkeep-detached\n"),
	    "p:2:1: said twice: 'keep-detached'" },
	{ TEXT("max 1h 2h\n"), "p:1:8: nothing may follow: '2h'" },
	{ TEXT("max 1h;\n"), "p:1:5: " NOT_DURATION "'1h;'" },
	{ TEXT("max 1 h\n"), "p:1:5: " NOT_DURATION "'1'" },
	{ TEXT("\r\n"), "p:1:1: unknown word: '\\x0d'" },
	{ TEXT("max 1h\r\n"), "p:1:5: " NOT_DURATION "'1h\\x0d'" },
	{ TEXT("warn 5m \r\n"), "p:1:9: " NOT_DURATION "'\\x0d'" },
	{ TEXT("max\v1h\n"), "p:1:1: unknown word: 'max\\x0b1h'" },
	{ TEXT("max\xc2\xa0" "1h\n"),
	    "p:1:1: unknown word: 'max\\xc2\\xa01h'" },
	{ TEXT("\0"), "p:1:1: a NUL byte behind: ''" },
	{ TEXT("max\0 1h\n"), "p:1:1: a NUL byte behind: 'max'" },
	{ TEXT("max 1h\0\n"), "p:1:5: a NUL byte behind: '1h'" },
	{ TEXT("max 1h\n\0"), "p:2:1: a NUL byte behind: ''" },
	{ TEXT("warn 5m \0001m\n"), "p:1:9: a NUL byte behind: ''" },
	{ TEXT(X64), "p:1:1: unknown word: '" X64 "'" },
	{ TEXT(X64 "x"), "p:1:1: word too long: '" X64 "'" },
	{ TEXT("max " X64 "x"), "p:1:5: word too long: '" X64 "'" },
	{ TEXT("max 1h " X64 "x"), "p:1:8: word too long: '" X64 "'" },
};

static void
test_bad(void **state)
{
	struct policy p, empty;
	struct error err;
	size_t i;

	(void)state;
	memset(&empty, 0, sizeof(empty));
	policy_init(&empty);
	for (i = 0; i < COUNT(bad); i++) {
		memset(&p, 0xff, sizeof(p));
		if (policy_parse(bad[i].text, bad[i].len, "p", &p, &err) !=
		    -1)
			fail_msg("taken, not '%s'", bad[i].message);
		if (err.code != ERROR_BROKEN ||
		    strcmp(err.text, bad[i].message) != 0)
			fail_msg("'%s', not '%s'", err.text, bad[i].message);
		if (p.max != 0 || p.nleads != 2 || p.lead[0] != 300 ||
		    p.lead[1] != 60)
			fail_msg("%s: some of it is kept", bad[i].message);
	}
}

/* A first line of that byte up to 64 KiB, and what comes of the file. */
static const struct {
	const char *start;
	char byte;
	const char *message;	/* or NULL: it is good */
} longs[] = {
	{ "", 'x', "p:1:1: word too long: '" X64 "'" },
	{ "max 1h ", 'x', "p:1:8: word too long: '" X64 "'" },
	{ "warn 1s ", ' ', NULL },
	{ "max 1h ", '\t', NULL },
	{ "#", 'x', NULL },
	{ "max 1h ", '#', NULL },
	{ "", '\n', NULL },
	{ "", '\0', "p:1:1: a NUL byte behind: ''" },
};

static void
test_long(void **state)
{
	static char data[POLICY_FILE_MAX];
	struct policy p;
	struct error err;
	size_t i, n;
	int r;

	(void)state;
	for (i = 0; i < COUNT(longs); i++) {
		n = strlen(longs[i].start);
		memset(data, longs[i].byte, sizeof(data));
		memcpy(data, longs[i].start, n);
		r = policy_parse(data, sizeof(data), "p", &p, &err);
		if (r != (longs[i].message == NULL ? 0 : -1) ||
		    (r == -1 && strcmp(err.text, longs[i].message) != 0))
			fail_msg("'%s' and '%c': %s", longs[i].start,
			    longs[i].byte, err.text);
	}
}

/* What is cut off is refused, or says less: never another duration. */
static void
test_cut(void **state)
{
	static const char text[] = "warn 5m 1m # before\nmax 12h\n";
	struct policy p;
	struct error err;
	char *copy;
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(text); len++) {
		copy = malloc(len + 1);		/* so that an overrun shows */
		assert_non_null(copy);
		memcpy(copy, text, len);
		if (policy_parse(copy, len, "p", &p, &err) == 0 &&
		    p.max != 0 && p.max != 43200)
			fail_msg("%zu bytes: max %lld", len, (long long)p.max);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "timestamp.h"
#include "verdict.h"
#include "winddown.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define TEXT(s)		s, sizeof(s) - 1
#define S(seconds)	((seconds) * NANOSECONDS)

#define BOOT		"3b4d0c2e-7a51-4f0e-9c6d-2f8b1e5a9d04"
#define OTHER_BOOT	"3b4d0c2e-7a51-4f0e-9c6d-2f8b1e5a9d05"
#define SINCE		INT64_C(1774087200)
#define SINCE_TEXT	"2026-03-21T10:00:00Z"
#define DEADLINE	(SINCE + 5400)
#define DEADLINE_TEXT	"2026-03-21T11:30:00Z"
#define DEADLINE_BOOT	INT64_C(91234)

#define X64		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
			"xxxxxxxx"
#define X128		X64 X64
#define X1024		X128 X128 X128 X128 X128 X128 X128 X128

/* A file, and what it says; message NULL: it is broken. */
static const struct {
	const char *name;
	const char *data;
	size_t len;
	int64_t since;
	const char *by;
	int64_t deadline, deadline_boot;
	const char *boot_id;
	const char *message;
} files[] = {
	{ "empty", TEXT(""), 0, "", NO_END, NO_END, "", "" },
	{ "an empty line", TEXT("\n"), 0, "", NO_END, NO_END, "", "" },
	{ "empty lines", TEXT("\n\n\n"), 0, "", NO_END, NO_END, "", "" },
	{ "a message", TEXT("Back at 7.\n"), 0, "", NO_END, NO_END, "",
	    "Back at 7." },
	{ "no line end", TEXT("Back at 7."), 0, "", NO_END, NO_END, "",
	    "Back at 7." },
	{ "three lines", TEXT("Back\n\nat 7.\n\n"), 0, "", NO_END, NO_END, "",
	    "Back\n\nat 7." },
	{ "blanks", TEXT("  at 7 \n"), 0, "", NO_END, NO_END, "",
	    "  at 7 " },
	{ "a '#' further on", TEXT("at 7\n#by odai\n"), 0, "", NO_END,
	    NO_END, "", "at 7\n#by odai" },
	{ "all of it", TEXT("#since " SINCE_TEXT "\n#by odai\n#deadline "
	    DEADLINE_TEXT " " BOOT " 91234\n\nBack\nat 7.\n"), SINCE, "odai",
	    DEADLINE, DEADLINE_BOOT, BOOT, "Back\nat 7." },
	{ "another order", TEXT("#deadline " DEADLINE_TEXT "\n#by odai\n"
	    "#since " SINCE_TEXT "\nBack\n"), SINCE, "odai", DEADLINE, NO_END,
	    "", "Back" },
	{ "no message", TEXT("#by odai\n"), 0, "odai", NO_END, NO_END, "",
	    "" },
	{ "no line end, no message", TEXT("#by odai"), 0, "odai", NO_END,
	    NO_END, "", "" },
	{ "a name with blanks", TEXT("#by o dai \n"), 0, "o dai ", NO_END,
	    NO_END, "", "" },
	{ "the longest name", TEXT("#by " X128 "\n"), 0, X128, NO_END, NO_END,
	    "", "" },
	{ "a name too long", TEXT("#by " X128 "x\n"), 0, "", 0, 0, "", NULL },
	{ "a message with '#'", TEXT("#by odai\n\n#since never\n"), 0, "odai",
	    NO_END, NO_END, "", "#since never" },
	{ "only a message with '#'", TEXT("\n#since never\n"), 0, "", NO_END,
	    NO_END, "", "#since never" },
	{ "a message with an empty line first", TEXT("#by odai\n\n\nat 7\n"),
	    0, "odai", NO_END, NO_END, "", "\nat 7" },
	{ "since twice", TEXT("#since " SINCE_TEXT "\n#since " SINCE_TEXT
	    "\n"), 0, "", 0, 0, "", NULL },
	{ "by twice", TEXT("#by odai\n#by odai\n"), 0, "", 0, 0, "", NULL },
	{ "deadline twice", TEXT("#deadline " DEADLINE_TEXT "\n#deadline "
	    DEADLINE_TEXT "\n"), 0, "", 0, 0, "", NULL },
	{ "by nobody", TEXT("#by \nat 7"), 0, "", 0, 0, "", NULL },
	{ "an unknown line", TEXT("#until 2027\n"), 0, "", 0, 0, "", NULL },
	{ "a line that is cut", TEXT("#b"), 0, "", 0, 0, "", NULL },
	{ "no blank", TEXT("#by\n"), 0, "", 0, 0, "", NULL },
	{ "a comment", TEXT("# going down\n"), 0, "", 0, 0, "", NULL },
	{ "since the beginning of time", TEXT("#since 1970-01-01T00:00:00Z\n"),
	    0, "", 0, 0, "", NULL },
	{ "since local time", TEXT("#since 2026-03-21T10:00:00\n"), 0, "", 0,
	    0, "", NULL },
	{ "since and more", TEXT("#since " SINCE_TEXT " \n"), 0, "", 0, 0, "",
	    NULL },
	{ "no such day", TEXT("#deadline 2026-02-30T10:00:00Z\n"), 0, "", 0,
	    0, "", NULL },
	{ "half a deadline", TEXT("#deadline 2026-03-21\n"), 0, "", 0, 0, "",
	    NULL },
	{ "the last deadline", TEXT("#deadline 2200-01-01T00:00:00Z\n"), 0,
	    "", LEASE_TIME_MAX, NO_END, "", "" },
	{ "a deadline after that", TEXT("#deadline 2200-01-01T00:00:01Z\n"),
	    0, "", 0, 0, "", NULL },
	{ "a boot and no seconds", TEXT("#deadline " DEADLINE_TEXT " " BOOT
	    "\n"), 0, "", 0, 0, "", NULL },
	{ "seconds and no boot", TEXT("#deadline " DEADLINE_TEXT " 91234\n"),
	    0, "", 0, 0, "", NULL },
	{ "a boot that is too long", TEXT("#deadline " DEADLINE_TEXT " " BOOT
	    "0 91234\n"), 0, "", 0, 0, "", NULL },
	{ "a boot that is none", TEXT("#deadline " DEADLINE_TEXT
	    " Tuesday 91234\n"), 0, "", 0, 0, "", NULL },
	{ "no seconds", TEXT("#deadline " DEADLINE_TEXT " " BOOT " x\n"), 0,
	    "", 0, 0, "", NULL },
	{ "seconds before the boot", TEXT("#deadline " DEADLINE_TEXT " " BOOT
	    " -1\n"), 0, "", 0, 0, "", NULL },
	{ "the boot itself", TEXT("#deadline " DEADLINE_TEXT " " BOOT
	    " 0\n"), 0, "", DEADLINE, 0, BOOT, "" },
	{ "the last seconds", TEXT("#deadline " DEADLINE_TEXT " " BOOT
	    " 7258118400\n"), 0, "", DEADLINE, LEASE_TIME_MAX, BOOT, "" },
	{ "one more", TEXT("#deadline " DEADLINE_TEXT " " BOOT
	    " 7258118401\n"), 0, "", 0, 0, "", NULL },
	{ "seconds of 11 digits", TEXT("#deadline " DEADLINE_TEXT " " BOOT
	    " 00000000001\n"), 0, "", 0, 0, "", NULL },
	{ "more behind the seconds", TEXT("#deadline " DEADLINE_TEXT " " BOOT
	    " 91234 \n"), 0, "", 0, 0, "", NULL },
	{ "a NUL", TEXT("at\0 7\n"), 0, "", 0, 0, "", NULL },
	{ "a NUL at the end", TEXT("at 7\n\0"), 0, "", 0, 0, "", NULL },
	{ "the longest message", TEXT(X1024 "\n"), 0, "", NO_END, NO_END, "",
	    X1024 },
	{ "one byte more", TEXT(X1024 "x\n"), 0, "", 0, 0, "", NULL },
	{ "the longest behind lines", TEXT("#by odai\n\n" X1024 "\n\n"), 0,
	    "odai", NO_END, NO_END, "", X1024 },
};

/* A copy that ends where the memory does, but for the NUL's place. */
static char *
copy_of(const char *data, size_t len)
{
	char *copy = malloc(len + 1);

	assert_non_null(copy);
	memcpy(copy, data, len);
	copy[len] = '#';
	return copy;
}

static bool
same(const struct winddown *a, const struct winddown *b)
{
	return a->since == b->since && strcmp(a->by, b->by) == 0 &&
	    a->deadline == b->deadline &&
	    a->deadline_boot == b->deadline_boot &&
	    strcmp(a->boot_id, b->boot_id) == 0 &&
	    strcmp(a->message, b->message) == 0;
}

/* What the i-th file says, or what winddown_init() leaves. */
static struct winddown
expected(size_t i)
{
	struct winddown wd;

	winddown_init(&wd);
	if (files[i].message == NULL)
		return wd;
	wd.since = files[i].since;
	strcpy(wd.by, files[i].by);
	wd.deadline = files[i].deadline;
	wd.deadline_boot = files[i].deadline_boot;
	strcpy(wd.boot_id, files[i].boot_id);
	wd.message = files[i].message;
	return wd;
}

static void
test_parse(void **state)
{
	struct winddown wd, want;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(files); i++) {
		char *copy = copy_of(files[i].data, files[i].len);
		int r = winddown_parse(copy, files[i].len, &wd, &err);

		want = expected(i);
		if (r != (files[i].message == NULL ? -1 : 0) ||
		    err.code != (r == -1 ? ERROR_BROKEN : ERROR_NONE))
			fail_msg("%s: %d, %s", files[i].name, r, err.text);
		if (!same(&wd, &want))
			fail_msg("%s: since %lld, by '%s', deadline %lld, "
			    "'%s' %lld, '%s'", files[i].name,
			    (long long)wd.since, wd.by,
			    (long long)wd.deadline, wd.boot_id,
			    (long long)wd.deadline_boot, wd.message);
		free(copy);
	}
}

/* Which line it is that is wrong. */
static void
test_line(void **state)
{
	struct winddown wd;
	struct error err;
	char *copy = copy_of(TEXT("#by odai\n#by odai\n"));

	(void)state;
	assert_int_equal(winddown_parse(copy, 18, &wd, &err), -1);
	assert_non_null(strstr(err.text, "line 2 "));
	free(copy);
}

/* What was read, written and read again is the same. */
static void
test_round_trip(void **state)
{
	char data[WINDDOWN_FILE_MAX];
	struct winddown wd, back;
	struct error err;
	ssize_t len;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(files); i++) {
		if (files[i].message == NULL)
			continue;
		wd = expected(i);
		len = winddown_format(&wd, data, sizeof(data));
		if (len == -1 || winddown_parse(data, (size_t)len, &back,
		    &err) == -1 || !same(&wd, &back))
			fail_msg("%s: %s", files[i].name, data);
	}
}

/* The longest of all fits, and nothing is cut where it does not. */
static void
test_format_size(void **state)
{
	char data[WINDDOWN_FILE_MAX];
	struct winddown wd;
	ssize_t len;

	(void)state;
	winddown_init(&wd);
	wd.since = SINCE;
	strcpy(wd.by, X128);
	wd.deadline = LEASE_TIME_MAX;
	wd.deadline_boot = LEASE_TIME_MAX;
	strcpy(wd.boot_id, BOOT);
	wd.message = X1024;
	len = winddown_format(&wd, data, sizeof(data));
	assert_int_not_equal(len, -1);
	assert_int_equal(len, strlen(data));
	assert_int_equal(winddown_format(&wd, data, (size_t)len + 1), len);
	assert_int_equal(winddown_format(&wd, data, (size_t)len), -1);
}

/* What one file says, and another, and what they say together. */
static void
test_merge(void **state)
{
	struct winddown a, b;

	(void)state;
	winddown_init(&a);
	b = expected(8);
	winddown_merge(&a, &b);
	assert_true(same(&a, &b));
	winddown_init(&b);
	winddown_merge(&a, &b);
	b = expected(8);
	assert_true(same(&a, &b));

	b.since += 1;
	strcpy(b.by, "eve");
	b.deadline += 1;
	b.deadline_boot -= 1;
	b.message = "No.";
	winddown_merge(&a, &b);
	b = expected(8);
	assert_true(same(&a, &b));

	b.since -= 1;
	b.deadline -= 1;
	b.deadline_boot += 1;
	strcpy(b.boot_id, OTHER_BOOT);
	winddown_merge(&a, &b);
	assert_true(same(&a, &b));
}

static const struct {
	const char *name;
	int64_t deadline;
	const char *boot_id;	/* of the file; empty: no pair */
	bool unreadable;
	int64_t wall, boot;	/* ns behind the deadline */
	bool knows, over;
	int64_t at;		/* the deadline by the boot clock, s */
} times[] = {
	{ "no deadline", NO_END, "", false, S(99), S(99), false, false,
	    NO_END },
	{ "no deadline, no clock", NO_END, "", true, S(99), S(99), false,
	    false, NO_END },
	{ "before it", DEADLINE, BOOT, false, -1, -1, true, false,
	    DEADLINE_BOOT },
	{ "by the wall clock", DEADLINE, BOOT, false, 0, -1, true, true,
	    DEADLINE_BOOT },
	{ "by the boot clock", DEADLINE, BOOT, false, -1, 0, true, true,
	    DEADLINE_BOOT },
	{ "by both", DEADLINE, BOOT, false, 0, 0, true, true, DEADLINE_BOOT },
	{ "the wall clock set back", DEADLINE, BOOT, false, S(-9000), 0, true,
	    true, DEADLINE_BOOT },
	{ "no clock", DEADLINE, BOOT, true, 0, 0, true, false,
	    DEADLINE_BOOT },
	{ "another boot", DEADLINE, OTHER_BOOT, false, -1, S(99), false,
	    false, DEADLINE_BOOT + 100 },
	{ "another boot, by the wall clock", DEADLINE, OTHER_BOOT, false, 0,
	    S(-99), false, true, DEADLINE_BOOT - 99 },
	{ "another boot, no clock", DEADLINE, OTHER_BOOT, true, 0, 0, false,
	    false, NO_END },
	{ "no pair", DEADLINE, "", false, -1, S(99), false, false,
	    DEADLINE_BOOT + 100 },
	{ "no pair, by the wall clock", DEADLINE, "", false, 0, S(-99), false,
	    true, DEADLINE_BOOT - 99 },
	{ "no pair, no clock", DEADLINE, "", true, 0, 0, false, false,
	    NO_END },
	{ "no pair, both alike", DEADLINE, "", false, S(-60), S(-60), false,
	    false, DEADLINE_BOOT },
	{ "no pair, the boot clock 1 ns ahead", DEADLINE, "", false, S(-60),
	    S(-60) + 1, false, false, DEADLINE_BOOT + 1 },
	{ "no pair, the boot clock 1 ns behind", DEADLINE, "", false, S(-60),
	    S(-60) - 1, false, false, DEADLINE_BOOT },
	{ "no pair, the clocks at 0", LEASE_TIME_MAX, "", false,
	    -S(DEADLINE), -S(DEADLINE_BOOT), false, false, LEASE_TIME_MAX },
};

static void
test_times(void **state)
{
	struct winddown wd;
	struct moment now;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(times); i++) {
		winddown_init(&wd);
		wd.deadline = times[i].deadline;
		strcpy(wd.boot_id, times[i].boot_id);
		if (wd.boot_id[0] != '\0')
			wd.deadline_boot = DEADLINE_BOOT;
		now.readable = !times[i].unreadable;
		now.wall = S(DEADLINE) + times[i].wall;
		now.boot = S(DEADLINE_BOOT) + times[i].boot;
		strcpy(now.boot_id, BOOT);
		if (winddown_knows_boot(&wd, &now) != times[i].knows ||
		    winddown_over(&wd, &now) != times[i].over ||
		    winddown_boot(&wd, &now) != times[i].at)
			fail_msg("%s: knows %d, over %d, by the boot clock "
			    "%lld", times[i].name,
			    winddown_knows_boot(&wd, &now),
			    winddown_over(&wd, &now),
			    (long long)winddown_boot(&wd, &now));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_format_size),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

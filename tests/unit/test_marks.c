#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "marks.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define END		INT64_C(1774092600)

static void
test_add(void **state)
{
	struct marks m = { 0 };

	(void)state;
	assert_false(marks_warned(&m, END, 300));
	assert_false(marks_warned(&m, 0, 0));
	marks_add(&m, END, 300);
	assert_true(marks_warned(&m, END, 300));
	assert_false(marks_warned(&m, END, 60));
	assert_false(marks_warned(&m, END + 1, 300));
	assert_false(marks_warned(&m, END - 1, 300));
	marks_add(&m, END, 60);
	assert_true(marks_warned(&m, END, 300));
	assert_true(marks_warned(&m, END, 60));
}

/* Warnings belong to one end; a doubt has an end of its own. */
static void
test_another_end(void **state)
{
	struct marks m = { .end = END, .nwarned = 2, .warned = { 300, 60 },
	    .doubt_run = 7, .doubt_end = END };

	(void)state;
	marks_add(&m, END, 30);
	assert_int_equal(m.nwarned, 3);
	assert_int_equal(m.doubt_run, 7);
	marks_add(&m, END + 600, 300);
	assert_int_equal(m.end, END + 600);
	assert_int_equal(m.nwarned, 1);
	assert_int_equal(m.warned[0], 300);
	assert_int_equal(m.doubt_run, 7);
	assert_int_equal(m.doubt_end, END);
	assert_false(marks_warned(&m, END, 300));
	assert_false(marks_warned(&m, END + 600, 60));
}

/* One too many drops the oldest and no other. */
static void
test_full(void **state)
{
	struct marks m = { 0 };
	int64_t lead;

	(void)state;
	for (lead = 1; lead <= POLICY_LEADS_MAX + 1; lead++)
		marks_add(&m, END, lead);
	assert_int_equal(m.nwarned, POLICY_LEADS_MAX);
	assert_false(marks_warned(&m, END, 1));
	for (lead = 2; lead <= POLICY_LEADS_MAX + 1; lead++)
		if (!marks_warned(&m, END, lead))
			fail_msg("lead %lld is forgotten", (long long)lead);
}

static bool
same(const struct marks *a, const struct marks *b)
{
	return a->end == b->end && a->doubt_run == b->doubt_run &&
	    a->doubt_end == b->doubt_end && a->nwarned == b->nwarned &&
	    memcmp(a->warned, b->warned,
	    a->nwarned * sizeof(a->warned[0])) == 0;
}

static const struct {
	struct marks marks;
	const char *data;
} files[] = {
	{ { 0, 0, { 0 }, 0, 0 }, "version=1\nend=0\ndoubt=0\ndoubt_end=0\n" },
	{ { END, 1, { 300 }, 0, 0 },
	    "version=1\nend=1774092600\ndoubt=0\ndoubt_end=0\nwarned=300\n" },
	{ { END, 2, { 300, 60 }, INT64_C(91234000000001), END + 1 },
	    "version=1\nend=1774092600\ndoubt=91234000000001\n"
	    "doubt_end=1774092601\nwarned=300\nwarned=60\n" },
	{ { 0, 0, { 0 }, 1, END },
	    "version=1\nend=0\ndoubt=1\ndoubt_end=1774092600\n" },
	{ { INT64_C(253402300799), 9, { 31622400, 8, 7, 6, 5, 4, 3, 2, 1 },
	    INT64_C(999999999999999999), INT64_C(253402300799) },
	    "version=1\nend=253402300799\ndoubt=999999999999999999\n"
	    "doubt_end=253402300799\nwarned=31622400\nwarned=8\nwarned=7\n"
	    "warned=6\nwarned=5\nwarned=4\nwarned=3\nwarned=2\nwarned=1\n" },
};

static void
test_files(void **state)
{
	char data[MARKS_FILE_MAX];
	struct marks back;
	struct error err;
	size_t i, len;

	(void)state;
	for (i = 0; i < COUNT(files); i++) {
		len = strlen(files[i].data);
		if (marks_format(&files[i].marks, data, sizeof(data)) !=
		    (ssize_t)len || memcmp(data, files[i].data, len) != 0)
			fail_msg("not written: %s", files[i].data);
		if (marks_format(&files[i].marks, data, len - 1) != -1)
			fail_msg("fits where it can't: %s", files[i].data);
		memset(&back, 0xff, sizeof(back));
		if (marks_parse(files[i].data, len, &back, &err) != 0 ||
		    !same(&back, &files[i].marks))
			fail_msg("not read: %s", files[i].data);
	}
}

#define V	"version=1\n"
#define HEAD	V "end=1774092600\ndoubt=0\ndoubt_end=0\n"

static const struct {
	const char *name;
	const char *data;
} bad[] = {
	{ "empty", "" },
	{ "version 2", "version=2\nend=1\ndoubt=0\ndoubt_end=0\n" },
	{ "no version", "end=1\ndoubt=0\ndoubt_end=0\n" },
	{ "no end", V "doubt=0\ndoubt_end=0\n" },
	{ "no doubt", V "end=1\ndoubt_end=0\nwarned=1\n" },
	{ "no end of the doubt", V "end=1\ndoubt=0\nwarned=1\n" },
	{ "out of order", V "doubt=0\nend=1\ndoubt_end=0\n" },
	{ "negative end", V "end=-1\ndoubt=0\ndoubt_end=0\n" },
	{ "negative end of the doubt", V "end=1\ndoubt=1\ndoubt_end=-1\n" },
	{ "huge end",
	    V "end=9223372036854775807\ndoubt=0\ndoubt_end=0\n" },
	{ "huge end of the doubt",
	    V "end=1\ndoubt=0\ndoubt_end=9223372036854775807\n" },
	{ "empty lead", HEAD "warned=\n" },
	{ "negative lead", HEAD "warned=-1\n" },
	{ "a word for a lead", HEAD "warned=5m\n" },
	{ "ten leads", HEAD "warned=10\nwarned=9\nwarned=8\nwarned=7\n"
	    "warned=6\nwarned=5\nwarned=4\nwarned=3\nwarned=2\nwarned=1\n" },
	{ "another line", HEAD "warned=1\nx=1\n" },
	{ "another byte", HEAD "\n" },
	{ "CRLF", "version=1\r\nend=1\r\ndoubt=0\r\ndoubt_end=0\r\n" },
};

static void
test_bad(void **state)
{
	static const struct marks none;
	struct marks m;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		memset(&m, 0xff, sizeof(m));
		if (marks_parse(bad[i].data, strlen(bad[i].data), &m,
		    &err) != -1 || err.code != ERROR_BROKEN)
			fail_msg("%s: taken", bad[i].name);
		if (memcmp(&m, &none, sizeof(m)) != 0)
			fail_msg("%s: some of it is kept", bad[i].name);
	}
}

/* What is cut off says less or nothing, and never of another end. */
static void
test_truncated(void **state)
{
	const char *data = files[2].data;
	size_t len, total = strlen(data);
	struct marks m;
	struct error err;

	(void)state;
	for (len = 0; len < total; len++) {
		char *copy = malloc(len + 1);

		assert_non_null(copy);
		memcpy(copy, data, len);
		if (marks_parse(copy, len, &m, &err) == 0 && (m.end != END ||
		    m.doubt_run != files[2].marks.doubt_run ||
		    m.doubt_end != files[2].marks.doubt_end ||
		    m.nwarned > 1 || data[len - 1] != '\n'))
			fail_msg("taken with %zu bytes", len);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_another_end),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_truncated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../pamlease/live.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))

static void
test_cut(void **state)
{
	static const struct {
		const char *text;
		size_t columns;
		const char *want;
	} table[] = {
		{ "", 0, "" },
		{ "", 3, "   " },
		{ "alice", 0, "" },
		{ "alice", 1, "\u2026" },
		{ "alice", 4, "ali\u2026" },
		{ "alice", 5, "alice" },
		{ "alice", 7, "alice  " },
		{ "\u00e4\u00f6\u00fc", 3, "\u00e4\u00f6\u00fc" },
		{ "\u00e4\u00f6\u00fc", 2, "\u00e4\u2026" },
		{ "\u65e5\u672c", 4, "\u65e5\u672c" },
		{ "\u65e5\u672c", 3, "\u65e5\u2026" },
		{ "\u65e5\u672c", 2, "\u2026 " },	/* no half of one */
		{ "e\u0301x", 2, "e\u0301x" },
		{ "a\xff" "b\x1b[2J", 7, "a?b?[2J" },
		{ "a\xe6\x97", 4, "a?? " },
	};
	char text[64];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++)
		assert_string_equal(live_cut(text, sizeof(text), table[i].text,
		    table[i].columns), table[i].want);
	/* What does not fit into the bytes is cut at a character. */
	assert_string_equal(live_cut(text, 4, "\u65e5\u672c", 4), "\u65e5");
}

static void
test_bar(void **state)
{
	static const struct {
		int64_t left, whole;
		const char *want;
	} table[] = {
		{ 100, 100, "########" },
		{ 101, 100, "########" },
		{ 99, 100, "########" },	/* rounded up */
		{ 50, 100, "####----" },
		{ 51, 100, "#####---" },
		{ 1, 100, "#-------" },
		{ 0, 100, "--------" },
		{ -5, 100, "--------" },
		{ LEASE_SECONDS_MAX / 2, LEASE_SECONDS_MAX, "####----" },
	};
	char bar[16];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++)
		assert_string_equal(live_bar(bar, 8, table[i].left,
		    table[i].whole), table[i].want);
	assert_string_equal(live_bar(bar, 0, 1, 2), "");
}

static void
test_line(void **state)
{
	static const struct live_row rows[] = {
		{ .kind = LIVE_LEASE, .name = "alice", .left = "28m 14s",
		    .left_s = 30, .whole_s = 60, .end = "2026-03-21 11:30",
		    .text = "odai" },
		{ .kind = LIVE_SESSION, .name = "  sshd ssh 10.0.0.7",
		    .left = "-", .text = "policy" },
		{ .kind = LIVE_BROKEN, .name = "carol",
		    .text = "carol.lease: mode too open, and more than that" },
	};
	static const struct {
		size_t width;
		int row;		/* -1: the heading */
		const char *want;
	} table[] = {
		{ 80, -1, "USER                      TIME LEFT                 "
		    "EXPIRES AT        GRANTED BY" },
		{ 80, 0, "alice                     28m 14s    #######------  "
		    "2026-03-21 11:30  odai      " },
		{ 80, 1, "  sshd ssh 10.0.0.7       -                         "
		    "                  policy    " },
		{ 80, 2, "carol                     carol.lease: mode too open, "
		    "and more than that        " },
		{ 50, 0, "alice            28m 14s    ####----  odai        " },
		{ 20, 0, "alice     28m 14s  " },
		{ 20, 1, "  sshd \u2026  -        " },
		{ 20, 2, "carol     carol.le\u2026" },
		{ 9, 0, "alice   " },
		{ 4, 0, "ali\u2026" },
		{ 0, 0, "" },
	};
	char line[LIVE_LINE_MAX];
	struct live_columns c;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		live_columns(&c, table[i].width);
		assert_string_equal(live_line(line, table[i].row == -1 ? NULL :
		    &rows[table[i].row], &c), table[i].want);
	}
}

/* Whatever the width, no line is wider, and none overflows. */
static void
test_widths(void **state)
{
	struct live_row row = { .kind = LIVE_SESSION, .left_s = 1,
	    .whole_s = 2, .left = "364d 23h", .end = "2026-03-21 11:30" };
	char line[LIVE_LINE_MAX];
	struct live_columns c;
	size_t width, i, n;

	(void)state;
	memset(row.name, 'n', sizeof(row.name) - 1);
	memset(row.text, 't', sizeof(row.text) - 1);
	for (width = 0; width < 5000; width++) {
		live_columns(&c, width);
		(void)live_line(line, &row, &c);
		for (i = n = 0; line[i] != '\0'; i++)
			n += ((unsigned char)line[i] & 0xc0) != 0x80;
		assert_true(n <= width);
	}
}

static void
add(struct live_rows *rows, enum live_kind kind, const char *user,
    const char *name)
{
	struct live_row *row = live_add(rows, kind, user);

	assert_non_null(row);
	(void)snprintf(row->name, sizeof(row->name), "%s", name);
}

static void
test_rows(void **state)
{
	static const struct {
		const char *user;
		enum live_kind kind;
		const char *name;
		size_t place, want;
	} table[] = {
		{ "alice", LIVE_LEASE, "alice", 9, 0 },
		{ "alice", LIVE_SESSION, "  sshd b", 9, 1 },
		{ "alice", LIVE_SESSION, "  sshd a", 9, 2 },
		{ "alice", LIVE_SESSION, "  gone", 9, 0 },
		{ "bob", LIVE_BROKEN, "bob", 0, 3 },
		{ "bob", LIVE_LEASE, "bob", 0, 3 },
		{ "zoe", LIVE_LEASE, "zoe", 2, 2 },
		{ "zoe", LIVE_LEASE, "zoe", 9, 3 },
	};
	struct live_rows rows = { 0 };
	struct live_row chosen;
	size_t i;

	(void)state;
	assert_int_equal(live_find(&rows, &(struct live_row){ 0 }, 7), 0);
	add(&rows, LIVE_SESSION, "alice", "  sshd b");
	add(&rows, LIVE_SESSION, "alice", "  sshd a");
	add(&rows, LIVE_BROKEN, "bob", "bob");
	add(&rows, LIVE_LEASE, "alice", "alice");
	live_sort(&rows);
	for (i = 0; i < COUNT(table); i++) {
		memset(&chosen, 0, sizeof(chosen));
		chosen.kind = table[i].kind;
		(void)snprintf(chosen.user, sizeof(chosen.user), "%s",
		    table[i].user);
		(void)snprintf(chosen.name, sizeof(chosen.name), "%s",
		    table[i].name);
		assert_int_equal(live_find(&rows, &chosen, table[i].place),
		    table[i].want);
	}
	live_free(&rows);
	assert_int_equal(rows.n, 0);
}

static void
test_top(void **state)
{
	static const struct {
		size_t top, chosen, n, height, want;
	} table[] = {
		{ 0, 0, 0, 10, 0 },
		{ 0, 9, 10, 10, 0 },
		{ 5, 9, 10, 10, 0 },
		{ 0, 10, 20, 10, 1 },
		{ 0, 19, 20, 10, 10 },
		{ 10, 9, 20, 10, 9 },
		{ 10, 15, 20, 10, 10 },
		{ 15, 16, 20, 10, 10 },		/* some went */
		{ 3, 3, 20, 0, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++)
		assert_int_equal(live_top(table[i].top, table[i].chosen,
		    table[i].n, table[i].height), table[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_bar),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_widths),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_top),
	};

	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define BYTES(s)	(s), sizeof(s) - 1

/* The bytes in a block of just that size, so that a read beyond it shows. */
static char *
exact(const char *s, size_t len)
{
	char *copy = malloc(len + (len == 0));

	assert_non_null(copy);
	memcpy(copy, s, len);
	return copy;
}

static void
test_copy(void **state)
{
	static const struct {
		const char *src;
		size_t size;
		bool fits;
	} rows[] = {
		{ "", 1, true },
		{ "abc", 4, true },
		{ "abc", 3, false },
		{ "abc", 1, false },
		{ "abc", 8, true },
	};
	char dst[16];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		memset(dst, 'x', sizeof(dst));
		if (text_copy(dst, rows[i].size, rows[i].src) != rows[i].fits ||
		    strcmp(dst, rows[i].fits ? rows[i].src : "") != 0 ||
		    dst[rows[i].size] != 'x')
			fail_msg("'%s' into %zu", rows[i].src, rows[i].size);
	}
}

static const struct {
	const char *s;
	size_t len;
	size_t n;
	unsigned int point;
	bool printable;
} characters[] = {
	{ BYTES("a"), 1, 'a', true },
	{ BYTES(" "), 1, ' ', true },
	{ BYTES("~"), 1, '~', true },
	{ BYTES("\0"), 1, 0, false },
	{ BYTES("\n"), 1, '\n', false },
	{ BYTES("\x1b"), 1, 0x1b, false },
	{ BYTES("\x1f"), 1, 0x1f, false },
	{ BYTES("\x7f"), 1, 0x7f, false },
	{ BYTES("\xc2\x80"), 2, 0x80, false },
	{ BYTES("\xc2\x9b"), 2, 0x9b, false },
	{ BYTES("\xc2\x9f"), 2, 0x9f, false },
	{ BYTES("\xc2\xa0"), 2, 0xa0, true },
	{ BYTES("\xc3\xbc"), 2, 0xfc, true },
	{ BYTES("\xdf\xbf"), 2, 0x7ff, true },
	{ BYTES("\xe0\xa0\x80"), 3, 0x800, true },
	{ BYTES("\xe2\x80\xa7"), 3, 0x2027, true },
	{ BYTES("\xe2\x80\xa8"), 3, 0x2028, false },
	{ BYTES("\xe2\x80\xa9"), 3, 0x2029, false },
	{ BYTES("\xe2\x80\xaa"), 3, 0x202a, false },
	{ BYTES("\xe2\x80\xae"), 3, 0x202e, false },
	{ BYTES("\xe2\x80\xaf"), 3, 0x202f, true },
	{ BYTES("\xe2\x81\xa5"), 3, 0x2065, true },
	{ BYTES("\xe2\x81\xa6"), 3, 0x2066, false },
	{ BYTES("\xe2\x81\xa9"), 3, 0x2069, false },
	{ BYTES("\xe2\x81\xaa"), 3, 0x206a, true },
	{ BYTES("\xed\x9f\xbf"), 3, 0xd7ff, true },
	{ BYTES("\xee\x80\x80"), 3, 0xe000, true },
	{ BYTES("\xef\xbf\xbf"), 3, 0xffff, true },
	{ BYTES("\xf0\x90\x80\x80"), 4, 0x10000, true },
	{ BYTES("\xf4\x8f\xbf\xbf"), 4, 0x10ffff, true },
	{ BYTES(""), 0, 0, true },
	{ BYTES("\x80"), 0, 0, false },
	{ BYTES("\xbf"), 0, 0, false },
	{ BYTES("\xc0\x80"), 0, 0, false },
	{ BYTES("\xc0\xaf"), 0, 0, false },
	{ BYTES("\xc1\xbf"), 0, 0, false },
	{ BYTES("\xe0\x9f\xbf"), 0, 0, false },
	{ BYTES("\xf0\x8f\xbf\xbf"), 0, 0, false },
	{ BYTES("\xed\xa0\x80"), 0, 0, false },
	{ BYTES("\xed\xbf\xbf"), 0, 0, false },
	{ BYTES("\xf4\x90\x80\x80"), 0, 0, false },
	{ BYTES("\xf5\x80\x80\x80"), 0, 0, false },
	{ BYTES("\xf8\x88\x80\x80\x80"), 0, 0, false },
	{ BYTES("\xff\xfe"), 0, 0, false },
	{ BYTES("\xc3"), 0, 0, false },
	{ BYTES("\xe2\x82"), 0, 0, false },
	{ BYTES("\xf0\x9f\x98"), 0, 0, false },
	{ BYTES("\xc3("), 0, 0, false },
	{ BYTES("\xc3\xc3"), 0, 0, false },
	{ BYTES("\xe2\x82("), 0, 0, false },
	{ BYTES("\xf0\x9f\x98("), 0, 0, false },
};

static void
test_characters(void **state)
{
	unsigned int point;
	size_t i, n;
	char *s;
	bool printable;

	(void)state;
	for (i = 0; i < COUNT(characters); i++) {
		s = exact(characters[i].s, characters[i].len);
		point = 1;
		n = text_utf8(s, characters[i].len, &point);
		printable = text_printable(s, characters[i].len);
		free(s);
		if (n != characters[i].n || point != characters[i].point ||
		    printable != characters[i].printable)
			fail_msg("row %zu: %zu bytes, U+%04X, %sprintable", i,
			    n, point, printable ? "" : "not ");
	}
}

/* Each character that there is, encoded here by shifts alone. */
static void
test_every_point(void **state)
{
	unsigned int p, point;
	unsigned char s[4];
	size_t n;

	(void)state;
	for (p = 0x80; p <= 0x110fff; p++) {
		n = p < 0x800 ? 2 : p < 0x10000 ? 3 : 4;
		s[0] = (unsigned char)((0xf00U >> n & 0xf0) |
		    p >> 6 * (n - 1));
		s[n - 1] = (unsigned char)(0x80 | (p & 0x3f));
		if (n > 2)
			s[n - 2] = (unsigned char)(0x80 | (p >> 6 & 0x3f));
		if (n > 3)
			s[1] = (unsigned char)(0x80 | (p >> 12 & 0x3f));
		if ((p >= 0xd800 && p <= 0xdfff) || p > 0x10ffff)
			n = 0;
		if (text_utf8((const char *)s, sizeof(s), &point) != n ||
		    point != (n == 0 ? 0 : p))
			fail_msg("U+%04X", p);
	}
}

static void
test_printable_strings(void **state)
{
	static const struct {
		const char *s;
		size_t len;
		bool printable;
	} rows[] = {
		{ BYTES("INC-1234 disk swap"), true },
		{ BYTES("\xc3\xbcn\xc3\xaf"), true },
		{ BYTES("x\x1b]0;pwn\x07"), false },
		{ BYTES("a\nFAKE LOG"), false },
		{ BYTES("\x9b" "31m"), false },
		{ BYTES("good until the last\xe2\x80\xae"), false },
		{ BYTES("cut off \xe2\x80"), false },
		{ BYTES("a\0b"), false },
	};
	size_t i;
	char *s;
	bool printable;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		s = exact(rows[i].s, rows[i].len);
		printable = text_printable(s, rows[i].len);
		free(s);
		if (printable != rows[i].printable)
			fail_msg("'%s'", rows[i].s);
	}
}

static void
test_escape(void **state)
{
	static const struct {
		const char *src;
		size_t len;
		size_t size;
		const char *expected;
	} rows[] = {
		{ BYTES(""), 32, "" },
		{ BYTES(""), 1, "" },
		{ BYTES("alice"), 32, "alice" },
		{ BYTES("alice"), 6, "alice" },
		{ BYTES("alice"), 5, "a..." },
		{ BYTES("alice"), 4, "..." },
		{ BYTES("alice"), 3, ".." },
		{ BYTES("alice"), 1, "" },
		{ BYTES("a b~"), 32, "a b~" },
		{ BYTES("a\nb"), 32, "a\\x0ab" },
		{ BYTES("a\0b"), 32, "a\\x00b" },
		{ BYTES("\x1b[31m"), 32, "\\x1b[31m" },
		{ BYTES("\"\\\x7f"), 32, "\\x22\\x5c\\x7f" },
		{ BYTES("\xff\xfe"), 32, "\\xff\\xfe" },
		{ BYTES("\xc3\xbc"), 32, "\\xc3\\xbc" },
		{ BYTES("%n%n%s"), 32, "%n%n%s" },
		/* Neither an escape nor a character of UTF-8 is cut apart. */
		{ BYTES("ab\n"), 7, "ab\\x0a" },
		{ BYTES("ab\n"), 6, "ab..." },
		{ BYTES("ab\xc3\xbc" "cdef"), 14, "ab\\xc3\\xbc..." },
		{ BYTES("ab\xc3\xbc" "cdef"), 13, "ab..." },
	};
	char dst[40];
	size_t i;
	char *s;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		memset(dst, '#', sizeof(dst));
		s = exact(rows[i].src, rows[i].len);
		assert_ptr_equal(dst,
		    text_escape(dst, rows[i].size, s, rows[i].len));
		free(s);
		if (strcmp(dst, rows[i].expected) != 0 ||
		    dst[rows[i].size] != '#')
			fail_msg("row %zu: '%s' instead of '%s'", i, dst,
			    rows[i].expected);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_characters),
		cmocka_unit_test(test_every_point),
		cmocka_unit_test(test_printable_strings),
		cmocka_unit_test(test_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

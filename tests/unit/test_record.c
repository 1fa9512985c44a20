#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define TEXT(s)		s, sizeof(s) - 1

static const struct {
	const char *value;
	const char *line;
} written[] = {
	{ "", "k=\n" },
	{ "alice", "k=alice\n" },
	{ "!~", "k=!~\n" },
	{ "a b", "k=a%20b\n" },
	{ "50%", "k=50%25\n" },
	{ "a=b", "k=a=b\n" },
	{ "a\nby=lease", "k=a%0Aby=lease\n" },
	{ "CORP\\bob", "k=CORP\\bob\n" },
	{ "\x1b[31m", "k=%1B[31m\n" },
	{ "\x7f\x80\xff", "k=%7F%80%FF\n" },
	{ "caf\xc3\xa9", "k=caf%C3%A9\n" },
};

static void
test_write(void **state)
{
	char data[64];
	struct record r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(written); i++) {
		record_init(&r, data, sizeof(data));
		record_text(&r, "k", written[i].value);
		if (r.overflow || r.len != strlen(written[i].line) ||
		    memcmp(data, written[i].line, r.len) != 0)
			fail_msg("'%s': '%.*s'", written[i].line, (int)r.len,
			    data);
	}
}

static void
test_overflow(void **state)
{
	static const char line[] = "key=a%20b\n";
	char data[sizeof(line) + 1];
	struct record r;
	size_t size;

	(void)state;
	for (size = 0; size < sizeof(data); size++) {
		memset(data, '#', sizeof(data));
		record_init(&r, data, size);
		record_text(&r, "key", "a b");
		if (r.overflow != (size < sizeof(line) - 1) || r.len > size ||
		    data[size] != '#')
			fail_msg("%zu bytes: overflow %d", size, r.overflow);
	}
}

/* What one record_take() of "k" into 8 bytes gives; NULL: it is refused. */
static const struct {
	const char *data;
	size_t len;
	const char *value;
} taken[] = {
	{ TEXT("k=alice\n"), "alice" },
	{ TEXT("k=\n"), "" },
	{ TEXT("k=a%20b\n"), "a b" },
	{ TEXT("k=%FF%01\n"), "\xff\x01" },
	{ TEXT("k=a=b\nk=c\n"), "a=b" },
	{ TEXT("k=1234567\n"), "1234567" },
	{ TEXT("k=12345678\n"), NULL },
	{ TEXT("k=123456%20\n"), "123456 " },
	{ TEXT("k=1234567%20\n"), NULL },
	{ TEXT(""), NULL },
	{ TEXT("k"), NULL },
	{ TEXT("k="), NULL },
	{ TEXT("k=alice"), NULL },
	{ TEXT("\n"), NULL },
	{ TEXT("\nk=alice\n"), NULL },
	{ TEXT(" k=alice\n"), NULL },
	{ TEXT("K=alice\n"), NULL },
	{ TEXT("kk=alice\n"), NULL },
	{ TEXT("l=alice\n"), NULL },
	{ TEXT("k:alice\n"), NULL },
	{ TEXT("k =alice\n"), NULL },
	{ TEXT("=alice\n"), NULL },
	{ TEXT("k=a b\n"), NULL },
	{ TEXT("k=a\tb\n"), NULL },
	{ TEXT("k=a\r\n"), NULL },
	{ TEXT("k=a\0b\n"), NULL },
	{ TEXT("k=a%00b\n"), NULL },
	{ TEXT("k=\x7f\n"), NULL },
	{ TEXT("k=\xc3\xa9\n"), NULL },
	{ TEXT("k=%\n"), NULL },
	{ TEXT("k=%2\n"), NULL },
	{ TEXT("k=%"), NULL },
	{ TEXT("k=%2"), NULL },
	{ TEXT("k=%20"), NULL },
	{ TEXT("k=%2a\n"), NULL },
	{ TEXT("k=%GG\n"), NULL },
	{ TEXT("k=%2\0\n"), NULL },
	{ TEXT("k=%%20\n"), NULL },
};

static void
test_take(void **state)
{
	char value[8];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(taken); i++) {
		char *copy = malloc(taken[i].len + 1);
		struct record_reader r;
		bool ok;

		assert_non_null(copy);
		memcpy(copy, taken[i].data, taken[i].len);
		r.p = copy;
		r.end = copy + taken[i].len;
		memset(value, '#', sizeof(value));
		ok = record_take(&r, "k", value, sizeof(value));
		if (ok != (taken[i].value != NULL) || strcmp(value,
		    ok ? taken[i].value : "") != 0)
			fail_msg("'%s': %d, '%s'", taken[i].data, ok, value);
		free(copy);
	}
}

/* The same of a number; -1: it is refused. */
static const struct {
	const char *text;
	int64_t value;
} numbers[] = {
	{ "0", 0 },
	{ "1", 1 },
	{ "1001", 1001 },
	{ "999999999999999999", INT64_C(999999999999999999) },
	{ "%31", 1 },
	{ "1000000000000000000", -1 },
	{ "18446744073709551617", -1 },
	{ "", -1 },
	{ "00", -1 },
	{ "01", -1 },
	{ "-1", -1 },
	{ "+1", -1 },
	{ "-0", -1 },
	{ "1x", -1 },
	{ "0x1", -1 },
	{ "1.5", -1 },
	{ "1e3", -1 },
	{ "%201", -1 },
	{ "\xd9\xa1", -1 },
};

static void
test_numbers(void **state)
{
	char line[64];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(numbers); i++) {
		int n = snprintf(line, sizeof(line), "n=%s\n",
		    numbers[i].text);
		struct record_reader r = { .p = line, .end = line + n };
		int64_t value = -1;
		bool ok = record_take_number(&r, "n", &value);

		if (ok != (numbers[i].value != -1) ||
		    value != (ok ? numbers[i].value : 0))
			fail_msg("'%s': %d, %lld", numbers[i].text, ok,
			    (long long)value);
	}
}

/* Every byte that a string can have, and lines one after the other. */
static void
test_round_trip(void **state)
{
	char data[1024], bytes[256], value[256];
	struct record_reader reader;
	struct record r;
	int64_t number;
	size_t i;

	(void)state;
	for (i = 0; i < 255; i++)
		bytes[i] = (char)(i + 1);
	bytes[255] = '\0';
	record_init(&r, data, sizeof(data));
	record_number(&r, "version", 1);
	record_text(&r, "bytes", bytes);
	record_text(&r, "empty", "");
	record_number(&r, "zero", 0);
	assert_false(r.overflow);
	reader.p = data;
	reader.end = data + r.len;
	assert_true(record_at(&reader, "version"));
	assert_false(record_at(&reader, "versio"));
	assert_false(record_at(&reader, "bytes"));
	assert_true(record_take_number(&reader, "version", &number));
	assert_int_equal(number, 1);
	assert_true(record_take(&reader, "bytes", value, sizeof(value)));
	assert_string_equal(value, bytes);
	assert_true(record_take(&reader, "empty", value, sizeof(value)));
	assert_string_equal(value, "");
	assert_true(record_take_number(&reader, "zero", &number));
	assert_int_equal(number, 0);
	assert_ptr_equal(reader.p, reader.end);
	assert_false(record_at(&reader, "zero"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "session.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define RANDOM_SESSIONS	20000

static const struct session example = {
	.pid = 4711,
	.start = 123456789,
	.user = "alice",
	.uid = 1001,
	.service = "sshd",
	.tty = "ssh",
	.rhost = "2001:db8::1",
	.by = ADMITTED_LEASE,
	.opened = 1774087200,
	.opened_boot = 91234,
};

static const char entry[] =
    "version=1\n"
    "user=alice\n"
    "uid=1001\n"
    "service=sshd\n"
    "tty=ssh\n"
    "rhost=2001:db8::1\n"
    "by=lease\n"
    "opened=1774087200\n"
    "opened_boot=91234\n";

#define ENTRY_LEN	(sizeof(entry) - 1)

static bool
same(const struct session *a, const struct session *b)
{
	return strcmp(a->user, b->user) == 0 && a->uid == b->uid &&
	    strcmp(a->service, b->service) == 0 &&
	    strcmp(a->tty, b->tty) == 0 && strcmp(a->rhost, b->rhost) == 0 &&
	    a->by == b->by && a->opened == b->opened &&
	    a->opened_boot == b->opened_boot;
}

static void
test_example(void **state)
{
	char data[SESSION_FILE_MAX];
	struct session s = { .pid = 1, .start = 2, .number = 3 };
	struct error err;

	(void)state;
	assert_int_equal(session_format(&example, data, sizeof(data)),
	    ENTRY_LEN);
	assert_memory_equal(data, entry, ENTRY_LEN);
	assert_int_equal(session_parse(entry, ENTRY_LEN, &s, &err), 0);
	assert_true(same(&s, &example));
	assert_int_equal(s.pid, 1);
	assert_int_equal(s.start, 2);
	assert_int_equal(s.number, 3);
}

static void
test_words(void **state)
{
	static const char *const words[] = {
		[ADMITTED_NOT] = "refused",
		[ADMITTED_LEASE] = "lease",
		[ADMITTED_POLICY] = "policy",
		[ADMITTED_PERMISSIVE] = "permissive",
		[ADMITTED_KEPT] = "kept",
		[ADMITTED_ENTERING] = "entering",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(words); i++)
		assert_string_equal(admitted_word((enum admitted)i),
		    words[i]);
}

/* A generator of our own, so that a failure comes again. */
static uint64_t
random_next(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return *seed >> 33;
}

/* Up to max bytes of any kind; least says how many there must be. */
static void
random_text(uint64_t *seed, char *dst, size_t least, size_t max)
{
	size_t i, n = least + random_next(seed) % (max - least + 1);

	for (i = 0; i < n; i++)
		dst[i] = (char)(1 + random_next(seed) % 255);
	dst[n] = '\0';
}

/* parse(format(x)) is x, for whatever a session may hold. */
static void
test_round_trip(void **state)
{
	char data[SESSION_FILE_MAX];
	struct session s, back;
	struct error err;
	uint64_t seed = 1;
	ssize_t len;
	int i;

	(void)state;
	for (i = 0; i < RANDOM_SESSIONS; i++) {
		memset(&s, 0, sizeof(s));
		random_text(&seed, s.user, 1, LEASE_NAME_MAX);
		s.uid = (uid_t)(random_next(&seed) % UINT32_MAX);
		random_text(&seed, s.service, 0, SESSION_ITEM_MAX);
		random_text(&seed, s.tty, 0, SESSION_ITEM_MAX);
		random_text(&seed, s.rhost, 0, SESSION_RHOST_MAX);
		s.by = (enum admitted)(random_next(&seed) % 6);
		s.opened = (int64_t)random_next(&seed);
		s.opened_boot = (int64_t)random_next(&seed);
		len = session_format(&s, data, sizeof(data));
		if (len == -1)
			fail_msg("session %d does not fit", i);
		memset(&back, 0xff, sizeof(back));
		if (session_parse(data, (size_t)len, &back, &err) == -1)
			fail_msg("session %d: %s", i, err.text);
		if (!same(&s, &back))
			fail_msg("session %d comes back as another", i);
	}
}

static void
test_too_long(void **state)
{
	char data[ENTRY_LEN];
	size_t size;

	(void)state;
	for (size = 0; size < ENTRY_LEN; size++)
		if (session_format(&example, data, size) != -1)
			fail_msg("fits into %zu bytes", size);
	assert_int_equal(session_format(&example, data, ENTRY_LEN),
	    ENTRY_LEN);
}

/* Parses a copy that ends where the memory does. */
static int
parse_copy(const char *data, size_t len, struct session *s)
{
	char *copy = malloc(len > 0 ? len : 1);
	struct error err;
	int r;

	assert_non_null(copy);
	memcpy(copy, data, len);
	r = session_parse(copy, len, s, &err);
	if (r == -1)
		assert_int_equal(err.code, ERROR_BROKEN);
	free(copy);
	return r;
}

static void
test_truncated(void **state)
{
	struct session s;
	size_t len;

	(void)state;
	for (len = 0; len < ENTRY_LEN; len++)
		if (parse_copy(entry, len, &s) == 0)
			fail_msg("taken with %zu bytes", len);
}

/* A flipped bit is refused, or makes another entry that is whole. */
static void
test_flipped(void **state)
{
	char data[ENTRY_LEN], again[SESSION_FILE_MAX];
	struct session s, back;
	size_t i, bit;
	ssize_t len;

	(void)state;
	for (i = 0; i < ENTRY_LEN; i++)
		for (bit = 0; bit < 8; bit++) {
			memcpy(data, entry, ENTRY_LEN);
			data[i] = (char)(data[i] ^ 1 << bit);
			if (parse_copy(data, ENTRY_LEN, &s) == -1)
				continue;
			if (same(&s, &example))
				fail_msg("byte %zu bit %zu: the same", i, bit);
			len = session_format(&s, again, sizeof(again));
			if (len == -1 || parse_copy(again, (size_t)len,
			    &back) == -1 || !same(&s, &back))
				fail_msg("byte %zu bit %zu: half", i, bit);
		}
}

#define V	"version=1\n"
#define U	"user=alice\n"
#define I	"uid=1001\n"
#define STR	"service=sshd\ntty=ssh\nrhost=\n"
#define BY	"by=lease\n"
#define O	"opened=1\nopened_boot=2\n"

static const struct {
	const char *name;
	const char *data;
	bool good;
} entries[] = {
	{ "whole", V U I STR BY O, true },
	{ "last uid", V U "uid=4294967294\n" STR BY O, true },
	{ "uid that means none", V U "uid=4294967295\n" STR BY O, false },
	{ "uid past 32 bits", V U "uid=4294967296\n" STR BY O, false },
	{ "negative uid", V U "uid=-1\n" STR BY O, false },
	{ "no version", U I STR BY O, false },
	{ "version 0", "version=0\n" U I STR BY O, false },
	{ "version 2", "version=2\n" U I STR BY O, false },
	{ "no user", V I STR BY O, false },
	{ "empty user", V "user=\n" I STR BY O, false },
	{ "user twice", V U U I STR BY O, false },
	{ "out of order", V I U STR BY O, false },
	{ "unknown word", V U I STR "by=root\n" O, false },
	{ "empty word", V U I STR "by=\n" O, false },
	{ "longer word", V U I STR "by=leases\n" O, false },
	{ "long word", V U I STR "by=permissivepermissive\n" O, false },
	{ "upper case word", V U I STR "by=Lease\n" O, false },
	{ "one line more", V U I STR BY O "x=1\n", false },
	{ "one byte more", V U I STR BY O "\n", false },
	{ "no last newline", V U I STR BY "opened=1\nopened_boot=2", false },
	{ "entering", V U I STR "by=entering\n" O, true },
	{ "only one clock", V U I STR BY "opened=1\n", false },
	{ "only the other clock", V U I STR BY "opened_boot=2\n", false },
	{ "before the boot", V U I STR BY "opened=1\nopened_boot=-2\n",
	    false },
	{ "CRLF", "version=1\r\n" U I STR BY O, false },
	{ "empty", "", false },
};

static void
test_entries(void **state)
{
	struct session s;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(entries); i++)
		if ((parse_copy(entries[i].data, strlen(entries[i].data),
		    &s) == 0) != entries[i].good)
			fail_msg("%s: good: %d", entries[i].name,
			    !entries[i].good);
}

static const struct {
	const char *name;
	bool good;
	pid_t pid;
	uint64_t start;
	unsigned int number;
} names[] = {
	{ "1-0", true, 1, 0, 0 },
	{ "4711-123456", true, 4711, 123456, 0 },
	{ "4711-123456.1", true, 4711, 123456, 1 },
	{ "4711-123456.64", true, 4711, 123456, 64 },
	{ "2147483647-9223372036854775807.64", true, 2147483647,
	    INT64_MAX, 64 },
	{ "2147483648-1", false, 0, 0, 0 },
	{ "18446744073709551617-1", false, 0, 0, 0 },
	{ "1-9223372036854775808", false, 0, 0, 0 },
	{ "1-18446744073709551617", false, 0, 0, 0 },
	{ "0-1", false, 0, 0, 0 },
	{ "-1-1", false, 0, 0, 0 },
	{ "+1-1", false, 0, 0, 0 },
	{ " 1-1", false, 0, 0, 0 },
	{ "01-1", false, 0, 0, 0 },
	{ "1-01", false, 0, 0, 0 },
	{ "1--1", false, 0, 0, 0 },
	{ "1-1.0", false, 0, 0, 0 },
	{ "1-1.01", false, 0, 0, 0 },
	{ "1-1.65", false, 0, 0, 0 },
	{ "1-1.", false, 0, 0, 0 },
	{ "1-1.1.1", false, 0, 0, 0 },
	{ "1-1.1 ", false, 0, 0, 0 },
	{ "1-1 ", false, 0, 0, 0 },
	{ "1-1x", false, 0, 0, 0 },
	{ "1-", false, 0, 0, 0 },
	{ "-1", false, 0, 0, 0 },
	{ "1", false, 0, 0, 0 },
	{ "", false, 0, 0, 0 },
	{ ".", false, 0, 0, 0 },
	{ "..", false, 0, 0, 0 },
	{ "../1-1", false, 0, 0, 0 },
	{ "1-1~", false, 0, 0, 0 },
};

static void
test_names(void **state)
{
	char name[SESSION_NAME_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		struct session s = { .pid = 7, .start = 7, .number = 7 };
		bool ok = session_name_parse(names[i].name, &s);

		if (ok != names[i].good || s.pid != names[i].pid ||
		    s.start != names[i].start || s.number != names[i].number)
			fail_msg("'%s': %d, %d-%llu.%u", names[i].name, ok,
			    (int)s.pid, (unsigned long long)s.start,
			    s.number);
		if (ok && strcmp(session_name(name, &s), names[i].name) != 0)
			fail_msg("'%s' becomes '%s'", names[i].name, name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

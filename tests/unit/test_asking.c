#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "asking.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define RANDOM_REQUESTS	20000
#define LONGEST		512	/* bytes of any text here */

static const struct asking example = {
	.id = "7F3KQ0",
	.user = "alice",
	.uid = 1001,
	.service = "sshd",
	.tty = "ssh",
	.rhost = "2001:db8::1",
	.length = 7200,
	.by = "ops,admins",
	.desktop = true,
	.since = 1774087200,
	.since_boot = 91234000000000,
	.reason = "not at night",
};

#define V	"version=1\n"
#define U	"user=alice\n"
#define I	"uid=1001\n"
#define S	"service=sshd\n"
#define T	"tty=ssh\n"
#define R	"rhost=2001:db8::1\n"
#define L	"length=7200\n"
#define B	"by=ops,admins\n"
#define D	"desktop=1\n"
#define W	"since=1774087200\n"
#define WB	"since_boot=91234000000000\n"
#define X	"reason=not%20at%20night\n"

static const char *const lines[] = { V, U, I, S, T, R, L, B, D, W, WB, X };
static const char file[] = V U I S T R L B D W WB X;

#define FILE_LEN	(sizeof(file) - 1)

static bool
same(const struct asking *a, const struct asking *b)
{
	return strcmp(a->user, b->user) == 0 && a->uid == b->uid &&
	    strcmp(a->service, b->service) == 0 &&
	    strcmp(a->tty, b->tty) == 0 && strcmp(a->rhost, b->rhost) == 0 &&
	    a->length == b->length && strcmp(a->by, b->by) == 0 &&
	    a->desktop == b->desktop &&
	    a->since == b->since && a->since_boot == b->since_boot &&
	    strcmp(a->reason, b->reason) == 0;
}

/* Parses a copy that ends where the memory does. */
static int
parse_copy(const char *data, size_t len, struct asking *a)
{
	char *copy = malloc(len > 0 ? len : 1);
	struct error err;
	int r;

	assert_non_null(copy);
	memcpy(copy, data, len);
	r = asking_parse(copy, len, a, &err);
	if (r == -1)
		assert_int_equal(err.code, ERROR_BROKEN);
	free(copy);
	return r;
}

static void
test_example(void **state)
{
	char data[ASKING_FILE_MAX];
	struct asking a;

	(void)state;
	assert_int_equal(asking_format(&example, data, sizeof(data)),
	    FILE_LEN);
	assert_memory_equal(data, file, FILE_LEN);
	memset(&a, 0xff, sizeof(a));
	assert_int_equal(parse_copy(file, FILE_LEN, &a), 0);
	assert_true(same(&a, &example));
	/* What is not in it is not left as it was. */
	assert_string_equal(a.id, "");
	assert_false(a.waits);
	assert_false(a.told);
}

static void
test_too_long(void **state)
{
	char data[FILE_LEN];
	size_t size;

	(void)state;
	for (size = 0; size < FILE_LEN; size++)
		if (asking_format(&example, data, size) != -1)
			fail_msg("fits into %zu bytes", size);
	assert_int_equal(asking_format(&example, data, FILE_LEN), FILE_LEN);
}

static void
fill(char *dst, char c, size_t n)
{
	memset(dst, c, n);
	dst[n] = '\0';
}

/* The longest there is, of bytes of which each is three in the file. */
static void
test_longest(void **state)
{
	char data[ASKING_FILE_MAX];
	struct asking a = { .uid = UINT32_MAX - 1,
	    .length = LEASE_SECONDS_MAX, .since = LEASE_TIME_MAX,
	    .since_boot = INT64_C(999999999999999999) };
	struct asking back;
	ssize_t len;

	(void)state;
	fill(a.user, '\xff', LEASE_NAME_MAX);
	fill(a.service, '%', LEASE_ITEM_MAX);
	fill(a.tty, '\xff', SESSION_ITEM_MAX);
	fill(a.rhost, '%', LEASE_ITEM_MAX);
	fill(a.by, '\xff', POLICY_BY_MAX);
	fill(a.reason, '%', LEASE_REASON_MAX);
	len = asking_format(&a, data, sizeof(data));
	assert_true(len > 0);
	assert_int_equal(parse_copy(data, (size_t)len, &back), 0);
	assert_true(same(&a, &back));
}

/* A generator of our own, so that a failure comes again. */
static uint64_t
random_next(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return *seed >> 33;
}

/* Up to max bytes from first to last; least says how many there must be. */
static void
random_text(uint64_t *seed, char *dst, size_t least, size_t max,
    unsigned int first, unsigned int last)
{
	size_t i, n = least + random_next(seed) % (max - least + 1);

	for (i = 0; i < n; i++)
		dst[i] = (char)(first + random_next(seed) %
		    (last - first + 1));
	dst[n] = '\0';
}

/* parse(format(x)) is x, for whatever a request may hold. */
static void
test_round_trip(void **state)
{
	char data[ASKING_FILE_MAX];
	struct asking a, back;
	uint64_t seed = 1;
	ssize_t len;
	int i;

	(void)state;
	for (i = 0; i < RANDOM_REQUESTS; i++) {
		memset(&a, 0, sizeof(a));
		random_text(&seed, a.user, 1, LEASE_NAME_MAX, 1, 255);
		a.uid = (uid_t)(random_next(&seed) % UINT32_MAX);
		random_text(&seed, a.service, 0, LEASE_ITEM_MAX, 'a', 'z');
		random_text(&seed, a.tty, 0, SESSION_ITEM_MAX, 1, 255);
		random_text(&seed, a.rhost, 0, LEASE_ITEM_MAX, 'g', 'z');
		a.length = 1 + (int64_t)random_next(&seed) %
		    LEASE_SECONDS_MAX;
		random_text(&seed, a.by, 0, POLICY_BY_MAX, 1, 255);
		a.since = (int64_t)random_next(&seed);
		a.since_boot = (int64_t)random_next(&seed);
		random_text(&seed, a.reason, 0, LEASE_REASON_MAX, ' ', '~');
		len = asking_format(&a, data, sizeof(data));
		if (len == -1)
			fail_msg("request %d does not fit", i);
		if (parse_copy(data, (size_t)len, &back) == -1)
			fail_msg("request %d is none", i);
		if (!same(&a, &back))
			fail_msg("request %d comes back as another", i);
	}
}

static void
test_truncated(void **state)
{
	struct asking a;
	size_t len;

	(void)state;
	for (len = 0; len < FILE_LEN; len++)
		if (parse_copy(file, len, &a) == 0)
			fail_msg("taken with %zu bytes", len);
}

/* A flipped bit is refused, or makes another request that is whole. */
static void
test_flipped(void **state)
{
	char data[FILE_LEN], again[ASKING_FILE_MAX];
	struct asking a, back;
	size_t i, bit;
	ssize_t len;

	(void)state;
	for (i = 0; i < FILE_LEN; i++)
		for (bit = 0; bit < 8; bit++) {
			memcpy(data, file, FILE_LEN);
			data[i] = (char)(data[i] ^ 1 << bit);
			if (parse_copy(data, FILE_LEN, &a) == -1)
				continue;
			if (same(&a, &example))
				fail_msg("byte %zu bit %zu: the same", i, bit);
			len = asking_format(&a, again, sizeof(again));
			if (len == -1 || parse_copy(again, (size_t)len,
			    &back) == -1 || !same(&a, &back))
				fail_msg("byte %zu bit %zu: half", i, bit);
		}
}

enum change { MISSING, TWICE, SWAPPED, CHANGES };

/* The lines, of which one is not as it was. */
static size_t
change(char *dst, size_t size, size_t line, enum change how)
{
	size_t i, other = (line + 1) % COUNT(lines);

	dst[0] = '\0';
	for (i = 0; i < COUNT(lines); i++) {
		size_t n = how == TWICE && i == line ? 2 : 1, from = i;

		if (how == MISSING && i == line)
			n = 0;
		if (how == SWAPPED && (i == line || i == other))
			from = i == line ? other : line;
		for (; n > 0; n--)
			(void)snprintf(dst + strlen(dst), size - strlen(dst),
			    "%s", lines[from]);
	}
	return strlen(dst);
}

static void
test_lines(void **state)
{
	static const char *const words[] = {
		[MISSING] = "missing", [TWICE] = "twice",
		[SWAPPED] = "swapped with the next",
	};
	char data[2 * sizeof(file)];
	struct asking a;
	size_t i;
	int how;

	(void)state;
	for (i = 0; i < COUNT(lines); i++)
		for (how = MISSING; how < CHANGES; how++) {
			size_t len = change(data, sizeof(data), i,
			    (enum change)how);

			if (parse_copy(data, len, &a) == 0)
				fail_msg("%s: taken: %s", words[how],
				    lines[i]);
		}
}

static const struct {
	const char *name;
	const char *data;
	bool good;
} files[] = {
	{ "whole", V U I S T R L B D W WB X, true },
	{ "empty where it may be", V U I "service=\ntty=\nrhost=\n" L "by=\n"
	    "desktop=0\nsince=0\nsince_boot=0\nreason=\n", true },
	{ "last uid", V U "uid=4294967294\n" S T R L B D W WB X, true },
	{ "uid that means none", V U "uid=4294967295\n" S T R L B D W WB X,
	    false },
	{ "uid past 32 bits", V U "uid=4294967296\n" S T R L B D W WB X, false },
	{ "negative uid", V U "uid=-1\n" S T R L B D W WB X, false },
	{ "version 0", "version=0\n" U I S T R L B D W WB X, false },
	{ "version 2", "version=2\n" U I S T R L B D W WB X, false },
	{ "empty user", V "user=\n" I S T R L B D W WB X, false },
	{ "NUL in a user", V "user=a%00b\n" I S T R L B D W WB X, false },
	{ "blank in a service", V U I "service=a%20b\n" T R L B D W WB X,
	    false },
	{ "any service", V U I "service=*\n" T R L B D W WB X, false },
	{ "any but one", V U I S T "rhost=!a\n" L B D W WB X, false },
	{ "two hosts", V U I S T "rhost=a,b\n" L B D W WB X, false },
	{ "all hosts", V U I S T "rhost=ALL\n" L B D W WB X, false },
	{ "half an address", V U I S T "rhost=10.0.0\n" L B D W WB X, false },
	{ "shortest", V U I S T R "length=1\n" B D W WB X, true },
	{ "longest", V U I S T R "length=31622400\n" B D W WB X, true },
	{ "for no time", V U I S T R "length=0\n" B D W WB X, false },
	{ "for too long", V U I S T R "length=31622401\n" B D W WB X, false },
	{ "for less than no time", V U I S T R "length=-1\n" B D W WB X, false },
	{ "half a desktop", V U I S T R L B "desktop=2\n" W WB X, false },
	{ "before 1970", V U I S T R L B D "since=-1\n" WB X, false },
	{ "before the boot", V U I S T R L B D W "since_boot=-1\n" X, false },
	{ "no clock", V U I S T R L B D "since=\n" WB X, false },
	{ "19 digits", V U I S T R L B D W "since_boot=1000000000000000000\n" X,
	    false },
	{ "umlauts in a reason", V U I S T R L B D W WB "reason=%C3%A4\n", true },
	{ "escape in a reason", V U I S T R L B D W WB "reason=%1B[31m\n",
	    false },
	{ "newline in a reason", V U I S T R L B D W WB "reason=a%0Ab\n",
	    false },
	{ "other direction in a reason", V U I S T R L B D W WB
	    "reason=%E2%80%AE\n", false },
	{ "half a character", V U I S T R L B D W WB "reason=%C3\n", false },
	{ "one line more", V U I S T R L B D W WB X "x=1\n", false },
	{ "one byte more", V U I S T R L B D W WB X "\n", false },
	{ "CRLF", "version=1\r\n" U I S T R L B D W WB X, false },
	{ "empty", "", false },
};

static void
test_files(void **state)
{
	struct asking a;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(files); i++)
		if ((parse_copy(files[i].data, strlen(files[i].data),
		    &a) == 0) != files[i].good)
			fail_msg("%s: good: %d", files[i].name,
			    !files[i].good);
}

/* How long a value may be, and what stands before and behind it. */
static const struct {
	const char *name;
	size_t max;
	const char *before, *after;
} limits[] = {
	{ "user", LEASE_NAME_MAX, V "user=", "\n" I S T R L B D W WB X },
	{ "service", LEASE_ITEM_MAX, V U I "service=", "\n" T R L B D W WB X },
	{ "tty", SESSION_ITEM_MAX, V U I S "tty=", "\n" R L B D W WB X },
	{ "rhost", LEASE_ITEM_MAX, V U I S T "rhost=", "\n" L B D W WB X },
	{ "by", POLICY_BY_MAX, V U I S T R L "by=", "\n" D W WB X },
	{ "reason", LEASE_REASON_MAX, V U I S T R L B D W WB "reason=", "\n" },
};

static void
test_limits(void **state)
{
	char data[ASKING_FILE_MAX], value[LONGEST];
	struct asking a;
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(limits); i++)
		for (n = limits[i].max; n <= limits[i].max + 1; n++) {
			bool good = n == limits[i].max;
			int len;

			fill(value, 'x', n);
			len = snprintf(data, sizeof(data), "%s%s%s",
			    limits[i].before, value, limits[i].after);
			if ((parse_copy(data, (size_t)len, &a) == 0) != good)
				fail_msg("%s of %zu bytes: good: %d",
				    limits[i].name, n, !good);
		}
}

static const struct {
	const char *typed, *id;		/* NULL: none */
} ids[] = {
	{ "7F3KQ0", "7F3KQ0" },
	{ "012345", "012345" },
	{ "6789AB", "6789AB" },
	{ "CDEFGH", "CDEFGH" },
	{ "JKMNPQ", "JKMNPQ" },
	{ "RSTVWX", "RSTVWX" },
	{ "YZYZYZ", "YZYZYZ" },
	{ "7f3kq0", "7F3KQ0" },
	{ "abcdef", "ABCDEF" },
	{ "ghjkmn", "GHJKMN" },
	{ "pqrstv", "PQRSTV" },
	{ "wxyzwx", "WXYZWX" },
	{ "OoIiLl", "001111" },
	{ "UUUUUU", NULL },
	{ "u00000", NULL },
	{ "", NULL },
	{ "7", NULL },
	{ "7F3KQ", NULL },
	{ "7F3KQ00", NULL },
	{ "7F3KQ0 ", NULL },
	{ " 7F3KQ", NULL },
	{ "7F3KQ\n", NULL },
	{ "7F3-Q0", NULL },
	{ "7F3.Q0", NULL },
	{ "../../", NULL },
	{ "7F3/Q0", NULL },
	{ "*F3KQ0", NULL },
	{ "7F3KQ@", NULL },
	{ "7F3KQ[", NULL },
	{ "7F3KQ`", NULL },
	{ "7F3KQ{", NULL },
	{ "7F3KQ:", NULL },
	{ "7F3K\xc3\xa4", NULL },
	{ "7F3K\x1b[", NULL },
	{ ".7F3KQ", NULL },
	{ "7F3KQ0.stands", NULL },
};

static void
test_id_parse(void **state)
{
	char id[ASKING_ID + 1];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ids); i++) {
		bool good = ids[i].id != NULL;

		memset(id, 'x', sizeof(id));
		if (asking_id_parse(id, ids[i].typed) != good ||
		    strcmp(id, good ? ids[i].id : "") != 0)
			fail_msg("'%s' is '%s'", ids[i].typed, id);
	}
}

/* Any 30 bits have an ID of their own, and those beyond don't count. */
static void
test_id(void **state)
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char id[ASKING_ID + 1], again[ASKING_ID + 1];
	size_t digit, at;

	(void)state;
	for (digit = 0; digit < 32; digit++)
		for (at = 0; at < ASKING_ID; at++) {
			char want[] = "000000";

			want[at] = digits[digit];
			asking_id(id, (uint64_t)digit << 5 * at);
			assert_string_equal(id, want);
			asking_id(again, UINT64_MAX << 30 |
			    (uint64_t)digit << 5 * at);
			assert_string_equal(again, want);
			assert_true(asking_id_parse(again, id));
			assert_string_equal(again, want);
		}
	asking_id(id, UINT64_MAX);
	assert_string_equal(id, "ZZZZZZ");
}

static const struct moment now = {
	.wall = 1774087200 * NANOSECONDS + 5,
	.boot = 91234 * NANOSECONDS + 7,
	.readable = true,
};

static const struct rule rule = { .action = ACTION_ASK, .length = 7200,
    .within = 60 };

static void
test_init(void **state)
{
	const struct request rq = { .user = "alice", .uid = 1001,
	    .known = true, .service = "sshd", .tty = "ssh",
	    .rhost = "2001:db8::1" };
	struct asking a;
	struct error err;

	(void)state;
	memset(&a, 0xff, sizeof(a));
	assert_int_equal(asking_init(&a, &rq, &rule, &now, &err), 0);
	assert_int_equal(err.code, ERROR_NONE);
	assert_string_equal(a.id, "");
	assert_false(a.waits);
	assert_false(a.told);
	assert_string_equal(a.user, "alice");
	assert_int_equal(a.uid, 1001);
	assert_string_equal(a.service, "sshd");
	assert_string_equal(a.tty, "ssh");
	assert_string_equal(a.rhost, "2001:db8::1");
	assert_int_equal(a.length, 7200);
	assert_string_equal(a.by, "");
	assert_false(a.desktop);
	assert_int_equal(a.since, 1774087200);
	assert_int_equal(a.since_boot, now.boot);
	assert_string_equal(a.reason, "");
}

#define X8	"xxxxxxxx"
#define X64	X8 X8 X8 X8 X8 X8 X8 X8

/* Of whom a lease can be for just what was asked. */
static const struct {
	const char *service, *tty, *rhost;
	bool good;
} items[] = {
	{ "", "", "", true },
	{ "sshd", "ssh", "10.0.0.7", true },
	{ "sshd", "ssh", "2001:db8::1", true },
	{ "sshd", "ssh", "::1", true },
	{ "sshd", "ssh", "::ffff:10.0.0.7", true },
	{ "sshd", "ssh", "fe80::1%eth0", true },
	{ "sshd", "ssh", "host.example.org", true },
	{ "sshd", "ssh", "localhost", true },
	{ "sshd", "ssh", "HOST", true },
	{ "gdm-password", ":0", "", true },
	{ "su-l", "/dev/pts/1", "", true },
	{ "a~%_'b", "", "", true },
	{ X64, X64, X64, true },
	{ X64 "x", "", "", false },
	{ "sshd", X64 "x", "", false },
	{ "sshd", "", X64 "x", false },
	/* They would be for others as well. */
	{ "*", "", "", false },
	{ "ssh?", "", "", false },
	{ "!sshd", "", "", false },
	{ "sshd!", "", "", false },
	{ "a,b", "", "", false },
	{ "ALL", "", "", false },
	{ "@remote", "", "", false },
	{ "@any", "", "", false },
	{ "a b", "", "", false },
	{ "a\tb", "", "", false },
	{ "a\"b", "", "", false },
	{ "a\x1b", "", "", false },
	{ "a\x7f", "", "", false },
	{ "\xc3\xa4", "", "", false },
	{ "sshd", "", "*", false },
	{ "sshd", "", "10.0.0.?", false },
	{ "sshd", "", "!10.0.0.7", false },
	{ "sshd", "", "10.0.0.7,10.0.0.8", false },
	{ "sshd", "", "ALL", false },
	{ "sshd", "", "LOCAL", false },
	{ "sshd", "", "local", false },
	{ "sshd", "", "10.0.0.0/8", false },
	{ "sshd", "", "10.0.0.7/32", false },
	{ "sshd", "", "0.0.0.0/0", false },
	{ "sshd", "", "::/0", false },
	{ "sshd", "", "10.0.0", false },
	{ "sshd", "", "10.0.0.", false },
	{ "sshd", "", "[::1]", false },
	{ "sshd", "", ".example.org", false },
	{ "sshd", "", "a b", false },
	{ "sshd", "", " ", false },
	{ "sshd", "", "a\nb", false },
	{ "sshd", "", "a\"b", false },
	{ "sshd", "", "a\x1b[31m", false },
	{ "sshd", "", "a\x7f", false },
	{ "sshd", "", "\xc3\xa4.example", false },
};

static void
test_items(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(items); i++) {
		const struct request rq = { .user = "alice", .uid = 1001,
		    .known = true, .service = items[i].service,
		    .tty = items[i].tty, .rhost = items[i].rhost };
		struct asking a;
		struct error err;
		bool good = asking_init(&a, &rq, &rule, &now, &err) == 0;

		if (good != items[i].good)
			fail_msg("'%s' '%s' '%s': good: %d",
			    items[i].service, items[i].tty, items[i].rhost,
			    good);
		assert_int_equal(err.code, good ? ERROR_NONE : ERROR_INVALID);
	}
}

static void
test_user(void **state)
{
	struct request rq = { .uid = 1001, .known = true, .service = "sshd",
	    .tty = "", .rhost = "" };
	char user[LONGEST];
	struct asking a;
	struct error err;

	(void)state;
	rq.user = user;
	fill(user, 'x', LEASE_NAME_MAX);
	assert_int_equal(asking_init(&a, &rq, &rule, &now, &err), 0);
	assert_string_equal(a.user, user);
	fill(user, 'x', LEASE_NAME_MAX + 1);
	assert_int_equal(asking_init(&a, &rq, &rule, &now, &err), -1);
	assert_int_equal(err.code, ERROR_INVALID);
}

/* The groups, whose names end with a NUL each. */
static const struct {
	const char *names;
	size_t size, n;
	const char *by;
} groups[] = {
	{ "", 0, 0, "" },
	{ "ops", 4, 1, "ops" },
	{ "ops\0admins", 11, 2, "ops,admins" },
	{ "domain users\0b\0c", 17, 3, "domain users,b,c" },
};

static void
test_by(void **state)
{
	const struct request rq = { .user = "alice", .uid = 1001,
	    .known = true, .service = "sshd", .tty = "", .rhost = "" };
	char text[LONGEST], want[LONGEST];
	struct rule r = rule;
	struct asking a;
	struct error err;
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(groups); i++) {
		r.by = (struct list){ .n = groups[i].n,
		    .item = groups[i].names,
		    .end = groups[i].names + groups[i].size };
		if (asking_init(&a, &rq, &r, &now, &err) == -1 ||
		    strcmp(a.by, groups[i].by) != 0)
			fail_msg("'%s' for '%s'", a.by, groups[i].by);
	}
	/* Two, whose names and the comma have so many bytes. */
	for (n = POLICY_BY_MAX - 1; n <= POLICY_BY_MAX + 1; n++) {
		fill(text, 'x', n);
		text[100] = '\0';
		r.by = (struct list){ .n = 2, .item = text,
		    .end = text + n + 1 };
		fill(want, 'x', n);
		want[100] = ',';
		if ((asking_init(&a, &rq, &r, &now, &err) == 0) !=
		    (n <= POLICY_BY_MAX))
			fail_msg("%zu bytes", n);
		if (n <= POLICY_BY_MAX)
			assert_string_equal(a.by, want);
		else
			assert_int_equal(err.code, ERROR_INVALID);
	}
	/* A last one of which only the comma would fit. */
	fill(text, 'x', POLICY_BY_MAX);
	text[POLICY_BY_MAX - 1] = '\0';
	text[POLICY_BY_MAX] = 'x';
	text[POLICY_BY_MAX + 1] = '\0';
	r.by = (struct list){ .n = 2, .item = text,
	    .end = text + POLICY_BY_MAX + 2 };
	assert_int_equal(asking_init(&a, &rq, &r, &now, &err), -1);
}

static void
test_same(void **state)
{
	static const struct {
		const char *name;
		struct asking a;
		bool same;
	} rows[] = {
		{ "all", { .user = "a", .uid = 1, .service = "su",
		    .rhost = "h", .length = 60, .by = "g" }, true },
		{ "user", { .user = "b", .uid = 1, .service = "su",
		    .rhost = "h", .length = 60, .by = "g" }, false },
		{ "uid", { .user = "a", .uid = 2, .service = "su",
		    .rhost = "h", .length = 60, .by = "g" }, false },
		{ "service", { .user = "a", .uid = 1, .service = "sshd",
		    .rhost = "h", .length = 60, .by = "g" }, false },
		{ "remote host", { .user = "a", .uid = 1, .service = "su",
		    .rhost = "i", .length = 60, .by = "g" }, false },
		{ "no remote host", { .user = "a", .uid = 1, .service = "su",
		    .rhost = "", .length = 60, .by = "g" }, false },
		{ "length", { .user = "a", .uid = 1, .service = "su",
		    .rhost = "h", .length = 61, .by = "g" }, false },
		{ "groups", { .user = "a", .uid = 1, .service = "su",
		    .rhost = "h", .length = 60, .by = "g,h" }, false },
		{ "no groups", { .user = "a", .uid = 1, .service = "su",
		    .rhost = "h", .length = 60, .by = "" }, false },
		/* Nor does it matter where and when. */
		{ "time", { .id = "7F3KQ0", .waits = true, .told = true,
		    .user = "a", .uid = 1, .service = "su", .tty = "pts/1",
		    .rhost = "h", .length = 60, .by = "g", .since = 5,
		    .since_boot = 6, .reason = "x" }, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		if (asking_same(&rows[0].a, &rows[i].a) != rows[i].same ||
		    asking_same(&rows[i].a, &rows[0].a) != rows[i].same)
			fail_msg("%s", rows[i].name);
}

/* The groups of who answers, whose names end with a NUL each. */
static void
test_may_answer(void **state)
{
	static const struct {
		const char *by, *names;
		size_t size, n;
		bool may;
	} rows[] = {
		{ "ops", "ops", 4, 1, true },
		{ "a,ops,b", "ops", 4, 1, true },
		{ "a,b,ops", "x\0ops", 6, 2, true },
		{ "a b,c", "a b", 4, 1, true },
		{ "ops", "", 0, 0, false },
		{ "", "ops", 4, 1, false },
		{ "", "", 1, 1, false },
		{ "a,,b", "a,", 3, 1, false },
		{ "a,b", "a,b", 4, 1, false },
		{ "ops", "op", 3, 1, false },
		{ "op", "ops", 4, 1, false },
		{ "ops", "Ops", 4, 1, false },
		{ "*", "ops", 4, 1, false },
	};
	struct asking a = { .uid = 1001 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		const struct list theirs = { .n = rows[i].n,
		    .item = rows[i].names,
		    .end = rows[i].names + rows[i].size };

		(void)snprintf(a.by, sizeof(a.by), "%s", rows[i].by);
		if (asking_by(&a, &theirs) != rows[i].may)
			fail_msg("'%s' for '%s': %d", rows[i].names,
			    rows[i].by, !rows[i].may);
	}
}

static void
test_before(void **state)
{
	/* In their order. */
	static const struct asking rows[] = {
		{ .id = "ZZZZZZ", .since_boot = 0 },
		{ .id = "000000", .since_boot = 1 },
		{ .id = "00000A", .since_boot = 1 },
		{ .id = "Z00000", .since_boot = 1 },
		{ .id = "000000", .since_boot = 2, .since = 1 },
		{ .id = "000000", .since_boot = INT64_MAX },
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		for (j = 0; j < COUNT(rows); j++)
			if (asking_before(&rows[i], &rows[j]) != (i < j))
				fail_msg("%zu before %zu: %d", i, j, i >= j);
}

static const struct asking own = { .id = "KKKKKK", .user = "alice",
    .rhost = "10.0.0.7", .since_boot = 10 };

static void
test_count(void **state)
{
	static const struct {
		const char *name;
		struct asking other;
		bool from_here;		/* own has no remote host */
		struct asking_count n;
	} rows[] = {
		{ "itself", { .id = "KKKKKK", .user = "alice",
		    .rhost = "10.0.0.7", .since_boot = 9 }, false,
		    { 0, 0, 0 } },
		{ "the same", { .id = "000000", .user = "alice",
		    .rhost = "10.0.0.7", .since_boot = 9 }, false,
		    { 1, 1, 1 } },
		{ "later", { .id = "000000", .user = "alice",
		    .rhost = "10.0.0.7", .since_boot = 11 }, false,
		    { 0, 1, 1 } },
		{ "at once", { .id = "000000", .user = "alice",
		    .rhost = "10.0.0.7", .since_boot = 10 }, false,
		    { 1, 1, 1 } },
		{ "at once, behind", { .id = "ZZZZZZ", .user = "alice",
		    .rhost = "10.0.0.7", .since_boot = 10 }, false,
		    { 0, 1, 1 } },
		{ "somebody else", { .id = "000000", .user = "bob",
		    .rhost = "10.0.0.8", .since_boot = 1 },
		    false, { 0, 0, 1 } },
		{ "another host", { .id = "000000", .user = "alice",
		    .rhost = "10.0.0.8", .since_boot = 1 }, false,
		    { 1, 0, 1 } },
		{ "another user", { .id = "000000", .user = "alic",
		    .rhost = "10.0.0.7", .since_boot = 1 }, false,
		    { 0, 1, 1 } },
		{ "other case", { .id = "000000", .user = "Alice",
		    .rhost = "10.0.0.7", .since_boot = 1 }, false,
		    { 0, 1, 1 } },
		{ "from this machine", { .id = "000000", .user = "bob",
		    .since_boot = 1 }, false, { 0, 0, 1 } },
		{ "both from this machine", { .id = "000000", .user = "bob",
		    .since_boot = 1 }, true, { 0, 0, 1 } },
		{ "both, of one user", { .id = "000000", .user = "alice",
		    .since_boot = 1 }, true, { 1, 0, 1 } },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct asking_count n = { 100, 200, 300 };
		struct asking a = own, other = rows[i].other;

		if (rows[i].from_here)
			a.rhost[0] = '\0';
		other.waits = true;
		asking_count(&n, &a, &other);
		if (n.user != 100 + rows[i].n.user ||
		    n.source != 200 + rows[i].n.source ||
		    n.all != 300 + rows[i].n.all)
			fail_msg("%s: %zu %zu %zu", rows[i].name, n.user,
			    n.source, n.all);
		/* One that stands takes nobody's place. */
		n = (struct asking_count){ 0, 0, 0 };
		other.waits = false;
		asking_count(&n, &a, &other);
		assert_int_equal(n.user + n.source + n.all, 0);
	}
}

static void
test_full(void **state)
{
	static const struct {
		struct asking_count n;
		const char *word;	/* NULL: there is room */
	} rows[] = {
		{ { 0, 0, 0 }, NULL },
		{ { 0, 7, 31 }, NULL },
		{ { 1, 0, 1 }, "another login" },
		{ { 1, 8, 32 }, "another login" },
		{ { 0, 8, 8 }, "from there" },
		{ { 0, 9, 32 }, "from there" },
		{ { 0, 0, 32 }, "too many logins wait" },
		{ { 0, 7, 33 }, "too many logins wait" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		const char *full = asking_full(&rows[i].n);

		if ((full == NULL) != (rows[i].word == NULL) ||
		    (full != NULL && rows[i].word != NULL &&
		    strstr(full, rows[i].word) == NULL))
			fail_msg("%zu %zu %zu: %s", rows[i].n.user,
			    rows[i].n.source, rows[i].n.all,
			    full != NULL ? full : "room");
	}
}

static void
test_over(void **state)
{
	static const struct {
		const char *name;
		int64_t since, boot;
		bool readable, over;
	} rows[] = {
		{ "at once", 5, 5, true, false },
		{ "a nanosecond before", 5, 5 + 3600 * NANOSECONDS - 1, true,
		    false },
		{ "an hour", 5, 5 + 3600 * NANOSECONDS, true, true },
		{ "long ago", 0, INT64_MAX, true, true },
		{ "asked in a moment", INT64_MAX, 0, true, false },
		{ "no clock", 5, 5, false, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		const struct asking a = { .since_boot = rows[i].since };
		/* Nobody can put it off by setting a clock. */
		const struct moment m = { .wall = 0, .boot = rows[i].boot,
		    .readable = rows[i].readable };

		if (asking_over(&a, &m) != rows[i].over)
			fail_msg("%s: over: %d", rows[i].name, !rows[i].over);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_id_parse),
		cmocka_unit_test(test_id),
		cmocka_unit_test(test_init),
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_by),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_may_answer),
		cmocka_unit_test(test_before),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "name.h"
#include "reader.h"
#include "timestamp.h"
#include "writer.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define RANDOM_LEASES	20000

static const struct lease example = {
	.user = "alice",
	.uid = 1001,
	.granted_by = "odai",
	.reason = "INC-1234 disk swap",
	.issued_at = 1774087200,
	.expires_at = 1774092600,
	.boot_id = "3b4d0c2e-7a51-4f0e-9c6d-2f8b1e5a9d04",
	.expires_boottime = 91234,
	.services = { .n = 1, .item = { "sshd" } },
	.from = { .n = 2, .item = { "10.0.0.0/8", "fd00::/8" } },
	.during = "Mo-Fr0800-1800",
	.final = true
};

static bool
same_list(const struct lease_list *a, const struct lease_list *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (strcmp(a->item[i], b->item[i]) != 0)
			return false;
	return true;
}

static bool
same_lease(const struct lease *a, const struct lease *b)
{
	return strcmp(a->user, b->user) == 0 && a->uid == b->uid &&
	    strcmp(a->granted_by, b->granted_by) == 0 &&
	    strcmp(a->reason, b->reason) == 0 &&
	    a->issued_at == b->issued_at && a->expires_at == b->expires_at &&
	    strcmp(a->boot_id, b->boot_id) == 0 &&
	    a->expires_boottime == b->expires_boottime &&
	    same_list(&a->services, &b->services) &&
	    same_list(&a->from, &b->from) &&
	    strcmp(a->during, b->during) == 0 && a->final == b->final;
}

static void
test_example(void **state)
{
	static const char expected[] =
	    "{\n"
	    "\t\"version\":\t1,\n"
	    "\t\"user\":\t\"alice\",\n"
	    "\t\"uid\":\t1001,\n"
	    "\t\"granted_by\":\t\"odai\",\n"
	    "\t\"reason\":\t\"INC-1234 disk swap\",\n"
	    "\t\"issued_at\":\t\"2026-03-21T10:00:00Z\",\n"
	    "\t\"expires_at\":\t\"2026-03-21T11:30:00Z\",\n"
	    "\t\"boot_id\":\t\"3b4d0c2e-7a51-4f0e-9c6d-2f8b1e5a9d04\",\n"
	    "\t\"expires_boottime\":\t91234,\n"
	    "\t\"services\":\t[\"sshd\"],\n"
	    "\t\"from\":\t[\"10.0.0.0/8\", \"fd00::/8\"],\n"
	    "\t\"during\":\t\"Mo-Fr0800-1800\",\n"
	    "\t\"final\":\ttrue\n"
	    "}\n";
	struct error err;
	char *text;

	(void)state;
	text = lease_format(&example, &err);
	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void
test_left_out(void **state)
{
	static const char *const keys[] = {
		"reason", "services", "from", "during", "final"
	};
	struct lease lease = example;
	struct error err;
	size_t i;
	char *text;

	(void)state;
	lease.reason[0] = '\0';
	lease.services.n = 0;
	lease.from.n = 0;
	lease.during[0] = '\0';
	lease.final = false;
	text = lease_format(&lease, &err);
	assert_non_null(text);
	for (i = 0; i < COUNT(keys); i++)
		if (strstr(text, keys[i]) != NULL)
			fail_msg("%s is in %s", keys[i], text);
	free(text);
}

/* Numbers go through a double, and must come out as whole numbers. */
static void
test_numbers(void **state)
{
	static const struct {
		uid_t uid;
		int64_t expires_boottime;
		const char *uid_line;
		const char *boottime_line;
	} rows[] = {
		{ 0, 0, "\"uid\":\t0,", "boottime\":\t0," },
		{ 1, 1, "\"uid\":\t1,", "boottime\":\t1," },
		{ 100000, 1000000, "\"uid\":\t100000,",
		    "boottime\":\t1000000," },
		{ 2147483647, 2147483647, "\"uid\":\t2147483647,",
		    "boottime\":\t2147483647," },
		{ 2147483648, 2147483648, "\"uid\":\t2147483648,",
		    "boottime\":\t2147483648," },
		{ 4000000000, 4294967296, "\"uid\":\t4000000000,",
		    "boottime\":\t4294967296," },
		{ 4294967294, LEASE_TIME_MAX, "\"uid\":\t4294967294,",
		    "boottime\":\t7258118400," },
		{ 65534, 5000000000, "\"uid\":\t65534,",
		    "boottime\":\t5000000000," },
	};
	struct lease lease = example;
	struct error err;
	size_t i;
	char *text;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		lease.uid = rows[i].uid;
		lease.expires_boottime = rows[i].expires_boottime;
		text = lease_format(&lease, &err);
		if (text == NULL)
			fail_msg("%s: %s", rows[i].uid_line, err.text);
		else if (strstr(text, rows[i].uid_line) == NULL ||
		    strstr(text, rows[i].boottime_line) == NULL)
			fail_msg("%s: %s", rows[i].uid_line, text);
		free(text);
	}
}

/* What a field of the example is overwritten with. */
#define TEXT(field, s) \
	{ #field " " s, offsetof(struct lease, field), s, sizeof(s) }
#define NUMBER(field, type, n) \
	{ #field " " #n, offsetof(struct lease, field), &(const type){ n }, \
	    sizeof(type) }

static const struct {
	const char *name;
	size_t offset;
	const void *value;
	size_t size;
} refused[] = {
	TEXT(user, ""),
	TEXT(user, "a/b"),
	TEXT(user, "\xff"),
	NUMBER(uid, uid_t, (uid_t)-1),
	TEXT(granted_by, ""),
	TEXT(granted_by, "\x1b"),
	TEXT(reason, "a\nb"),
	TEXT(reason, "\x7f"),
	NUMBER(issued_at, int64_t, INT64_MIN),
	NUMBER(issued_at, int64_t, -1),
	NUMBER(issued_at, int64_t, 1774092601),
	NUMBER(issued_at, int64_t, INT64_MAX),
	NUMBER(expires_at, int64_t, INT64_MIN),
	NUMBER(expires_at, int64_t, 1774087199),
	NUMBER(expires_at, int64_t, 1774087201 + 366 * 86400),
	NUMBER(expires_at, int64_t, 253402300800),
	NUMBER(expires_at, int64_t, INT64_MAX),
	TEXT(boot_id, ""),
	TEXT(boot_id, "3b4d0c2e-7a51-4f0e-9c6d-2f8b1e5a9d0"),
	TEXT(boot_id, "3B4D0C2E-7A51-4F0E-9C6D-2F8B1E5A9D04"),
	NUMBER(expires_boottime, int64_t, -1),
	NUMBER(expires_boottime, int64_t, 50000000000),
	NUMBER(expires_boottime, int64_t, INT64_MAX),
	NUMBER(services.n, size_t, LEASE_LIST_MAX + 1),
	NUMBER(from.n, size_t, SIZE_MAX),
	TEXT(from.item[1], ""),
	TEXT(from.item[0], "10.0.0.0,10.0.0.1"),
	TEXT(services.item[0], "sshd su"),
	TEXT(during, "Mo-Fri0800-1800"),
	TEXT(during, "Mo0800-1800\n"),
};

static void
test_refused(void **state)
{
	struct lease lease;
	struct error err;
	size_t i;
	char *text;

	(void)state;
	for (i = 0; i < COUNT(refused); i++) {
		lease = example;
		memcpy((char *)&lease + refused[i].offset, refused[i].value,
		    refused[i].size);
		error_clear(&err);
		text = lease_format(&lease, &err);
		if (text != NULL)
			fail_msg("%s: %s", refused[i].name, text);
		if (err.code != ERROR_INVALID || err.text[0] == '\0')
			fail_msg("%s: error %d", refused[i].name,
			    (int)err.code);
	}
}

/*
 * With two lists that are within their limits, a lease is good up to
 * LEASE_FILE_MAX bytes; the reason grows by one byte a time.
 */
static void
test_file_max(void **state)
{
	struct lease lease = example;
	struct error err;
	size_t i, len;
	size_t longest = 0;
	char *text;

	(void)state;
	lease.services.n = LEASE_LIST_MAX;
	lease.from.n = LEASE_LIST_MAX - 4;
	for (i = 0; i < LEASE_LIST_MAX; i++) {
		memset(lease.services.item[i], '"', LEASE_ITEM_MAX);
		memset(lease.from.item[i], '\\', LEASE_ITEM_MAX);
	}
	for (i = 0; i <= LEASE_REASON_MAX; i++) {
		memset(lease.reason, 'r', i);
		lease.reason[i] = '\0';
		text = lease_format(&lease, &err);
		if (text == NULL) {
			assert_int_equal(err.code, ERROR_INVALID);
			break;
		}
		len = strlen(text);
		free(text);
		if (len > LEASE_FILE_MAX || (i > 1 && len != longest + 1))
			fail_msg("%zu: %zu bytes", i, len);
		longest = len;
	}
	assert_int_equal(longest, LEASE_FILE_MAX);
}

/* How many allocations succeed before one fails, and those made so far. */
static size_t failing_allocation, allocations;

static void *
failing_malloc(size_t size)
{
	return allocations++ == failing_allocation ? NULL : malloc(size);
}

static void
test_no_memory(void **state)
{
	cJSON_Hooks failing = { .malloc_fn = failing_malloc, .free_fn = free };
	struct error err;
	size_t n = 0;
	char *text;

	(void)state;
	do {
		error_clear(&err);
		cJSON_InitHooks(&failing);
		allocations = 0;
		failing_allocation = n++;
		text = lease_format(&example, &err);
		cJSON_InitHooks(NULL);
		if (text == NULL && (err.code != ERROR_SYSTEM ||
		    err.sys != ENOMEM))
			fail_msg("allocation %zu: error %d", n, (int)err.code);
	} while (text == NULL && n < 1000);
	assert_non_null(text);
	free(text);
	/* Each key and most values need memory. */
	assert_true(n > 20);
}

static uint64_t
next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Between 0 and max, and each of the two more often than by chance. */
static int64_t
random_number(uint64_t *seed, int64_t max)
{
	uint64_t kind = next_random(seed) % 8;

	if (kind == 0)
		return 0;
	if (kind == 1)
		return max;
	return (int64_t)(next_random(seed) % ((uint64_t)max + 1));
}

/* From least to max bytes of characters that may be in a text. */
static void
random_text(char *dst, size_t least, size_t max, uint64_t *seed)
{
	static const char *const pieces[] = {
		"a", "Z", "7", " ", "\"", "\\", "/", "{", "%", ",", "~",
		"\\u0000", "\\n", "\xc2\xa0", "\xc3\xbc", "\xe2\x82\xac",
		"\xef\xbf\xbf", "\xf0\x9f\x94\x91"
	};
	const char *piece;
	size_t used = 0;
	size_t want;

	want = least + (size_t)random_number(seed, (int64_t)(max - least));
	for (;;) {
		piece = pieces[next_random(seed) % COUNT(pieces)];
		if (used + strlen(piece) > want)
			break;
		memcpy(dst + used, piece, strlen(piece));
		used += strlen(piece);
	}
	while (used < want)
		dst[used++] = '_';
	dst[used] = '\0';
}

static void
random_list(struct lease_list *list, uint64_t *seed)
{
	char *item;
	size_t i, j, len;

	list->n = (size_t)random_number(seed, LEASE_LIST_MAX);
	for (i = 0; i < list->n; i++) {
		item = list->item[i];
		len = 1 + (size_t)random_number(seed, LEASE_ITEM_MAX - 1);
		for (j = 0; j < len; j++) {
			item[j] = (char)('!' + next_random(seed) % 94);
			if (item[j] == ',')
				item[j] = '.';
		}
	}
}

static void
random_lease(struct lease *lease, uint64_t *seed)
{
	static const char *const windows[] = {
		"", "Al", "!Wk0800-1800,!2026-12-24",
		"2026-12-24T09:00..2026-12-24T18:00"
	};
	static const char hex[] = "0123456789abcdef";
	size_t i;

	memset(lease, 0, sizeof(*lease));
	do
		random_text(lease->user, 1, LEASE_NAME_MAX, seed);
	while (!name_valid(lease->user));
	lease->uid = (uid_t)random_number(seed, 4294967294);
	random_text(lease->granted_by, 1, LEASE_NAME_MAX, seed);
	random_text(lease->reason, 0, LEASE_REASON_MAX, seed);
	lease->issued_at = random_number(seed,
	    LEASE_TIME_MAX - LEASE_SECONDS_MAX);
	lease->expires_at = lease->issued_at +
	    random_number(seed, LEASE_SECONDS_MAX);
	for (i = 0; i < LEASE_BOOT_ID_LEN; i++)
		lease->boot_id[i] = hex[next_random(seed) % 16];
	for (i = 8; i < 24; i += 5)
		lease->boot_id[i] = '-';
	lease->expires_boottime = random_number(seed, LEASE_TIME_MAX);
	random_list(&lease->services, seed);
	random_list(&lease->from, seed);
	strcpy(lease->during, windows[next_random(seed) % COUNT(windows)]);
	lease->final = next_random(seed) % 2 == 0;
}

/* What is written is read back as the same lease. */
static void
test_random_leases(void **state)
{
	struct lease lease, again;
	struct error err;
	uint64_t seed = 88172645463325252U;
	size_t i;
	size_t written = 0;
	char *text;

	(void)state;
	for (i = 0; i < RANDOM_LEASES; i++) {
		random_lease(&lease, &seed);
		text = lease_format(&lease, &err);
		if (text == NULL) {
			/* All that can be wrong with these is their length. */
			if (err.code != ERROR_INVALID ||
			    strstr(err.text, "long") == NULL)
				fail_msg("lease %zu: %s", i, err.text);
			continue;
		}
		written++;
		if (lease_parse(text, strlen(text), &again, &err) != 0)
			fail_msg("lease %zu: %s: %s", i, err.text, text);
		if (!same_lease(&lease, &again) ||
		    text[strlen(text) - 1] != '\n')
			fail_msg("lease %zu: %s", i, text);
		free(text);
	}
	assert_true(written > RANDOM_LEASES / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_file_max),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_random_leases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <dirent.h>
#include <math.h>
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
#include "text.h"
#include "timestamp.h"
#include "window.h"

/* Longer than what may be read, so that a fixture can be too long. */
#define FIXTURE_MAX	(LEASE_FILE_MAX + 4096)

/*
 * The bytes of a lease that has all keys, without white space at its end, so
 * that each part of it that is shorter is broken.
 */
static const char complete[] =
    "{\"version\": 1, \"user\": \"alice\", \"uid\": 1001,"
    " \"granted_by\": \"odai\", \"reason\": \"INC-1234 \\\"disk\\\" swap\","
    " \"issued_at\": \"2026-03-21T10:00:00Z\","
    " \"expires_at\": \"2026-03-21T11:30:00Z\","
    " \"boot_id\": \"3b4d0c2e-7a51-4f0e-9c6d-2f8b1e5a9d04\","
    " \"expires_boottime\": 91234, \"services\": [\"sshd\", \"su\"],"
    " \"from\": [\"10.0.0.0/8\"], \"during\": \"Mo-Fr0800-1800,!2026-12-24\","
    " \"final\": true}";

static bool
is_zero(const struct lease *lease)
{
	const unsigned char *bytes = (const unsigned char *)lease;
	size_t i;

	for (i = 0; i < sizeof(*lease); i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

/*
 * Reads data from a block of just its size, over what a lease held before.
 * A refusal must come with an empty lease, a code and an offset.
 */
static int
parse(const char *data, size_t len, struct lease *lease, struct error *err)
{
	char *copy = malloc(len + (len == 0));
	int r;

	assert_non_null(copy);
	memcpy(copy, data, len);
	memset(lease, 0xa5, sizeof(*lease));
	error_clear(err);
	r = lease_parse(copy, len, lease, err);
	free(copy);
	if (r != 0 && (r != -1 || err->code != ERROR_BROKEN ||
	    strncmp(err->text, "offset ", 7) != 0 || !is_zero(lease)))
		fail_msg("refused, but not as it should be: %s", err->text);
	return r;
}

static bool
same_string(const cJSON *object, const char *key, const char *s)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	return item == NULL ? s[0] == '\0' :
	    cJSON_IsString(item) && strcmp(item->valuestring, s) == 0;
}

static bool
same_number(const cJSON *object, const char *key, int64_t number)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	return cJSON_IsNumber(item) &&
	    fabs(item->valuedouble - (double)number) < 0.5;
}

static bool
same_list(const cJSON *object, const char *key, const struct lease_list *list)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, key);
	const cJSON *item;
	size_t i = 0;

	cJSON_ArrayForEach(item, array) {
		if (i == list->n || !cJSON_IsString(item) ||
		    strcmp(item->valuestring, list->item[i]) != 0)
			return false;
		i++;
	}
	return i == list->n && (array == NULL || i > 0);
}

/* Does cJSON, the other opinion, find the same in what was accepted? */
static bool
same_in_cjson(const char *data, size_t len, const struct lease *lease)
{
	cJSON *object = cJSON_ParseWithLengthOpts(data, len, NULL, false);
	char issued_at[TIMESTAMP_LEN + 1], expires_at[TIMESTAMP_LEN + 1];
	bool same;

	timestamp_format(issued_at, lease->issued_at);
	timestamp_format(expires_at, lease->expires_at);
	same = cJSON_IsObject(object) && same_number(object, "version", 1) &&
	    same_string(object, "user", lease->user) &&
	    same_number(object, "uid", lease->uid) &&
	    same_string(object, "granted_by", lease->granted_by) &&
	    same_string(object, "reason", lease->reason) &&
	    same_string(object, "issued_at", issued_at) &&
	    same_string(object, "expires_at", expires_at) &&
	    same_string(object, "boot_id", lease->boot_id) &&
	    same_number(object, "expires_boottime", lease->expires_boottime) &&
	    same_list(object, "services", &lease->services) &&
	    same_list(object, "from", &lease->from) &&
	    same_string(object, "during", lease->during) &&
	    cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "final")) ==
	    lease->final;
	cJSON_Delete(object);
	return same;
}

/* Is all within limits that an accepted lease must keep? */
static bool
is_sound(const struct lease *lease)
{
	struct error err;
	size_t at;

	return name_valid(lease->user) &&
	    text_printable(lease->user, strlen(lease->user)) &&
	    lease->uid != (uid_t)-1 && lease->granted_by[0] != '\0' &&
	    text_printable(lease->granted_by, strlen(lease->granted_by)) &&
	    text_printable(lease->reason, strlen(lease->reason)) &&
	    (lease->during[0] == '\0' ||
	    window_check(lease->during, &at, &err) == 0) &&
	    lease->issued_at <= lease->expires_at &&
	    lease->expires_at - lease->issued_at <= LEASE_SECONDS_MAX &&
	    strlen(lease->boot_id) == LEASE_BOOT_ID_LEN;
}

static size_t
read_fixture(const char *path, char data[FIXTURE_MAX])
{
	FILE *f = fopen(path, "rbe");
	size_t len;

	if (f == NULL)
		fail_msg("can't open %s", path);
	len = fread(data, 1, FIXTURE_MAX, f);
	if (ferror(f) || len == FIXTURE_MAX)
		fail_msg("can't read %s", path);
	(void)fclose(f);
	return len;
}

/* Parses each lease of a directory, all of which are good or all bad. */
static void
walk(const char *directory, bool good)
{
	static char data[FIXTURE_MAX];
	const struct dirent *entry;
	struct lease lease;
	struct error err;
	char path[512];
	size_t len;
	size_t n = 0;
	DIR *dir = opendir(directory);
	int r;

	if (dir == NULL) {
		fail_msg("can't open %s", directory);
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", directory,
		    entry->d_name);
		len = read_fixture(path, data);
		r = parse(data, len, &lease, &err);
		if (good && r != 0)
			fail_msg("%s: refused: %s", path, err.text);
		if (good && (!is_sound(&lease) ||
		    !same_in_cjson(data, len, &lease)))
			fail_msg("%s: read wrong", path);
		if (!good && r == 0)
			fail_msg("%s: accepted", path);
		n++;
	}
	(void)closedir(dir);
	assert_true(n > 0);
}

static void
test_good(void **state)
{
	(void)state;
	walk(TESTDATA "/leases/good", true);
}

static void
test_bad(void **state)
{
	(void)state;
	walk(TESTDATA "/leases/bad", false);
}

static void
test_fields(void **state)
{
	struct lease lease;
	struct error err;

	(void)state;
	if (parse(complete, strlen(complete), &lease, &err) != 0)
		fail_msg("%s", err.text);
	assert_string_equal(lease.user, "alice");
	assert_int_equal(lease.uid, 1001);
	assert_string_equal(lease.granted_by, "odai");
	assert_string_equal(lease.reason, "INC-1234 \"disk\" swap");
	assert_int_equal(lease.issued_at, 1774087200);
	assert_int_equal(lease.expires_at, 1774092600);
	assert_string_equal(lease.boot_id,
	    "3b4d0c2e-7a51-4f0e-9c6d-2f8b1e5a9d04");
	assert_int_equal(lease.expires_boottime, 91234);
	assert_int_equal(lease.services.n, 2);
	assert_string_equal(lease.services.item[0], "sshd");
	assert_string_equal(lease.services.item[1], "su");
	assert_int_equal(lease.from.n, 1);
	assert_string_equal(lease.from.item[0], "10.0.0.0/8");
	assert_string_equal(lease.during, "Mo-Fr0800-1800,!2026-12-24");
	assert_true(lease.final);
}

/* J5: cut off at each byte. */
static void
test_cut_off(void **state)
{
	struct lease lease;
	struct error err;
	size_t len;

	(void)state;
	for (len = 0; len < strlen(complete); len++)
		if (parse(complete, len, &lease, &err) == 0)
			fail_msg("accepted: the first %zu bytes", len);
}

/* J6: each bit turned over; what is still a lease must be a sound one. */
static void
test_flipped_bits(void **state)
{
	char data[sizeof(complete)];
	struct lease lease;
	struct error err;
	size_t bit, len;
	size_t accepted = 0;

	(void)state;
	len = strlen(complete);
	for (bit = 0; bit < 8 * len; bit++) {
		memcpy(data, complete, sizeof(data));
		data[bit / 8] = (char)(data[bit / 8] ^ 1 << bit % 8);
		if (parse(data, len, &lease, &err) != 0)
			continue;
		accepted++;
		if (!is_sound(&lease) || !same_in_cjson(data, len, &lease))
			fail_msg("bit %zu: %s", bit, data);
	}
	assert_true(accepted > 0);
}

/* Each byte replaced by each other one, as above. */
static void
test_replaced_bytes(void **state)
{
	char data[sizeof(complete)];
	struct lease lease;
	struct error err;
	size_t at, len;
	unsigned int byte;

	(void)state;
	len = strlen(complete);
	for (at = 0; at < len; at++) {
		memcpy(data, complete, sizeof(data));
		for (byte = 0; byte <= UINT8_MAX; byte++) {
			data[at] = (char)(unsigned char)byte;
			if (parse(data, len, &lease, &err) == 0 &&
			    (!is_sound(&lease) ||
			    !same_in_cjson(data, len, &lease)))
				fail_msg("byte %zu: %s", at, data);
		}
	}
}

/* The error tells where and what, and shows nothing of the file. */
static void
test_errors(void **state)
{
	static const struct {
		const char *data;
		const char *text;
	} rows[] = {
		{ "", "offset 0: '{' is expected" },
		{ "{\"version\": 2}", "offset 13: version: this version is"
		    " not known" },
		{ "{\"\\u001b[31m\": 2}", "offset 3: this escape is not"
		    " allowed" },
		{ "{\"limit\": 2}", "offset 8: this key is not known" },
		{ "{\"during\": \"Mo-Fri\"}", "offset 19: during: time windows"
		    " such as Wk0900-1700 are expected" },
		{ "{\"uid\": 1, \"uid\": 2}", "offset 16: uid: this key comes"
		    " twice" },
		{ "{\"version\": 1}", "offset 14: user: this key is missing" },
		{ "{\"uid\": 1} x", "offset 11: something follows the lease" },
	};
	struct lease lease;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (parse(rows[i].data, strlen(rows[i].data), &lease, &err) ==
		    0 || strcmp(err.text, rows[i].text) != 0)
			fail_msg("%s: %s", rows[i].data, err.text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_flipped_bits),
		cmocka_unit_test(test_replaced_bytes),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <sys/mman.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lease.h"
#include "name.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define RANDOM_NAMES	200000

/* encoded is NULL where a name is valid but has no file. */
static const struct {
	const char *id;
	const char *name;
	bool valid;
	const char *encoded;
} names[] = {
	{ "plain", "alice", true, "alice" },
	{ "plain", "a.b-c_D9", true, "a.b-c_D9" },
	{ "plain", "alice.", true, "alice." },
	{ "N1", "../../etc/shadow", false, NULL },
	{ "N1", "..", false, NULL },
	{ "N1", ".", false, NULL },
	{ "N1", "/etc/passwd", false, NULL },
	{ "N1", "a/b", false, NULL },
	{ "N1", "a/", false, NULL },
	{ "N2", ".hidden", true, "%2Ehidden" },
	{ "N2", "..x", true, "%2E.x" },
	{ "N2", "...", true, "%2E.." },
	{ "N2", "-oProxyCommand=x", false, NULL },
	{ "N2", "--help", false, NULL },
	{ "N2", "-", false, NULL },
	{ "N2", "a-", true, "a-" },
	{ "N3", "", false, NULL },
	{ "N3", NULL, false, NULL },
	{ "N5", "\xc3\xbcn\xc3\xaf", true, "%C3%BCn%C3%AF" },
	{ "N5", "\xff\xfe", true, "%FF%FE" },
	{ "N5", "\xc0\xaf", true, "%C0%AF" },
	{ "N5", "\x9b" "31m", false, NULL },
	{ "N5", "\xc2\x9b" "31m", false, NULL },
	{ "N5", "a\x9f", false, NULL },
	{ "N5", "a\xc2\x9f", false, NULL },
	{ "N5", "a\xa0", true, "a%A0" },
	{ "N5", "\xc2\xa0", true, "%C2%A0" },
	{ "N5", "\xc3\x80", true, "%C3%80" },
	{ "N6", "DOM\\alice", true, "DOM%5Calice" },
	{ "N6", "alice@realm", true, "alice%40realm" },
	{ "N6", "alice$", true, "alice%24" },
	{ "N7", "alice ", true, "alice%20" },
	{ "N7", " alice", true, "%20alice" },
	{ "N7", "alice\n", false, NULL },
	{ "N7", "a\nb", false, NULL },
	{ "N7", "a\rb", false, NULL },
	{ "N7", "a\x1b[31mb", false, NULL },
	{ "N7", "a\x7f", false, NULL },
	{ "N8", "ALICE", true, "ALICE" },
	{ "N9", "1000", false, NULL },
	{ "N9", "0", false, NULL },
	{ "N9", "0x0", false, NULL },
	{ "N9", "0XfF", false, NULL },
	{ "N9", "4294967295", false, NULL },
	{ "N9", "0day", true, "0day" },
	{ "N9", "0xyz", true, "0xyz" },
	{ "N9", "1000a", true, "1000a" },
	{ "N9", "1e3", true, "1e3" },
	{ "N10", "%n%n%s", true, "%25n%25n%25s" },
	{ "N10", "%2e%2e", true, "%252e%252e" },
	{ "N10", "%2E%2E", true, "%252E%252E" },
};

static void
test_names(void **state)
{
	char dst[NAME_FILE_MAX], expected[NAME_FILE_MAX];
	const char *shown;
	size_t i;
	bool encoded;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		shown = names[i].name == NULL ? "NULL" : names[i].name;
		if (name_valid(names[i].name) != names[i].valid)
			fail_msg("%s: name_valid(%s)", names[i].id, shown);
		memset(dst, 'x', sizeof(dst));
		encoded = name_encode(dst, sizeof(dst), names[i].name,
		    ".lease");
		if (names[i].encoded == NULL)
			expected[0] = '\0';
		else
			(void)snprintf(expected, sizeof(expected), "%s.lease",
			    names[i].encoded);
		if (encoded != (names[i].encoded != NULL) ||
		    strcmp(dst, expected) != 0)
			fail_msg("%s: %s became '%s'", names[i].id, shown, dst);
	}
}

/* N4, and names that are valid but too long for a file. */
static void
test_long_names(void **state)
{
	static const struct {
		char byte;
		size_t n;
		bool valid;
		bool encoded;
	} rows[] = {
		{ 'A', 32, true, true },
		{ 'A', 128, true, true },
		{ 'A', 129, false, false },
		{ 'A', 256, false, false },
		{ 'A', 5000, false, false },
		{ 'A', 70000, false, false },
		{ '@', 66, true, true },
		{ '@', 67, true, false },
		{ '@', 128, true, false },
	};
	char dst[NAME_FILE_MAX];
	size_t i;
	char *name;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		name = malloc(rows[i].n + 1);
		assert_non_null(name);
		memset(name, rows[i].byte, rows[i].n);
		name[rows[i].n] = '\0';
		if (name_valid(name) != rows[i].valid ||
		    name_encode(dst, sizeof(dst), name, "") !=
		    rows[i].encoded || (dst[0] != '\0') != rows[i].encoded)
			fail_msg("%zu times %c", rows[i].n, rows[i].byte);
		free(name);
	}
}

/* N4: of a name of any length no more is looked at than it takes to refuse. */
static void
test_endless_name(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *name;
	char dst[NAME_FILE_MAX];

	(void)state;
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(mprotect(map + page, page, PROT_NONE), 0);
	memset(map, 'A', page);
	name = map + page - (LEASE_NAME_MAX + 1);
	assert_false(name_valid(name));
	assert_false(name_encode(dst, sizeof(dst), name, ""));
	assert_int_equal(munmap(map, 2 * page), 0);
}

static void
test_sizes(void **state)
{
	char dst[16];

	(void)state;
	memset(dst, '#', sizeof(dst));
	assert_true(name_encode(dst, 12, "alice", ".lease"));
	assert_string_equal(dst, "alice.lease");
	assert_false(name_encode(dst, 11, "alice", ".lease"));
	assert_string_equal(dst, "");
	assert_true(name_decode(dst, 6, "alice.lease", 5));
	assert_string_equal(dst, "alice");
	assert_false(name_decode(dst, 5, "alice", 5));
	assert_string_equal(dst, "");
	assert_int_equal(dst[13], '#');
}

/* name is NULL where name_encode() never writes such a file's name. */
static void
test_files(void **state)
{
	static const struct {
		const char *file;
		size_t len;
		const char *name;
	} rows[] = {
		{ "alice", 5, "alice" },
		{ "DOM%5Calice", 11, "DOM\\alice" },
		{ "%2Ehidden", 9, ".hidden" },
		{ "%252e", 5, "%2e" },
		{ "", 0, NULL },
		{ ".", 1, NULL },
		{ "..", 2, NULL },
		{ ".alice", 6, NULL },
		{ "%2E", 3, NULL },
		{ "%2E%2E", 6, NULL },
		{ "%2F", 3, NULL },
		{ "a/b", 3, NULL },
		{ "%5calice", 8, NULL },
		{ "%61lice", 7, NULL },
		{ "alice%", 6, NULL },
		{ "alice%4", 7, NULL },
		{ "alice%4G", 8, NULL },
		{ "alice%00", 8, NULL },
		{ "al\0ce", 5, NULL },
		{ "alice@realm", 11, NULL },
		{ "a%0Ab", 5, NULL },
		{ "-x", 2, NULL },
		{ "1000", 4, NULL },
	};
	char dst[NAME_FILE_MAX];
	size_t i;
	char *file;
	bool decoded;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		/* A block of just its size shows a read beyond it. */
		file = malloc(rows[i].len + (rows[i].len == 0));
		assert_non_null(file);
		memcpy(file, rows[i].file, rows[i].len);
		decoded = name_decode(dst, sizeof(dst), file, rows[i].len);
		free(file);
		if (decoded != (rows[i].name != NULL) ||
		    strcmp(dst, decoded ? rows[i].name : "") != 0)
			fail_msg("'%s' became '%s'", rows[i].file, dst);
	}
}

static void
test_long_file(void **state)
{
	static char file[70000];
	char dst[NAME_FILE_MAX];

	(void)state;
	memset(file, 'A', sizeof(file));
	assert_true(name_decode(dst, sizeof(dst), file, 128));
	assert_false(name_decode(dst, sizeof(dst), file, 129));
	assert_false(name_decode(dst, sizeof(dst), file, 201));
	assert_false(name_decode(dst, sizeof(dst), file, sizeof(file)));
	assert_string_equal(dst, "");
}

static uint64_t
next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Up to 140 bytes: any, or mostly those that mean something. */
static void
random_name(char name[141], uint64_t *seed)
{
	static const char special[] = "..-/%%25Ee0x19aZ_@\\ \xc3\xbc\xe2\x80";
	size_t i, n;
	unsigned int kind;

	kind = (unsigned int)(next_random(seed) % 3);
	n = next_random(seed) % (kind == 0 ? 141 : 24);
	for (i = 0; i < n; i++) {
		if (kind == 2)
			name[i] = special[next_random(seed) %
			    (sizeof(special) - 1)];
		else
			name[i] = (char)(unsigned char)(1 +
			    next_random(seed) % 255);
	}
	name[n] = '\0';
}

/* N14: what is encoded decodes to itself, and is no path and not hidden. */
static void
test_random_names(void **state)
{
	char name[141], file[NAME_FILE_MAX], again[NAME_FILE_MAX];
	uint64_t seed = 88172645463325252U;
	size_t encoded = 0;
	size_t i;

	(void)state;
	for (i = 0; i < RANDOM_NAMES; i++) {
		random_name(name, &seed);
		if (name_encode(file, sizeof(file), name, "")) {
			encoded++;
			if (!name_valid(name) || file[0] == '\0' ||
			    file[0] == '.' || strchr(file, '/') != NULL ||
			    strlen(file) > NAME_ENCODED_MAX ||
			    !name_decode(again, sizeof(again), file,
			    strlen(file)) || strcmp(again, name) != 0)
				fail_msg("name %zu: '%s' '%s'", i, name, file);
		}
		/* The other way round: a file's name has one name only. */
		if (name_decode(again, sizeof(again), name, strlen(name)) &&
		    (!name_encode(file, sizeof(file), again, "") ||
		    strcmp(file, name) != 0))
			fail_msg("file %zu: '%s' '%s'", i, name, again);
	}
	assert_true(encoded > RANDOM_NAMES / 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_endless_name),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_long_file),
		cmocka_unit_test(test_random_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sys/resource.h>

#include <string.h>

#include "child.h"

#define LIMIT	10000	/* ms */

static bool
says(const char *script, char *data, size_t size, int ms)
{
	const char *const argv[] = { "sh", "-c", script, NULL };

	return child_output("/bin/sh", argv, data, size, ms);
}

static void
output_is_all_of_it(void **state)
{
	char data[64];

	(void)state;
	assert_true(says("echo one; echo two >&2; echo three", data,
	    sizeof(data), LIMIT));
	assert_string_equal(data, "one\nthree\n");
	assert_true(says("exit 0", data, sizeof(data), LIMIT));
	assert_string_equal(data, "");
	assert_true(says("echo \"$PATH$HOME$USER\"", data, sizeof(data),
	    LIMIT));
	assert_string_equal(data, "/usr/sbin:/usr/bin:/sbin:/bin\n");
}

static void
what_fails_says_so(void **state)
{
	static const char *const argv[] = { "none", NULL };
	struct rlimit before, none;
	char data[8];
	bool got;

	(void)state;
	assert_false(says("echo one; exit 3", data, sizeof(data), LIMIT));
	assert_false(says("kill -9 $$", data, sizeof(data), LIMIT));
	assert_false(says("echo more than there is room for", data,
	    sizeof(data), LIMIT));
	assert_false(child_output("/none", argv, data, sizeof(data), LIMIT));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	got = says("exit 0", data, sizeof(data), LIMIT);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_false(got);
}

/* It is killed, and not waited for. */
static void
what_hangs_is_ended(void **state)
{
	char data[64];

	(void)state;
	assert_false(says("echo one; exec sleep 1000", data, sizeof(data),
	    50));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_is_all_of_it),
		cmocka_unit_test(what_fails_says_so),
		cmocka_unit_test(what_hangs_is_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

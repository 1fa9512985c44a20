#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sys/resource.h>
#include <sys/wait.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

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

/* However much it says while it hangs. */
static void
its_time_is_for_all_of_it(void **state)
{
	static char data[4096];

	(void)state;
	assert_false(says("i=0; while [ $i -lt 500 ]; do echo x; sleep 0.01; "
	    "i=$((i + 1)); done", data, sizeof(data), 1000));
	assert_int_equal(data[0], 'x');
}

static void
what_fits_exactly_is_taken(void **state)
{
	char data[5];

	(void)state;
	assert_true(says("echo one", data, sizeof(data), LIMIT));
	assert_string_equal(data, "one\n");
	assert_false(says("echo four", data, sizeof(data), LIMIT));
}

static void
nothing(int signal_number)
{
	(void)signal_number;
}

static void
signals_end_nothing(void **state)
{
	static const char *const argv[] = { "sh", "-c", "i=0; while "
	    "[ $i -lt 1000 ]; do kill -USR1 $PPID; i=$((i + 1)); done; "
	    "echo done", NULL };
	struct sigaction act = { .sa_handler = nothing }, before;
	char data[64];

	(void)state;
	assert_int_equal(sigaction(SIGUSR1, &act, &before), 0);
	assert_true(child_output("/bin/sh", argv, data, sizeof(data), LIMIT));
	assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
	assert_string_equal(data, "done\n");
}

/* Until both of its ends are closed; then it can be waited for. */
static void
what_was_begun_is_heard(void **state)
{
	static const char *const argv[] = { "sh", "-c", "echo one; echo two >&2; "
	    "exit 3", NULL };
	char data[64] = "";
	size_t len = 0;
	int fd, status;
	pid_t pid;
	ssize_t n;

	(void)state;
	pid = child_begin("/bin/sh", argv, &fd);
	assert_true(pid > 0);
	while ((n = read(fd, data + len, sizeof(data) - 1 - len)) > 0)
		len += (size_t)n;
	assert_int_equal(n, 0);
	assert_int_equal(close(fd), 0);
	assert_string_equal(data, "one\ntwo\n");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_is_all_of_it),
		cmocka_unit_test(what_fails_says_so),
		cmocka_unit_test(what_hangs_is_ended),
		cmocka_unit_test(its_time_is_for_all_of_it),
		cmocka_unit_test(what_fits_exactly_is_taken),
		cmocka_unit_test(signals_end_nothing),
		cmocka_unit_test(what_was_begun_is_heard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

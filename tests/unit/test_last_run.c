#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "last_run.h"
#include "paths.h"
#include "scratch.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define WITH_FILES(t)	cmocka_unit_test_setup(t, scratch_setup)
#define FILE_NAME	PATH_WATCHDOG "/" PATH_LAST_RUN

static void
read_back(int dirfd, struct last_run *run, enum error_code code)
{
	struct error err;

	memset(run, 0xff, sizeof(*run));
	assert_int_equal(last_run_read(dirfd, run, &err),
	    code == ERROR_NONE ? 0 : -1);
	assert_int_equal(err.code, code);
	if (code == ERROR_NONE)
		return;
	assert_int_equal(run->ended, 0);
	assert_int_equal(run->result, 0);
	assert_int_equal(run->failures, 0);
}

/* Each one in place of the one before. */
static void
test_there_and_back(void **state)
{
	static const struct last_run runs[] = {
		{ INT64_C(1774092600123456000), 0, 0 },
		{ INT64_C(1774092630000001000), 6, 3 },
		{ 0, 255, 1 },
	};
	struct last_run run;
	struct error err;
	struct stat st;
	size_t i;
	int dir = scratch_open();

	(void)state;
	read_back(dir, &run, ERROR_ABSENT);
	for (i = 0; i < COUNT(runs); i++) {
		assert_int_equal(last_run_write(dir, &runs[i], &err), 0);
		read_back(dir, &run, ERROR_NONE);
		assert_int_equal(run.ended, runs[i].ended);
		assert_int_equal(run.result, runs[i].result);
		assert_int_equal(run.failures, runs[i].failures);
	}
	assert_int_equal(fstatat(dir, PATH_WATCHDOG, &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	assert_int_equal(fstatat(dir, FILE_NAME, &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(scratch_count(SCRATCH "/" PATH_WATCHDOG), 1);
	assert_int_equal(close(dir), 0);
}

static const char *const broken[] = {
	"",
	"version=1\ntime_us=1\nresult=0\n",
	"version=1\ntime_us=1\nresult=0\nfailures=0",
	"version=1\ntime_us=1\nresult=0\nfailures=0\nmore=1\n",
	"version=2\ntime_us=1\nresult=0\nfailures=0\n",
	"version=1\nresult=0\ntime_us=1\nfailures=0\n",
	"version=1\ntime_us=-1\nresult=0\nfailures=0\n",
	"version=1\ntime_us=1\nresult=256\nfailures=0\n",
	"version=1\ntime_us=999999999999999999\nresult=0\nfailures=0\n",
	"version=1\ntime_us=1\nresult=good\nfailures=0\n",
};

static void
test_broken(void **state)
{
	struct last_run run;
	struct error err;
	size_t i;
	int dir = scratch_open();

	(void)state;
	assert_int_equal(last_run_write(dir, &(struct last_run){ 1000, 0, 0 },
	    &err), 0);
	for (i = 0; i < COUNT(broken); i++) {
		assert_int_equal(unlinkat(dir, FILE_NAME, 0), 0);
		scratch_file(dir, FILE_NAME, 0600, broken[i]);
		read_back(dir, &run, ERROR_BROKEN);
	}
	assert_int_equal(fchmodat(dir, FILE_NAME, 0644, 0), 0);
	read_back(dir, &run, ERROR_BROKEN);
	assert_int_equal(fchmodat(dir, PATH_WATCHDOG, 0755, 0), 0);
	read_back(dir, &run, ERROR_BROKEN);
	assert_int_equal(close(dir), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILES(test_there_and_back),
		WITH_FILES(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

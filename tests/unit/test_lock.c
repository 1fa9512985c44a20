#include <sys/wait.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "lock.h"
#include "scratch.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define WITH_FILES(t)	cmocka_unit_test_setup(t, scratch_setup)
#define ALICE		SCRATCH "/.alice.lock"
#define LONG		60000	/* ms; nothing here takes nearly as long */

/* Another process that holds a user's lock. */
struct holder {
	pid_t pid;
	int go;			/* closing it makes it let go */
};

static struct holder
hold(int dirfd, const char *name)
{
	struct holder h;
	struct error err;
	int ready[2], go[2];
	char c;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	h.pid = fork();
	assert_int_not_equal(h.pid, -1);
	if (h.pid == 0) {
		(void)close(go[1]);
		if (lock_user(dirfd, name, 0, &err) == -1 ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		(void)!read(go[0], &c, 1);
		_exit(0);
	}
	assert_int_equal(close(ready[1]), 0);
	assert_int_equal(close(go[0]), 0);
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(close(ready[0]), 0);
	h.go = go[1];
	return h;
}

static void
expect_free(int dirfd, const char *name, int wait)
{
	struct error err;
	int fd = lock_user(dirfd, name, wait, &err);

	if (fd == -1)
		fail_msg("%s: %s", name, err.text);
	assert_int_equal(err.code, ERROR_NONE);
	assert_int_equal(close(fd), 0);
}

static void
expect_busy(int dirfd, const char *name, int wait)
{
	struct error err;

	assert_int_equal(lock_user(dirfd, name, wait, &err), -1);
	if (err.code != ERROR_BUSY)
		fail_msg("%s: code %d: %s", name, (int)err.code, err.text);
}

static int64_t
milliseconds(void)
{
	struct timespec ts;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &ts), 0);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
test_taken(void **state)
{
	struct error err;
	struct stat st;
	int dir = scratch_open(), fd;

	(void)state;
	fd = lock_user(dir, "alice", 0, &err);
	assert_int_not_equal(fd, -1);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(stat(ALICE, &st), 0);
	/* Not even this process gets it twice. */
	expect_busy(dir, "alice", 0);
	assert_int_equal(close(fd), 0);
	expect_free(dir, "alice", 0);
	assert_int_equal(scratch_count(SCRATCH), 1);
	assert_int_equal(close(dir), 0);
}

static void
test_busy(void **state)
{
	struct holder h;
	int dir = scratch_open();
	int64_t began, took;

	(void)state;
	h = hold(dir, "alice");
	expect_busy(dir, "alice", 0);
	began = milliseconds();
	expect_busy(dir, "alice", 50);
	took = milliseconds() - began;
	if (took < 50 || took > LONG)
		fail_msg("busy after %lld ms", (long long)took);
	expect_free(dir, "bob", 0);
	expect_free(dir, "alice2", 0);
	assert_int_equal(close(h.go), 0);
	assert_int_equal(waitpid(h.pid, NULL, 0), h.pid);
	expect_free(dir, "alice", 0);
	assert_int_equal(close(dir), 0);
}

/* Who waits gets it when it is let go. */
static void
test_waits(void **state)
{
	struct holder h;
	int dir = scratch_open();

	(void)state;
	h = hold(dir, "alice");
	assert_int_equal(close(h.go), 0);
	expect_free(dir, "alice", LONG);
	assert_int_equal(waitpid(h.pid, NULL, 0), h.pid);
	assert_int_equal(close(dir), 0);
}

static void
test_killed(void **state)
{
	struct holder h;
	int dir = scratch_open();

	(void)state;
	h = hold(dir, "alice");
	expect_busy(dir, "alice", 0);
	assert_int_equal(kill(h.pid, SIGKILL), 0);
	assert_int_equal(waitpid(h.pid, NULL, 0), h.pid);
	expect_free(dir, "alice", 0);
	assert_int_equal(close(h.go), 0);
	assert_int_equal(close(dir), 0);
}

static const struct {
	const char *name;
	enum error_code code;
} names[] = {
	{ "alice", ERROR_NONE },
	{ "CORP\\bob", ERROR_NONE },
	{ "a b", ERROR_NONE },
	{ "", ERROR_INVALID },
	{ ".", ERROR_INVALID },
	{ "..", ERROR_INVALID },
	{ "../x", ERROR_INVALID },
	{ "a/b", ERROR_INVALID },
	{ "-x", ERROR_INVALID },
	{ "0", ERROR_INVALID },
	{ "a\nb", ERROR_INVALID },
};

static void
test_names(void **state)
{
	struct error err;
	int dir = scratch_open(), fd;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		fd = lock_user(dir, names[i].name, 0, &err);
		if ((fd != -1) != (names[i].code == ERROR_NONE) ||
		    err.code != names[i].code)
			fail_msg("'%s': %d, %s", names[i].name, fd, err.text);
		if (fd != -1)
			assert_int_equal(close(fd), 0);
	}
	assert_int_equal(scratch_count(SCRATCH), 3);
	assert_int_equal(close(dir), 0);
}

static int
plant_symlink(void)
{
	return symlink("target", ALICE);
}

static int
plant_hard_link(void)
{
	scratch_file(AT_FDCWD, SCRATCH "/other", 0600, "");
	return link(SCRATCH "/other", ALICE);
}

static int
plant_fifo(void)
{
	return mkfifo(ALICE, 0600);
}

static int
plant_dir(void)
{
	return mkdir(ALICE, 0700);
}

static int
plant_writable(void)
{
	scratch_file(AT_FDCWD, ALICE, 0666, "");
	return 0;
}

static int
plant_of_1000(void)
{
	scratch_file(AT_FDCWD, ALICE, 0600, "");
	return chown(ALICE, 1000, 0);
}

static const struct {
	const char *name;
	int (*plant)(void);
} planted[] = {
	{ "symlink", plant_symlink },
	{ "hard link", plant_hard_link },
	{ "FIFO", plant_fifo },
	{ "directory", plant_dir },
	{ "writable for all", plant_writable },
	{ "another's", plant_of_1000 },
};

/* No lock is taken there, nor is anything made at the end of a symlink. */
static void
test_planted(void **state)
{
	struct error err;
	int dir = scratch_open();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(planted); i++) {
		assert_int_equal(planted[i].plant(), 0);
		if (lock_user(dir, "alice", 0, &err) != -1 ||
		    (err.code != ERROR_BROKEN && err.code != ERROR_SYSTEM))
			fail_msg("%s: code %d: %s", planted[i].name,
			    (int)err.code, err.text);
		assert_int_equal(remove(ALICE), 0);
		(void)unlink(SCRATCH "/other");
		assert_int_equal(scratch_count(SCRATCH), 0);
	}
	assert_int_equal(close(dir), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILES(test_taken),
		WITH_FILES(test_busy),
		WITH_FILES(test_waits),
		WITH_FILES(test_killed),
		WITH_FILES(test_names),
		WITH_FILES(test_planted),
	};

	/* No lock is waited for so long. */
	(void)alarm(10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

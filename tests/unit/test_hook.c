#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "hook.h"
#include "scratch.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static int dirfd_hooks;
static char where[] = "D=/tmp/hooks-XXXXXX";

static void
put_hook(const char *name, mode_t mode, const char *text)
{
	int fd = openat(dirfd_hooks, name, O_WRONLY | O_CREAT | O_TRUNC, 0700);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

/* All that was said, "1 LINE" and "2 LINE". */
static char said[65536];
static size_t nlines;

static void
note(void *arg, const char *name, bool is_stderr, const char *line)
{
	size_t len = strlen(said);

	(void)arg;
	(void)name;
	nlines++;
	(void)snprintf(said + len, sizeof(said) - len, "%d %s\n",
	    is_stderr ? 2 : 1, line);
}

static int
run_hook(const char *name, int64_t limit, struct error *err)
{
	const char *const argv[] = { name, NULL };
	static const char *const env[] = { "PATH=/usr/bin:/bin", "A=b c", where,
	    NULL };
	const struct hook_run run = { .env = env, .limit = limit,
	    .hold = -1, .lines = HOOK_LINES_MAX, .line = note };
	int fd = hook_open(dirfd_hooks, name, err), r;

	said[0] = '\0';
	nlines = 0;
	if (fd == -1)
		return -1;
	r = hook_run(fd, argv, &run, err);
	assert_int_equal(close(fd), 0);
	return r;
}

static const struct {
	const char *name, *text;
	int status;
	const char *said;
} hooks[] = {
	{ "nothing", "#!/bin/sh\n", 0, "" },
	{ "status", "#!/bin/sh\nexit 3\n", 3, "" },
	{ "says", "#!/bin/sh\necho a\necho\necho 'b c'\n", 0, "1 a\n1 \n1 b c\n" },
	{ "half a line", "#!/bin/sh\nprintf ab\n", 0, "1 ab\n" },
	{ "complains", "#!/bin/sh\necho a >&2\nexit 1\n", 1, "2 a\n" },
	{ "environment", "#!/bin/sh\necho \"$A\"\necho \"${HOME-none}\"\n", 0,
	    "1 b c\n1 none\n" },
	{ "arguments", "#!/bin/sh\necho $#\n", 0, "1 0\n" },
	{ "input", "#!/bin/sh\nread -r x || echo none\n", 0, "1 none\n" },
	{ "place", "#!/bin/sh\npwd\numask\n", 0, "1 /\n1 0077\n" },
	{ "descriptors", "#!/bin/sh\nls /proc/$$/fd\n:\n", 0,
	    "1 0\n1 1\n1 10\n1 2\n1 3\n" },
	{ "zero", "#!/bin/sh\nprintf 'a\\0b\\n'\n", 0, "1 a?b\n" },
	{ "group", "#!/bin/sh\nread -r x < /proc/$$/stat\n"
	    "set -- $x\n[ $5 = $4 ]\n", 0, "" },
};

static void
test_hooks(void **state)
{
	struct error err;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < COUNT(hooks); i++) {
		put_hook(hooks[i].name, 0755, hooks[i].text);
		r = run_hook(hooks[i].name, 20000, &err);
		if (r != hooks[i].status || strcmp(said, hooks[i].said) != 0)
			fail_msg("%s: %d, '%s', %s", hooks[i].name, r, said,
			    err.text);
	}
}

static const struct {
	const char *name, *text;
	mode_t mode;
	int64_t limit;
	enum error_code code;
} bad[] = {
	{ "writable", "#!/bin/sh\n", 0777, 1000, ERROR_BROKEN },
	{ "of the group", "#!/bin/sh\n", 0775, 1000, ERROR_BROKEN },
	{ "put aside", "#!/bin/sh\n", 0644, 1000, ERROR_INVALID },
	{ "no program", "hello\n", 0755, 1000, ERROR_BROKEN },
	{ "killed", "#!/bin/sh\nkill -9 $$\n", 0755, 20000, ERROR_BROKEN },
	{ "hangs", "#!/bin/sh\ntrap '' TERM\nsleep 60 & sleep 60\n", 0755, 300,
	    ERROR_BROKEN },
	{ "talks", "#!/bin/sh\nexec yes\n", 0755, 300, ERROR_BROKEN },
};

static void
test_bad(void **state)
{
	struct error err;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		put_hook(bad[i].name, bad[i].mode, bad[i].text);
		r = run_hook(bad[i].name, bad[i].limit, &err);
		if (r != -1 || err.code != bad[i].code)
			fail_msg("%s: %d, %s", bad[i].name, r, err.text);
	}
	assert_int_equal(symlinkat("nothing", dirfd_hooks, "link"), 0);
	assert_int_equal(run_hook("link", 1000, &err), -1);
	assert_int_equal(err.code, ERROR_BROKEN);
	assert_int_equal(run_hook("missing", 1000, &err), -1);
	assert_int_equal(err.code, ERROR_ABSENT);
}

/* Without descriptors there is an error, and none is kept. */
static void
test_descriptors(void **state)
{
	const char *preload = getenv("LD_PRELOAD");
	int fds[64], n = 0, tries, r = -1;
	struct rlimit before, few;
	struct error err;

	(void)state;
	/* valgrind ends where it can't open the log of a child. */
	if (preload != NULL && strstr(preload, "vgpreload") != NULL)
		return;
	put_hook("nothing", 0755, "#!/bin/sh\n");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	while (n < 64 && (fds[n] = fcntl(dirfd_hooks,
	    F_DUPFD_CLOEXEC, 0)) != -1)
		n++;
	for (tries = 0; n > 0 && r == -1; tries++) {
		r = run_hook("nothing", INT64_MAX / 2, &err);
		if (r == -1) {
			assert_int_not_equal(err.code, ERROR_NONE);
			assert_int_equal(close(fds[--n]), 0);
		}
	}
	assert_int_equal(r, 0);
	assert_true(tries > 4);
	/* As many as it took before. */
	assert_int_equal(run_hook("nothing", 20000, &err), 0);
	while (n > 0)
		assert_int_equal(close(fds[--n]), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

/* Ten megabytes are read, and few are told. */
static void
test_long(void **state)
{
	struct error err;

	(void)state;
	put_hook("wide", 0755, "#!/bin/sh\nprintf '%0600d\\n' 0\n");
	assert_int_equal(run_hook("wide", 60000, &err), 0);
	assert_int_equal(strlen(said), HOOK_LINE_MAX + 3);
	put_hook("long", 0755, "#!/bin/sh\nyes | head -c 10485760\necho >&2\n");
	assert_int_equal(run_hook("long", 60000, &err), 0);
	assert_int_equal(nlines, HOOK_LINES_MAX + 1);
}

/* Is that process, which is nobody's child here, dead within 20 s? */
static bool
ends(pid_t pid)
{
	char path[64], line[256];
	FILE *f;
	int i;

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	for (i = 0; i < 2000; i++) {
		f = fopen(path, "re");
		if (f == NULL)
			return true;
		if (fgets(line, sizeof(line), f) == NULL)
			line[0] = '\0';
		(void)fclose(f);
		if (strstr(line, ") Z ") != NULL)
			return true;
		(void)poll(NULL, 0, 10);
	}
	return false;
}

/* Who stays behind is killed, and does not hold anybody up. */
static void
test_left(void **state)
{
	struct error err;
	pid_t pid;

	(void)state;
	put_hook("left", 0755, "#!/bin/sh\nsleep 1000 &\necho $!\n");
	assert_int_equal(run_hook("left", 60000, &err), 0);
	pid = (pid_t)atol(said + 2);
	assert_true(pid > 1);
	assert_true(ends(pid));
}

/* A process that wants no child's end, and one that waits for its own. */
static void
test_host(void **state)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old;
	struct error err;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(sigaction(SIGCHLD, &ignore, &old), 0);
	assert_int_equal(run_hook("status", 20000, &err), 3);
	assert_int_equal(sigaction(SIGCHLD, &old, NULL), 0);
	pid = fork();
	if (pid == 0)
		_exit(5);
	assert_int_equal(run_hook("status", 20000, &err), 3);
	assert_int_equal(waitpid(-1, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 5);
}

/* Who has called su(1) has the ids and limits of a user; a hook has not. */
static void
test_user(void **state)
{
	struct rlimit few;
	struct error err;
	int status;
	pid_t pid;

	(void)state;
	put_hook("root", 0755, "#!/bin/bash\nwhile read -r key value; do\n"
	    "\t[ $key != Uid: ] && [ $key != Gid: ] || echo $value\n"
	    "done </proc/$$/status\nulimit -c\n[ $(ulimit -t) = 1000 ] || echo free\n");
	pid = fork();
	if (pid == 0) {
		bool good = getrlimit(RLIMIT_CPU, &few) == 0;

		few.rlim_cur = 1000;
		good = good && setrlimit(RLIMIT_CPU, &few) == 0 &&
		    setresgid(1001, 1001, 0) == 0 && setresuid(1001, 0, 0) == 0;

		_exit(good && run_hook("root", 20000, &err) == 0 &&
		    strcmp(said, "1 0 0 0 0\n1 0 0 0 0\n1 0\n1 free\n") == 0 ?
		    0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Whoever stops this process for the hook's time changes nothing. */
static void
test_stopped(void **state)
{
	struct error err;
	char text[64];
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0) {
		(void)snprintf(text, sizeof(text),
		    "#!/bin/sh\nkill -STOP %ld\nexit 1\n", (long)getpid());
		put_hook("stops", 0755, text);
		_exit(run_hook("stops", 500, &err) == 1 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	/* It is the time that has to pass. */
	(void)poll(NULL, 0, 1000);
	assert_int_equal(kill(pid, SIGCONT), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Does somebody else have the lock? */
static bool
is_locked(void)
{
	int fd = openat(dirfd_hooks, "lock", O_RDWR | O_CLOEXEC);
	bool locked;

	assert_int_not_equal(fd, -1);
	locked = flock(fd, LOCK_EX | LOCK_NB) == -1;
	assert_int_equal(close(fd), 0);
	return locked;
}

/* When who called is killed the lock stays until the hook's time is over. */
static void
test_killed_caller(void **state)
{
	struct hook_run run = { .limit = 500, .hold = -1, .lines = HOOK_LINES_MAX, .line = note };
	static const char *const env[] = { where, NULL };
	static const char *const argv[] = { "waits", NULL };
	struct error err;
	int fd, i, status, ready[2];
	pid_t pid;

	(void)state;
	put_hook("lock", 0600, "");
	assert_int_equal(mkfifoat(dirfd_hooks, "ready", 0600), 0);
	ready[0] = openat(dirfd_hooks, "ready", O_RDWR | O_CLOEXEC);
	assert_int_not_equal(ready[0], -1);
	put_hook("waits", 0755, "#!/bin/sh\necho a >$D/ready\n"
	    "exec /bin/sleep 1000\n");
	pid = fork();
	if (pid == 0) {
		run.hold = openat(dirfd_hooks, "lock", O_RDWR | O_CLOEXEC);
		if (run.hold == -1 || flock(run.hold, LOCK_EX) == -1)
			_exit(1);
		run.env = env;
		fd = hook_open(dirfd_hooks, "waits", &err);
		_exit(hook_run(fd, argv, &run, &err) == -1 ? 0 : 1);
	}
	assert_int_equal(read(ready[0], said, 2), 2);
	assert_int_equal(close(ready[0]), 0);
	assert_true(is_locked());
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(is_locked());
	for (i = 0; i < 2000 && is_locked(); i++)
		(void)poll(NULL, 0, 10);
	assert_false(is_locked());
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_left),
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_killed_caller),
	};
	char *dir = where + 2, command[64];
	int r;

	if (mkdtemp(dir) == NULL)
		return EXIT_FAILURE;
	dirfd_hooks = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	(void)close(dirfd_hooks);
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) == 0 ? r : EXIT_FAILURE;
}

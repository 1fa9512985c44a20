#include <sys/wait.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proc.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define TEXT(s)		s, sizeof(s) - 1

/* Fields 3 to 21, and what comes behind the start time. */
#define FRONT	" S 1 7 7 0 -1 4194560 9 0 0 0 1 2 0 0 20 0 1 0 "
#define BACK	" 12345 67 18446744073709551615 0\n"

static const struct {
	const char *stat;
	size_t len;
	bool good;
	uint64_t start;
} stats[] = {
	{ TEXT("7 (sshd)" FRONT "4242" BACK), true, 4242 },
	{ TEXT("7 ()" FRONT "4242" BACK), true, 4242 },
	{ TEXT("7 (a b)" FRONT "4242" BACK), true, 4242 },
	{ TEXT("7 () S 1)" FRONT "4242" BACK), true, 4242 },
	{ TEXT("7 (x) (y)" FRONT "4242" BACK), true, 4242 },
	{ TEXT("7 (((()" FRONT "4242" BACK), true, 4242 },
	{ TEXT("7 ())))" FRONT "4242" BACK), true, 4242 },
	{ TEXT("7 (a\nb)" FRONT "4242" BACK), true, 4242 },
	{ TEXT("7 (\n\n) R 0 0)" FRONT "4242" BACK), true, 4242 },
	{ TEXT("7 (\xff\x1b)" FRONT "4242" BACK), true, 4242 },
	{ TEXT("7 (x) S 1 7 7 0 -1 0 9 0 0 0 1 2 0 0 20 0 1 0 1)" FRONT
	    "4242" BACK), true, 4242 },
	{ TEXT("7 (x)" FRONT "0" BACK), true, 0 },
	{ TEXT("7 (x)" FRONT "18446744073709551615" BACK), true, UINT64_MAX },
	{ TEXT("7 (x)" FRONT "18446744073709551616" BACK), false, 0 },
	{ TEXT("7 (x)" FRONT "99999999999999999999999" BACK), false, 0 },
	{ TEXT("7 (x)" FRONT "-1" BACK), false, 0 },
	{ TEXT("7 (x)" FRONT "x" BACK), false, 0 },
	{ TEXT("7 (x)" FRONT), false, 0 },
	{ TEXT("7 (x) S 1 7 7 0 -1 4194560 9 0 0 0 1 2 0 0 20 0 1 0"), false,
	    0 },
	{ TEXT("7 (x) S 1 7"), false, 0 },
	{ TEXT("7 (x)"), false, 0 },
	{ TEXT("7 (x" FRONT "4242" BACK), false, 0 },
	{ TEXT("7 x" FRONT "4242" BACK), false, 0 },
	{ TEXT(")"), false, 0 },
	{ TEXT(""), false, 0 },
};

/* A copy that ends where the memory does. */
static char *
copy_of(const char *data, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	memcpy(copy, data, len);
	return copy;
}

static void
test_stat(void **state)
{
	uint64_t start;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(stats); i++) {
		char *copy = copy_of(stats[i].stat, stats[i].len);
		bool good = proc_parse_start(copy, stats[i].len, &start);

		free(copy);
		if (good != stats[i].good || start != stats[i].start)
			fail_msg("'%s': %d, %llu", stats[i].stat, good,
			    (unsigned long long)start);
	}
}

#define NAME	"Name:\tsshd\nUmask:\t0022\n"
#define STATE	"State:\tS (sleeping)\n"
#define PIDS	"Tgid:\t7\nPid:\t7\n"
#define PPID	"PPid:\t3\nTracerPid:\t9\n"
#define UIDS	"Uid:\t1\t2\t3\t4\n"
#define GIDS	"Gid:\t5\t6\t7\t8\n"

static const struct {
	const char *status;
	bool good, zombie;
	pid_t parent;
	uid_t real, effective, saved;
} statuses[] = {
	{ NAME STATE PIDS PPID UIDS GIDS, true, false, 3, 1, 2, 3 },
	{ NAME STATE PPID UIDS, true, false, 3, 1, 2, 3 },
	{ NAME "State:\tZ (zombie)\n" PPID UIDS, true, true, 3, 1, 2, 3 },
	{ NAME "State:\tX (dead)\n" PPID UIDS, true, true, 3, 1, 2, 3 },
	{ NAME "State:\tZ (zombie)\n" PPID UIDS "Threads:\t1\n", true, true, 3,
	    1, 2, 3 },
	{ NAME "State:\tZ (zombie)\n" PPID UIDS "Threads:\t2\n", true, false, 3,
	    1, 2, 3 },
	{ NAME "State:\tZ (zombie)\n" PPID UIDS "Threads:", true, true, 3, 1, 2,
	    3 },
	{ NAME "State:\tZ (zombie)\n" PPID UIDS "Threads:\tx\n", true, true, 3,
	    1, 2, 3 },
	{ NAME "State:\tT (stopped)\n" PPID UIDS, true, false, 3, 1, 2, 3 },
	{ "Name:\tState:\tZ\n" STATE PPID UIDS, true, false, 3, 1, 2, 3 },
	{ "Name:\tZ\\nState:\tZ\\nUid:\t0\n" STATE PPID UIDS, true, false, 3,
	    1, 2, 3 },
	{ NAME STATE "PPid:\t0\n" UIDS, true, false, 0, 1, 2, 3 },
	{ NAME STATE "PPid:\t2147483647\n" UIDS, true, false, 2147483647, 1,
	    2, 3 },
	{ NAME STATE PPID "Uid:\t4294967295\t0\t4294967295\t0\n", true, false,
	    3, UINT32_MAX, 0, UINT32_MAX },
	{ NAME STATE PPID "Uid: 1 2 3 4\n", true, false, 3, 1, 2, 3 },
	{ NAME PPID UIDS, false, false, 0, 0, 0, 0 },
	{ NAME STATE UIDS, false, false, 0, 0, 0, 0 },
	{ NAME STATE PPID, false, false, 0, 0, 0, 0 },
	{ NAME "State:\tZ (zombie)\n" PPID, false, false, 0, 0, 0, 0 },
	{ NAME STATE "PPid:\t2147483648\n" UIDS, false, false, 0, 0, 0, 0 },
	{ NAME STATE "PPid:\t-1\n" UIDS, false, false, 0, 0, 0, 0 },
	{ NAME STATE "PPid:\t\n" UIDS, false, false, 0, 0, 0, 0 },
	{ NAME STATE PPID "Uid:\t4294967296\t2\t3\t4\n", false, false, 0, 0,
	    0, 0 },
	{ NAME STATE PPID "Uid:\t1\t2\n", false, false, 0, 0, 0, 0 },
	{ NAME STATE PPID "Uid:\t1\t2\t3", false, false, 0, 0, 0, 0 },
	{ NAME STATE PPID "Uid:\t1\t\t3\t4\n", false, false, 0, 0, 0, 0 },
	{ NAME STATE PPID "Uid:\t-1\t2\t3\t4\n", false, false, 0, 0, 0, 0 },
	{ NAME STATE PPID "Uid:", false, false, 0, 0, 0, 0 },
	{ NAME STATE PPID "xUid:\t1\t2\t3\t4\n", false, false, 0, 0, 0, 0 },
	{ "State:", false, false, 0, 0, 0, 0 },
	{ "\n", false, false, 0, 0, 0, 0 },
	{ "", false, false, 0, 0, 0, 0 },
};

/* What is not good counts as nothing, and its fields are zero. */
static void
test_status(void **state)
{
	struct proc_status ps;
	size_t i, len;

	(void)state;
	for (i = 0; i < COUNT(statuses); i++) {
		char *copy;
		bool good;

		len = strlen(statuses[i].status);
		copy = copy_of(statuses[i].status, len);
		good = proc_parse_status(copy, len, &ps);
		free(copy);
		if (good != statuses[i].good ||
		    ps.zombie != statuses[i].zombie ||
		    ps.parent != statuses[i].parent ||
		    ps.real != statuses[i].real ||
		    ps.effective != statuses[i].effective ||
		    ps.saved != statuses[i].saved)
			fail_msg("good %d, zombie %d, parent %d, uids %u %u "
			    "%u:\n%s", good, ps.zombie, (int)ps.parent,
			    (unsigned int)ps.real, (unsigned int)ps.effective,
			    (unsigned int)ps.saved, statuses[i].status);
	}
}

#define X16	"xxxxxxxxxxxxxxxx"
#define X63	X16 X16 X16 "xxxxxxxxxxxxxxx"
#define SLICE	"/user.slice/user-1001.slice/"

/* Which session of uid 1001 it is; empty: in none. */
static const struct {
	const char *cgroup;
	const char *id;
} cgroups[] = {
	{ "0::" SLICE "session-3.scope\n", "3" },
	{ "0::" SLICE "session-c12.scope\n", "c12" },
	{ "0::" SLICE "session-3.scope", "3" },
	{ "0::" SLICE "session-3.scope/below\n", "3" },
	{ "1:name=systemd:" SLICE "session-3.scope\n", "3" },
	{ "12:pids:" SLICE "session-3.scope\n11:cpuset:/\n"
	    "1:name=systemd:" SLICE "session-3.scope\n", "3" },
	{ "11:cpuset:/\n1:name=systemd:" SLICE "session-3.scope\n"
	    "0::" SLICE "session-3.scope\n", "3" },
	{ "1:name=systemd:/\n0::" SLICE "session-3.scope\n", "3" },
	{ "0::" SLICE "session-" X63 ".scope\n", X63 },
	{ "0::" SLICE "session-" X63 "x.scope\n", "" },
	{ "0::/user.slice/user-1002.slice/session-3.scope\n", "" },
	{ "0::/user.slice/x:" SLICE "session-3.scope\n", "" },
	{ "0::/machine.slice/box.scope" SLICE "session-3.scope\n", "" },
	{ "0::/user.slice/user-100.slice/session-3.scope\n", "" },
	{ "0::/user.slice/user-10010.slice/session-3.scope\n", "" },
	{ "0::/user.slice/user-0.slice/session-3.scope\n", "" },
	{ "0::" SLICE "user@1001.service/app.slice/x.scope\n", "" },
	{ "0::" SLICE "user@1001.service/session-3.scope\n", "" },
	{ "0::/user.slice/session-3.scope\n", "" },
	{ "0::/system.slice/session-3.scope\n", "" },
	{ "0::/system.slice/cron.service\n", "" },
	{ "0::" SLICE "session-3.service\n", "" },
	{ "0::" SLICE "session-3\n", "" },
	{ "0::" SLICE "session-3.scop", "" },
	{ "0::" SLICE "session-.scope\n", "" },
	{ "0::" SLICE "session-", "" },
	{ "0::" SLICE "session-3 4.scope\n", "" },
	{ "0::" SLICE "session-3;reboot.scope\n", "" },
	{ "0::" SLICE "session--1.scope\n", "" },
	{ "0::" SLICE "session-../3.scope\n", "" },
	{ "0::" SLICE "\n", "" },
	{ "0::/\n", "" },
	{ "", "" },
};

static void
test_cgroup(void **state)
{
	char id[PROC_SESSION_MAX];
	size_t i, len;

	(void)state;
	for (i = 0; i < COUNT(cgroups); i++) {
		char *copy;
		bool found;

		len = strlen(cgroups[i].cgroup);
		copy = copy_of(cgroups[i].cgroup, len);
		memset(id, '#', sizeof(id));
		found = proc_parse_session(copy, len, 1001, id);
		free(copy);
		if (found != (cgroups[i].id[0] != '\0') ||
		    strcmp(id, cgroups[i].id) != 0)
			fail_msg("'%s': '%s'", cgroups[i].cgroup, id);
	}
	assert_true(proc_parse_session(TEXT("0::/user.slice/"
	    "user-4294967294.slice/session-3.scope\n"), 4294967294U, id));
}

/* Is it below the service manager of uid 1001? */
static const struct {
	const char *cgroup;
	bool managed;
} managers[] = {
	{ "0::" SLICE "user@1001.service/app.slice/x.scope\n", true },
	{ "0::" SLICE "user@1001.service/init.scope\n", true },
	{ "0::" SLICE "user@1001.service\n", true },
	{ "0::" SLICE "user@1001.service", true },
	{ "11:cpuset:/\n1:name=systemd:" SLICE "user@1001.service/x\n", true },
	{ "11:cpuset:/\n0::" SLICE "user@1001.service/x\n", true },
	{ "0::" SLICE "session-3.scope\n", false },
	{ "0::" SLICE "session-3.scope" SLICE "user@1001.service/x\n", false },
	{ "0::" SLICE "session-3.scope/:" SLICE "user@1001.service\n", false },
	{ "0::/machine.slice/box.scope" SLICE "user@1001.service/x\n", false },
	{ "0::/user.slice/user-1002.slice/user@1002.service/x\n", false },
	{ "0::/user.slice/user-1002.slice/user@1001.service/x\n", false },
	{ "0::" SLICE "user@1002.service/x\n", false },
	{ "0::" SLICE "user@100.service/x\n", false },
	{ "0::" SLICE "user@1001.services\n", false },
	{ "0::" SLICE "user@1001.service:x\n", false },
	{ "0::" SLICE "user@1001.servic", false },
	{ "0::" SLICE "user@1001.scope\n", false },
	{ "0::" SLICE "\n", false },
	{ "0::/system.slice/user@1001.service\n", false },
	{ "0::/system.slice/cron.service\n", false },
	{ "0::/\n", false },
	{ "", false },
};

static void
test_managed(void **state)
{
	size_t i, len;

	(void)state;
	for (i = 0; i < COUNT(managers); i++) {
		char *copy;
		bool managed;

		len = strlen(managers[i].cgroup);
		copy = copy_of(managers[i].cgroup, len);
		managed = proc_parse_managed(copy, len, 1001);
		free(copy);
		if (managed != managers[i].managed)
			fail_msg("'%s': %d", managers[i].cgroup, managed);
	}
}

#define BEHIND		" -1 4194560 9 0 0 0 1 2 0 0 20 0 1 0 4242 1 2\n"

static const struct {
	const char *stat;
	bool good;
	const char *tty, *command;
} commands[] = {
	{ "7 (sshd) S 1 7 7 0" BEHIND, true, "", "sshd" },
	{ "7 (bash) S 1 7 7 34816" BEHIND, true, "pts/0", "bash" },
	{ "7 (bash) S 1 7 7 34819" BEHIND, true, "pts/3", "bash" },
	{ "7 (bash) S 1 7 7 35071" BEHIND, true, "pts/255", "bash" },
	{ "7 (bash) S 1 7 7 1083392" BEHIND, true, "pts/256", "bash" },
	{ "7 (bash) S 1 7 7 35072" BEHIND, true, "pts/256", "bash" },
	{ "7 (bash) S 1 7 7 36863" BEHIND, true, "pts/2047", "bash" },
	{ "7 (bash) S 1 7 7 4293953791" BEHIND, true, "pts/1048575", "bash" },
	{ "7 (bash) S 1 7 7 34560" BEHIND, true, "", "bash" },
	{ "7 (bash) S 1 7 7 36864" BEHIND, true, "", "bash" },
	{ "7 (login) S 1 7 7 1025" BEHIND, true, "tty1", "login" },
	{ "7 (login) S 1 7 7 1087" BEHIND, true, "tty63", "login" },
	{ "7 (login) S 1 7 7 1088" BEHIND, true, "ttyS0", "login" },
	{ "7 (login) S 1 7 7 1279" BEHIND, true, "ttyS191", "login" },
	{ "7 (login) S 1 7 7 1281" BEHIND, true, "", "login" },
	{ "7 (x) S 1 7 7 4294967295" BEHIND, true, "", "x" },
	{ "7 (x) S 1 7 7 4294967296" BEHIND, false, "", "" },
	{ "7 (x) S 1 7 7 -1" BEHIND, false, "", "" },
	{ "7 (x) S 1 7 7 34816", true, "pts/0", "x" },
	{ "7 (x) S 1 7 7 ", false, "", "" },
	{ "7 (x) S 1 7 7", false, "", "" },
	{ "7 () S 1 7 7 34816" BEHIND, true, "pts/0", "" },
	{ "7 (a) S 1 7 7 1025 (b) S 1 7 7 34816" BEHIND, true, "pts/0",
	    "a) S 1 7 7 1025 (b" },
	{ "7 ((((x)))) S 1 7 7 0" BEHIND, true, "", "(((x)))" },
	{ "7 (a\nb\x1b) S 1 7 7 0" BEHIND, true, "", "a\nb\x1b" },
	{ "7 (" X63 ") S 1 7 7 0" BEHIND, true, "", X63 },
	{ "7 (" X63 "x) S 1 7 7 0" BEHIND, true, "", X63 },
	{ "7 x) S 1 7 7 34816 (", false, "", "" },
	{ ") S 1 7 7 34816", false, "", "" },
	{ "7 (x S 1 7 7 0" BEHIND, false, "", "" },
	{ "", false, "", "" },
};

static void
test_command(void **state)
{
	char tty[PROC_TTY_MAX], command[PROC_COMMAND_MAX];
	size_t i, len;

	(void)state;
	for (i = 0; i < COUNT(commands); i++) {
		char *copy;
		bool good;

		len = strlen(commands[i].stat);
		copy = copy_of(commands[i].stat, len);
		memset(tty, '#', sizeof(tty));
		memset(command, '#', sizeof(command));
		good = proc_parse_command(copy, len, tty, command);
		free(copy);
		if (good != commands[i].good ||
		    strcmp(tty, commands[i].tty) != 0 ||
		    strcmp(command, commands[i].command) != 0)
			fail_msg("'%s': %d, '%s', '%s'", commands[i].stat,
			    good, tty, command);
	}
}

static void
test_self(void **state)
{
	struct proc_status ps;
	uint64_t start;

	(void)state;
	assert_true(proc_start(getpid(), &start));
	assert_true(start > 0);
	assert_true(proc_alive(getpid(), start));
	assert_false(proc_alive(getpid(), start + 1));
	assert_false(proc_alive(getpid(), 0));
	assert_true(proc_status(getpid(), &ps));
	assert_int_equal(ps.parent, getppid());
	assert_int_equal(ps.real, getuid());
	assert_int_equal(ps.effective, geteuid());
	assert_false(ps.zombie);
}

/* A process that has ended is none, with or without a parent that waits. */
static void
test_ended(void **state)
{
	struct proc_status ps;
	uint64_t start;
	siginfo_t info;
	pid_t pid;

	(void)state;
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT),
	    0);
	assert_true(proc_start(pid, &start));
	assert_true(proc_status(pid, &ps));
	assert_true(ps.zombie);
	assert_int_equal(ps.parent, getpid());
	assert_false(proc_alive(pid, start));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(proc_start(pid, &start));
	assert_int_equal(start, 0);
	assert_false(proc_status(pid, &ps));
	assert_false(proc_alive(pid, 0));
}

static void
test_no_such_process(void **state)
{
	static const pid_t pids[] = { -1, INT32_MAX, INT32_MIN };
	char tty[PROC_TTY_MAX], command[PROC_COMMAND_MAX];
	char id[PROC_SESSION_MAX];
	struct proc_status ps;
	uint64_t start;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(pids); i++)
		if (proc_start(pids[i], &start) ||
		    proc_status(pids[i], &ps) || proc_alive(pids[i], 0) ||
		    proc_session(pids[i], 0, id) || id[0] != '\0' ||
		    proc_managed(pids[i], 0) ||
		    proc_command(pids[i], tty, command) ||
		    tty[0] != '\0' || command[0] != '\0')
			fail_msg("pid %d", (int)pids[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stat),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_cgroup),
		cmocka_unit_test(test_managed),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_self),
		cmocka_unit_test(test_ended),
		cmocka_unit_test(test_no_such_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "hook_child.h"

#define MEBIBYTE	((rlim_t)1048576)
#define NO_LIMIT	{ RLIM_INFINITY, RLIM_INFINITY }
#define PROGRAM		3	/* the descriptor of what is run, behind 0 to 2 */
#define ABOVE		10	/* where descriptors are out of their way */
#define SLACK		1000	/* ms that who called has to end it in time */
#define SIGNALS		64	/* _NSIG of the kernel */

/* From here on in the child, where the process may have had other threads. */
static int
above(int fd)
{
	return fcntl(fd, F_DUPFD, ABOVE);
}

/* Where root may not raise it, in a container, as high as it may be. */
static void
set_limit(size_t i, struct rlimit limit)
{
	struct rlimit old;

	if (syscall(SYS_prlimit64, 0, i, &limit, NULL) == 0 ||
	    syscall(SYS_prlimit64, 0, i, NULL, &old) == -1)
		return;
	limit.rlim_max = old.rlim_max;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	(void)syscall(SYS_prlimit64, 0, i, &limit, NULL);
}

/*
 * What whoever called has the hook has not: neither a user's limits, who has
 * started su(1), nor half of a user's ids.
 */
static bool
become_root(void)
{
	static const struct rlimit limits[] = {
		[RLIMIT_CPU] = NO_LIMIT,
		[RLIMIT_FSIZE] = NO_LIMIT,
		[RLIMIT_DATA] = NO_LIMIT,
		[RLIMIT_STACK] = { 8 * MEBIBYTE, RLIM_INFINITY },
		[RLIMIT_CORE] = { 0, 0 },
		[RLIMIT_NOFILE] = { 1024, 4096 },
		[RLIMIT_AS] = NO_LIMIT,
	};
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (limits[i].rlim_max != 0 || i == RLIMIT_CORE)
			set_limit(i, limits[i]);
	return syscall(SYS_setgroups, 0, NULL) == 0 &&
	    syscall(SYS_setresgid, 0, 0, 0) == 0 &&
	    syscall(SYS_setresuid, 0, 0, 0) == 0;
}

/*
 * A script is opened once more by its interpreter, so the program's own
 * descriptor stays.
 */
static void
become(int fd, const int out[2], const char *const *argv,
    const char *const *env)
{
	int null = open("/dev/null", O_RDONLY);
	int fds[PROGRAM + 1] = { above(null), above(out[0]), above(out[1]),
	    above(fd) }, i;

	for (i = 0; i <= PROGRAM; i++)
		if (fds[i] == -1 || dup2(fds[i], i) == -1)
			return;
	if (syscall(SYS_close_range, PROGRAM + 1U, ~0U, 0U) == -1)
		return;
	(void)syscall(SYS_umask, 077);
	(void)syscall(SYS_chdir, "/");
	(void)syscall(SYS_execveat, PROGRAM, "", argv, env, AT_EMPTY_PATH);
}

static pid_t
clone_process(unsigned long flags, int *pidfd)
{
	return (pid_t)syscall(SYS_clone, flags, NULL, pidfd, NULL, NULL);
}

static void
leave(int status)
{
	(void)syscall(SYS_exit_group, status);
}

/*
 * Waits for the hook, and ends as it did.  When whoever called is killed this
 * still holds what was to be held, and keeps the limit.
 */
static void
wait_as(pid_t pid, int pidfd, const struct hook_run *run)
{
	int held = run->hold == -1 ? -1 : above(run->hold);
	int ended = above(pidfd);
	int64_t limit = run->limit + SLACK;
	struct pollfd end = { .fd = 0, .events = POLLIN };
	siginfo_t info = { .si_pid = 0 };
	long r;

	(void)dup2(ended, end.fd);
	if (held != -1)
		(void)dup2(held, end.fd + 1);
	(void)syscall(SYS_close_range, held == -1 ? 1U : 2U, ~0U, 0U);
	do
		r = poll(&end, 1, limit < INT_MAX ? (int)limit : INT_MAX);
	while (r == -1 && errno == EINTR);
	if (r != 1)
		(void)kill(0, SIGKILL);
	do
		r = syscall(SYS_waitid, P_PID, pid, &info, WEXITED, NULL);
	while (r == -1 && errno == EINTR);
	if (r == 0 && info.si_code == CLD_EXITED)
		leave(info.si_status);
	(void)syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
}

/* All as after a start, also what this process ignores: SIGPIPE, SIGCHLD. */
static void
reset_signals(void)
{
	static const uint64_t none, as_usual[8];
	int sig;

	for (sig = 1; sig <= SIGNALS; sig++)
		(void)syscall(SYS_rt_sigaction, sig, as_usual, NULL,
		    sizeof(none));
	(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL,
	    sizeof(none));
}

/* A session of its own has no terminal that a user could read. */
static void
run_in_child(int fd, const int out[2], const char *const *argv,
    const struct hook_run *run)
{
	int pidfd = -1;
	pid_t hook;

	(void)setsid();
	reset_signals();
	if (!become_root())
		return;
	hook = clone_process(CLONE_PIDFD | SIGCHLD, &pidfd);
	if (hook == 0)
		become(fd, out, argv, run->env);
	else if (hook != -1)
		wait_as(hook, pidfd, run);
}

/*
 * A child without a signal at its end, of which nobody else in this process
 * hears.  A program has one again, by execve(2), so it is the child's child.
 * No handler of the process's is to run in either.
 */
pid_t
hook_child(int fd, const int out[2], const char *const *argv,
    const struct hook_run *run, int *pidfd)
{
	const uint64_t all = ~UINT64_C(0);
	uint64_t before;
	pid_t pid;

	(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before,
	    sizeof(all));
	pid = clone_process(CLONE_PIDFD, pidfd);
	if (pid == 0) {
		run_in_child(fd, out, argv, run);
		leave(HOOK_NOT_STARTED);
	}
	(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL,
	    sizeof(all));
	return pid;
}

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * Runs a command as far as its N-th system call from the first one called MARK
 * on, runs another command to its end, and lets the first one go on.  Says how
 * both ended, and leaves with 1 when the first one had no N-th.  Where it forks
 * the calls of the child are counted from there on, up to its own MARK.
 */

#define PATIENCE	3000	/* ms for the first one to end */

static const struct {
	const char *name;
	long nr;
} marks[] = {
	{ "times", SYS_times },
	{ "flock", SYS_flock },
	{ "sendto", SYS_sendto },
	{ "renameat", SYS_renameat },
};

static long
mark_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strcmp(marks[i].name, name) == 0)
			return marks[i].nr;
	return -1;
}

static void
stop(const char *what)
{
	perror(what);
	exit(99);
}

static pid_t
start(char *argv[], bool traced)
{
	pid_t pid = fork();

	if (pid == -1)
		stop("fork");
	if (pid != 0)
		return pid;
	if (traced && ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1)
		_exit(99);
	(void)execv(argv[0], argv);
	_exit(99);
}

static void
say(const char *who, int status)
{
	if (WIFEXITED(status))
		(void)printf("%s: exit %d\n", who, WEXITSTATUS(status));
	else
		(void)printf("%s: signal %d\n", who, WTERMSIG(status));
}

/* From the parent, which goes on by itself, to the child. */
static void
follow(pid_t *pid)
{
	unsigned long child;

	if (ptrace(PTRACE_GETEVENTMSG, *pid, NULL, &child) == -1 ||
	    ptrace(PTRACE_DETACH, *pid, NULL, NULL) == -1 ||
	    waitpid((pid_t)child, NULL, __WALL) != (pid_t)child)
		stop("ptrace");
	*pid = (pid_t)child;
}

/* The number of the system call that begins, or -1. */
static long
call_begun(pid_t pid)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) == -1)
		stop("ptrace");
	return info.op == PTRACE_SYSCALL_INFO_ENTRY ? (long)info.entry.nr : -1;
}

/* Stops it before the N-th call; false when it has ended, with its status. */
static bool
run_to(pid_t *pid, long mark, long n, int *status)
{
	bool marked = false, child = false;
	long sig = 0, nr;

	if (waitpid(*pid, status, 0) != *pid || !WIFSTOPPED(*status) ||
	    ptrace(PTRACE_SETOPTIONS, *pid, NULL, PTRACE_O_TRACESYSGOOD |
	    PTRACE_O_TRACEFORK) == -1)
		stop("ptrace");
	for (;;) {
		if (ptrace(PTRACE_SYSCALL, *pid, NULL, sig) == -1 ||
		    waitpid(*pid, status, __WALL) != *pid)
			stop("ptrace");
		if (!WIFSTOPPED(*status))
			return false;
		sig = 0;
		if (*status >> 16 == PTRACE_EVENT_FORK) {
			follow(pid);
			child = true;
		} else if (WSTOPSIG(*status) != (SIGTRAP | 0x80)) {
			sig = WSTOPSIG(*status);
		} else if ((nr = call_begun(*pid)) != -1) {
			if (child && nr == mark)
				return n == 0;
			marked = marked || nr == mark;
			if (marked && n-- == 0)
				return true;
		}
	}
}

static void
wait_for(pid_t pid)
{
	const struct timespec tick = { 0, 1000000 };
	int i, status;

	for (i = 0; i < PATIENCE; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid) {
			say("first", status);
			return;
		}
		(void)nanosleep(&tick, NULL);
	}
	(void)printf("first: stays\n");
}

int
main(int argc, char *argv[])
{
	long mark = argc > 5 ? mark_of(argv[1]) : -1;
	int i = 3, status;
	pid_t first, traced, other;
	bool there;

	while (i < argc && strcmp(argv[i], "--") != 0)
		i++;
	if (mark == -1 || i == 3 || i + 1 >= argc) {
		(void)fputs("usage: between MARK N COMMAND... -- COMMAND...\n",
		    stderr);
		return 99;
	}
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	argv[i] = NULL;
	first = traced = start(argv + 3, true);
	there = run_to(&traced, mark, atol(argv[2]), &status);
	if (!there && !WIFSTOPPED(status)) {
		say("first", status);
		return 1;
	}
	other = start(argv + i + 1, false);
	if (waitpid(other, &status, 0) != other)
		stop("waitpid");
	say("other", status);
	/* It may have been killed. */
	(void)ptrace(PTRACE_DETACH, traced, NULL, NULL);
	wait_for(first);
	return there ? 0 : 1;
}

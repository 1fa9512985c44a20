#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/*
 * A process, and when it has ended at once another one of the same number.
 *
 * usage: recycle UID UID2
 *
 * Prints the number; when something comes on stdin, or that is closed, what
 * became of the second one: "untouched", "signal N", or "never". For a PID
 * namespace of its own: it writes ns_last_pid.
 */

#define TRIES	1000

static volatile sig_atomic_t got;

static void
note(int sig)
{
	got = sig;
}

/* Stays; the second one leaves with the number of the signal that came. */
static void
stay(uid_t uid, int second)
{
	struct sigaction sa = { .sa_handler = note };
	sigset_t all;
	int sig;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	for (sig = 1; second && sig < SIGRTMAX; sig++)
		(void)sigaction(sig, &sa, NULL);
	if (setresuid(uid, uid, uid) == -1)
		_exit(255);
	(void)sigemptyset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	while (got == 0)
		(void)pause();
	_exit(got);
}

/* As the next number that is free, which is pid's if nobody else is quicker. */
static pid_t
fork_as(pid_t pid, uid_t uid)
{
	pid_t child;
	int fd, i;

	for (i = 0; i < TRIES; i++) {
		fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
		if (fd == -1 || dprintf(fd, "%d", (int)pid - 1) < 0)
			return -1;
		(void)close(fd);
		child = fork();
		if (child == 0) {
			if (getpid() == pid)
				stay(uid, 1);
			_exit(0);
		}
		if (child == pid || child == -1)
			return child;
		(void)waitpid(child, NULL, 0);
	}
	return -1;
}

int
main(int argc, char *argv[])
{
	const struct timespec tick = { 0, 20000000 };
	pid_t first, second;
	int status;
	char c;

	if (argc != 3)
		return 1;
	first = fork();
	if (first == 0)
		stay((uid_t)atoi(argv[1]), 0);
	(void)printf("%d\n", (int)first);
	(void)fflush(stdout);
	(void)waitpid(first, &status, 0);
	/* A number comes again after many others: not in the same tick. */
	(void)nanosleep(&tick, NULL);
	second = fork_as(first, (uid_t)atoi(argv[2]));
	while (read(STDIN_FILENO, &c, 1) == -1 && errno == EINTR)
		;
	if (second == -1) {
		(void)puts("never");
		return 1;
	}
	if (waitpid(second, &status, WNOHANG) == 0) {
		(void)kill(second, SIGKILL);
		(void)waitpid(second, &status, 0);
		(void)puts("untouched");
		return 0;
	}
	(void)printf("signal %d\n",
	    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	return 1;
}

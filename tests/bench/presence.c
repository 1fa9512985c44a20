#include <sys/types.h>
#include <sys/wait.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "present.h"
#include "state.h"

/*
 * How long it takes to see that a user is not present, among COUNT processes of
 * another, beside a shell that runs pgrep(1) for it.  Runs as PID 1 of a PID
 * namespace, which takes the processes along when it ends.
 *
 * Prints three medians, microseconds: who has no process, who has but a zombie,
 * for which all processes are looked at, and the shell.
 */

#define OTHER	60001	/* whose the processes are, */
#define NOBODY	60002	/* who has none, */
#define DEAD	60003	/* and who has a zombie */

#define ROUNDS_MAX	1000

static double times[3][ROUNDS_MAX];

static double
microseconds(void)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int
by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* A process that does nothing, or has ended. */
static bool
leave(uid_t uid, bool ends)
{
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0) {
		if (setresuid(uid, uid, uid) == -1)
			_exit(1);
		if (ends)
			_exit(0);
		for (;;)
			(void)pause();
	}
	return pid != -1 && (!ends ||
	    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
}

static bool
timed_present(int dirfd, const char *name, uid_t uid, double *took)
{
	const double start = microseconds();
	struct error err;
	int r = present(dirfd, name, uid, NULL, &err);

	*took = microseconds() - start;
	return r == 0;
}

/* It finds the zombie too, and is asked for who has none. */
static bool
timed_pgrep(double *took)
{
	char command[64];
	double start;
	int status;

	(void)snprintf(command, sizeof(command), "pgrep -u %d >/dev/null",
	    NOBODY);
	start = microseconds();
	status = system(command);
	*took = microseconds() - start;
	return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

static bool
measure(int dirfd, size_t rounds)
{
	size_t i;

	for (i = 0; i < rounds; i++)
		if (!timed_present(dirfd, "nobody1", NOBODY, &times[0][i]) ||
		    !timed_present(dirfd, "dead1", DEAD, &times[1][i]) ||
		    !timed_pgrep(&times[2][i]))
			return false;
	return true;
}

int
main(int argc, char *argv[])
{
	size_t count = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
	size_t rounds = argc == 3 ? strtoul(argv[2], NULL, 10) : 0, i;
	struct error err;
	int dirfd;

	if (count == 0 || count > 10000 || rounds == 0 ||
	    rounds > ROUNDS_MAX || getpid() != 1) {
		(void)fputs("usage: unshare --pid --fork --mount-proc presence "
		    "COUNT ROUNDS\n", stderr);
		return 2;
	}
	dirfd = state_make(&err);
	if (dirfd == -1 || !leave(DEAD, true))
		return 1;
	for (i = 0; i < count; i++)
		if (!leave(OTHER, false))
			return 1;
	if (!measure(dirfd, rounds)) {
		(void)fputs("presence: not as it should be\n", stderr);
		return 1;
	}
	for (i = 0; i < 3; i++) {
		qsort(times[i], rounds, sizeof(double), by_value);
		(void)printf("%.1f\n", times[i][rounds / 2]);
	}
	return 0;
}

#include <sys/resource.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "account.h"

/*
 * Does all jobs in turn, ROUNDS times, and prints a line for each: the median
 * of its times in microseconds, and the most memory that a process took, KiB.
 * On a noisy machine only what was done in turn can be compared.
 */
static const char usage[] =
    "usage: measure ROUNDS JOB [-- JOB]...\n"
    "where JOB is\n"
    "    pam CONFDIR SERVICE open     alice's PAM transaction, in this process\n"
    "    pam CONFDIR SERVICE account  the same without the session\n"
    "    /PATH [ARG]...               a process, from its start to its end\n";

#define JOBS_MAX	32

struct job {
	char **argv;
	double *times;		/* a round each, microseconds */
	long memory;		/* KiB */
};

static double
microseconds(void)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

/* Takes what a user would be told, and has nothing to say. */
static int
converse(int n, const struct pam_message **msg, struct pam_response **resp,
    void *data)
{
	(void)msg;
	(void)data;
	*resp = calloc((size_t)n, sizeof(**resp));
	return *resp != NULL ? PAM_SUCCESS : PAM_BUF_ERR;
}

static int
session(pam_handle_t *pamh)
{
	int r = pam_open_session(pamh, 0);

	return r == PAM_SUCCESS ? pam_close_session(pamh, 0) : r;
}

/* As sshd does it, which looks the account up before it asks PAM. */
static bool
transaction(char **argv)
{
	const struct pam_conv conv = { converse, NULL };
	pam_handle_t *pamh = NULL;
	struct account account;
	struct error err;
	int r;

	if (account_by_name("alice", &account, &err) == -1) {
		(void)fputs("measure: there is no user alice\n", stderr);
		return false;
	}
	r = pam_start_confdir(argv[2], "alice", &conv, argv[1], &pamh);
	if (r == PAM_SUCCESS)
		r = pam_set_item(pamh, PAM_TTY, "ssh");
	if (r == PAM_SUCCESS)
		r = pam_set_item(pamh, PAM_RHOST, "192.0.2.7");
	if (r == PAM_SUCCESS)
		r = pam_authenticate(pamh, 0);
	if (r == PAM_SUCCESS)
		r = pam_acct_mgmt(pamh, 0);
	if (r == PAM_SUCCESS && strcmp(argv[3], "open") == 0)
		r = session(pamh);
	if (r != PAM_SUCCESS)
		(void)fprintf(stderr, "measure: %s: %s\n", argv[2],
		    pam_strerror(pamh, r));
	return pam_end(pamh, r) == PAM_SUCCESS && r == PAM_SUCCESS;
}

static bool
process(struct job *job)
{
	char *const environment[] = { NULL };
	posix_spawn_file_actions_t actions;
	struct rusage usage_of = { 0 };
	int r, status = -1;
	pid_t pid = -1;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return false;
	r = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO,
	    "/dev/null", O_WRONLY, 0);
	if (r == 0)
		r = posix_spawn(&pid, job->argv[0], &actions, NULL, job->argv,
		    environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (r == 0 && wait4(pid, &status, 0, &usage_of) == pid &&
	    status == 0) {
		if (usage_of.ru_maxrss > job->memory)
			job->memory = usage_of.ru_maxrss;
		return true;
	}
	(void)fprintf(stderr, "measure: %s: %s, wait status %d\n", job->argv[0],
	    strerror(r), status);
	return false;
}

static bool
run(struct job *job, size_t number)
{
	double start = microseconds();
	bool done = strcmp(job->argv[0], "pam") == 0 ?
	    transaction(job->argv) : process(job);

	job->times[number] = microseconds() - start;
	return done;
}

/* Every second round backwards, so that not always the same job is before. */
static bool
run_all(struct job *jobs, size_t n, size_t rounds)
{
	size_t round, i;

	for (round = 0; round < rounds; round++)
		for (i = 0; i < n; i++)
			if (!run(&jobs[round % 2 == 0 ? i : n - 1 - i], round))
				return false;
	return true;
}

static int
by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool
is_job(const struct job *job)
{
	char **argv = job->argv;

	if (argv[0] == NULL)
		return false;
	if (strcmp(argv[0], "pam") != 0)
		return argv[0][0] == '/';
	return argv[1] != NULL && argv[2] != NULL && argv[3] != NULL &&
	    argv[4] == NULL;
}

/* Cuts the arguments at each "--"; 0 when they are not understood. */
static size_t
parse_jobs(char **argv, struct job *jobs)
{
	size_t n = 0;

	for (; n < JOBS_MAX; argv++) {
		jobs[n].argv = argv;
		jobs[n].memory = 0;
		while (*argv != NULL && strcmp(*argv, "--") != 0)
			argv++;
		n++;
		if (*argv == NULL)
			return n;
		*argv = NULL;
	}
	return 0;
}

int
main(int argc, char *argv[])
{
	size_t rounds = argc > 2 ? strtoul(argv[1], NULL, 10) : 0, n, i;
	struct job jobs[JOBS_MAX];
	double *times;

	n = rounds > 0 ? parse_jobs(argv + 2, jobs) : 0;
	for (i = 0; i < n && is_job(&jobs[i]); i++)
		;
	if (n == 0 || i < n) {
		(void)fputs(usage, stderr);
		return 2;
	}
	times = calloc(n * rounds, sizeof(*times));
	if (times == NULL)
		return 1;
	for (i = 0; i < n; i++)
		jobs[i].times = times + i * rounds;
	if (!run_all(jobs, n, rounds)) {
		free(times);
		return 1;
	}
	for (i = 0; i < n; i++) {
		qsort(jobs[i].times, rounds, sizeof(double), by_value);
		printf("%.1f %ld\n", jobs[i].times[rounds / 2],
		    jobs[i].memory);
	}
	free(times);
	return 0;
}

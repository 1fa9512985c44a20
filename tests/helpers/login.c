#include <sys/times.h>
#include <sys/wait.h>

#include <security/pam_appl.h>

#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "converse.h"

/*
 * Logs a user in as sshd does for a key: account, open, and a process of the
 * user's that stays until somebody ends it.  Waits so many microseconds between
 * the two phases, and so many before the process becomes the user; with "end" it
 * ends instead, and closes nothing, with "close" it has no process and closes
 * when it has read a byte, as "-" waits for one.  What the phases answer is its
 * exit status, and a line each on its output, at once; with "close" there is also
 * when it was about to open and when it had closed, microseconds.
 */

enum { ENDED, DENIED_ACCOUNT, DENIED_OPEN, WRONG = 99 };

static int
stay(const struct passwd *pw)
{
	struct tms unused;
	int status;
	pid_t pid = fork();

	if (pid == -1)
		return WRONG;
	if (pid != 0)
		return waitpid(pid, &status, 0) == pid ? ENDED : WRONG;
	if (setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == -1 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1)
		_exit(WRONG);
	(void)times(&unused);
	for (;;)
		(void)pause();
}

/* One byte and no more: others read from the same. */
static void
hear(void)
{
	char c;

	while (read(STDIN_FILENO, &c, 1) == -1 && errno == EINTR)
		;
}

static void
say_when(const char *what)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	(void)printf("%s=%lld\n", what, ts.tv_sec * 1000000LL +
	    ts.tv_nsec / 1000);
}

static void
nap(const char *how)
{
	const long us = atol(how);
	const struct timespec ts = { us / 1000000, us % 1000000 * 1000 };

	if (strcmp(how, "-") == 0) {
		hear();
		return;
	}
	(void)nanosleep(&ts, NULL);
}

static int
log_in(pam_handle_t *pamh, const struct passwd *pw, const char *wait,
    const char *after)
{
	const bool closes = strcmp(after, "close") == 0;
	struct tms unused;
	int r;

	r = pam_acct_mgmt(pamh, 0);
	(void)printf("account=%d\n", r);
	if (r != PAM_SUCCESS)
		return DENIED_ACCOUNT;
	nap(wait);
	if (closes)
		say_when("began");
	/* A system call that nobody else makes, for who traces this. */
	(void)times(&unused);
	r = pam_open_session(pamh, 0);
	(void)printf("open=%d\n", r);
	if (r != PAM_SUCCESS)
		return DENIED_OPEN;
	if (strcmp(after, "end") == 0)
		return ENDED;
	nap(closes ? "-" : after);
	r = closes ? ENDED : stay(pw);
	(void)pam_close_session(pamh, 0);
	if (closes)
		say_when("closed");
	return r;
}

int
main(int argc, char *argv[])
{
	const struct pam_conv conv = { converse, NULL };
	struct passwd buffer, *pw = NULL;
	char strings[1024];
	pam_handle_t *pamh;
	int r;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 6 || getpwnam_r(argv[3], &buffer, strings, sizeof(strings),
	    &pw) != 0 || pw == NULL) {
		(void)fputs("usage: login CONFDIR SERVICE USER WAIT WAIT\n",
		    stderr);
		return WRONG;
	}
	if (pam_start_confdir(argv[2], argv[3], &conv, argv[1], &pamh) !=
	    PAM_SUCCESS)
		return WRONG;
	r = log_in(pamh, pw, argv[4], argv[5]);
	(void)pam_end(pamh, PAM_SUCCESS);
	return r;
}

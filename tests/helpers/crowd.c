#include <sys/wait.h>

#include <security/pam_appl.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "converse.h"

/*
 * Has users u1, u2 and so on log in at the same moment, and counts who is in;
 * as many times as is said, with nobody in at the start.  Some of them stop at
 * a moment of their own and are killed once all others have been answered; then
 * those who were refused try again, because a place may have become free.
 *
 * Prints how many rounds there were, and in how many of them exactly so many
 * were in as there are places; more; fewer; somebody had no answer in time.
 */

#define PATIENCE	20000	/* ms for all to be answered */

struct login {
	pid_t pid;
	bool in, stopped, answered;
};

struct crowd {
	const char *confdir, *service;
	int users, places, stopped;
	struct login *logins;
	int ready[2], go[2], answers[2], leave[2];
};

struct answer {
	int user, code;
};

static void
stop(const char *what)
{
	perror(what);
	exit(99);
}

/* Until the other end is closed. */
static void
await(const int fds[2])
{
	(void)close(fds[1]);
	while (read(fds[0], &(char){ 0 }, 1) == -1 && errno == EINTR)
		;
}

static int
log_in(const struct crowd *c, int user)
{
	const struct pam_conv conv = { converse, NULL };
	struct answer a = { .user = user };
	pam_handle_t *pamh;
	char name[16];

	(void)snprintf(name, sizeof(name), "u%d", user + 1);
	if (pam_start_confdir(c->service, name, &conv, c->confdir, &pamh) !=
	    PAM_SUCCESS)
		return 99;
	/* Who stops from here on keeps nobody else from going. */
	(void)close(c->go[1]);
	if (write(c->ready[1], "", 1) != 1)
		return 99;
	await(c->go);
	a.code = pam_acct_mgmt(pamh, 0);
	if (a.code == PAM_SUCCESS)
		a.code = pam_open_session(pamh, 0);
	if (write(c->answers[1], &a, sizeof(a)) != sizeof(a))
		return 99;
	await(c->leave);
	if (a.code == PAM_SUCCESS)
		(void)pam_close_session(pamh, 0);
	(void)pam_end(pamh, PAM_SUCCESS);
	return 0;
}

static void
nap(long us)
{
	const struct timespec ts = { 0, us * 1000 };

	(void)nanosleep(&ts, NULL);
}

/* Returns whether all have been answered who are not stopped. */
static bool
take_answers(struct crowd *c)
{
	struct pollfd p = { .fd = c->answers[0], .events = POLLIN };
	struct answer a;
	int i;

	for (;;) {
		for (i = 0; i < c->users; i++)
			if (!c->logins[i].answered && !c->logins[i].stopped)
				break;
		if (poll(&p, 1, i == c->users ? 0 : PATIENCE) != 1)
			return i == c->users;
		if (read(c->answers[0], &a, sizeof(a)) != sizeof(a))
			stop("answer");
		c->logins[a.user].answered = true;
		c->logins[a.user].in = a.code == PAM_SUCCESS;
	}
}

static unsigned int seed;

/* 0 to n - 1, the same ones for the same seed; for an n up to some 10,000. */
static int
chance(int n)
{
	seed = seed * 1103515245U + 12345U;
	return (int)(seed >> 16) % n;
}

/* All who are not in try at once; n of them stop somewhere. */
static bool
wave(struct crowd *c, int n)
{
	int i, started = 0;
	char ready;

	if (pipe2(c->go, O_CLOEXEC) == -1 || pipe2(c->ready, O_CLOEXEC) == -1)
		stop("pipe");
	for (i = 0; i < c->users; i++) {
		struct login *l = &c->logins[i];

		if (l->in)
			continue;
		*l = (struct login){ .pid = fork() };
		if (l->pid == -1)
			stop("fork");
		if (l->pid == 0)
			_exit(log_in(c, i));
		started++;
	}
	while (started-- > 0)
		if (read(c->ready[0], &ready, 1) != 1)
			stop("ready");
	(void)close(c->ready[0]);
	(void)close(c->ready[1]);
	(void)close(c->go[0]);
	(void)close(c->go[1]);
	while (n-- > 0) {
		struct login *l = &c->logins[chance(c->users)];

		nap(chance(1000000 / c->users));
		l->stopped = true;
		(void)kill(l->pid, SIGSTOP);
	}
	return take_answers(c);
}

static void
kill_stopped(struct crowd *c)
{
	int i;

	for (i = 0; i < c->users; i++) {
		struct login *l = &c->logins[i];

		if (!l->stopped)
			continue;
		(void)kill(l->pid, SIGKILL);
		(void)waitpid(l->pid, NULL, 0);
		l->in = false;
	}
}

static int
count_in(const struct crowd *c)
{
	int i, n = 0;

	for (i = 0; i < c->users; i++)
		n += c->logins[i].in;
	return n;
}

/* How many were in, the most of them at one time; -1: no answer. */
static int
round_of(struct crowd *c)
{
	bool answered;
	int n, most = 0;

	if (pipe2(c->answers, O_CLOEXEC) == -1 || pipe2(c->leave, O_CLOEXEC) == -1)
		stop("pipe");
	memset(c->logins, 0, (size_t)c->users * sizeof(*c->logins));
	answered = wave(c, c->stopped);
	most = count_in(c);
	if (c->stopped > 0) {
		kill_stopped(c);
		answered = wave(c, 0) && answered;
	}
	n = count_in(c);
	(void)close(c->leave[0]);
	(void)close(c->leave[1]);
	(void)close(c->answers[0]);
	(void)close(c->answers[1]);
	while (wait(NULL) != -1 || errno == EINTR)
		;
	if (!answered)
		return -1;
	return most > c->places ? most : n;
}

int
main(int argc, char *argv[])
{
	struct crowd c;
	int i, rounds, n, exact = 0, more = 0, fewer = 0, late = 0;

	if (argc != 8) {
		(void)fputs("usage: crowd CONFDIR SERVICE USERS PLACES STOPPED "
		    "ROUNDS SEED\n", stderr);
		return 99;
	}
	c.confdir = argv[1];
	c.service = argv[2];
	c.users = atoi(argv[3]);
	c.places = atoi(argv[4]);
	c.stopped = atoi(argv[5]);
	rounds = atoi(argv[6]);
	seed = (unsigned int)atoi(argv[7]);
	c.logins = calloc((size_t)c.users, sizeof(*c.logins));
	if (c.logins == NULL)
		stop("calloc");
	for (i = 0; i < rounds; i++) {
		n = round_of(&c);
		late += n == -1;
		exact += n == c.places;
		more += n > c.places;
		fewer += n != -1 && n < c.places;
	}
	free(c.logins);
	(void)printf("rounds %d exact %d more %d fewer %d late %d\n", rounds,
	    exact, more, fewer, late);
	return 0;
}

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "hooked.h"
#include "text.h"
#include "watchdog.h"

bool
session_exclusive(struct state *st, const struct session *s)
{
	const struct request rq = request_of(s);
	struct moment now;

	clock_now(&now);
	state_read_groups(s->user, st);
	return decide_exclusive(&rq, st, &now);
}

/*
 * What is for the user, and what is for the log.  Whoever reads it may have
 * been stopped, and is not waited for.
 */
static void
pass_line(void *arg, const char *name, bool is_stderr, const char *line)
{
	(void)arg;
	if (is_stderr)
		(void)dprintf(STDERR_FILENO, "%s: %s\n", name, line);
	else
		(void)dprintf(STDOUT_FILENO, "%s\n", line);
}

static int
dont_wait(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags == -1 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

/* "END USER UID SERVICE TTY RHOST", each an argument. */
static int
account(int dirfd, char *const *argv, const struct hooked *h,
    struct state *st, struct error *err)
{
	struct hooked own = *h;
	struct session s = { .by = ADMITTED_POLICY };

	(void)dirfd;
	s.uid = (uid_t)strtoul(argv[2], NULL, 10);
	if (!text_copy(s.user, sizeof(s.user), argv[1]) ||
	    !text_copy(s.service, sizeof(s.service), argv[3]) ||
	    !text_copy(s.tty, sizeof(s.tty), argv[4]) ||
	    !text_copy(s.rhost, sizeof(s.rhost), argv[5]))
		return error_set(err, ERROR_SYSTEM, "a PAM item is too long");
	own.expires = strtoll(argv[0], NULL, 10);
	own.session = &s;
	own.exclusive = session_exclusive(st, &s);
	return hooked_account(&own, err);
}

/* "END SESSION" */
static int
open_session(int dirfd, char *const *argv, const struct hooked *h,
    struct state *st, struct error *err)
{
	struct hooked own = *h;
	struct session s;

	if (ledger_entry(dirfd, argv[1], &s, err) == -1)
		return -1;
	own.expires = strtoll(argv[0], NULL, 10);
	own.session = &s;
	own.exclusive = session_exclusive(st, &s);
	return hooked_open(dirfd, &own, err);
}

/* "SESSION" */
static int
close_session(int dirfd, char *const *argv, const struct hooked *h,
    struct state *st, struct error *err)
{
	(void)st;
	return hooked_close(dirfd, argv[0], h, err);
}

static const struct {
	const char *phase;
	int argc;
	int (*run)(int dirfd, char *const *argv, const struct hooked *h,
	    struct state *st, struct error *err);
} phases[] = {
	{ "account", 6, account },
	{ "open", 2, open_session },
	{ "close", 1, close_session },
};

int
login_hooks(char *const *argv)
{
	struct state st;
	struct hooked h = { .policy = &st.policy, .expires = NO_END,
	    .line = pass_line };
	struct error err;
	int argc = 0, dirfd, r = -1;
	size_t i;

	while (argv[argc] != NULL)
		argc++;
	if (argc == 0)
		return EXIT_USAGE;
	for (i = 0; i < sizeof(phases) / sizeof(phases[0]); i++)
		if (argc == phases[i].argc + 1 &&
		    strcmp(argv[0], phases[i].phase) == 0)
			break;
	if (i == sizeof(phases) / sizeof(phases[0]))
		return EXIT_USAGE;
	memset(&st, 0, sizeof(st));
	error_clear(&err);
	dirfd = dont_wait(STDOUT_FILENO) == -1 ||
	    dont_wait(STDERR_FILENO) == -1 ?
	    error_system(&err, "output") : state_open(&err);
	if (dirfd != -1 && state_read_policy_inside(&st) == -1)
		err = st.policy_error;
	else if (dirfd != -1)
		r = phases[i].run(dirfd, argv + 1, &h, &st, &err);
	if (dirfd != -1)
		(void)close(dirfd);
	state_free(&st);
	if (r == 0)
		return EXIT_DONE;
	(void)dprintf(STDERR_FILENO, "%s\n", err.text);
	return err.code == ERROR_INVALID ? EXIT_REFUSED : EXIT_IO;
}

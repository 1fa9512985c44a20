#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "account.h"
#include "child.h"
#include "end.h"
#include "paths.h"
#include "target.h"
#include "tty.h"

#define LOOK_EVERY	10	/* ms between two looks at what is left */
#define LOOKS_EMPTY	2	/* looks in a row that find nothing: done */
#define PATIENCE	1000	/* ms for loginctl when nothing is left */

/* One user while they are being ended. */
struct job {
	struct ending *e;
	pid_t loginctl;		/* or 0: none runs */
	unsigned int empty;	/* looks in a row that found nothing */
	bool asked;		/* SIGTERM was sent */
	bool done;
};

static int64_t
milliseconds(void)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Another account may have got the uid of one that was removed. */
static bool
guarded(const struct ending *e, struct error *err)
{
	struct account owner;
	struct error ignored;

	if (!account_leasable(e->uid))
		(void)error_set(err, ERROR_INVALID, "uid %u is root's or the "
		    "system's: not ended", (unsigned int)e->uid);
	else if (account_by_uid(e->uid, &owner, &ignored) == 0 &&
	    strcmp(owner.name, e->user) != 0 &&
	    account_by_name(e->user, &owner, &ignored) == -1 &&
	    ignored.code == ERROR_ABSENT)
		(void)error_set(err, ERROR_INVALID, "uid %u has become "
		    "another user's: not ended", (unsigned int)e->uid);
	else
		return false;
	return true;
}

/* "loginctl terminate-user UID" or "terminate-session ID ..." */
static void
start_loginctl(struct job *j, const struct target *t)
{
	const char **argv = calloc(t->nids + 5, sizeof(*argv));
	char uid[16];
	size_t n = 0, i;

	if (argv == NULL)
		return;
	(void)snprintf(uid, sizeof(uid), "%u", (unsigned int)j->e->uid);
	argv[n++] = "loginctl";
	argv[n++] = "--no-ask-password";
	if (j->e->extent == END_USER) {
		argv[n++] = "terminate-user";
		argv[n++] = uid;
	} else {
		argv[n++] = "terminate-session";
		for (i = 0; i < t->nids; i++)
			argv[n++] = t->ids[i];
	}
	if (j->e->extent == END_USER || t->nids > 0) {
		j->loginctl = child_start(PATH_LOGINCTL, argv);
		if (j->loginctl == -1) {
			j->loginctl = 0;
			(void)error_system(&j->e->error, PATH_LOGINCTL);
		}
	}
	free(argv);
}

static void
watch_loginctl(struct job *j, int64_t elapsed)
{
	int r;

	if (j->loginctl == 0)
		return;
	r = child_poll(j->loginctl);
	if (r == 1 && elapsed < END_LOGINCTL)
		return;
	if (r == 1)
		child_kill(j->loginctl);
	if (r != 0)
		(void)error_set(&j->e->error, ERROR_SYSTEM, "%s %s",
		    PATH_LOGINCTL, r == 1 ? "hangs" : "failed");
	j->loginctl = 0;
}

/* All of the user's slice at once: nothing in it can fork away from this. */
static void
kill_slice(uid_t uid)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path),
	    PATH_CGROUP "/user.slice/user-%u.slice/cgroup.kill",
	    (unsigned int)uid);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return;
	(void)!write(fd, "1", 1);
	(void)close(fd);
}

/* What to send this time: a request first, and force when that was in vain. */
static int
next_signal(struct job *j, size_t alive, int64_t elapsed)
{
	if (j->done)
		return 0;
	if (!j->asked) {
		j->asked = true;
		return SIGTERM;
	}
	if (elapsed < END_GRACE || alive == 0)
		return 0;
	if (j->e->swept == 0) {
		j->e->swept = alive;
		if (j->e->extent == END_USER)
			kill_slice(j->e->uid);
	}
	return SIGKILL;
}

/* Tells the terminals of all; then one pause for all of them to show it. */
static void
tell_all(struct job *jobs, size_t n)
{
	struct tty_count count;
	size_t told = 0, i;

	for (i = 0; i < n; i++) {
		if (jobs[i].done || jobs[i].e->message == NULL)
			continue;
		tty_tell(jobs[i].e->uid, jobs[i].e->message, &count);
		told += count.told;
	}
	if (told > 0)
		(void)poll(NULL, 0, END_PAUSE);
}

/* One round over all; returns how many are not done yet. */
static size_t
round_of(struct job *jobs, struct target *t, int *sig, size_t n,
    int64_t started)
{
	int64_t elapsed = milliseconds() - started;
	size_t waiting = 0, i;

	for (i = 0; i < n; i++) {
		watch_loginctl(&jobs[i], elapsed);
		sig[i] = next_signal(&jobs[i], t[i].alive, elapsed);
	}
	if (target_look(t, sig, n) == -1)
		return n;
	for (i = 0; i < n; i++) {
		struct job *j = &jobs[i];

		if (j->done)
			continue;
		j->e->left = t[i].alive;
		j->e->took = milliseconds() - started;
		j->empty = t[i].alive == 0 ? j->empty + 1 : 0;
		j->done = j->empty >= LOOKS_EMPTY &&
		    (j->loginctl == 0 || elapsed >= PATIENCE);
		waiting += !j->done;
	}
	return waiting;
}

static int
run(struct job *jobs, struct target *t, int *sig, size_t n)
{
	int64_t started;
	size_t i;

	if (target_look(t, sig, n) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		if (!jobs[i].done)
			jobs[i].e->found = jobs[i].e->left = t[i].alive;
		jobs[i].done = jobs[i].done || t[i].alive == 0;
	}
	tell_all(jobs, n);
	started = milliseconds();
	for (i = 0; i < n; i++)
		if (!jobs[i].done)
			start_loginctl(&jobs[i], &t[i]);
	while (round_of(jobs, t, sig, n, started) > 0 &&
	    milliseconds() - started < END_LIMIT)
		(void)poll(NULL, 0, LOOK_EVERY);
	for (i = 0; i < n; i++)
		watch_loginctl(&jobs[i], END_LOGINCTL);
	return 0;
}

static void
job_init(struct job *j, struct ending *e)
{
	j->e = e;
	e->found = e->swept = e->left = 0;
	e->took = 0;
	error_clear(&e->error);
	e->guarded = guarded(e, &e->error);
	j->done = e->guarded;
}

int
end_users(struct ending *list, size_t n)
{
	struct job *jobs = calloc(n, sizeof(*jobs));
	struct target *t = calloc(n, sizeof(*t));
	int *sig = calloc(n, sizeof(*sig));
	int r = -1;
	size_t i;

	if (jobs == NULL || t == NULL || sig == NULL)
		goto out;
	for (i = 0; i < n; i++) {
		job_init(&jobs[i], &list[i]);
		if (target_init(&t[i], &list[i]) == -1)
			goto out;
	}
	r = run(jobs, t, sig, n);
out:
	for (i = 0; i < n; i++) {
		if (r == -1)
			(void)error_system(&list[i].error, "can't end");
		if (list[i].left > 0 || list[i].guarded)
			r = -1;
		if (t != NULL)
			target_free(&t[i]);
	}
	free(jobs);
	free(t);
	free(sig);
	return r;
}

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "child.h"
#include "clock.h"
#include "end.h"
#include "paths.h"
#include "purge.h"
#include "target.h"
#include "tty.h"

#define LOOK_EVERY	10	/* ms between two looks at what is left */
#define LOOKS_EMPTY	2	/* looks in a row that find nothing: done */
#define PATIENCE	1000	/* ms for loginctl when nothing is left */
#define PURGE_AGAIN	500	/* ms from one try to the next */

struct helper {
	const char *path;
	pid_t pid;		/* or 0: it does not run */
	int64_t since;		/* ms */
};

/* One user while they are being ended. */
struct job {
	struct ending *e;
	struct helper loginctl;
	struct helper purge;	/* systemctl */
	unsigned int empty;	/* looks in a row that found nothing */
	bool asked;		/* SIGTERM was sent */
	bool purged;		/* everything of the user's was killed */
	bool done;
};

/* One fault of each program: the first does not hide the second. */
static void
complain(struct job *j, const char *path, const char *what)
{
	struct error before = j->e->error;

	if (strstr(before.text, path) != NULL)
		return;
	(void)error_set(&j->e->error, ERROR_SYSTEM, "%s%s%s: %s", before.text,
	    before.text[0] != '\0' ? "; " : "", path, what);
}

static void
start_helper(struct job *j, struct helper *h, const char *const argv[])
{
	h->since = monotonic_ms();
	h->pid = child_start(h->path, argv);
	if (h->pid == -1) {
		complain(j, h->path, strerror(errno));
		h->pid = 0;
	}
}

/* Looks after one; says whether it has just succeeded. */
static bool
watch_helper(struct job *j, struct helper *h, int64_t limit)
{
	int r;

	if (h->pid == 0)
		return false;
	r = child_poll(h->pid);
	if (r == 1 && monotonic_ms() - h->since < limit)
		return false;
	if (r == 1)
		child_kill(h->pid);
	if (r != 0)
		complain(j, h->path, r == 1 ? "hangs" : "failed");
	h->pid = 0;
	return r == 0;
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
	if (j->e->extent == END_USER || t->nids > 0)
		start_helper(j, &j->loginctl, argv);
	free(argv);
}

/*
 * Everything that has the user's uid or is in their slice, whether it is seen
 * or not.  The watchdog's unit may not change its uid, and has systemd do it.
 */
static void
purge(struct job *j)
{
	const char *argv[] = { "systemctl", "start", NULL, NULL };
	char unit[64];

	purge_slice(j->e->uid);
	j->purged = purge_uid(j->e->uid) == 0;
	if (j->purged)
		return;
	(void)snprintf(unit, sizeof(unit), "pamlease-kill@%u.service",
	    (unsigned int)j->e->uid);
	argv[2] = unit;
	start_helper(j, &j->purge, argv);
}

/*
 * Until it has succeeded nobody knows that nothing is left.  It takes a while
 * to start, so what is seen is killed first.
 */
static void
watch_purge(struct job *j, int sent)
{
	if (watch_helper(j, &j->purge, END_CHILD)) {
		j->purged = true;
		j->empty = 0;
	}
	if (j->e->extent != END_USER || j->done || j->purged ||
	    j->purge.pid != 0 || (j->empty == 0 && sent != SIGKILL) ||
	    (j->purge.since != 0 &&
	    monotonic_ms() - j->purge.since < PURGE_AGAIN))
		return;
	purge(j);
	j->empty = 0;
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
	if (j->e->swept == 0)
		j->e->swept = alive;
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
	int64_t elapsed = monotonic_ms() - started;
	size_t waiting = 0, i;
	bool all;

	for (i = 0; i < n; i++) {
		(void)watch_helper(&jobs[i], &jobs[i].loginctl, END_CHILD);
		sig[i] = next_signal(&jobs[i], t[i].alive, elapsed);
	}
	all = target_look(t, sig, n) == 0;
	for (i = 0; i < n; i++) {
		struct job *j = &jobs[i];

		if (j->done)
			continue;
		j->e->left = t[i].alive;
		j->e->took = monotonic_ms() - started;
		j->empty = all && t[i].alive == 0 ? j->empty + 1 : 0;
		watch_purge(j, sig[i]);
		j->done = j->empty >= LOOKS_EMPTY &&
		    (j->purged || j->e->extent == END_SESSIONS) &&
		    (j->loginctl.pid == 0 || elapsed >= PATIENCE);
		waiting += !j->done;
	}
	return waiting;
}

static void
run(struct job *jobs, struct target *t, int *sig, size_t n)
{
	bool all = target_look(t, sig, n) == 0;
	int64_t began = monotonic_ms(), started;
	size_t i;

	for (i = 0; i < n; i++) {
		if (jobs[i].done)
			continue;
		jobs[i].e->found = jobs[i].e->left = t[i].alive;
		/* A user who is not seen may still be there. */
		jobs[i].done = all && t[i].alive == 0 &&
		    jobs[i].e->extent == END_SESSIONS;
	}
	tell_all(jobs, n);
	started = monotonic_ms();
	for (i = 0; i < n; i++) {
		jobs[i].e->told = started - began;
		if (!jobs[i].done && t[i].alive > 0)
			start_loginctl(&jobs[i], &t[i]);
	}
	while (round_of(jobs, t, sig, n, started) > 0 &&
	    monotonic_ms() - started < END_LIMIT)
		(void)poll(NULL, 0, LOOK_EVERY);
	for (i = 0; i < n; i++) {
		(void)watch_helper(&jobs[i], &jobs[i].loginctl, 0);
		(void)watch_helper(&jobs[i], &jobs[i].purge, 0);
		jobs[i].e->failed = !jobs[i].done;
	}
}

static void
job_init(struct job *j, struct ending *e)
{
	j->e = e;
	j->loginctl.path = PATH_LOGINCTL;
	j->purge.path = PATH_SYSTEMCTL;
	e->found = e->swept = e->left = 0;
	e->told = e->took = 0;
	e->failed = true;
	error_clear(&e->error);
	e->guarded = !account_leasable(e->uid);
	j->done = e->guarded;
	if (e->guarded) {
		(void)error_set(&e->error, ERROR_INVALID, "uid %u is root's or "
		    "the system's: not ended", (unsigned int)e->uid);
	} else if (account_replaced(e->user, e->uid)) {
		/* Their sessions are known by their processes all the same. */
		(void)error_set(&e->error, ERROR_INVALID, "uid %u has become "
		    "another user's: only sessions ended",
		    (unsigned int)e->uid);
		e->extent = END_SESSIONS;
		e->message = NULL;
	}
}

int
end_users(struct ending *list, size_t n)
{
	struct job *jobs = calloc(n, sizeof(*jobs));
	struct target *t = calloc(n, sizeof(*t));
	int *sig = calloc(n, sizeof(*sig));
	bool ready = jobs != NULL && t != NULL && sig != NULL;
	int r = 0;
	size_t i;

	for (i = 0; ready && i < n; i++) {
		job_init(&jobs[i], &list[i]);
		ready = target_init(&t[i], &list[i]) == 0;
	}
	if (ready)
		run(jobs, t, sig, n);
	for (i = 0; i < n; i++) {
		if (!ready) {
			list[i].failed = true;
			(void)error_set(&list[i].error, ERROR_SYSTEM,
			    "out of memory");
		}
		if (list[i].failed || list[i].guarded)
			r = -1;
		if (t != NULL)
			target_free(&t[i]);
	}
	free(jobs);
	free(t);
	free(sig);
	return r;
}

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "ledger.h"
#include "lock.h"
#include "paths.h"
#include "proc.h"
#include "setup.h"
#include "statedir.h"

#define UNDO_TIMER	"pamlease-setup-undo.timer"
#define UNDO_SERVICE	"pamlease-setup-undo.service"
#define UNDO_WAIT	60000	/* ms for who is setting up */
#define ANCESTORS_MAX	1000

void
trial_stop(void)
{
	static const char *const argv[] = { "systemctl", "--quiet",
	    "--no-block", "stop", UNDO_TIMER, NULL };

	if (access("/run/systemd/system", F_OK) == 0)
		(void)setup_run(PATH_SYSTEMCTL, argv);
}

/* By the timer, and also when the host boots in the meantime. */
int
trial_start(int64_t seconds)
{
	static const char service[] = "--unit=" UNDO_SERVICE;
	static const char *const enable[] = { "systemctl", "--quiet", "enable",
	    UNDO_SERVICE, NULL };
	static const char *const stop[] = { "systemctl", "--quiet", "stop",
	    UNDO_TIMER, NULL };
	char after[64];
	const char *const start[] = { "systemd-run", "--quiet", after,
	    "--timer-property=AccuracySec=1s", service, NULL };

	(void)snprintf(after, sizeof(after), "--on-active=%llds",
	    (long long)seconds);
	if (setup_run(PATH_SYSTEMCTL, enable)) {
		(void)setup_run(PATH_SYSTEMCTL, stop);
		if (setup_run(PATH_SYSTEMD_RUN, start))
			return EXIT_DONE;
	}
	return fail(EXIT_IO, "the timer that would take it back can't be "
	    "started");
}

/* Is it a way in from outside? */
static bool
is_door(const char *service)
{
	static struct diagnosis report;
	char sshd[SERVICE_MAX];
	bool door = false;
	size_t i;

	check_sshd(&report, sshd);
	find_services(&report, sshd, stack_open_host, NULL);
	for (i = 0; i < report.nservices; i++)
		door |= report.services[i].door &&
		    strcmp(report.services[i].name, service) == 0;
	diagnosis_free(&report);
	return door;
}

/* Is some way in from outside on trial? */
static bool
outside(const struct tried *t)
{
	size_t i;

	for (i = 0; i < t->plan.n; i++)
		if (!service_inside(t->plan.list[i].service))
			return true;
	return false;
}

/*
 * Was it let in since then, by a service that is on trial?  By sudo, or the
 * like, only where that proves all that there is to prove, and never where all
 * services are.
 */
static bool
came_in(const struct session *s, struct tried *t)
{
	return s->by != ADMITTED_NOT && s->by != ADMITTED_ENTERING &&
	    s->opened_boot > t->began_boot &&
	    (all_in(&t->plan) ? is_door(s->service) :
	    changes_find(&t->plan, s->service) != NULL &&
	    !(service_inside(s->service) && outside(t)));
}

/* Does this process descend from one that opened such a session? */
static bool
by_new_login(struct tried *t, const struct ledger *ledger)
{
	struct proc_status ps;
	uint64_t start;
	pid_t pid = getpid();
	size_t i, n;

	for (n = 0; pid > 1 && n < ANCESTORS_MAX; n++, pid = ps.parent) {
		if (!proc_start(pid, &start) || !proc_status(pid, &ps))
			return false;
		for (i = 0; i < ledger->n; i++)
			if (ledger->list[i].pid == pid &&
			    ledger->list[i].start == start &&
			    came_in(&ledger->list[i], t))
				return true;
	}
	return false;
}

static int
may_confirm(int dirfd, struct tried *t)
{
	struct ledger ledger;
	struct moment now;
	struct error err;
	char *names;
	bool may;

	if (host_clocks(&now) != EXIT_DONE)
		return EXIT_IO;
	if (ledger_read(dirfd, NULL, &ledger, &err) == -1)
		return fail_error(&err);
	may = strcmp(t->boot_id, now.boot_id) == 0 && by_new_login(t, &ledger);
	ledger_free(&ledger);
	if (may)
		return EXIT_DONE;
	names = setup_names(&t->plan);
	(void)fail(EXIT_REFUSED, "this login is not one by %s since the trial "
	    "began: log in anew from another terminal, and confirm there",
	    all_in(&t->plan) ? "sshd, login or the like" :
	    names != NULL ? names : "it");
	free(names);
	return EXIT_REFUSED;
}

static int
confirm(int statefd, int dirfd)
{
	static struct tried t;
	int r = tried_read(dirfd, &t);

	if (r == EXIT_NONE)
		return fail(r, "nothing is on trial");
	if (r == EXIT_DONE)
		r = may_confirm(statefd, &t);
	if (r == EXIT_DONE)
		r = tried_remove(dirfd);
	if (r == EXIT_DONE) {
		trial_stop();
		setup_record(EVENT_SETUP, &t.plan, "confirmed");
		all_tell(&t.plan);
		(void)puts("Confirmed: it stays.");
	}
	tried_free(&t);
	return r;
}

/*
 * What one file becomes: what it was, or, where somebody has changed it since
 * then, that with lines of ours as they were.
 */
static int
take_back(const struct change *was, struct change *c)
{
	int r = change_read(c, was->service, NULL);

	if (r != EXIT_DONE || c->old == NULL)
		return r;
	free(c->new);
	c->new = NULL;
	if (!same_text(c->old, was->new) && !same_text(c->old, was->old)) {
		warning("%s/%s was changed meanwhile: that stays",
		    change_dir(c->service), change_file(c->service));
		c->new = was->old != NULL ? taken_back(c->service, c->old,
		    was->old) : stripped(c->service, c->old);
		return c->new != NULL ? r : fail(EXIT_IO, "no memory");
	}
	c->mode = was->mode;
	c->new = was->old != NULL ? strdup(was->old) : NULL;
	return was->old == NULL || c->new != NULL ? r : fail(EXIT_IO,
	    "no memory");
}

/* Each for itself: one that can't be taken back holds no other up. */
static int
undo_one(int dirfd, const struct change *was)
{
	static struct changes plan;
	struct change *c = &plan.list[0];
	int r = take_back(was, c);

	plan.n = 1;
	changes_drop_same(&plan);
	if (r == EXIT_DONE && plan.n > 0)
		r = changes_apply(&plan);
	changes_free(&plan);
	if (r == EXIT_DONE)
		r = kept_settle(dirfd, was, was->old);
	return r;
}

static int
undo(int statefd, int dirfd)
{
	static struct tried t;
	int r = tried_read(dirfd, &t), one;
	size_t i;

	(void)statefd;
	if (r == EXIT_NONE)
		return fail(r, "nothing is on trial");
	for (i = 0; i < t.plan.n; i++) {
		one = undo_one(dirfd, &t.plan.list[i]);
		if (one != EXIT_DONE)
			r = one;
	}
	if (r == EXIT_DONE)
		r = tried_remove(dirfd);
	if (r == EXIT_DONE) {
		trial_stop();
		setup_record(EVENT_UNSETUP, &t.plan, "the trial is over");
		(void)puts("Taken back.");
	}
	tried_free(&t);
	return r;
}

/* With the lock, for which it waits so many ms. */
static int
end_trial(int ms, int (*end)(int statefd, int dirfd))
{
	struct hold hold = HOLD_INIT;
	int r = setup_lock(&hold, ms), dirfd;

	if (r == EXIT_DONE) {
		dirfd = kept_dir();
		r = dirfd == -1 ? EXIT_IO : end(hold.dirfd, dirfd);
		if (dirfd != -1)
			(void)close(dirfd);
	}
	hold_release(&hold);
	return r;
}

int
trial_confirm(void)
{
	return end_trial(LOCK_WAIT_COMMAND, confirm);
}

int
trial_undo(void)
{
	return end_trial(UNDO_WAIT, undo);
}

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "clock.h"
#include "duration.h"
#include "end.h"
#include "file.h"
#include "lock.h"
#include "proc.h"
#include "store.h"
#include "tty.h"
#include "watchdog.h"

#define MILLISECOND	INT64_C(1000000)	/* ns */

#define EXPIRED	"*** pamlease: Your session has expired. " \
		"You will be disconnected now. ***"

static void
event_of(struct event *event, enum event_kind kind, const struct view *v,
    uid_t uid)
{
	event_init(event, kind);
	event->text[EVENT_USER] = v->user;
	event->number[EVENT_UID] = (int64_t)uid;
}

bool
close_entry(int dirfd, const struct session *s)
{
	char name[SESSION_NAME_MAX];
	struct event event;
	struct error err;

	(void)session_name(name, s);
	if (ledger_remove(dirfd, name, &err) == -1) {
		if (err.code == ERROR_ABSENT)
			return true;
		say(LOG_ERR, "can't close session %s: %s", name, err.text);
		return false;
	}
	if (s->by == ADMITTED_NOT)	/* it has not opened */
		return true;
	event_init(&event, EVENT_CLOSED);
	event_session(&event, s, name);
	event.text[EVENT_DETAIL] = "its process is gone";
	say_of(LOG_INFO, &event, "%s (uid %u): session %s was not closed, its "
	    "process is gone", shown(s->user), (unsigned int)s->uid, name);
	return true;
}

/*
 * The mark comes first: a watchdog that is killed in between leaves out a
 * warning rather than give it twice.  Where there is no room for a mark, each
 * run gives it once.
 */
static void
warn(struct run *run, const struct view *v)
{
	uid_t uid = view_uid(v);
	struct event event;
	char left[DURATION_TEXT_MAX], text[192], names[SESSION_NAMES_MAX];
	struct tty_count count;
	bool marked = true;
	struct error err;

	if (v->plan.mark && marks_write(run->dirfd, v->user, &v->plan.marks,
	    &err) == -1) {
		say(LOG_ERR, "%s: can't write marks: %s", shown(v->user),
		    err.text);
		run->failures++;
		marked = false;
	}
	if (!v->plan.warn || v->plan.end == PLAN_END_ALL ||
	    (!marked && run->again))
		return;
	(void)duration_words(left, v->plan.left);
	(void)snprintf(text, sizeof(text), "*** pamlease: Warning: Your "
	    "session expires in %s. Save your work. ***", left);
	tty_tell(uid, text, &count);
	notes_add(run, v);
	event_of(&event, EVENT_WARNED, v, uid);
	event.text[EVENT_SESSION] = session_names(names, v->sessions,
	    v->nsessions, NULL);
	event.number[EVENT_LEFT_S] = v->plan.left;
	event.number[EVENT_TERMINALS] = (int64_t)count.told;
	event.number[EVENT_STUCK] = (int64_t)count.stuck;
	say_of(LOG_INFO, &event, "%s (uid %u): warned, %s left: %zu terminals, %zu did "
	    "not take it", shown(v->user), (unsigned int)uid, left,
	    count.told, count.stuck);
}

/* Who comes in is refused at once; the next runs see whether it stays so. */
static void
tell_doubt(const struct view *v)
{
	uid_t uid = view_uid(v);
	struct event event;

	event_of(&event, EVENT_DOUBTED, v, uid);
	say_of(LOG_WARNING, &event, "%s (uid %u): only the wall clock says "
	    "that their time is over: sessions stay until a later run finds "
	    "the same", shown(v->user), (unsigned int)uid);
}

/* Under the lock everything is read again: it may have been extended. */
static size_t
still_due(struct run *run, struct view **due, size_t n, struct ledger *ledger)
{
	struct error err;
	size_t i, k = 0;

	if (ledger_read(run->dirfd, NULL, ledger, &err) == -1) {
		say(LOG_ERR, "ledger: %s", err.text);
		run->failures++;
		return 0;
	}
	ledger_drop_dead(ledger);
	for (i = 0; i < n; i++) {
		struct view *v = due[i];

		v->sessions = ledger_find(ledger, v->user, &v->nsessions);
		if (view_read(run, v) == 0 &&
		    (v->plan.end != PLAN_END_NONE || v->plan.remove))
			due[k++] = v;
	}
	return k;
}

static void
release(struct view *v)
{
	v->sessions = NULL;
	v->nsessions = 0;
	if (v->lock != -1)
		(void)close(v->lock);
	v->lock = -1;
}

static void
forget_sessions(struct run *run, const struct view *v)
{
	size_t i;

	for (i = 0; i < v->nsessions; i++)
		if (!proc_alive(v->sessions[i].pid, v->sessions[i].start) &&
		    !close_entry(run->dirfd, &v->sessions[i]))
			run->failures++;
}

static void
report(const struct view *v, const struct ending *e)
{
	bool bad = e->failed || e->guarded;
	char names[SESSION_NAMES_MAX];
	struct event event;

	if (e->found == 0 && !bad && e->error.code == ERROR_NONE)
		return;
	event_of(&event, bad ? EVENT_NOT_ENDED : EVENT_ENDED, v, e->uid);
	event.text[EVENT_WHY] = why_word(v->plan.why);
	event.text[EVENT_DETAIL] = e->error.text;
	event.text[EVENT_SESSION] = session_names(names, v->sessions,
	    v->nsessions, v->ends);
	event.number[EVENT_FOUND] = (int64_t)e->found;
	event.number[EVENT_KILLED] = (int64_t)e->swept;
	event.number[EVENT_LEFT] = (int64_t)e->left;
	event.number[EVENT_TOOK_MS] = e->took;
	if (!bad && v->plan.late >= 0)
		event.number[EVENT_LATE_MS] = v->plan.late / MILLISECOND +
		    e->told + e->took;
	say_of(bad ? LOG_CRIT : LOG_NOTICE, &event, "%s (uid %u): %s, %s: %zu "
	    "processes, %zu killed, %zu left, %lld ms%s%s", shown(v->user),
	    (unsigned int)e->uid, bad ? "not all ended" : "ended",
	    why_text(v->plan.why), e->found, e->swept, e->left,
	    (long long)e->took, e->error.text[0] != '\0' ? "; " : "",
	    e->error.text);
}

/*
 * Nobody who can have a lease has this one, or what a revocation left of it:
 * it would be over, and nobody ended, in each run.
 */
static void
put_aside(const struct run *run, const struct view *v)
{
	struct event event;
	struct error err;
	int r;

	r = v->state.lease_found == FOUND_GOOD ?
	    lease_put_aside(run->dirfd, v->user, &err) :
	    lease_drop(run->dirfd, v->user, &err);
	event_of(&event, EVENT_PUT_ASIDE, v, v->plan.uid);
	if (r != 0)
		event.text[EVENT_DETAIL] = err.text;
	say_of(LOG_ALERT, &event, "%s: a lease for uid %u, who can have none: "
	    "%s", shown(v->user), (unsigned int)v->plan.uid,
	    r == 0 ? "put aside" : err.text);
}

/* Says how it went, and removes what is over when nothing is left. */
static void
finish(struct run *run, const struct view *v, const struct ending *e)
{
	struct event event;
	struct error err;

	report(v, e);
	forget_sessions(run, v);
	if (e->failed || e->guarded)
		run->left++;
	if (v->lock == -1 || !v->plan.remove)
		return;
	if (e->guarded)
		put_aside(run, v);
	if (e->failed || e->guarded)
		return;
	event_of(&event, EVENT_REMOVED, v, e->uid);
	event.text[EVENT_WHY] = why_word(v->plan.why);
	if (lease_drop(run->dirfd, v->user, &err) == 0)
		say_of(LOG_NOTICE, &event, "%s: lease removed, %s",
		    shown(v->user), why_text(v->plan.why));
	else if (err.code != ERROR_ABSENT) {
		say(LOG_ERR, "%s: can't remove the lease: %s",
		    shown(v->user), err.text);
		run->failures++;
	}
}

static void
end_init(struct ending *e, const struct view *v)
{
	memset(e, 0, sizeof(*e));
	e->user = v->user;
	e->uid = v->plan.uid;
	e->extent = v->plan.end == PLAN_END_ALL ? END_USER : END_SESSIONS;
	e->sessions = v->sessions;
	e->nsessions = v->nsessions;
	e->ends = v->ends;
	/* The terminals of a session are not told from the user's others. */
	e->message = v->plan.stays ? NULL : EXPIRED;
}

/* What was late as it was looked at is later by now. */
static void
count_wait(const struct run *run, struct view **due, size_t n)
{
	struct moment now;
	size_t i;

	clock_now(&now);
	for (i = 0; i < n; i++) {
		struct plan *p = &due[i]->plan;

		if (!now.readable)
			p->late = -1;
		else if (p->late >= 0)
			p->late += now.boot - run->now.boot;
	}
}

/* Runs in a process of its own. */
static int
end_all(struct run *run, struct view **due, size_t n)
{
	static const struct ending nobody;
	struct ending *list = calloc(n, sizeof(*list));
	size_t i, k = 0;

	if (list == NULL) {
		say(LOG_CRIT, "can't end: out of memory");
		run->left++;
		return run_result(run);
	}
	for (i = 0; i < n; i++) {
		if (plan_is_roots(&due[i]->plan, &due[i]->state)) {
			finish(run, due[i], &nobody);
			continue;
		}
		due[k] = due[i];
		end_init(&list[k++], due[i]);
	}
	count_wait(run, due, k);
	(void)end_users(list, k);
	for (i = 0; i < k; i++)
		finish(run, due[i], &list[i]);
	free(list);
	return run_result(run);
}

/* Those of n locked users who are due still are ended. */
static void
end_due(struct run *run, struct view **due, size_t n)
{
	struct ledger ledger = { NULL, 0, 0 };

	n = still_due(run, due, n, &ledger);
	if (n > 0)
		worker_start(run, due, n, end_all);
	ledger_free(&ledger);
}

/*
 * Runs in a process of its own, so that nobody else waits for whoever holds
 * this one's lock; who holds it for long may hang, and then it is done without.
 */
static int
end_late(struct run *run, struct view **due, size_t n)
{
	struct ledger ledger = { NULL, 0, 0 };
	struct view *v = due[0];
	struct moment now;
	struct error err;
	int ret;

	v->lock = lock_user(run->dirfd, v->user, LOCK_WAIT_COMMAND, &err);
	if (v->lock == -1) {
		say(LOG_ERR, "%s: ended without the lock: %s", shown(v->user),
		    err.text);
		run->failures++;
	}
	clock_now(&now);
	if (now.readable)
		run->now = now;
	n = still_due(run, due, n, &ledger);
	ret = n > 0 ? end_all(run, due, n) : run_result(run);
	ledger_free(&ledger);
	return ret;
}

/* What needs no lock: a warning, a doubt. */
static void
tell(struct run *run, const struct view *v)
{
	if (v->plan.warn || v->plan.mark)
		warn(run, v);
	if (v->plan.doubt)
		tell_doubt(v);
}

void
act(struct run *run, struct view *views, size_t n)
{
	struct view **due = calloc(n, 2 * sizeof(struct view *));
	struct view **late;
	size_t i, ndue = 0, nlate = 0;
	struct error err;

	if (due == NULL) {
		say(LOG_CRIT, "can't act: out of memory");
		run->failures++;
		return;
	}
	late = due + n;
	for (i = 0; i < n; i++) {
		struct view *v = &views[i];

		if (run->dry) {
			dry_run(v);
			continue;
		}
		tell(run, v);
		if (v->plan.end == PLAN_END_NONE && !v->plan.remove)
			continue;
		if (v->plan.end != PLAN_END_NONE && !v->plan.stays)
			notes_add(run, v);
		v->lock = lock_user(run->dirfd, v->user, 0, &err);
		if (v->lock != -1)
			due[ndue++] = v;
		else
			late[nlate++] = v;
	}
	if (ndue > 0)
		end_due(run, due, ndue);
	for (i = 0; i < n; i++)
		release(&views[i]);
	/* These must not have the locks of others. */
	for (i = 0; i < nlate; i++)
		worker_start(run, &late[i], 1, end_late);
	free(due);
}

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "account.h"
#include "clock.h"
#include "dir.h"
#include "file.h"
#include "name.h"
#include "order.h"
#include "paths.h"
#include "proc.h"
#include "text.h"
#include "tty.h"
#include "watchdog.h"

#define BATCH	128	/* users acted on at the same time */

/* One look at all users. */
struct round {
	struct run *run;
	struct ledger ledger;
	bool *seen;		/* entries of the ledger that were looked at */
	struct standing *standing;
	struct view *batch;
	size_t n;
};

static void
note_odd_lease(struct run *run, const struct state *st)
{
	if (st->lease_found == FOUND_UNREADABLE)
		run->failures++;
	if (run->again || (st->lease_found != FOUND_BROKEN &&
	    st->lease_found != FOUND_UNREADABLE))
		return;
	say(LOG_ERR, "%s", shown(st->lease_error.text));
}

static bool
needs_action(const struct plan *p)
{
	return p->end != PLAN_END_NONE || p->remove || p->warn || p->mark;
}

static void
view_free(struct view *v)
{
	free(v->ends);
	v->ends = NULL;
	state_free_user(&v->state);
}

uid_t
view_uid(const struct view *v)
{
	if (v->nsessions > 0)
		return v->sessions[0].uid;
	return v->present != NULL ? v->present->uid : v->state.lease.uid;
}

int
view_read(struct run *run, struct view *v)
{
	struct watched w = {
		.user = v->user,
		.state = &v->state,
		.sessions = v->sessions,
		.nsessions = v->nsessions,
		.marks = &v->marks,
		.run = run->started,
	};
	struct event event;

	v->present = present_user_of(run, v->user);
	if (v->present != NULL) {
		w.present = true;
		w.uid = v->present->uid;
	}
	view_free(v);
	state_share(&run->host, &v->state);
	state_read_user(run->dirfd, v->user, &v->state);
	note_odd_lease(run, &v->state);
	memset(&v->marks, 0, sizeof(v->marks));
	if (v->nsessions > 0)
		marks_read(run->dirfd, v->user, &v->marks);
	if (v->state.lease_found == FOUND_NOTHING)
		w.revoked = lease_revoked(run->dirfd, v->user, &w.revoked_uid);
	v->ends = calloc(v->nsessions + 1, sizeof(*v->ends));
	if (v->ends == NULL)
		return -1;
	plan_user(&w, &run->now, &v->plan, v->ends);
	event_init(&event, EVENT_NO_TERMINAL);
	event.text[EVENT_USER] = v->user;
	event.number[EVENT_UID] = (int64_t)view_uid(v);
	if (v->plan.unseen || needs_action(&v->plan)) {
		/* Only now does it matter what was done before, and to whom. */
		marks_read(run->dirfd, v->user, &v->marks);
		w.terminals = v->plan.unseen && (on_desktop(v) ||
		    tty_owned(view_uid(v)) > 0);
		plan_user(&w, &run->now, &v->plan, v->ends);
	}
	if (v->plan.end != PLAN_END_NONE && !v->plan.remove &&
	    !account_leasable(v->plan.uid)) {
		v->plan.end = PLAN_END_NONE;
		if (!run->again)
			say(LOG_NOTICE, "%s: sessions of the "
			    "system's accounts are not ended", shown(v->user));
	}
	if (v->plan.unseen && v->nsessions > 0 &&
	    (!run->again || v->plan.unseen_since > run->looked))
		say_of(LOG_INFO, &event, "%s: no terminal to warn on",
		    shown(v->user));
	return 0;
}

static void
flush(struct round *r)
{
	size_t i;

	if (r->n > 0)
		act(r->run, r->batch, r->n);
	for (i = 0; i < r->n; i++)
		view_free(&r->batch[i]);
	r->n = 0;
}

static int
look_at(struct round *r, const char *user)
{
	struct view *v = &r->batch[r->n];
	struct present_user *present = present_user_of(r->run, user);

	if (present != NULL)
		present->seen = true;
	memset(v, 0, sizeof(*v));
	v->lock = -1;
	(void)text_copy(v->user, sizeof(v->user), user);
	v->sessions = ledger_find(&r->ledger, user, &v->nsessions);
	if (v->sessions != NULL)
		memset(r->seen + (v->sessions - r->ledger.list), true,
		    v->nsessions);
	if (worker_has(r->run, user))
		return 0;
	if (view_read(r->run, v) == -1)
		return -1;
	if (v->sessions != NULL)
		standing_note(r->standing, (size_t)(v->sessions -
		    r->ledger.list), r->run, v);
	if (v->plan.next_wall < r->run->next_wall)
		r->run->next_wall = v->plan.next_wall;
	if (v->plan.next_boot < r->run->next_boot)
		r->run->next_boot = v->plan.next_boot;
	if (!needs_action(&v->plan))
		view_free(v);
	else if (++r->n == BATCH)
		flush(r);
	return 0;
}

static int
look_at_file(void *arg, int dirfd, const char *name)
{
	struct round *r = arg;
	char user[LEASE_NAME_MAX + 1];

	if (name_decode_file(user, sizeof(user), name, SUFFIX_LEASE) ||
	    name_decode_file(user, sizeof(user), name, SUFFIX_REVOKED))
		return look_at(r, user);
	if (!r->run->dry)
		(void)draft_sweep(dirfd, name);
	return 0;
}

/* Who is in without a lease: revoked, deleted by hand, or root. */
static int
look_at_sessions(struct round *r)
{
	size_t i;

	for (i = 0; i < r->ledger.n; i++)
		if (!r->seen[i] && look_at(r, r->ledger.list[i].user) == -1)
			return -1;
	return 0;
}

/* Who has neither lease nor session, but is there. */
static int
look_at_present(struct round *r)
{
	size_t i;

	for (i = 0; i < r->run->npresent; i++)
		if (!r->run->present[i].seen &&
		    look_at(r, r->run->present[i].name) == -1)
			return -1;
	return 0;
}

/* The entries of dead processes are closed here. */
static void
close_dead(struct round *r)
{
	struct session *list = r->ledger.list;
	size_t i;

	for (i = 0; !r->run->dry && i < r->ledger.n; i++)
		if (!proc_alive(list[i].pid, list[i].start) &&
		    !worker_has(r->run, list[i].user) &&
		    !close_entry(r->run->dirfd, &list[i]))
			r->run->failures++;
	ledger_drop_dead(&r->ledger);
}

/* What a killed "grant --keep" has left. */
static void
sweep_kept(void)
{
	struct error err;
	int fd = dir_open(PATH_KEPT, DIR_PRIVATE, &err);

	if (fd == -1)
		return;
	drafts_sweep(fd);
	(void)close(fd);
}

static void
complain(struct run *run, const struct error *err)
{
	if (!run->again)
		say(LOG_ERR, "%s", shown(err->text));
	run->failures++;
}

static void
read_host(struct run *run)
{
	state_free(&run->host);
	if (state_read_policy_inside(&run->host) == -1)
		complain(run, &run->host.policy_error);
	state_read_winddown(run->dirfd, &run->host);
	if (run->host.winddown_error.code != ERROR_NONE)
		complain(run, &run->host.winddown_error);
}

/* What others read, and what goes on by itself. */
static void
hand_over(struct round *r)
{
	standing_write(r->standing, r->run);
	notes_start(r->run);
	closing_start(r->run, r->ledger.n > 0);
	chronicle_look(r->run);
}

int
look(struct run *run)
{
	struct round r = { .run = run };
	struct error err;
	uint64_t start;
	int ret = -1;

	run->next_wall = run->next_boot = INT64_MAX;
	(void)workers_reap(run, false);
	run->failures = run->left = 0;
	/* With hidepid= everybody would look dead, and nobody end. */
	if (!proc_start(1, &start)) {
		say(LOG_CRIT, "can't see the processes of others in /proc");
		return -1;
	}
	/* Before anything is read: what changes from now on wakes again. */
	if (!run->dry)
		(void)unlinkat(run->dirfd, PATH_WAKE, 0);
	clock_now(&run->now);
	if (!run->now.readable) {
		say(LOG_CRIT, "a clock can't be read");
		return -1;
	}
	read_host(run);
	present_users_find(run);
	if (ledger_read(run->dirfd, NULL, &r.ledger, &err) == -1) {
		say(LOG_CRIT, "ledger: %s", err.text);
		return -1;
	}
	if (r.ledger.broken > 0) {
		run->failures++;
		if (!run->again)
			say(LOG_ERR, "ledger: %s", shown(err.text));
	}
	if (!run->dry && !run->again) {
		sweep_kept();
		order_trim(run->dirfd);
	}
	if (!run->dry)
		asked_tell(run);
	close_dead(&r);
	r.seen = calloc(r.ledger.n + 1, sizeof(*r.seen));
	r.batch = calloc(BATCH, sizeof(*r.batch));
	r.standing = run->dry ? NULL : standing_of(&r.ledger);
	if (r.seen != NULL && r.batch != NULL &&
	    dir_each(run->dirfd, look_at_file, &r, &err) == 0 &&
	    look_at_sessions(&r) == 0 && look_at_present(&r) == 0)
		ret = 0;
	else
		say(LOG_CRIT, "can't look at all of %s", PATH_STATE);
	if (r.batch != NULL)
		flush(&r);
	if (!run->dry)
		hand_over(&r);
	free(r.batch);
	free(r.seen);
	ledger_free(&r.ledger);
	run->again = true;
	run->looked = run->now.boot;
	return ret;
}

#include <string.h>

#include "plan.h"

/*
 * Is nothing to end it?  A session that was kept when its lease was revoked is
 * under the next lease when there is one.
 */
bool
session_released(const struct session *s, const struct state *st)
{
	return s->by == ADMITTED_PERMISSIVE ||
	    (s->by == ADMITTED_KEPT && st->lease_found == FOUND_NOTHING);
}

struct verdict
session_verdict(const struct session *s, const struct state *st,
    const struct moment *now)
{
	struct request rq = {
		.user = s->user,
		.uid = s->uid,
		.known = true,
		.service = s->service,
		.tty = s->tty,
		.rhost = s->rhost,
	};

	return decide(&rq, st, now);
}

/*
 * Only the wall clock says so, and it is far from the boot clock: it may have
 * been stepped, by mistake or by somebody.
 */
static bool
doubtful(enum why why, const struct state *st, const struct moment *now)
{
	if (why == WHY_FUTURE)
		return true;
	return why == WHY_EXPIRED &&
	    lease_end_boot(&st->lease, &st->policy) * NANOSECONDS -
	    now->boot > PLAN_DOUBT_MAX * NANOSECONDS;
}

/*
 * Has an earlier run found the same?  Else this one remembers it.  A change of
 * any lease starts a run: one that began at once after it says nothing more.
 */
static bool
confirmed(const struct watched *w, int64_t end, struct plan *plan)
{
	if (plan->marks.end == end && plan->marks.doubt_run != 0)
		return w->run - plan->marks.doubt_run >=
		    PLAN_DOUBT_WAIT * NANOSECONDS;
	if (plan->marks.end != end)
		memset(&plan->marks, 0, sizeof(plan->marks));
	plan->marks.end = end;
	plan->marks.doubt_run = w->run;
	plan->doubt = plan->mark = true;
	return false;
}

/* Is it a reason to end what is in, rather than only to let nobody else in? */
static bool
ends_sessions(enum why why, const struct watched *w, const struct moment *now,
    struct plan *plan)
{
	if (why == WHY_LEASE_UNREADABLE || why == WHY_CLOCK ||
	    why == WHY_POLICY_BROKEN)
		return false;
	return !doubtful(why, w->state, now) || confirmed(w,
	    lease_end(&w->state->lease, &w->state->policy), plan);
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Warnings that are due, and when the next thing is, for one end. */
static void
plan_warnings(const struct watched *w, int64_t end, int64_t end_boot,
    const struct moment *now, struct plan *plan)
{
	const struct policy *policy = &w->state->policy;
	size_t i;

	plan->next_wall = earlier(plan->next_wall, end * NANOSECONDS);
	plan->next_boot = earlier(plan->next_boot, end_boot * NANOSECONDS);
	for (i = 0; i < policy->nleads; i++) {
		int64_t wall = (end - policy->lead[i]) * NANOSECONDS;
		int64_t boot = (end_boot - policy->lead[i]) * NANOSECONDS;

		if (now->wall < wall && now->boot < boot) {
			plan->next_wall = earlier(plan->next_wall, wall);
			plan->next_boot = earlier(plan->next_boot, boot);
		} else if (marks_warned(&plan->marks, end, policy->lead[i]))
			continue;
		else if (!w->terminals) {
			plan->unseen = true;
			plan->unseen_since = later(plan->unseen_since,
			    earlier(boot, now->boot - (now->wall - wall)));
		} else {
			marks_add(&plan->marks, end, policy->lead[i]);
			plan->mark = plan->warn = true;
		}
	}
	/* Rounded up, because the next second has begun already. */
	plan->left = (earlier(end * NANOSECONDS - now->wall,
	    end_boot * NANOSECONDS - now->boot) + NANOSECONDS - 1) /
	    NANOSECONDS;
}

struct tally {
	size_t ending, staying, refused;	/* refused: never let in */
	int64_t end, end_boot;			/* the earliest of who stays */
};

static void
judge_all(const struct watched *w, const struct moment *now, struct plan *plan,
    struct tally *t, bool *ends)
{
	size_t i;

	for (i = 0; i < w->nsessions; i++) {
		const struct session *s = &w->sessions[i];
		struct verdict v = session_verdict(s, w->state, now);

		ends[i] = s->uid != 0 && (s->by == ADMITTED_NOT ||
		    (!session_released(s, w->state) && !verdict_admits(&v) &&
		    ends_sessions(v.why, w, now, plan)));
		if (ends[i]) {
			t->ending++;
			t->refused += s->by == ADMITTED_NOT;
			plan->why = verdict_admits(&v) ? WHY_REFUSED : v.why;
			plan->uid = s->uid;
			continue;
		}
		t->staying++;
		if (!session_released(s, w->state) && v.end < t->end) {
			t->end = v.end;
			t->end_boot = v.end_boot;
		}
	}
}

/* What the clocks say of the lease itself, with or without a session. */
static void
judge_lease(const struct watched *w, const struct moment *now,
    struct plan *plan, struct tally *t)
{
	const struct lease *lease = &w->state->lease;
	const struct policy *policy = &w->state->policy;
	enum why why;

	if (w->revoked && w->state->lease_found == FOUND_NOTHING) {
		plan->remove = true;
		plan->why = WHY_NO_LEASE;
		plan->uid = w->revoked_uid;
	}
	if (w->state->lease_found != FOUND_GOOD)
		return;
	why = lease_in_time(lease, policy, now);
	if (why == WHY_LEASE) {
		if (plan->marks.doubt_run != 0) {
			plan->marks.doubt_run = 0;
			plan->mark = true;
		}
		plan->next_wall = lease_end(lease, policy) * NANOSECONDS;
		plan->next_boot = lease_end_boot(lease, policy) * NANOSECONDS;
		if (w->nsessions == 0 && w->terminals) {
			t->end = lease_end(lease, policy);
			t->end_boot = lease_end_boot(lease, policy);
		}
		return;
	}
	if (why == WHY_FUTURE || !ends_sessions(why, w, now, plan))
		return;
	plan->remove = true;
	plan->why = why;
	plan->uid = lease->uid;
}

void
plan_user(const struct watched *w, const struct moment *now,
    struct plan *plan, bool *ends)
{
	struct tally t = { .end = NO_END, .end_boot = NO_END };

	memset(plan, 0, sizeof(*plan));
	plan->next_wall = plan->next_boot = INT64_MAX;
	plan->marks = *w->marks;
	if (!now->readable)
		return;
	judge_lease(w, now, plan, &t);
	judge_all(w, now, plan, &t, ends);
	plan->stays = t.staying > 0;
	if (!plan->stays && (plan->remove || t.ending > t.refused) &&
	    !w->state->policy.keep_detached)
		plan->end = PLAN_END_ALL;
	else if (t.ending > 0)
		plan->end = PLAN_END_SOME;
	if (t.end != NO_END)
		plan_warnings(w, t.end, t.end_boot, now, plan);
}

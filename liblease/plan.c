#include <string.h>

#include "inside.h"
#include "late.h"
#include "plan.h"
#include "text.h"

/*
 * Has an earlier run found the same?  Else this one remembers it.  A change of
 * any lease starts a run: one that began at once after it says nothing more.
 * There is one doubt at a time, and an end that is moved begins another.
 */
static bool
confirmed(const struct watched *w, int64_t end, struct plan *plan)
{
	plan->doubtful = true;
	if (plan->marks.doubt_end == end && plan->marks.doubt_run != 0)
		return w->run - plan->marks.doubt_run >=
		    PLAN_DOUBT_WAIT * NANOSECONDS;
	plan->marks.doubt_end = end;
	plan->marks.doubt_run = w->run;
	plan->doubt = plan->mark = true;
	return false;
}

/* Is it a reason to end what is in, rather than only to let nobody else in? */
static bool
ends_sessions(enum why why)
{
	return why != WHY_LEASE_UNREADABLE && why != WHY_CLOCK &&
	    why != WHY_POLICY_BROKEN && why != WHY_GROUPS &&
	    why != WHY_ZONE && why != WHY_LEASE_ZONE;
}

/* The end of the user's lease, or 0. */
static int64_t
end_of_lease(const struct watched *w)
{
	return w->state->lease_found != FOUND_GOOD ? 0 :
	    lease_end(&w->state->lease, &w->state->policy);
}

static bool
lease_ends(enum why why, const struct watched *w, const struct moment *now,
    struct plan *plan)
{
	return ends_sessions(why) && (!lease_doubtful(why, w->state, now) ||
	    confirmed(w, end_of_lease(w), plan));
}

/* Of a session that would not be let in now. */
static bool
session_ends(const struct session *s, enum why why, const struct watched *w,
    const struct moment *now, struct plan *plan)
{
	return ends_sessions(why) &&
	    (!session_doubtful(s, why, w->state, now) || confirmed(w,
	    why == WHY_WINDDOWN_OVER ? w->state->winddown.deadline :
	    end_of_lease(w), plan));
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

/* Was it never let in? */
static bool
refused(const struct session *s, const struct moment *now)
{
	return s->by == ADMITTED_NOT || (s->by == ADMITTED_ENTERING &&
	    now->boot / NANOSECONDS - s->opened_boot > SESSION_ENTERING_MAX);
}

/* Does it end?  If not, that is minded when it will. */
static bool
judge(const struct session *s, const struct watched *w,
    const struct moment *now, struct plan *plan, struct tally *t)
{
	struct verdict v = session_verdict(s, w->state, now);
	bool never = refused(s, now);

	if (s->uid != 0 && (never || (!verdict_admits(&v) &&
	    session_ends(s, v.why, w, now, plan)))) {
		t->ending++;
		t->refused += never;
		plan->why = verdict_admits(&v) ? WHY_REFUSED : v.why;
		plan->uid = s->uid;
		if (!never)
			plan->late = later(plan->late, session_late(s, v.why,
			    w->state, now));
		return true;
	}
	t->staying++;
	if (v.end < t->end) {
		t->end = v.end;
		t->end_boot = v.end_boot;
	}
	return false;
}

/*
 * Who has processes and no session: as one that only a wind-down ends.  What a
 * lease has left running is no session that stays.
 */
static void
judge_present(const struct watched *w, const struct moment *now,
    struct plan *plan, struct tally *t)
{
	struct session s = { .uid = w->uid, .by = ADMITTED_PERMISSIVE };

	(void)text_copy(s.user, sizeof(s.user), w->user);
	if (!judge(&s, w, now, plan, t))
		t->staying--;
}

static void
judge_all(const struct watched *w, const struct moment *now, struct plan *plan,
    struct tally *t, bool *ends)
{
	size_t i;

	for (i = 0; i < w->nsessions; i++)
		ends[i] = judge(&w->sessions[i], w, now, plan, t);
	if (w->nsessions == 0 && w->present)
		judge_present(w, now, plan, t);
}

/* A policy that can't be read may lease root as well. */
bool
plan_is_roots(const struct plan *plan, const struct state *st)
{
	return plan->remove && plan->uid == 0 &&
	    (st->policy.leases_root || st->policy_lost);
}

/* Has the lease ended, but what it let in is still in? */
static bool
in_grace(const struct state *st, enum why why, const struct moment *now)
{
	const struct moment then = moment_ago(now, st->policy.grace);

	if (why != WHY_EXPIRED && why != WHY_EXPIRED_BOOT)
		return false;
	why = lease_in_time(&st->lease, &st->policy, &then);
	return why == WHY_LEASE || why == WHY_FUTURE;
}

/* What the clocks say of the lease itself, with or without a session. */
static void
judge_lease(const struct watched *w, const struct moment *now,
    struct plan *plan, struct tally *t)
{
	const struct lease *lease = &w->state->lease;
	const struct policy *policy = &w->state->policy;
	int64_t end, end_boot;
	enum why why;

	if (w->revoked && w->state->lease_found == FOUND_NOTHING) {
		plan->remove = true;
		plan->why = WHY_NO_LEASE;
		plan->uid = w->revoked_uid;
	}
	if (w->state->lease_found != FOUND_GOOD)
		return;
	why = lease_in_time(lease, policy, now);
	if (why == WHY_LEASE || in_grace(w->state, why, now)) {
		end = lease_end(lease, policy) + policy->grace;
		end_boot = lease_end_boot(lease, policy) + policy->grace;
		plan->next_wall = end * NANOSECONDS;
		plan->next_boot = end_boot * NANOSECONDS;
		if (w->nsessions == 0 && lease->uid != 0) {
			t->end = end;
			t->end_boot = end_boot;
		}
		return;
	}
	if (why == WHY_FUTURE || !lease_ends(why, w, now, plan))
		return;
	plan->remove = true;
	plan->why = why;
	plan->uid = lease->uid;
	if (why == WHY_EXPIRED || why == WHY_EXPIRED_BOOT)
		plan->late = lease_late(w->state, now);
}

void
plan_user(const struct watched *w, const struct moment *now,
    struct plan *plan, bool *ends)
{
	struct tally t = { .end = NO_END, .end_boot = NO_END };

	memset(plan, 0, sizeof(*plan));
	plan->next_wall = plan->next_boot = INT64_MAX;
	plan->late = -1;
	plan->marks = *w->marks;
	if (!now->readable)
		return;
	judge_lease(w, now, plan, &t);
	judge_all(w, now, plan, &t, ends);
	if (!plan->doubtful && plan->marks.doubt_run != 0) {
		plan->marks.doubt_run = plan->marks.doubt_end = 0;
		plan->mark = true;
	}
	plan->stays = t.staying > 0;
	if (!plan->stays && (plan->remove || t.ending > t.refused) &&
	    (!w->state->policy.keep_detached ||
	    plan->why == WHY_WINDDOWN_OVER))
		plan->end = PLAN_END_ALL;
	else if (t.ending > 0)
		plan->end = PLAN_END_SOME;
	if (plan_is_roots(plan, w->state))
		plan->end = PLAN_END_NONE;
	if (t.end != NO_END)
		plan_warnings(w, t.end, t.end_boot, now, plan);
}

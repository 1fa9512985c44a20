#include "inside.h"

/*
 * Is nothing to end it, but a wind-down's deadline?  A session that was kept when
 * its lease was revoked is under the next lease when there is one.
 */
static bool
released(const struct session *s, const struct state *st)
{
	return s->by == ADMITTED_PERMISSIVE ||
	    (s->by == ADMITTED_KEPT && st->lease_found == FOUND_NOTHING) ||
	    (s->by == ADMITTED_POLICY && st->policy_lost);
}

struct moment
moment_ago(const struct moment *now, int64_t seconds)
{
	struct moment then = *now;

	then.wall -= seconds * NANOSECONDS;
	then.boot -= seconds * NANOSECONDS;
	return then;
}

static struct verdict
verdict_at(const struct session *s, const struct state *st,
    const struct moment *then)
{
	const struct request rq = request_of(s);
	struct verdict v;

	if (released(s, st)) {
		v = decide_step(STEP_WINDDOWN, &rq, st, then);
		if (v.kind == VERDICT_NEXT)
			v.kind = VERDICT_ADMIT;
		return v;
	}
	v = decide(&rq, st, then);
	/* Whatever else can't be read: what a lease let in goes with it. */
	if ((v.why == WHY_GROUPS || v.why == WHY_ZONE) &&
	    s->by == ADMITTED_LEASE)
		v = decide_step(STEP_LEASE, &rq, st, then);
	return v;
}

struct verdict
session_verdict(const struct session *s, const struct state *st,
    const struct moment *now)
{
	struct verdict v = verdict_at(s, st, now), before;
	int64_t grace = st->policy.grace;
	struct moment then;

	if (!verdict_admits(&v) && grace > 0) {
		/* Whom an end has overtaken since then is still in. */
		then = moment_ago(now, earlier(grace, later(0,
		    now->boot / NANOSECONDS - s->opened_boot)));
		before = verdict_at(s, st, &then);
		if (verdict_admits(&before))
			v = before;
	}
	if (verdict_admits(&v) && v.end != NO_END) {
		v.end += grace;
		v.end_boot += grace;
	}
	return v;
}

bool
lease_doubtful(enum why why, const struct state *st, const struct moment *now)
{
	if (why == WHY_FUTURE)
		return true;
	return why == WHY_EXPIRED && (lease_end_boot(&st->lease,
	    &st->policy) + st->policy.grace) * NANOSECONDS - now->boot >
	    INSIDE_DOUBT_MAX * NANOSECONDS;
}

/*
 * A window knows the wall clock only.  Has that moved against the boot clock
 * since the session opened, and would the session stay if it had not?
 */
static bool
doubtful_window(const struct session *s, const struct state *st,
    const struct moment *now)
{
	struct moment then = *now;
	struct verdict v;

	then.wall = now->boot + (s->opened - s->opened_boot) * NANOSECONDS;
	if (now->wall - then.wall <= INSIDE_DOUBT_MAX * NANOSECONDS &&
	    then.wall - now->wall <= INSIDE_DOUBT_MAX * NANOSECONDS)
		return false;
	v = session_verdict(s, st, &then);
	return verdict_admits(&v);
}

/* A file that is older than this boot knows the wall clock only. */
static bool
doubtful_winddown(const struct session *s, const struct state *st,
    const struct moment *now)
{
	const struct winddown *wd = &st->winddown;

	if (!winddown_knows_boot(wd, now))
		return s->opened_boot != 0 && doubtful_window(s, st, now);
	return (wd->deadline_boot + st->policy.grace) * NANOSECONDS -
	    now->boot > INSIDE_DOUBT_MAX * NANOSECONDS;
}

bool
session_doubtful(const struct session *s, enum why why,
    const struct state *st, const struct moment *now)
{
	if (why == WHY_EXPIRED || why == WHY_FUTURE)
		return lease_doubtful(why, st, now);
	return why == WHY_WINDDOWN_OVER ? doubtful_winddown(s, st, now) :
	    doubtful_window(s, st, now);
}

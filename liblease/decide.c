#include <string.h>

#include "decide.h"
#include "fit.h"
#include "limit.h"
#include "match.h"
#include "window.h"

#define HORIZON	(8 * INT64_C(86400))	/* s that are looked ahead for an end;
					   weekly windows repeat by then */
#define CHANGES	128		/* and of how many changes, at most */

int64_t
lease_end(const struct lease *lease, const struct policy *policy)
{
	int64_t end = lease->expires_at;

	if (policy->max != 0 && end - lease->issued_at > policy->max)
		end = lease->issued_at + policy->max;
	return end;
}

int64_t
lease_end_boot(const struct lease *lease, const struct policy *policy)
{
	return lease->expires_boottime -
	    (lease->expires_at - lease_end(lease, policy));
}

enum why
lease_in_time(const struct lease *lease, const struct policy *policy,
    const struct moment *now)
{
	if (!now->readable)
		return WHY_CLOCK;
	if (strcmp(lease->boot_id, now->boot_id) != 0)
		return WHY_OTHER_BOOT;
	if (now->wall / NANOSECONDS >= lease_end(lease, policy))
		return WHY_EXPIRED;
	if (now->boot / NANOSECONDS >= lease_end_boot(lease, policy))
		return WHY_EXPIRED_BOOT;
	if (lease->issued_at - LEASE_FUTURE_MAX > now->wall / NANOSECONDS)
		return WHY_FUTURE;
	return WHY_LEASE;
}

static bool
matches(enum condition cond, const struct lease_list *items, const char *value)
{
	const struct list list = list_of_lease(items);
	const struct list one = list_of_one(value);

	return match(cond, &list, &one);
}

static enum why
judge_lease(const struct request *rq, const struct state *st,
    const struct moment *now)
{
	enum why why;

	switch (st->lease_found) {
	case FOUND_NOTHING:
		return WHY_NO_LEASE;
	case FOUND_BROKEN:
		return WHY_LEASE_BROKEN;
	case FOUND_UNREADABLE:
		return WHY_LEASE_UNREADABLE;
	case FOUND_GOOD:
		break;
	}
	if (strcmp(st->lease.user, rq->user) != 0 || st->lease.uid != rq->uid)
		return WHY_OTHER_USER;
	why = lease_in_time(&st->lease, &st->policy, now);
	if (why != WHY_LEASE)
		return why;
	if (!matches(COND_SERVICE, &st->lease.services, rq->service))
		return WHY_SERVICE;
	if (!matches(COND_FROM, &st->lease.from, rq->rhost))
		return WHY_FROM;
	if (st->lease.during[0] == '\0')
		return WHY_LEASE;
	if (st->zone_found != FOUND_GOOD)
		return WHY_LEASE_ZONE;
	return window_open(st->lease.during, &st->zone,
	    now->wall / NANOSECONDS) ? WHY_LEASE : WHY_DURING;
}

static struct verdict
step_account(const struct request *rq)
{
	if (rq->known)
		return verdict_of(WHY_ACCOUNT);
	return verdict_of(rq->unreadable ? WHY_ACCOUNT_UNREADABLE :
	    WHY_NO_ACCOUNT);
}

/* A process without a session came by nothing that such a rule could mean. */
static bool
asks_how(const struct rule *rule)
{
	return rule->cond[COND_SERVICE].n > 0 || rule->cond[COND_TTY].n > 0 ||
	    rule->cond[COND_FROM].n > 0;
}

/*
 * What a rule comes to that can't be told: who comes in is not exempt by it,
 * and who is in does not lose time to it.
 */
static bool
exempt(const struct request *rq, const struct state *st,
    const struct moment *now, struct verdict *v)
{
	size_t i;

	*v = verdict_of(WHY_EXEMPT);
	if (rq->uid == 0 || (rq->inside && st->policy_lost))
		return true;
	for (i = 0; i < st->policy.nrules; i++) {
		const struct rule *rule = &st->policy.rules[i];
		struct verdict fits;

		if (rule->action == ACTION_EXEMPT &&
		    !(rq->service[0] == '\0' && asks_how(rule)) &&
		    fit_now(rule, rq, st, now, WHY_EXEMPT, &fits) &&
		    (fits.why == WHY_EXEMPT || rq->inside)) {
			v->line = rule->line;
			return true;
		}
	}
	return false;
}

bool
decide_exclusive(const struct request *rq, const struct state *st,
    const struct moment *now)
{
	struct verdict fits;
	size_t i;

	for (i = 0; st->policy.uses_exclusive && i < st->policy.nrules; i++)
		if (st->policy.rules[i].action == ACTION_EXCLUSIVE &&
		    fit_now(&st->policy.rules[i], rq, st, now, WHY_ALLOW,
		    &fits))
			return true;
	return false;
}

static struct verdict
step_winddown(const struct request *rq, const struct state *st,
    const struct moment *now)
{
	struct verdict v;

	if (st->winddown_found == FOUND_NOTHING)
		return verdict_of(WHY_NO_WINDDOWN);
	if (exempt(rq, st, now, &v))
		return v;
	if (winddown_over(&st->winddown, now))
		return verdict_of(WHY_WINDDOWN_OVER);
	if (!rq->inside && st->present_found != FOUND_GOOD)
		return verdict_of(st->present_found == FOUND_NOTHING ?
		    WHY_WINDDOWN : WHY_PRESENT_UNKNOWN);
	v = verdict_of(WHY_PRESENT);
	v.end = st->winddown.deadline;
	v.end_boot = winddown_boot(&st->winddown, now);
	return v;
}

static struct verdict
step_policy(const struct request *rq, const struct state *st,
    const struct moment *now)
{
	static const enum why whys_of[] = {
		[ACTION_ALLOW] = WHY_ALLOW,
		[ACTION_DENY] = WHY_DENY,
		[ACTION_LEASE] = WHY_RULE_LEASE,
		[ACTION_ASK] = WHY_RULE_ASK,
	};
	struct verdict v;
	size_t i;

	/* Whatever is broken, root is not locked out. */
	if (st->policy_found != FOUND_GOOD &&
	    st->policy_found != FOUND_NOTHING)
		return verdict_of(rq->uid == 0 ? WHY_ROOT : WHY_POLICY_BROKEN);
	for (i = 0; i < st->policy.nrules; i++) {
		const struct rule *rule = &st->policy.rules[i];

		if (rule->action >= ACTION_LIMIT)
			continue;
		if (fit_now(rule, rq, st, now, whys_of[rule->action], &v))
			return v;
	}
	return verdict_of(rq->uid == 0 ? WHY_ROOT : WHY_NO_RULE);
}

static struct verdict
step_lease(const struct request *rq, const struct state *st,
    const struct moment *now, enum why rule)
{
	struct verdict v = verdict_of(judge_lease(rq, st, now));

	if (rule == WHY_RULE_ASK && (v.why == WHY_NO_LEASE ||
	    v.why == WHY_EXPIRED || v.why == WHY_EXPIRED_BOOT))
		return verdict_of(WHY_ASK);
	if (v.kind != VERDICT_ADMIT_LEASE)
		return v;
	v.end = lease_end(&st->lease, &st->policy);
	v.end_boot = lease_end_boot(&st->lease, &st->policy);
	if (st->lease.final)
		v.hard_end = v.end;
	else if (st->policy.max != 0)
		v.hard_end = st->lease.issued_at + st->policy.max;
	return v;
}

struct request
request_of(const struct session *s)
{
	const struct request rq = {
		.user = s->user,
		.uid = s->uid,
		.known = true,
		.inside = true,
		.service = s->service,
		.tty = s->tty,
		.rhost = s->rhost,
	};

	return rq;
}

struct verdict
decide_step(enum step step, const struct request *rq, const struct state *st,
    const struct moment *now)
{
	switch (step) {
	case STEP_ACCOUNT:
		break;
	case STEP_WINDDOWN:
		return step_winddown(rq, st, now);
	case STEP_POLICY:
		return step_policy(rq, st, now);
	case STEP_LEASE:
		return step_lease(rq, st, now, step_policy(rq, st, now).why);
	case STEP_LIMIT:
	case STEPS:
		return decide_limit(rq, st, now);
	}
	return step_account(rq);
}

/* All but the end that windows may bring. */
static struct verdict
decide_at(const struct request *rq, const struct state *st,
    const struct moment *now)
{
	struct verdict v = step_account(rq), winddown = v, limit;

	if (v.kind == VERDICT_NEXT)
		v = winddown = step_winddown(rq, st, now);
	if (v.kind == VERDICT_NEXT)
		v = step_policy(rq, st, now);
	if (v.kind == VERDICT_NEXT) {
		unsigned int line = v.line;

		v = step_lease(rq, st, now, v.why);
		v.line = line;
	}
	if (winddown.end < v.end)
		v.end = winddown.end;
	if (winddown.end_boot < v.end_boot)
		v.end_boot = winddown.end_boot;
	/* Nobody is asked for what a limit would then refuse. */
	if ((!verdict_admits(&v) && v.kind != VERDICT_ASK) || rq->inside ||
	    !st->policy.uses_limit)
		return v;
	limit = decide_limit(rq, st, now);
	return limit.kind == VERDICT_NEXT ? v : limit;
}

static int64_t
next_change(const struct request *rq, const struct state *st,
    const struct verdict *v, int64_t t)
{
	int64_t change = fit_change(st, rq, v, t), own;

	if (v->kind != VERDICT_ADMIT_LEASE || st->lease.during[0] == '\0' ||
	    st->zone_found != FOUND_GOOD)
		return change;
	own = window_change(st->lease.during, &st->zone, t);
	return own < change ? own : change;
}

/*
 * When the windows change it is decided anew: one may close and another open,
 * or a lease go on where a rule no longer holds.  What opens only after a lease
 * has ended by one of the clocks is too late.
 */
static void
find_end(const struct request *rq, const struct state *st,
    const struct moment *now, struct verdict *v)
{
	struct request in = *rq;
	struct moment then = *now;
	struct verdict at = *v;
	int64_t start = now->wall / NANOSECONDS, t = start, boot = 0;
	unsigned int n = 0;

	in.inside = true;
	while (verdict_admits(&at)) {
		v->end = at.end;
		v->end_boot = at.end_boot;
		t = next_change(rq, st, &at, t);
		if (t == NO_END || t > at.end)
			return;
		then.wall = t * NANOSECONDS;
		then.boot = now->boot + then.wall - now->wall;
		/* Rounded up: by that second the window has changed. */
		boot = (then.boot + NANOSECONDS - 1) / NANOSECONDS;
		if (boot > at.end_boot)
			return;
		at = decide_at(&in, st, &then);
		if ((t - start > HORIZON || ++n == CHANGES) &&
		    verdict_admits(&at))
			return;
	}
	v->end = t;
	v->end_boot = boot;
}

struct verdict
decide(const struct request *rq, const struct state *st,
    const struct moment *now)
{
	struct verdict v = decide_at(rq, st, now);

	if (verdict_admits(&v) && rq->uid != 0 && now->readable &&
	    (st->policy.uses_during || st->lease.during[0] != '\0'))
		find_end(rq, st, now, &v);
	/* Root's sessions are nobody's to end. */
	if (rq->uid == 0)
		v.end = v.end_boot = v.hard_end = NO_END;
	/* Where something else lets them stay, that end is none. */
	if (v.end > v.hard_end)
		v.hard_end = NO_END;
	return v;
}

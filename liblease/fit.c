#include "fit.h"
#include "window.h"

enum fit {
	FIT_NOT,
	FIT,
	FIT_GROUPS_UNKNOWN,	/* it depends on groups that can't be read, */
	FIT_TIME_UNKNOWN,	/* or on a time that can't be told */
};

static const struct list *
known_groups(const struct state *st)
{
	return st->groups_found == FOUND_GOOD ? &st->groups : NULL;
}

/* All conditions but the window.  What needs no look-up comes first. */
static enum fit
fit_anytime(const struct rule *rule, const struct request *rq,
    const struct list *groups)
{
	const struct list own[CONDITIONS] = {
		[COND_USER] = list_of_one(rq->user),
		[COND_SERVICE] = list_of_one(rq->service),
		[COND_TTY] = list_of_one(rq->tty),
		[COND_FROM] = list_of_one(rq->rhost),
	};
	enum condition cond;

	if (rq->uid == 0 && !rule->names_root)
		return FIT_NOT;
	for (cond = 0; cond < CONDITIONS; cond++)
		if (cond != COND_GROUP && rule->cond[cond].n > 0 &&
		    !match(cond, &rule->cond[cond], &own[cond]))
			return FIT_NOT;
	if (rule->cond[COND_GROUP].n == 0)
		return FIT;
	if (groups == NULL)
		return rq->uid == 0 ? FIT_NOT : FIT_GROUPS_UNKNOWN;
	return match(COND_GROUP, &rule->cond[COND_GROUP], groups) ? FIT :
	    FIT_NOT;
}

static enum fit
fit(const struct rule *rule, const struct request *rq,
    const struct list *groups, const struct state *st,
    const struct moment *now)
{
	enum fit f = fit_anytime(rule, rq, groups);

	if (f != FIT || rule->during == NULL)
		return f;
	if (!now->readable || st->zone_found != FOUND_GOOD)
		return rq->uid == 0 ? FIT_NOT : FIT_TIME_UNKNOWN;
	return window_open(rule->during, &st->zone, now->wall / NANOSECONDS) ?
	    FIT : FIT_NOT;
}

bool
fit_now(const struct rule *rule, const struct request *rq,
    const struct state *st, const struct moment *now, enum why does,
    struct verdict *v)
{
	switch (fit(rule, rq, known_groups(st), st, now)) {
	case FIT_NOT:
		return false;
	case FIT:
		*v = verdict_of(does);
		break;
	case FIT_GROUPS_UNKNOWN:
		*v = verdict_of(WHY_GROUPS);
		break;
	case FIT_TIME_UNKNOWN:
		*v = verdict_of(WHY_ZONE);
		break;
	}
	v->line = rule->line;
	return true;
}

bool
fit_peer(const struct rule *rule, const struct peer *peer,
    const struct state *st, const struct moment *now)
{
	return fit(rule, &peer->request, peer->groups, st, now) != FIT_NOT;
}

/* What a rule of that action comes to where it lets somebody in. */
static enum verdict_kind
kind_of(enum action action)
{
	if (action == ACTION_DENY)
		return VERDICT_DENY;
	return action == ACTION_ALLOW ? VERDICT_ADMIT : VERDICT_ADMIT_LEASE;
}

/* May its window decide about who is let in by v? */
static bool
matters(const struct rule *rule, const struct state *st,
    const struct verdict *v, bool decided)
{
	if (rule->action == ACTION_EXEMPT)
		return st->winddown_found != FOUND_NOTHING;
	return rule->action < ACTION_LIMIT && !decided &&
	    (rule->line == v->line || kind_of(rule->action) != v->kind);
}

int64_t
fit_change(const struct state *st, const struct request *rq,
    const struct verdict *v, int64_t t)
{
	int64_t first = INT64_MAX, change;
	bool decided = false;
	size_t i;

	if (st->zone_found != FOUND_GOOD)
		return INT64_MAX;
	for (i = 0; i < st->policy.nrules; i++) {
		const struct rule *rule = &st->policy.rules[i];

		if (rule->during != NULL && matters(rule, st, v, decided) &&
		    fit_anytime(rule, rq, known_groups(st)) == FIT) {
			change = window_change(rule->during, &st->zone, t);
			if (change < first)
				first = change;
		}
		decided = decided || rule->line == v->line;
	}
	return first;
}

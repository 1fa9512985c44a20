#include <string.h>

#include "fit.h"
#include "limit.h"

/* Is this user in already? */
static bool
is_in(const struct request *rq, const struct state *st)
{
	size_t i;

	for (i = 0; i < st->npeers; i++)
		if (!st->peers[i].entering &&
		    strcmp(st->peers[i].request.user, rq->user) == 0)
			return true;
	return false;
}

/* Others of the rule's set who are in; who can't be told is counted. */
static unsigned int
count_in(const struct rule *rule, const struct request *rq,
    const struct state *st, const struct moment *now)
{
	const char *last = "";
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < st->npeers; i++) {
		const struct peer *p = &st->peers[i];

		if (strcmp(p->request.user, rq->user) == 0 ||
		    strcmp(p->request.user, last) == 0 ||
		    !fit_peer(rule, p, st, now))
			continue;
		last = p->request.user;
		n++;
	}
	return n;
}

static struct verdict
judge_limit(const struct rule *rule, const struct request *rq,
    const struct state *st, const struct moment *now)
{
	struct verdict v;

	if (!fit_now(rule, rq, st, now, WHY_LIMIT, &v))
		return verdict_of(WHY_ROOM);
	if (v.why != WHY_LIMIT)
		return v;
	if (st->peers_found == FOUND_GOOD)
		return count_in(rule, rq, st, now) >= rule->limit ? v :
		    verdict_of(WHY_ROOM);
	/* Whatever is broken, root is not locked out. */
	if (rq->uid == 0)
		return verdict_of(WHY_ROOM);
	v = verdict_of(WHY_LIMIT_UNKNOWN);
	v.line = rule->line;
	return v;
}

struct verdict
decide_limit(const struct request *rq, const struct state *st,
    const struct moment *now)
{
	struct verdict v = verdict_of(WHY_ROOM);
	size_t i;

	if (is_in(rq, st))
		return v;
	for (i = 0; i < st->policy.nrules && v.kind == VERDICT_NEXT; i++)
		if (st->policy.rules[i].action == ACTION_LIMIT)
			v = judge_limit(&st->policy.rules[i], rq, st, now);
	return v;
}

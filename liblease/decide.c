#include <string.h>

#include "decide.h"
#include "match.h"

static const struct {
	enum verdict_kind kind;
	enum step step;
	const char *word;
	const char *text;
} whys[] = {
	[WHY_NO_ACCOUNT] = { VERDICT_UNKNOWN_USER, STEP_ACCOUNT,
	    "no-account", "there is no such user" },
	[WHY_ACCOUNT_UNREADABLE] = { VERDICT_ERROR, STEP_ACCOUNT,
	    "account-unreadable", "the user database can't be read" },
	[WHY_ROOT] = { VERDICT_ADMIT, STEP_POLICY,
	    "root", "root needs no lease" },
	[WHY_POLICY_BROKEN] = { VERDICT_ERROR, STEP_POLICY,
	    "policy-broken", "the policy is broken" },
	[WHY_NO_LEASE] = { VERDICT_DENY, STEP_LEASE,
	    "no-lease", "there is no lease" },
	[WHY_LEASE_BROKEN] = { VERDICT_ERROR, STEP_LEASE,
	    "lease-broken", "the lease is broken" },
	[WHY_LEASE_UNREADABLE] = { VERDICT_ERROR, STEP_LEASE,
	    "lease-unreadable", "the lease can't be read" },
	[WHY_CLOCK] = { VERDICT_ERROR, STEP_LEASE,
	    "clock", "a clock can't be read" },
	[WHY_OTHER_USER] = { VERDICT_DENY, STEP_LEASE,
	    "other-user", "the lease belongs to another user or uid" },
	[WHY_OTHER_BOOT] = { VERDICT_DENY, STEP_LEASE,
	    "other-boot", "the lease was granted before the last reboot" },
	[WHY_FUTURE] = { VERDICT_ERROR, STEP_LEASE,
	    "future", "the lease was issued in the future" },
	[WHY_EXPIRED] = { VERDICT_DENY, STEP_LEASE,
	    "expired", "the lease has expired" },
	[WHY_EXPIRED_BOOT] = { VERDICT_DENY, STEP_LEASE,
	    "expired-boot", "the lease has expired by the boot clock" },
	[WHY_SERVICE] = { VERDICT_DENY, STEP_LEASE,
	    "service", "the lease is not for this service" },
	[WHY_FROM] = { VERDICT_DENY, STEP_LEASE,
	    "from", "the lease is not for this remote host" },
	[WHY_REFUSED] = { VERDICT_DENY, STEP_LEASE,
	    "refused", "the session was refused when it was opened" },
	[WHY_LEASE] = { VERDICT_ADMIT_LEASE, STEP_LEASE,
	    "lease", "the lease is valid" },
};

static const char *const steps[] = {
	[STEP_ACCOUNT] = "account",
	[STEP_POLICY] = "policy",
	[STEP_LEASE] = "lease",
};

static struct verdict
verdict_of(enum why why)
{
	struct verdict v = {
		.kind = whys[why].kind,
		.step = whys[why].step,
		.why = why,
		.end = NO_END,
		.end_boot = NO_END,
		.hard_end = NO_END,
	};

	return v;
}

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
	return WHY_LEASE;
}

static struct verdict
decide_lease(const struct request *rq, const struct state *st,
    const struct moment *now)
{
	struct verdict v = verdict_of(judge_lease(rq, st, now));

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

struct verdict
decide(const struct request *rq, const struct state *st,
    const struct moment *now)
{
	if (!rq->known)
		return verdict_of(rq->unreadable ? WHY_ACCOUNT_UNREADABLE :
		    WHY_NO_ACCOUNT);
	/* Before anything that can be broken: root is not locked out. */
	if (rq->uid == 0)
		return verdict_of(WHY_ROOT);
	if (st->policy_found != FOUND_GOOD && st->policy_found != FOUND_NOTHING)
		return verdict_of(WHY_POLICY_BROKEN);
	return decide_lease(rq, st, now);
}

bool
verdict_admits(const struct verdict *v)
{
	return v->kind == VERDICT_ADMIT || v->kind == VERDICT_ADMIT_LEASE;
}

const char *
why_word(enum why why)
{
	return whys[why].word;
}

const char *
why_text(enum why why)
{
	return whys[why].text;
}

const char *
step_name(enum step step)
{
	return steps[step];
}

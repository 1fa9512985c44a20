#include "verdict.h"

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
	[WHY_ACCOUNT] = { VERDICT_NEXT, STEP_ACCOUNT,
	    "account", "there is such a user" },
	[WHY_NO_WINDDOWN] = { VERDICT_NEXT, STEP_WINDDOWN,
	    "no-winddown", "there is no wind-down" },
	[WHY_EXEMPT] = { VERDICT_NEXT, STEP_WINDDOWN,
	    "exempt", "the wind-down is not for this user" },
	[WHY_PRESENT] = { VERDICT_NEXT, STEP_WINDDOWN,
	    "present", "the user is present in the wind-down" },
	[WHY_PRESENT_UNKNOWN] = { VERDICT_ERROR, STEP_WINDDOWN,
	    "present-unreadable", "whether the user is present can't be seen" },
	[WHY_WINDDOWN] = { VERDICT_DENY, STEP_WINDDOWN,
	    "winddown", "the host is in wind-down, and the user not present" },
	[WHY_WINDDOWN_OVER] = { VERDICT_DENY, STEP_WINDDOWN,
	    "winddown-over", "the wind-down's deadline has passed" },
	[WHY_ROOT] = { VERDICT_ADMIT, STEP_POLICY,
	    "root", "root needs no lease" },
	[WHY_POLICY_BROKEN] = { VERDICT_ERROR, STEP_POLICY,
	    "policy-broken", "the policy is broken" },
	[WHY_GROUPS] = { VERDICT_ERROR, STEP_POLICY,
	    "groups-unreadable", "the user's groups can't be read" },
	[WHY_ZONE] = { VERDICT_ERROR, STEP_POLICY,
	    "zone-unreadable", "the time in the host's zone can't be told" },
	[WHY_ALLOW] = { VERDICT_ADMIT, STEP_POLICY,
	    "allow", "the policy needs no lease" },
	[WHY_DENY] = { VERDICT_DENY, STEP_POLICY,
	    "deny", "the policy denies it" },
	[WHY_RULE_LEASE] = { VERDICT_NEXT, STEP_POLICY,
	    "rule-lease", "the policy needs a lease" },
	[WHY_RULE_ASK] = { VERDICT_NEXT, STEP_POLICY,
	    "rule-ask", "the policy needs a lease, or a yes" },
	[WHY_NO_RULE] = { VERDICT_NEXT, STEP_POLICY,
	    "no-rule", "no rule matches, so it needs a lease" },
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
	[WHY_DURING] = { VERDICT_DENY, STEP_LEASE,
	    "during", "it is outside the times of the lease" },
	[WHY_LEASE_ZONE] = { VERDICT_ERROR, STEP_LEASE,
	    "zone-unreadable", "the time in the host's zone can't be told" },
	[WHY_ASK] = { VERDICT_ASK, STEP_LEASE,
	    "ask", "somebody has to say yes" },
	[WHY_ASK_FULL] = { VERDICT_DENY, STEP_LEASE,
	    "ask-full", "too many wait for an answer" },
	[WHY_ASK_FAILED] = { VERDICT_ERROR, STEP_LEASE,
	    "ask-failed", "the request can't be made" },
	[WHY_ASK_REFUSED] = { VERDICT_DENY, STEP_LEASE,
	    "ask-refused", "somebody said no" },
	[WHY_UNANSWERED] = { VERDICT_DENY, STEP_LEASE,
	    "unanswered", "nobody said yes in time" },
	[WHY_REFUSED] = { VERDICT_DENY, STEP_LEASE,
	    "refused", "the session was refused when it was opened" },
	[WHY_LEASE] = { VERDICT_ADMIT_LEASE, STEP_LEASE,
	    "lease", "the lease is valid" },
	[WHY_LIMIT] = { VERDICT_DENY, STEP_LIMIT,
	    "limit", "as many users as may be are in" },
	[WHY_LIMIT_UNKNOWN] = { VERDICT_ERROR, STEP_LIMIT,
	    "limit-unreadable", "who is in can't be read" },
	[WHY_ROOM] = { VERDICT_NEXT, STEP_LIMIT,
	    "room", "no limit is in the way" },
	[WHY_HOOK] = { VERDICT_DENY, STEP_HOOKS,
	    "hook", "a hook refused it" },
	[WHY_HOOK_FAILED] = { VERDICT_ERROR, STEP_HOOKS,
	    "hook-failed", "a hook can't be run" },
};

static const char *const steps[] = {
	[STEP_ACCOUNT] = "account",
	[STEP_WINDDOWN] = "wind-down",
	[STEP_POLICY] = "policy",
	[STEP_LEASE] = "lease",
	[STEP_LIMIT] = "limit",
	[STEP_HOOKS] = "hooks",
};

struct verdict
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

bool
verdict_admits(const struct verdict *v)
{
	return v->kind == VERDICT_ADMIT || v->kind == VERDICT_ADMIT_LEASE;
}

#ifndef LEASE_VERDICT_H
#define LEASE_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

/* The steps of the decision, in their order. */
enum step {
	STEP_ACCOUNT,
	STEP_WINDDOWN,
	STEP_POLICY,
	STEP_LEASE,
	STEP_LIMIT,
	STEPS,
	STEP_HOOKS = STEPS	/* behind the decision: what is run for it */
};

/* Values far from each other, so that one flipped bit lets nobody in. */
enum verdict_kind {
	VERDICT_DENY = 0,
	VERDICT_UNKNOWN_USER = 0x0f1e2d3c,
	VERDICT_ERROR = 0x1b2d4e87,		/* could not be decided */
	VERDICT_ASK = 0x2ed1784b,		/* somebody has to say yes */
	VERDICT_ADMIT = 0x5a3c96e1,		/* without a lease */
	VERDICT_ADMIT_LEASE = 0x695aa5c3,
	VERDICT_NEXT = 0x34c3695a,		/* the step leaves it to the
						   next; never the decision */
};

enum why {
	WHY_NO_ACCOUNT,
	WHY_ACCOUNT_UNREADABLE,
	WHY_ACCOUNT,
	WHY_NO_WINDDOWN,
	WHY_EXEMPT,
	WHY_PRESENT,
	WHY_PRESENT_UNKNOWN,
	WHY_WINDDOWN,
	WHY_WINDDOWN_OVER,
	WHY_ROOT,
	WHY_POLICY_BROKEN,
	WHY_GROUPS,
	WHY_ZONE,
	WHY_ALLOW,
	WHY_DENY,
	WHY_RULE_LEASE,
	WHY_RULE_ASK,
	WHY_NO_RULE,
	WHY_NO_LEASE,
	WHY_LEASE_BROKEN,
	WHY_LEASE_UNREADABLE,
	WHY_CLOCK,
	WHY_OTHER_USER,
	WHY_OTHER_BOOT,
	WHY_FUTURE,
	WHY_EXPIRED,
	WHY_EXPIRED_BOOT,
	WHY_SERVICE,
	WHY_FROM,
	WHY_DURING,
	WHY_LEASE_ZONE,
	WHY_ASK,
	WHY_ASK_FULL,		/* from here on: what came of asking */
	WHY_ASK_FAILED,
	WHY_ASK_REFUSED,
	WHY_UNANSWERED,
	WHY_REFUSED,		/* of a session that is in all the same */
	WHY_LEASE,
	WHY_LIMIT,
	WHY_LIMIT_UNKNOWN,
	WHY_ROOM,
	WHY_HOOK,		/* of who would be let in otherwise */
	WHY_HOOK_FAILED,
	WHYS
};

#define NO_END	INT64_MAX

struct verdict {
	enum verdict_kind kind;
	enum step step;		/* the step that decided */
	enum why why;
	unsigned int line;	/* of the rule that decided, or 0 */
	int64_t end;		/* of who is admitted: UTC seconds or NO_END */
	int64_t end_boot;	/* the same by CLOCK_BOOTTIME, seconds */
	int64_t hard_end;	/* end that no extension can move, or NO_END */
};

/* One without an end, as the reason says. */
struct verdict	verdict_of(enum why why);

/* For the log and for people: "expired" and "the lease has expired". */
const char	*why_word(enum why why);
const char	*why_text(enum why why);
const char	*step_name(enum step step);

bool	verdict_admits(const struct verdict *v);

#endif

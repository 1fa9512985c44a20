#ifndef LEASE_DECIDE_H
#define LEASE_DECIDE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "lease.h"
#include "policy.h"

/* What someone asks for at a login. */
struct request {
	const char *user;	/* pw_name */
	uid_t uid;
	bool known;		/* the account exists and its name is usable */
	bool unreadable;	/* or else the user database failed */
	const gid_t *groups;	/* filled in when the policy names a group */
	size_t ngroups;
	const char *service;	/* PAM items; empty when not set */
	const char *tty;
	const char *rhost;
};

/* How a file was found. */
enum found {
	FOUND_NOTHING = 0,
	FOUND_GOOD,
	FOUND_BROKEN,		/* content, owner or mode */
	FOUND_UNREADABLE,	/* a system call failed */
};

/* What is on disk, read by state_read(). */
struct state {
	enum found policy_found;
	struct policy policy;
	struct error policy_error;
	enum found lease_found;
	struct lease lease;
	struct error lease_error;
};

/* The steps of the decision, in their order. */
enum step {
	STEP_ACCOUNT,
	STEP_POLICY,
	STEP_LEASE,
};

/* Values far from each other, so that one flipped bit lets nobody in. */
enum verdict_kind {
	VERDICT_DENY = 0,
	VERDICT_UNKNOWN_USER = 0x0f1e2d3c,
	VERDICT_ERROR = 0x1b2d4e87,		/* could not be decided */
	VERDICT_ADMIT = 0x5a3c96e1,		/* without a lease */
	VERDICT_ADMIT_LEASE = 0x695aa5c3,
};

enum why {
	WHY_NO_ACCOUNT,
	WHY_ACCOUNT_UNREADABLE,
	WHY_ROOT,
	WHY_POLICY_BROKEN,
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
	WHY_REFUSED,		/* of a session that is in all the same */
	WHY_LEASE,
};

#define NO_END	INT64_MAX

struct verdict {
	enum verdict_kind kind;
	enum step step;		/* the step that decided */
	enum why why;
	int64_t end;		/* of who is admitted: UTC seconds or NO_END */
	int64_t end_boot;	/* the same by CLOCK_BOOTTIME, seconds */
	int64_t hard_end;	/* end that no extension can move, or NO_END */
};

/*
 * The one decision of the module, "pamlease check" and the watchdog.  Pure:
 * everything it knows is in its arguments.
 */
struct verdict	decide(const struct request *rq, const struct state *st,
		    const struct moment *now);

/*
 * When a lease ends: at its expiry, or when the policy's max has passed since
 * it was issued.  UTC seconds.
 */
int64_t	lease_end(const struct lease *lease, const struct policy *policy);

/* The same by CLOCK_BOOTTIME of the boot that granted it, seconds. */
int64_t	lease_end_boot(const struct lease *lease, const struct policy *policy);

/* WHY_LEASE when the clocks say that it is in force, else why it isn't. */
enum why	lease_in_time(const struct lease *lease,
		    const struct policy *policy, const struct moment *now);

/* For the log and for people: "expired" and "the lease has expired". */
const char	*why_word(enum why why);
const char	*why_text(enum why why);
const char	*step_name(enum step step);

bool	verdict_admits(const struct verdict *v);

#endif

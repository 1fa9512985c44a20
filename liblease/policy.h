#ifndef LEASE_POLICY_H
#define LEASE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "list.h"
#include "match.h"
#include "words.h"

/* The standing rules of /etc/pamlease/policy.conf; see pamlease.policy(5). */

#define POLICY_FILE_MAX		65536	/* bytes */
#define POLICY_RULES_MAX	1000
#define POLICY_LEADS_MAX	9	/* warnings before an end */
#define POLICY_LIMIT_MAX	65535	/* users */
#define POLICY_ASK_LENGTH	3600	/* s, where a rule does not say */
#define POLICY_ASK_WITHIN	60
#define POLICY_HOOK_TIMEOUT 30	/* s that a hook may take */
#define POLICY_PRESENCE_TIMEOUT 10	/* s that the presence program may take */
#define POLICY_BY_MAX		255	/* bytes of a list of groups */

enum action {
	ACTION_ALLOW,
	ACTION_DENY,
	ACTION_LEASE,
	ACTION_ASK,
	ACTION_LIMIT,		/* from here on: no first match */
	ACTION_EXEMPT,
	ACTION_EXCLUSIVE,
	ACTIONS
};

struct rule {
	enum action action;
	unsigned int line;	/* of the file, from 1 */
	unsigned int limit;	/* distinct users, for ACTION_LIMIT */
	int64_t length, within;	/* ACTION_ASK: seconds that a yes is good for,
				   and that it is waited for */
	struct list by;		/* the same: groups that may answer; none:
				   root alone */
	bool desktop;		/* the same: who sits at the desk may */
	bool names_root;	/* "user" has the literal root */
	struct list cond[CONDITIONS];	/* n is 0: any */
	const char *during;	/* fit for window_open(), or NULL: always */
};

struct policy {
	size_t nleads;
	int64_t lead[POLICY_LEADS_MAX];	/* seconds before an end, descending */
	int64_t max;		/* seconds a lease may last; 0: not limited */
	int64_t grace;		/* seconds that sessions outlive an end */
	int64_t hook_timeout;	/* seconds that a hook may take */
	const char *presence_command;	/* NULL: there is none */
	int64_t presence_timeout;	/* seconds that it may take */
	bool presence_silent_allows;	/* no answer is a yes */
	bool keep_detached;	/* at an end only the sessions go */
	bool uses_groups;	/* some rule asks for groups, */
	bool uses_during;	/* has a time window, */
	bool uses_limit;	/* is a limit, */
	bool uses_exclusive;	/* is for one host at a time, */
	bool leases_root;	/* has root need a lease */
	size_t nrules;
	struct rule *rules;	/* in the order of the file */
	char *text;		/* what the rules point into */
};

/*
 * What holds without a policy file: warnings 5 and 1 minutes before the end, and
 * 30 s for a hook, 10 s for the presence program.
 */
void	policy_init(struct policy *policy);

/*
 * Reads the len bytes of a policy file, and calls report for each problem in
 * it.  Returns 0, and a policy for policy_free(); or -1 with *policy as
 * policy_init() leaves it: one bad line spoils all of it, as does memory that
 * runs out (ENOMEM, without a problem).
 */
int	policy_parse_all(const char *data, size_t len, struct policy *policy,
	    void (*report)(void *arg, const struct problem *problem),
	    void *arg);

/*
 * The same with the first problem in err (ERROR_BROKEN, "FILE:LINE:COLUMN: what
 * is wrong"; ERROR_SYSTEM without memory); file is the name for it.
 */
int	policy_parse(const char *data, size_t len, const char *file,
	    struct policy *policy, struct error *err);

/* Leaves what policy_init() does. */
void	policy_free(struct policy *policy);

/* "allow", "deny" and so on; "user", "group" and so on. */
const char	*action_word(enum action action);
const char	*condition_word(enum condition cond);

#endif

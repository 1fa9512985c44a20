#ifndef LEASE_POLICY_H
#define LEASE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* The standing rules of /etc/pamlease/policy.conf; see policy.conf(5). */

#define POLICY_FILE_MAX		65536	/* bytes */
#define POLICY_LEADS_MAX	8	/* warnings before an end */

struct policy {
	size_t nleads;
	int64_t lead[POLICY_LEADS_MAX];	/* seconds before an end, descending */
	int64_t max;		/* seconds a lease may last; 0: not limited */
	bool keep_detached;	/* at an end only the sessions go */
};

/* What holds without a policy file: warnings 5 and 1 minutes before the end. */
void	policy_init(struct policy *policy);

/*
 * Reads the len bytes of a policy file; file is its name for the message.
 * Returns 0, or -1 with err (ERROR_BROKEN, "FILE:LINE:COLUMN: what is wrong")
 * and *policy as policy_init() leaves it: one bad line spoils all of it.
 */
int	policy_parse(const char *data, size_t len, const char *file,
	    struct policy *policy, struct error *err);

#endif

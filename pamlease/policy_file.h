#ifndef PAMLEASE_POLICY_FILE_H
#define PAMLEASE_POLICY_FILE_H

#include "policy.h"

/* What "pamlease policy check" finds beyond what the module refuses. */

typedef void warn_fn(void *arg, unsigned int line, const char *text);

/*
 * Says what is no mistake in the language, but hardly meant: users and groups
 * that are not there, a rule that another one is in front of, a policy that
 * lets nobody in.  Returns how many.
 */
size_t	policy_warn(const struct policy *policy, warn_fn *say, void *arg);

#endif

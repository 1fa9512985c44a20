#ifndef LEASE_ANSWERS_H
#define LEASE_ANSWERS_H

#include <stdbool.h>

#include "asking.h"
#include "error.h"

/* A yes or a no to a request on disk (requests.h).  dirfd is PATH_STATE's. */

/* Removes it with a->reason as the answer to a login that waits. */
int	answers_refuse(int dirfd, const struct asking *a, struct error *err);

/*
 * After a lease was granted for it: takes it away.  Returns whether a login
 * waits for it and has, or will have, seen the lease.
 */
bool	answers_granted(int dirfd, const struct asking *a);

#endif

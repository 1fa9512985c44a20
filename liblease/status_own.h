#ifndef LEASE_STATUS_OWN_H
#define LEASE_STATUS_OWN_H

#include <sys/types.h>

#include "error.h"
#include "status.h"

/* What users find of their own sessions below PATH_STATUS. */

/*
 * Finds that of the caller: of the session that this process is in, as far as
 * its parents tell, else the one of theirs that ends last.  Returns 0, or -1
 * with err; ERROR_ABSENT means that there is none.
 */
int	status_own(uid_t uid, struct status *status, struct error *err);

/*
 * The same of all of that user's sessions: the one that ends first, of those
 * that are not over where there are such.
 */
int	status_first(uid_t uid, struct status *status, struct error *err);

#endif

#ifndef LEASE_STATUS_DIR_H
#define LEASE_STATUS_DIR_H

#include <sys/types.h>

#include "error.h"
#include "session.h"
#include "status.h"

/*
 * PATH_STATUS on disk: a directory for each uid, which that user may read and
 * nobody but root may write, with a file for each session, named as in the
 * ledger.
 */

/*
 * Writes that of a session, where it is not so already; makes the directories
 * where they are missing.  Returns 0, or -1 with err and what was there before.
 */
int	status_write(const struct session *s, const struct status *status,
	    struct error *err);

/* Removes that of a session, if there is one. */
void	status_remove(uid_t uid, const char *name);

/*
 * Removes what no session of the ledger has any more; dirfd is that of
 * PATH_STATE.
 */
void	status_sweep(int dirfd);

/*
 * Finds that of the caller: of the session that this process is in, as far as
 * its parents tell, else the one of theirs that ends last.  Returns 0, or -1
 * with err; ERROR_ABSENT means that there is none.
 */
int	status_own(uid_t uid, struct status *status, struct error *err);

/* The same of all of that user's sessions: the one that ends first. */
int	status_first(uid_t uid, struct status *status, struct error *err);

#endif

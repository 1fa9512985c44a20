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
 * Opens that user's directory.  Returns a descriptor, or -1 with err;
 * ERROR_ABSENT means that there is none.
 */
int	status_open(uid_t uid, struct error *err);

#endif

#ifndef LEASE_STATEDIR_H
#define LEASE_STATEDIR_H

#include "error.h"
#include "lease.h"
#include "marks.h"

/* The state directory, and what it has of one user. */

/*
 * Opens PATH_STATE.  Returns a descriptor to close(), or -1 with err;
 * ERROR_ABSENT means that there are no leases yet.
 */
int	state_open(struct error *err);

/* The same, and makes it and what belongs below it. */
int	state_make(struct error *err);

/*
 * Has the watchdog look at once, or once more: its path unit starts it while
 * this file is there, and it removes the file before it looks.  So no change is
 * missed that comes while it ends.  When it can't be made, the timer's next run
 * finds what changed.
 */
void	state_wake(int dirfd);

/*
 * Reads the lease of name (pw_name) below dirfd.  Returns 0, or -1 with err:
 * ERROR_ABSENT, ERROR_BROKEN (the text names the file), ERROR_SYSTEM.
 */
int	lease_read(int dirfd, const char *name, struct lease *lease,
	    struct error *err);

/*
 * Is a revocation of the user's lease not finished?  *uid is then whom it ends:
 * that of the lease, or of the account where the lease can't be read.
 */
bool	lease_revoked(int dirfd, const char *name, uid_t *uid);

/*
 * Marks of a user below dirfd.  None, or broken ones, read as empty: the worst
 * that follows is a warning that is given twice.
 */
void	marks_read(int dirfd, const char *name, struct marks *marks);
int	marks_write(int dirfd, const char *name, const struct marks *marks,
	    struct error *err);

#endif

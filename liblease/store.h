#ifndef LEASE_STORE_H
#define LEASE_STORE_H

#include <stdbool.h>

#include "error.h"
#include "lease.h"

/*
 * Writing leases.  dirfd is that of PATH_STATE, and the caller holds the user's
 * lock.  A kept lease has a copy below PATH_KEPT, which outlives a reboot.
 */

/*
 * Gives the lease its end (UTC seconds) on both clocks.  The boot clock gets
 * the end rounded up, so that it never ends a lease before its time.
 */
void	lease_set_end(struct lease *lease, const struct moment *now,
	    int64_t end);

/*
 * Puts the lease in place, and its copy when keep is set; an older copy goes
 * first, so that at no moment there is one that nobody granted.  Wakes the
 * watchdog.  Returns 0, or -1 with err: the old lease stands, unless only the
 * last steps failed, which is the copy, or syncing the directory.
 */
int	lease_store(int dirfd, const struct lease *lease, bool keep,
	    struct error *err);

/*
 * Revoking is two steps: lease_revoke() takes the lease out of force by giving
 * its file another name, and lease_drop() removes that when nothing is left of
 * the user.  Whoever is killed in between, the watchdog goes on.  Neither needs
 * space.
 *
 * lease_revoke() also removes the copy, first; when that fails the lease is
 * revoked all the same.  Returns 0, or -1 with err: ERROR_ABSENT when there is
 * no lease in *was and no copy; *was says whether a lease went out of force.
 */
int	lease_revoke(int dirfd, const char *user, bool *was,
	    struct error *err);

/*
 * Removes all that there is of a lease: copy, lease, what was revoked, marks;
 * each is tried.  Returns 0, or -1 with the first err: ERROR_ABSENT when there
 * was nothing.
 */
int	lease_drop(int dirfd, const char *user, struct error *err);

/*
 * Gives a lease that should not be there a name that nothing reads, and keeps
 * it for whoever looks into it.  Returns 0, or -1 with err: ERROR_ABSENT.
 */
int	lease_put_aside(int dirfd, const char *user, struct error *err);

/*
 * Has the user's lease a copy that outlives a reboot?  1, 0, or -1 with err
 * when that can't be told.
 */
int	lease_kept(const char *user, struct error *err);

/*
 * Puts the kept leases back after a boot, where no lease stands: with this
 * boot's id and what is left of their time.  Those that are over are removed.
 * Calls done for each: err says ERROR_NONE when it was put back, ERROR_ABSENT
 * when that was not needed, else what went wrong.  Returns how many failed.
 */
size_t	lease_restore(int dirfd, const struct moment *now,
	    void (*done)(const char *user, const struct error *err));

#endif

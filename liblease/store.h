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
 * Puts the lease in place, and its copy when keep is set; else an older copy is
 * removed.  Wakes the watchdog.  Returns 0, or -1 with err and the old lease
 * standing; its copy is gone when the very last step, a rename, failed.
 */
int	lease_store(int dirfd, const struct lease *lease, bool keep,
	    struct error *err);

/*
 * Removes the copy, the lease and its marks, in this order: a lease that was
 * dropped can't come back.  Needs no space.  Returns 0, or -1 with err:
 * ERROR_ABSENT when there was neither lease nor copy.
 */
int	lease_drop(int dirfd, const char *user, struct error *err);

/* Has the user's lease a copy that outlives a reboot? */
bool	lease_kept(const char *user);

/*
 * Puts the kept leases back after a boot, where no lease stands: with this
 * boot's id and what is left of their time.  Those that are over are removed.
 * Calls done for each: err says ERROR_NONE when it was put back, ERROR_ABSENT
 * when that was not needed, else what went wrong.  Returns how many failed.
 */
size_t	lease_restore(int dirfd, const struct moment *now,
	    void (*done)(const char *user, const struct error *err));

#endif

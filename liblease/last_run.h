#ifndef LEASE_LAST_RUN_H
#define LEASE_LAST_RUN_H

#include <stdint.h>

#include "error.h"

/* How the watchdog's last run ended, for who asks whether it is at work. */
struct last_run {
	int64_t ended;		/* ns since the epoch; 0: no clock says */
	int result;		/* its exit status, 0 to 255 */
	int64_t failures;	/* what it could not do, in its last look */
};

/*
 * dirfd is that of PATH_STATE.  Both return 0, or -1 with err; where no run has
 * ended since the boot that is ERROR_ABSENT, and *run is zero.
 */
int	last_run_read(int dirfd, struct last_run *run, struct error *err);
int	last_run_write(int dirfd, const struct last_run *run,
	    struct error *err);

#endif

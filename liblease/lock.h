#ifndef LEASE_LOCK_H
#define LEASE_LOCK_H

#include "error.h"

#define LOCK_WAIT_COMMAND	5000	/* ms that a command waits */

/*
 * Takes the lock of the user called name (pw_name) below the state directory.
 * Waits wait milliseconds at most; 0 tries once.  Returns a descriptor whose
 * close() lets go, or -1 with err: ERROR_BUSY, ERROR_INVALID (the name),
 * ERROR_BROKEN, ERROR_SYSTEM.
 */
int	lock_user(int dirfd, const char *name, int wait, struct error *err);

/* The same for whoever starts or stops a wind-down. */
int	lock_winddown(int dirfd, int wait, struct error *err);

/* The same for a lock file of any other name. */
int	lock_file(int dirfd, const char *file, int wait, struct error *err);

#endif

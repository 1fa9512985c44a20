#ifndef LEASE_DIR_H
#define LEASE_DIR_H

#include "error.h"

/*
 * Calls each with every name in the directory, and with a descriptor of it,
 * until one returns other than 0, which is the result then.  Else it is 0, or
 * -1 with err when not all could be read.
 */
int	dir_each(int dirfd, int (*each)(void *arg, int dirfd, const char *name),
	    void *arg, struct error *err);

#endif

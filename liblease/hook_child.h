#ifndef LEASE_HOOK_CHILD_H
#define LEASE_HOOK_CHILD_H

#include <sys/types.h>

#include "hook.h"

/* The process that a hook is run in, which has nothing of who called. */

#define HOOK_NOT_STARTED	127	/* its exit status then, as a shell says it */

/*
 * Starts the program of fd with argv, as hook_run() says, its output and errors
 * to the two of out.  Returns the pid of what ends as it does, and that as a
 * descriptor in *pidfd, to waitid() for with __WALL; or -1 with errno.
 */
pid_t	hook_child(int fd, const int out[2], const char *const *argv,
	    const struct hook_run *run, int *pidfd);

#endif

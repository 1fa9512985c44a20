#ifndef LEASE_CHILD_H
#define LEASE_CHILD_H

#include <sys/types.h>

/*
 * Starts a program of the system's by its absolute path: a fixed environment,
 * nothing but /dev/null open, a process group of its own.  Returns its pid, to
 * waitpid() for, or -1 with errno.
 */
pid_t	child_start(const char *path, const char *const argv[]);

/*
 * Looks whether it has ended, without waiting.  Returns 1 while it runs, 0 when
 * it exited with 0, and -1 when it failed in any way.
 */
int	child_poll(pid_t pid);

/* Kills its process group and reaps it. */
void	child_kill(pid_t pid);

#endif

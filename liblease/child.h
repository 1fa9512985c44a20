#ifndef LEASE_CHILD_H
#define LEASE_CHILD_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

/*
 * Starts a program of the system's by its absolute path: a fixed environment,
 * nothing but /dev/null open, a process group of its own.  Returns its pid, to
 * waitpid() for, or -1 with errno.
 */
pid_t	child_start(const char *path, const char *const argv[]);

/*
 * The same, but what it writes, to standard output or error, is to be read from
 * *fd, which is the caller's to close.
 */
pid_t	child_begin(const char *path, const char *const argv[], int *fd);

/*
 * Looks whether it has ended, without waiting.  Returns 1 while it runs, 0 when
 * it exited with 0, and -1 when it failed in any way.
 */
int	child_poll(pid_t pid);

/*
 * Runs one to its end, and reads into data, of size bytes, what it writes to its
 * standard output: all of it, and in ms altogether.  Returns false when that
 * fails, or it does not exit with 0.
 */
bool	child_output(const char *path, const char *const argv[], char *data,
	    size_t size, int ms);

/* Kills its process group and reaps it. */
void	child_kill(pid_t pid);

#endif

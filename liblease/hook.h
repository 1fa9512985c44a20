#ifndef LEASE_HOOK_H
#define LEASE_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* One program of the administrator's, and how it is run. */

#define HOOK_LINE_MAX	512	/* bytes of a line; the rest of it is dropped */
#define HOOK_LINES_MAX	200	/* of one, that anybody is told */

/* Is given each line that the hook writes, as it comes. */
typedef void	(*hook_line)(void *arg, const char *name, bool is_stderr,
		    const char *line);

struct hook_run {
	const char *const *env;	/* NAME=VALUE, ended by NULL: all it gets */
	int64_t limit;		/* ms that it may take */
	int hold;		/* a descriptor that is open until it has ended,
				   also when this process is killed; or -1 */
	size_t lines;		/* that are told of each output; the rest is
				   read and dropped */
	hook_line line;
	void *arg;		/* the first argument of line() */
};

/*
 * Opens a hook in the directory dirfd: a regular file of root's that nobody
 * else may write, and no link.  Returns a descriptor, or -1 with err:
 * ERROR_ABSENT, ERROR_BROKEN, ERROR_SYSTEM; ERROR_INVALID when it is not
 * executable, which is how one is put aside.
 */
int	hook_open(int dirfd, const char *name, struct error *err);

/* The same by its path, of which nobody else may write any directory either. */
int	hook_open_path(const char *path, struct error *err);

/*
 * Runs it and waits for its end: no shell, the arguments argv, of which the first
 * is its name and NULL the last, no input, as root, in a session of its own, whose process group is killed when it
 * has ended or its time is over.  Returns its exit status, 0 to 255; or -1 with
 * err: it was killed, or could not be started or waited for.  Neither the
 * process's other children nor its handling of SIGCHLD matter: see clone(2),
 * waitid(2).
 */
int	hook_run(int fd, const char *const *argv, const struct hook_run *run,
	    struct error *err);

#endif

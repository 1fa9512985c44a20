#ifndef LEASE_REQUEST_FILE_H
#define LEASE_REQUEST_FILE_H

#include <stdbool.h>

#include "asking.h"
#include "error.h"

/*
 * One file of a request, in the directory fd that request_dir() opens; see
 * requests.h for what its name and its lock say.
 */

#define REQUEST_NAME_MAX	32

/* Opens the directory of them below PATH_STATE; -1 with err. */
int	request_dir(int dirfd, struct error *err);

/* The name of its file, by a->waits, and of an answer to it. */
const char	*request_name(char dst[REQUEST_NAME_MAX],
		    const struct asking *a);
const char	*request_refused_name(char dst[REQUEST_NAME_MAX],
		    const struct asking *a);

/*
 * Opens it and locks it, how being LOCK_SH or LOCK_EX.  Returns a descriptor,
 * or -1 with err: ERROR_ABSENT, ERROR_BUSY when somebody else has it.
 */
int	request_lock(int fd, const char *name, int how, struct error *err);

/* Is there a login with that file? */
bool	request_held(int fd, const char *name);

/* Reads all but a->id and a->waits.  Returns 0, or -1 with err. */
int	request_read(int fd, const char *name, struct asking *a,
	    struct error *err);

#endif

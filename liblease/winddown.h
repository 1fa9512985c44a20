#ifndef LEASE_WINDDOWN_H
#define LEASE_WINDDOWN_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "lease.h"

/*
 * Wind-down: the host takes no new users, those who are in may finish.  It is
 * on while one of two files is there, whatever is in it.  The text of a file is
 * a message, after lines that begin with '#', if any, and an empty one, if any:
 *
 *	#since 2026-11-21T18:00:00Z
 *	#by odai
 *	#deadline 2026-11-21T22:00:00Z BOOT-ID SECONDS
 *
 * each at most once; BOOT-ID and SECONDS, the same moment on CLOCK_BOOTTIME of
 * that boot, may be missing.
 */

#define WINDDOWN_MESSAGE_MAX	1024	/* bytes */
#define WINDDOWN_FILE_MAX	2048	/* bytes of a file */

struct winddown {
	int64_t since;		/* UTC seconds, or 0: it does not say */
	char by[LEASE_NAME_MAX + 1];		/* empty: it does not say */
	int64_t deadline;	/* UTC seconds, or NO_END */
	int64_t deadline_boot;	/* the same by CLOCK_BOOTTIME, */
	char boot_id[LEASE_BOOT_ID_LEN + 1];	/* of this boot, if any */
	const char *message;	/* empty: none */
};

/* One that says nothing. */
void	winddown_init(struct winddown *wd);

/*
 * Reads the len bytes of a file, of which there is one more for a NUL; the
 * message points into them.  Returns 0, or -1 with err (ERROR_BROKEN) and what
 * winddown_init() leaves.
 */
int	winddown_parse(char *data, size_t len, struct winddown *wd,
	    struct error *err);

/* Returns the length, or -1 when it is longer than size. */
ssize_t	winddown_format(const struct winddown *wd, char *data, size_t size);

/* Adds to wd what only the other says, and takes the earlier deadline. */
void	winddown_merge(struct winddown *wd, const struct winddown *other);

/* Has the deadline passed by either clock? */
bool	winddown_over(const struct winddown *wd, const struct moment *now);

/* Does it know the deadline by the boot clock? */
bool	winddown_knows_boot(const struct winddown *wd,
	    const struct moment *now);

/*
 * The deadline by CLOCK_BOOTTIME of this boot, seconds, or NO_END: there is
 * none, or no clock to tell.
 */
int64_t	winddown_boot(const struct winddown *wd, const struct moment *now);

#endif

#ifndef LEASE_FILE_H
#define LEASE_FILE_H

#include <sys/stat.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/*
 * The one way in which files are read, and the one in which they are written.
 * Names are relative to a directory descriptor; nothing is looked up twice.
 */

/* Permission bits that a file must not have. */
#define FILE_PRIVATE	07177	/* at most 0600: leases, ledger, marks */
#define FILE_PUBLIC	07022	/* nobody else may write: the policy */
#define DIR_PRIVATE	0077	/* at most 0700 */
#define DIR_PUBLIC	0022

/* Is it as pamlease wants it?  NULL, or what is wrong with it. */
const char	*file_untrusted(const struct stat *st, mode_t type, uid_t owner,
		    mode_t forbidden);

/*
 * Opens a directory that must be root's and without the forbidden bits.
 * Returns a descriptor to close(), or -1 with err: ERROR_ABSENT, ERROR_BROKEN,
 * ERROR_SYSTEM.
 */
int	dir_open(const char *path, mode_t forbidden, struct error *err);

/* The same for a directory below another one. */
int	dir_open_at(int dirfd, const char *name, mode_t forbidden,
	    struct error *err);

/* Makes it first where it is missing, mode 0700. */
int	dir_make(const char *path, struct error *err);
int	dir_make_at(int dirfd, const char *name, struct error *err);

/*
 * Reads a whole regular file with one link, root's, without the forbidden bits,
 * of less than size bytes, into data.  Returns its length, or -1 with err:
 * ERROR_ABSENT, ERROR_BROKEN, ERROR_SYSTEM.
 */
ssize_t	file_read(int dirfd, const char *name, mode_t forbidden, char *data,
	    size_t size, struct error *err);

/*
 * A file that is written but not yet in place.  Its name carries the process
 * that writes it, so that what a killed writer leaves can be told and swept.
 */
#define DRAFT_NAME_MAX	64
#define DRAFT_PREFIX	".tmp-"

struct draft {
	int dirfd;			/* of the caller; -1: nothing to do */
	uint64_t start;			/* of this process; 0: look it up */
	mode_t mode;			/* that it gets; 0: 0600 */
	char name[DRAFT_NAME_MAX];
};

#define DRAFT_INIT	{ .dirfd = -1 }

/* Writes and syncs; 0, or -1 with err and nothing left behind. */
int	draft_write(struct draft *d, int dirfd, const char *data, size_t len,
	    struct error *err);

/*
 * Puts it in place under name and syncs the directory: in place of what is
 * there, or (exclusive) only where nothing is, else ERROR_BUSY and the draft
 * stays.  Returns 0, or -1 with err.
 */
int	draft_commit(struct draft *d, const char *name, bool exclusive,
	    struct error *err);

/* Removes it again; a committed or never written one is fine. */
void	draft_discard(struct draft *d);

/* draft_write() and draft_commit() in one. */
int	file_write(int dirfd, const char *name, const char *data, size_t len,
	    struct error *err);

/* Gives a file another name, in place of what has it. */
int	file_rename(int dirfd, const char *from, const char *to,
	    struct error *err);

/* Removes a file; ERROR_ABSENT when it is not there. */
int	file_remove(int dirfd, const char *name, struct error *err);

/* Removes all drafts in a directory whose writers are gone. */
void	drafts_sweep(int dirfd);

/*
 * Removes the draft called name when the process that wrote it is gone.
 * Returns whether it was one and was removed.
 */
bool	draft_sweep(int dirfd, const char *name);

#endif

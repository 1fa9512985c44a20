#ifndef LEASE_ERROR_H
#define LEASE_ERROR_H

/*
 * What went wrong, filled in by the library and told by the programs: nothing
 * in liblease logs, prints or exits.
 */

#define ERROR_TEXT_MAX	320

enum error_code {
	ERROR_NONE = 0,
	ERROR_ABSENT,		/* what was looked for is not there */
	ERROR_BROKEN,		/* content, owner, mode or kind is wrong */
	ERROR_INVALID,		/* an argument is not what it must be */
	ERROR_BUSY,		/* somebody else holds the lock */
	ERROR_SYSTEM,		/* a system call failed */
};

struct error {
	enum error_code code;
	int sys;			/* errno of a failed call, or 0 */
	char text[ERROR_TEXT_MAX];	/* one line without a full stop */
};

void	error_clear(struct error *err);

/* Both always return -1, so that "return error_set(...)" reads well. */
int	error_set(struct error *err, enum error_code code, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* As error_set(ERROR_SYSTEM), with ": " and the text of errno behind it. */
int	error_system(struct error *err, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif

#ifndef LEASE_MARKS_H
#define LEASE_MARKS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "policy.h"

/*
 * What the watchdog remembers of a user: which warnings were given for which
 * end, and that the wall clock alone said that something is over.
 */

#define MARKS_FILE_MAX	1024	/* bytes */

struct marks {
	int64_t end;			/* UTC seconds they belong to, or 0 */
	size_t nwarned;
	int64_t warned[POLICY_LEADS_MAX];	/* leads, seconds */
	int64_t doubt_run;	/* start of the run that doubted, or 0, */
	int64_t doubt_end;	/* and the end of the lease then; 0: none */
};

/* Was the warning of that lead given for that end? */
bool	marks_warned(const struct marks *marks, int64_t end, int64_t lead);

/* Remembers it; warnings of another end are forgotten. */
void	marks_add(struct marks *marks, int64_t end, int64_t lead);

ssize_t	marks_format(const struct marks *marks, char *data, size_t size);
int	marks_parse(const char *data, size_t len, struct marks *marks,
	    struct error *err);

#endif

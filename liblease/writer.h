#ifndef LEASE_WRITER_H
#define LEASE_WRITER_H

#include "error.h"
#include "lease.h"

/*
 * Formats a lease as the JSON of pamlease.lease(5), with a newline at the end.
 * Returns a string to free(), which lease_parse() reads back to the same lease,
 * or NULL with err: no memory, or a lease that lease_parse() would refuse or
 * that is longer than LEASE_FILE_MAX (ERROR_INVALID).
 */
char	*lease_format(const struct lease *lease, struct error *err);

#endif

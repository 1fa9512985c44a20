#ifndef LEASE_READER_H
#define LEASE_READER_H

#include <stddef.h>

#include "error.h"
#include "lease.h"

/*
 * Reads a lease file's bytes, the one strict JSON reader of all programs; no
 * heap, no recursion.  Refuses unknown, duplicate and missing keys, wrong
 * types, escapes other than \" \\ and \/, control characters, text that is not
 * text_printable(), numbers that are not 0|[1-9][0-9]{0,14}, times that are
 * not YYYY-MM-DDTHH:MM:SSZ, strings over their limits, an empty list, windows
 * that window_check() does not take, anything but white space behind the
 * object; and a lease that contradicts itself: an end before its start, more
 * than LEASE_SECONDS_MAX after it, or on either clock above LEASE_TIME_MAX.
 *
 * Returns 0, or -1 with err (ERROR_BROKEN, and the offset in its text) and
 * *lease all zero.
 */
int	lease_parse(const char *data, size_t len, struct lease *lease,
	    struct error *err);

#endif

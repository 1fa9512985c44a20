#ifndef LEASE_DURATION_H
#define LEASE_DURATION_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define DURATION_TEXT_MAX	64

/*
 * Parses 1w2d3h4m5s: each unit at most once, in this order, whole ASCII
 * numbers, unit required.  The sum goes to *seconds, from 1 to
 * LEASE_SECONDS_MAX.  Returns 0, or -1 with err (ERROR_INVALID) and 0 seconds.
 */
int	duration_parse(const char *s, int64_t *seconds, struct error *err);

/*
 * Formats seconds (negative counts as 0) into dst, which holds
 * DURATION_TEXT_MAX bytes, as the two largest units: "1h 30m", "28m 14s",
 * "3d 0h", "45s".  Returns dst.
 */
char	*duration_format(char *dst, int64_t seconds);

/*
 * The same in words for a user: "28 minutes", "1 hour 30 minutes",
 * "1 day 2 hours", "45 seconds"; from a minute on rounded to whole minutes.
 */
char	*duration_words(char *dst, int64_t seconds);

/*
 * As duration_parse() takes it: "1h30m", into DURATION_TEXT_MAX bytes; of
 * 1 s or more.  Returns dst.
 */
char	*duration_compact(char *dst, int64_t seconds);

#endif

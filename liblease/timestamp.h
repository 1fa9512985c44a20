#ifndef LEASE_TIMESTAMP_H
#define LEASE_TIMESTAMP_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "zone.h"

#define TIMESTAMP_MIN	INT64_C(0)		/* 1970-01-01T00:00:00Z */
#define TIMESTAMP_MAX	INT64_C(253402300799)	/* 9999-12-31T23:59:59Z */
#define TIMESTAMP_LEN	20	/* of YYYY-MM-DDTHH:MM:SSZ */

/*
 * Parses exactly YYYY-MM-DDTHH:MM:SSZ (RFC 3339 in UTC, no leap second), len
 * bytes at s, into seconds since the epoch.  Returns 0, or -1 for anything
 * else, with *t = 0.
 */
int	timestamp_parse(const char *s, size_t len, int64_t *t);

/* Formats t (TIMESTAMP_MIN to _MAX) so, into TIMESTAMP_LEN + 1 bytes. */
char	*timestamp_format(char *dst, int64_t t);

/*
 * Parses what an administrator types for --until and --at: HH:MM[:SS] (the
 * next one after now), YYYY-MM-DD HH:MM[:SS] (also with a T), both local in
 * zone, or RFC 3339 with Z or an offset.  A local time that a change of the
 * clocks skips is refused; of one that comes twice the first after now is
 * taken.  Returns 0 or -1 with err (ERROR_INVALID).
 */
int	timestamp_parse_input(const char *s, const struct zone *zone,
	    int64_t now, int64_t *t, struct error *err);

/*
 * The same for what is over: HH:MM[:SS] is the last one that is not after now,
 * on a day that has it.
 */
int	timestamp_parse_past(const char *s, const struct zone *zone,
	    int64_t now, int64_t *t, struct error *err);

/*
 * Local time of t in zone for people, into dst of TIMESTAMP_TEXT_MAX bytes:
 * "10:30:00" on the day of now, else "2026-03-22 10:30:00".
 */
#define TIMESTAMP_TEXT_MAX	32
char	*timestamp_local(char *dst, const struct zone *zone, int64_t t,
	    int64_t now);

/* Always with the date; without seconds when they are not wanted. */
char	*timestamp_local_date(char *dst, const struct zone *zone, int64_t t,
	    int with_seconds);

#endif

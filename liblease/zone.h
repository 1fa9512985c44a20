#ifndef LEASE_ZONE_H
#define LEASE_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/*
 * A time zone, read from the bytes of a TZif file (RFC 8536) without libc's
 * localtime(), which follows the TZ of whoever calls a setuid program.  Pure:
 * no file, no environment, no heap.
 */

#define ZONE_FILE_MAX	65536	/* bytes of a TZif file */
#define ZONE_YEAR_MIN	1970
#define ZONE_YEAR_MAX	9999

/* A date and time of day, proleptic Gregorian. */
struct civil {
	int year;		/* ZONE_YEAR_MIN to ZONE_YEAR_MAX */
	int month;		/* 1 to 12 */
	int day;		/* 1 to 31 */
	int hour, minute, second;
	int weekday;		/* 0 Sunday to 6; set by civil_from_seconds() */
};

/* One half of a POSIX TZ string's rule: when a change happens each year. */
struct zone_rule {
	char kind;		/* 'J', 'n' or 'M', as in POSIX.1 TZ */
	int month, week, day;
	int32_t seconds;	/* after local midnight, may be negative */
};

struct zone {
	const unsigned char *times;	/* transition times, 8 or 4 bytes */
	const unsigned char *types;	/* count indexes into infos */
	const unsigned char *infos;	/* ninfos types of 6 bytes */
	size_t ntimes, ninfos;
	size_t time_size;		/* 8, or 4 in a version 1 file */
	bool has_rule;			/* a TZ string follows the last time */
	bool has_dst;
	int32_t std_offset, dst_offset;	/* seconds east of UTC */
	struct zone_rule dst_start, dst_end;
};

/* UTC: what is used, and said, when the host's zone can't be read. */
extern const struct zone zone_utc;

/*
 * Reads the len bytes at data; the zone points into them and lives as long as
 * they do.  Returns 0, or -1 with err (ERROR_BROKEN) and *zone = zone_utc.
 */
int	zone_parse(const unsigned char *data, size_t len, struct zone *zone,
	    struct error *err);

/* Seconds east of UTC at t (seconds since the epoch). */
int32_t	zone_offset(const struct zone *zone, int64_t t);

/*
 * The first instant after t at which that may change, or INT64_MAX.  It need
 * not: some changes are of the name alone.
 */
int64_t	zone_change(const struct zone *zone, int64_t t);

/* Pure calendar arithmetic, any sign of t. */
void	civil_from_seconds(int64_t t, struct civil *c);
int64_t	civil_to_seconds(const struct civil *c);

/* Does that date and time of day exist (no 30 February, hour 24, second 60)? */
bool	civil_valid(const struct civil *c);

/*
 * The instants at which clocks in zone show c: 0 (skipped by a change), 1, or 2
 * (shown twice), in order, in t[].  Returns how many.
 */
int	zone_instants(const struct zone *zone, const struct civil *c,
	    int64_t t[2]);

#endif

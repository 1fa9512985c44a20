#ifndef LEASE_ZONE_RULE_H
#define LEASE_ZONE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zone.h"

/* Offsets that RFC 8536 3.2 wants a zone to keep to, in seconds. */
#define ZONE_OFFSET_MIN	(-89999)	/* -24:59:59 */
#define ZONE_OFFSET_MAX	93599		/* +25:59:59 */

/*
 * Reads the len bytes of a TZ string (POSIX.1 8.3, hours of a rule from -167
 * to 167 as in RFC 8536 3.3.1) into the offsets and rules of zone.  Returns
 * false for anything else, for daylight saving time without rules too.
 */
bool	zone_rule_parse(const char *s, size_t len, struct zone *zone);

/* Seconds east of UTC at t by those rules alone. */
int32_t	zone_rule_offset(const struct zone *zone, int64_t t);

/* The first instant after t at which those rules may change it. */
int64_t	zone_rule_change(const struct zone *zone, int64_t t);

#endif

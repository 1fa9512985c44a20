#ifndef LEASE_ZONE_HOST_H
#define LEASE_ZONE_HOST_H

#include "zone.h"

/*
 * Reads the host's own zone, whatever the caller's TZ says.  Returns the bytes
 * that it lives in, to be freed after it, or NULL: then *zone is UTC.
 */
unsigned char	*zone_host(struct zone *zone);

#endif

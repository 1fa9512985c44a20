#ifndef LEASE_MATCH_H
#define LEASE_MATCH_H

#include <stdbool.h>

#include "error.h"
#include "lease.h"

/*
 * Does a value match a list?  An empty list matches anything.  Else one item
 * must match, or all items be negated ("!item"), and no negated one may.
 */

/* Items are names or patterns with * and ?. */
bool	match_service(const struct lease_list *list, const char *service);

/*
 * Items are IPv4 or IPv6 addresses, CIDR blocks, "local" (no remote host at
 * all), or the literal text or a pattern of a host name.  rhost is what the
 * PAM application says; it is never looked up.  An IPv4 address in an IPv6 one
 * (::ffff:a.b.c.d) counts as the IPv4 address.
 */
bool	match_from(const struct lease_list *list, const char *rhost);

/*
 * Is the item fit for match_from()?  Returns 0, or -1 with err (ERROR_INVALID):
 * a CIDR block with a bad length or with bits behind it, for example.
 */
int	match_from_check(const char *item, struct error *err);

#endif

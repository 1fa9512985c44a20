#ifndef LEASE_MATCH_H
#define LEASE_MATCH_H

#include <stdbool.h>

#include "error.h"
#include "list.h"

/* What a lease or a rule of the policy may say of a login. */
enum condition {
	COND_USER,
	COND_GROUP,
	COND_SERVICE,
	COND_TTY,
	COND_FROM,
	CONDITIONS
};

/*
 * Does one of the values match the list?  An empty list matches anything.  Else
 * one item must match, or all items be negated ("!item"), and no negated one
 * may.  Items are names or patterns with * and ?; besides, by condition:
 *
 * COND_SERVICE: the classes @remote, @console and @desktop.
 * COND_TTY: the value's leading "/dev/" does not count.
 * COND_FROM: IPv4 or IPv6 addresses, CIDR blocks, "local" (no remote host at
 * all).  The value is what the PAM application says, and is never looked up.
 * An IPv4 address in an IPv6 one (::ffff:a.b.c.d) counts as the IPv4 address.
 */
bool	match(enum condition cond, const struct list *list,
	    const struct list *values);

/*
 * Is the item fit for match()?  Returns 0, or -1 with err (ERROR_INVALID): a
 * CIDR block with a bad length or with bits behind it, for example.
 */
int	match_check(enum condition cond, const char *item, struct error *err);

#endif

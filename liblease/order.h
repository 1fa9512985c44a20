#ifndef LEASE_ORDER_H
#define LEASE_ORDER_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "session.h"

/*
 * The order in which logins enter, for limits.  Each adds a record to the end
 * of one file: the kernel puts them in a row, and nobody can hold up the next
 * one, as the holder of a lock could (a user may stop an su of theirs).
 */

#define ORDER_RECORD	64		/* bytes, a whole part of a page */
#define ORDER_TAIL	65536		/* bytes that are looked back at */
#define ORDER_KEPT	131072		/* bytes that trimming leaves */

struct order {
	char *records;		/* of who came before, as far as kept */
	size_t len;
};

/*
 * Adds own, which is in the ledger already, and reads who came before.  Returns
 * 0, and *order for order_free(), or -1 with err and an empty one.
 */
int	order_take(int dirfd, const struct session *own, struct order *order,
	    struct error *err);

/* Did it come before? */
bool	order_before(const struct order *order, const struct session *s);

void	order_free(struct order *order);

/* Gives back the memory of records that nobody looks at any more. */
void	order_trim(int dirfd);

#endif

#ifndef LEASE_PEERS_H
#define LEASE_PEERS_H

#include "decide.h"
#include "ledger.h"

/* Who is in, for limits. */
struct peers {
	struct peer *list;	/* those of one user side by side */
	size_t n;
	struct ledger ledger;	/* what they point into, */
	struct member *members;	/* and their groups */
};

/*
 * Reads it from below dirfd.  own is the entry of a login that has entered the
 * ledger and is not one of them, and takes its place in the order here; of who
 * is entering only who came before it is in.  Without own nobody who is
 * entering is.  groups: read those too.  Returns 0, and *peers for
 * peers_free(), or -1 with err and none.
 */
int	peers_read(int dirfd, const struct session *own, bool groups,
	    struct peers *peers, struct error *err);

void	peers_free(struct peers *peers);

#endif

#ifndef LEASE_STATE_H
#define LEASE_STATE_H

#include "decide.h"
#include "session.h"
#include "statedir.h"

/* What a decision knows of the host and of a user. */

/*
 * Reads /etc/pamlease/policy.conf, and the host's time zone where a rule has a
 * window; what happened is in st->policy_* and zone_*.
 */
void	state_read_policy(struct state *st);

/*
 * Reads the two files of a wind-down, of which the one in the state directory
 * is below dirfd (-1: it can't be there); what happened is in st->winddown_*.
 */
void	state_read_winddown(int dirfd, struct state *st);

/*
 * The same for those who are in: a broken policy closes the door, but nobody
 * loses time to a typo, and what holds without one holds.  Returns 0, or -1
 * with st->policy_error when it is broken or can't be read; st->policy_lost
 * then says so.
 */
int	state_read_policy_inside(struct state *st);

/* Gives st, which is a user's, what host has of the host. */
void	state_share(const struct state *host, struct state *st);

/* Reads the groups of the user called name where the policy in st asks for any. */
void	state_read_groups(const char *name, struct state *st);

/*
 * Reads of the user called name the lease below dirfd, and the groups where the
 * policy in st asks for any; what happened is in st->lease_* and groups_*.
 */
void	state_read_user(int dirfd, const char *name, struct state *st);

/*
 * All that a login's decision needs to know of the user called name with that
 * uid; what st had is freed.  dirfd is that of PATH_STATE, or -1: it is opened and closed.
 * own is the login's own entry in the ledger, or NULL: it is not one of those
 * who are in, and of those who are just entering only who came before it is.
 */
void	state_read(int dirfd, const char *name, uid_t uid,
	    const struct session *own, struct state *st);

/*
 * Frees what the functions above have read; of a user alone where the rest is
 * from state_share().  It is all zero then, and may be so before.
 */
void	state_free(struct state *st);
void	state_free_user(struct state *st);

#endif

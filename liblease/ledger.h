#ifndef LEASE_LEDGER_H
#define LEASE_LEDGER_H

#include "error.h"
#include "session.h"

/* The ledger on disk.  dirfd is that of PATH_STATE. */

/*
 * Enters a session under a file name that is free; sets s->number.  Returns 0,
 * or -1 with err and nothing entered.
 */
int	ledger_add(int dirfd, struct session *s, struct error *err);

/* Enters or replaces one under the number that it has. */
int	ledger_put(int dirfd, const struct session *s, struct error *err);

/* Writes an entry anew (revoke --keep-sessions). */
int	ledger_replace(int dirfd, const struct session *s, struct error *err);

/*
 * Reads the entry of that file name.  Returns 0, or -1 with err: ERROR_ABSENT,
 * ERROR_INVALID (no such name can be), ERROR_BROKEN, ERROR_SYSTEM.
 */
int	ledger_entry(int dirfd, const char *name, struct session *s,
	    struct error *err);

/* Removes the entry of that file name. */
int	ledger_remove(int dirfd, const char *name, struct error *err);

/*
 * The whole ledger, or (user not NULL) one user's part of it, sorted by user.
 * Entries that can't be read are left out and counted in broken; err then names
 * the last one.  Left-over drafts are swept.  *list is to be freed.  Returns 0,
 * also without any ledger, or -1 with err.
 */
struct ledger {
	struct session *list;
	size_t n;
	size_t broken;
};

int	ledger_read(int dirfd, const char *user, struct ledger *ledger,
	    struct error *err);
void	ledger_free(struct ledger *ledger);

/* Takes out the entries whose process is gone; the files stay. */
void	ledger_drop_dead(struct ledger *ledger);

/* The entries of user in a sorted ledger: the first one, and how many. */
struct session	*ledger_find(const struct ledger *ledger, const char *user,
		    size_t *n);

#endif

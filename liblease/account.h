#ifndef LEASE_ACCOUNT_H
#define LEASE_ACCOUNT_H

#include <sys/types.h>

#include <stdbool.h>

#include "error.h"
#include "lease.h"

/* The user database, through the functions that are safe with threads. */

struct account {
	char name[LEASE_NAME_MAX + 1];	/* pw_name */
	uid_t uid;
};

/*
 * Returns 0, or -1 with err: ERROR_INVALID (no account can have that name),
 * ERROR_ABSENT (there is none), ERROR_SYSTEM (the database can't be read).
 */
int	account_by_name(const char *name, struct account *account,
	    struct error *err);
int	account_by_uid(uid_t uid, struct account *account,
	    struct error *err);

/*
 * Has the uid that was this user's become another account's?  Not when the
 * database can't be read, nor when both are gone.
 */
bool	account_replaced(const char *name, uid_t uid);

/*
 * May a user of that uid hold a lease, and be ended?  Not root, nor the
 * system's accounts: under UID_MIN of login.defs(5), 65534, 65535, (uid_t)-1.
 */
bool	account_leasable(uid_t uid);

#endif

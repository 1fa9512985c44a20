#ifndef LEASE_ACCOUNT_H
#define LEASE_ACCOUNT_H

#include <sys/types.h>

#include <stdbool.h>

#include "error.h"
#include "lease.h"
#include "list.h"

/* The user database, through the functions that are safe with threads. */

struct account {
	char name[LEASE_NAME_MAX + 1];	/* pw_name */
	uid_t uid;
	gid_t gid;			/* of the primary group */
};

/*
 * Returns 0, or -1 with err: ERROR_INVALID (no account can have that name),
 * ERROR_ABSENT (there is none), ERROR_SYSTEM (the database can't be read).
 */
int	account_by_name(const char *name, struct account *account,
	    struct error *err);
int	account_by_uid(uid_t uid, struct account *account,
	    struct error *err);

/* The home directory of that account, into ACCOUNT_HOME_MAX + 1 bytes. */
#define ACCOUNT_HOME_MAX	1023
int	account_home(const char *name, char *home, struct error *err);

/*
 * The names of all groups of a user, the primary one too.  A group without a
 * name is left out, and who is not in the user database has none.  Returns 0,
 * and the names' memory in *text, to be freed after them; or -1 with err
 * (ERROR_SYSTEM) when one of them can't be read.
 */
int	account_groups(const char *user, struct list *names, char **text,
	    struct error *err);

/*
 * The name that goes with a group's number, into LEASE_NAME_MAX + 1 bytes: of
 * two groups with one number it is that of one of them.  Returns 0, or -1 with
 * err: ERROR_ABSENT, ERROR_SYSTEM.
 */
int	account_group(const char *group, char *name, struct error *err);

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

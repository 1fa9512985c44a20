#ifndef LEASE_HOOKED_H
#define LEASE_HOOKED_H

#include <stdint.h>

#include "error.h"
#include "hooks.h"
#include "ledger.h"
#include "policy.h"
#include "session.h"

/*
 * Sessions whose hooks have been run, or have begun to be: a ledger of their
 * own (ledger.h) below PATH_HOOKED, whose entries stay until the close hooks
 * have succeeded, and a lock for each user, so that of two sessions one at a
 * time counts the other.  dirfd is that of PATH_STATE.
 */

struct hooked {
	const struct session *session;
	int64_t expires;	/* seconds since the epoch, or NO_END */
	const struct policy *policy;	/* how long a hook may take, and the
					   lock; the presence program */
	bool exclusive;		/* the user may be on one host at a time */
	bool over;		/* close only who is over, see hooked_owed() */
	hook_line line;
	void *arg;		/* the first argument of line() */
};

/* Has the presence program look, and runs the account hooks.  Returns 0, or -1 with err as hooks_run() does. */
int	hooked_account(const struct hooked *h, struct error *err);

/*
 * Enters the session, has the presence program claim the user and runs the open
 * hooks; after one that fails, the close hooks.  Returns 0, or -1 with err.
 */
int	hooked_open(int dirfd, const struct hooked *h, struct error *err);

/*
 * Runs the close hooks of the session whose ledger entry has that name; h has
 * all but the session.  After the user's last one the presence program is to
 * give the user up.  It is taken out when all have succeeded.  Returns 0,
 * also when it is not there, or -1 with err and the entry stays.
 */
int	hooked_close(int dirfd, const char *name, const struct hooked *h,
	    struct error *err);

/*
 * Has the presence program hear that the user of a session that is entered is
 * still here.  Returns 0, also where the session is just opening or closing or is
 * over, or -1 with err.
 */
int	hooked_refresh(int dirfd, const struct hooked *h, struct error *err);

/* Reads the entries of whose process lives, as hooked_owed() does the others. */
int	hooked_live(int dirfd, struct ledger *ledger, struct error *err);

/*
 * Reads the entries of sessions that are over, by a failed try or because their
 * process is gone, for ledger_free().  Returns as ledger_read() does.
 */
int	hooked_owed(int dirfd, struct ledger *ledger, struct error *err);

#endif

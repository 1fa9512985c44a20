#ifndef PAMLEASE_SESSIONS_H
#define PAMLEASE_SESSIONS_H

#include "inside.h"
#include "ledger.h"
#include "state.h"

/* Who is in, and until when: what is read for that. */
struct sessions {
	int dirfd;		/* of PATH_STATE; -1: there is none */
	struct moment now;
	struct state host;	/* what is everybody's */
	struct state st;	/* with what is the user's at hand */
	struct ledger ledger;
	bool failed;		/* a user's lease could not be read */
};

/*
 * Reads ledger and policy; dirfd and now are the caller's.  Returns 0, or -1
 * with err when not all of the ledger can be read: the rest is there.
 */
int	sessions_read(struct sessions *in, struct error *err);
void	sessions_free(struct sessions *in);

/* What is that user's into in->st. */
void	sessions_user(struct sessions *in, const char *user);

/* Calls each with all of them in order, while in->st is of the user's. */
void	sessions_each(struct sessions *in, void (*each)(void *arg,
	    const struct session *s, const struct verdict *verdict), void *arg);

/* Is there a moment at which it ends, or is that over? */
bool	sessions_has_end(const struct session *s,
	    const struct verdict *verdict);

/* What let it in, and whose lease that is: "lease of odai". */
#define SESSIONS_BY_MAX	(LEASE_NAME_MAX + 16)
char	*sessions_by(char dst[SESSIONS_BY_MAX], const struct sessions *in,
	    const struct session *s);

#endif

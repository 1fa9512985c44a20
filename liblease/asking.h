#ifndef LEASE_ASKING_H
#define LEASE_ASKING_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decide.h"
#include "error.h"
#include "lease.h"
#include "policy.h"
#include "session.h"

/*
 * An asking: a login that waits for somebody's yes, or that has waited in vain
 * and left its question standing.  Its file is called by its ID, which is what
 * an answer names.
 */

#define ASKING_ID	6	/* characters, of 32: 30 bits */
#define ASKING_FILE_MAX	2560	/* bytes of a file */

#define ASKING_WAIT_MAX	90	/* s: sshd's LoginGraceTime is 120 */
#define ASKING_STANDS	3600	/* s that it stands, from when it was asked */

/* How many there may be. */
#define ASKING_SOURCE_MAX	8	/* of one remote host */
#define ASKING_ALL_MAX		32

struct asking {
	char id[ASKING_ID + 1];
	bool waits;		/* its login is there; else it stands */
	bool told;		/* those who may answer have been told */
	char user[LEASE_NAME_MAX + 1];
	uid_t uid;
	char service[SESSION_ITEM_MAX + 1];
	char tty[SESSION_ITEM_MAX + 1];
	char rhost[SESSION_RHOST_MAX + 1];
	int64_t length;		/* seconds that a yes is good for */
	char by[POLICY_BY_MAX + 1];	/* groups that may answer, by commas */
	bool desktop;		/* who sits at the desk may answer */
	int64_t since;		/* seconds since the epoch, UTC */
	int64_t since_boot;	/* CLOCK_BOOTTIME, ns */
	char reason[LEASE_REASON_MAX + 1];	/* that it was refused for */
};

/*
 * Writes the ID that bits stand for to dst, in Crockford's base 32
 * (https://www.crockford.com/base32.html).
 */
void	asking_id(char dst[ASKING_ID + 1], uint64_t bits);

/* The ID as somebody typed it: small letters, and I, L and O for 1 and 0. */
bool	asking_id_parse(char dst[ASKING_ID + 1], const char *typed);

/*
 * What the login asks for by that rule.  Returns 0, or -1 with err: something
 * is too long, or could not be said in a lease just so (ERROR_INVALID).
 */
int	asking_init(struct asking *a, const struct request *rq,
	    const struct rule *rule, const struct moment *now,
	    struct error *err);

/* Do they ask for the same? */
bool	asking_same(const struct asking *a, const struct asking *b);

/* Is one of these groups among those that may answer? */
bool	asking_by(const struct asking *a, const struct list *groups);

/* Was a asked before b? */
bool	asking_before(const struct asking *a, const struct asking *b);

/* Has it stood for as long as it may? */
bool	asking_over(const struct asking *a, const struct moment *now);

/*
 * May there be one more, where so many others wait of that user (asked before
 * it), of that remote host and in all?  What is in the way, or NULL.  Of many
 * that come at the same moment all may be refused, but not too many wait.
 */
struct asking_count {
	size_t user, source, all;
};

void		asking_count(struct asking_count *n, const struct asking *own,
		    const struct asking *other);
const char	*asking_full(const struct asking_count *n);

/*
 * Formats all but ID, waits and told into data.  Returns the length, or -1 when
 * it is longer than size.
 */
ssize_t	asking_format(const struct asking *a, char *data, size_t size);

/* Reads that back.  Returns 0, or -1 with err (ERROR_BROKEN). */
int	asking_parse(const char *data, size_t len, struct asking *a,
	    struct error *err);

#endif

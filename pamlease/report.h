#ifndef PAMLEASE_REPORT_H
#define PAMLEASE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "past.h"

/*
 * What a report is of: leases, sessions and refusals, as the history has them.
 * All texts live as long as the report, and are hostile.
 */

#define REPORT_LANES	6	/* sessions of one user side by side */
#define REPORT_NONE	SIZE_MAX	/* an index that is none */

/* Somebody who had a lease or a session. */
struct report_user {
	const char *name;
	size_t lease, stay;		/* the newest ones, or none */
	int64_t lane_until[REPORT_LANES];
	size_t lanes;
	size_t logins;			/* sessions that are shown */
	int64_t seconds;		/* of them, as far as they are */
	bool shown;
};

struct report_lease {
	struct report_user *user;
	size_t prev;			/* of the same user, or none */
	int64_t since, until;
	const char *by, *reason;
	const char *extended_by;	/* who did last, or "" */
	const char *end;		/* what ended it early, or "" */
	const char *end_by;		/* who did, or "" */
};

enum stay_end {
	STAY_UNKNOWN,			/* until is since */
	STAY_CLOSED,
	STAY_OPEN,			/* until is now */
};

struct report_stay {
	struct report_user *user;
	size_t prev;			/* of the same user, or none */
	size_t lease;			/* that let it in, or none */
	size_t lane;
	int64_t since, until;
	enum stay_end end;
	const char *name;		/* in the ledger */
	const char *service, *tty, *rhost, *let_in_by;
	const char *ended;		/* why pamlease ended it, or "" */
	const char *detail;		/* of its close, or "" */
};

struct report_refusal {
	int64_t at;
	size_t reason;
	const char *user, *service, *rhost, *detail;
};

/* A word of which there are refusals. */
struct report_reason {
	const char *word;
	const char *text;		/* what it says, or "" */
	bool permissive;		/* let in all the same */
	size_t n;
};

/* What there is in the time that the report is of. */
struct report_sum {
	size_t users, leases, stays, open;
	int64_t seconds;
};

struct report {
	struct past_filter range;	/* until is now */
	struct past_sessions open;
	struct kept *kept;		/* each text once */
	void *texts, *names;		/* trees */
	struct report_user **users;	/* sorted by name */
	struct report_lease *leases;	/* the rest as it happened */
	struct report_stay *stays;
	struct report_refusal *refusals;
	struct report_reason *reasons;
	size_t nusers, nleases, nstays, nrefusals, nreasons;
	struct report_sum sum;
	bool failed;			/* no memory */
};

/*
 * Reads it from the history, from since on or (INT64_MIN) from the first thing
 * that is to be shown.  Returns an exit code, and has said what is wrong; *r is
 * to be freed in any case.
 */
int	report_gather(struct report *r, int64_t since, int64_t now);
void	report_free(struct report *r);

/* report_keep.c: what is gathered.  NULL, or "" and r->failed: no memory. */
const char	*report_text(struct report *r, const char *text);
struct report_user	*report_user(struct report *r, const char *name);
struct report_lease	*report_lease(struct report *r,
			    struct report_user *user);
struct report_stay	*report_stay(struct report *r,
			    struct report_user *user);
struct report_refusal	*report_refusal(struct report *r);
size_t			report_reason(struct report *r, const char *word,
			    bool permissive);

/*
 * report_sum.c: what there is in the time of the report, once all is read, and
 * its users in order.
 */
void	report_sum(struct report *r);

/*
 * The first session that is shown: who is let in may come as often as they like.
 * All are in the sums.
 */
#define REPORT_STAYS_MAX	10000
#define REPORT_FIRST_STAY(r)	((r)->nstays > REPORT_STAYS_MAX ? \
	(r)->nstays - REPORT_STAYS_MAX : 0)

/* Is any of that time within what the report is of? */
bool	report_shows(const struct report *r, int64_t since, int64_t until);

/* report_page.c: the page, to be freed; NULL without memory. */
char	*report_page(const struct report *r, size_t *len);

#endif

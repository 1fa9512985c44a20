#ifndef LEASE_DECIDE_H
#define LEASE_DECIDE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "lease.h"
#include "policy.h"
#include "session.h"
#include "verdict.h"
#include "winddown.h"
#include "zone.h"

/* What someone asks for at a login. */
struct request {
	const char *user;	/* pw_name */
	uid_t uid;
	bool known;		/* the account exists and its name is usable */
	bool unreadable;	/* or else the user database failed */
	bool inside;		/* is in already: no limit counts, and they
				   are present */
	const char *service;	/* PAM items; empty when not set */
	const char *tty;
	const char *rhost;
};

/* How a file was found. */
enum found {
	FOUND_NOTHING = 0,
	FOUND_GOOD,
	FOUND_BROKEN,		/* content, owner or mode */
	FOUND_UNREADABLE,	/* a system call failed */
};

/* Somebody who is in, for limits. */
struct peer {
	struct request request;
	const struct list *groups;	/* NULL: they can't be read */
	bool entering;			/* takes a place, but may be refused */
};

/* What is on disk and of the host, read by state_read(). */
struct state {
	enum found policy_found;
	struct policy policy;
	bool policy_lost;		/* broken, and of who is in is decided
					   as without one */
	struct error policy_error;
	enum found winddown_found;	/* FOUND_NOTHING: there is none */
	struct winddown winddown;
	struct error winddown_error;
	enum found present_found;	/* the user, when there is one */
	struct error present_error;
	enum found lease_found;
	struct lease lease;
	struct error lease_error;
	enum found groups_found;	/* of the user's; when a rule asks */
	struct list groups;
	struct error groups_error;
	enum found zone_found;		/* when something has a window */
	struct zone zone;
	enum found peers_found;		/* when the policy has a limit; */
	const struct peer *peers;	/* of one user side by side */
	size_t npeers;
	struct error peers_error;
	struct held *held;		/* what all these point into */
};

/*
 * The one decision of the module, "pamlease check" and the watchdog.  Pure:
 * everything it knows is in its arguments.  Of root it never says an end.
 */
struct verdict	decide(const struct request *rq, const struct state *st,
		    const struct moment *now);

/* What somebody who is in would ask for; it points into the session. */
struct request	request_of(const struct session *s);

/*
 * Does a rule exclusive speak of that login, so that the user may be on one host
 * at a time?  Also where it can't be told.
 */
bool	decide_exclusive(const struct request *rq, const struct state *st,
	    const struct moment *now);

/* What one step says, whether or not it is come to. */
struct verdict	decide_step(enum step step, const struct request *rq,
		    const struct state *st, const struct moment *now);

/*
 * When a lease ends: at its expiry, or when the policy's max has passed since
 * it was issued.  UTC seconds.
 */
int64_t	lease_end(const struct lease *lease, const struct policy *policy);

/* The same by CLOCK_BOOTTIME of the boot that granted it, seconds. */
int64_t	lease_end_boot(const struct lease *lease, const struct policy *policy);

/* WHY_LEASE when the clocks say that it is in force, else why it isn't. */
enum why	lease_in_time(const struct lease *lease,
		    const struct policy *policy, const struct moment *now);

#endif

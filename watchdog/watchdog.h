#ifndef WATCHDOG_H
#define WATCHDOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger.h"
#include "plan.h"
#include "state.h"

/*
 * How far one run looks ahead.  The timer starts the next one after 30 s, up to
 * 1 s late (AccuracySec), and that one must have begun before anything is due.
 */
#define HORIZON		(35 * NANOSECONDS)

#define BUSY_LIMIT	(5 * NANOSECONDS)	/* for a user's lock */
#define BUSY_AGAIN	(NANOSECONDS / 10)	/* and then look again */

enum {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1,
	EXIT_USAGE = 2,
	EXIT_IO = 4,
	EXIT_LEFT = 6,
};

/* One run of the program, which may look several times. */
struct run {
	int dirfd;		/* of the state directory */
	bool dry;		/* print the plan, do nothing */
	bool again;		/* not the first look: odd things are told */
	int64_t started;	/* boot clock, ns */
	bool busy;		/* a lock is held by somebody, in this look, */
	int64_t busy_since;	/* and since when in those before it; or 0 */
	struct moment now;	/* of the present look */
	int64_t next_wall;	/* when something is due next, ns */
	int64_t next_boot;
	size_t failures;	/* in the present look */
	size_t left;		/* users of whom something is left */
};

/* All about one user at one moment. */
struct view {
	char user[LEASE_NAME_MAX + 1];
	struct state state;
	struct marks marks;
	struct session *sessions;	/* points into a ledger */
	size_t nsessions;
	struct plan plan;
	bool *ends;
	struct ledger ledger;		/* read anew under the lock */
	int lock;
};

/* say.c: one line to the journal, or to the terminal. */
void	say(int priority, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* A user's name, fit for a line; one at a time. */
const char	*shown(const char *user);

/* look.c */

/* Looks at every user once, and acts on what is due.  0, or -1: it can't. */
int	look(struct run *run);

/*
 * Fills view->state, marks, plan and ends from the disk; policy is that of this
 * look, and sessions are those of the user whose process lives.  Returns 0, or
 * -1 when there is no memory.
 */
int	view_read(struct run *run, const struct state *policy,
	    struct view *view);

/* act.c: does what the plans of n users say. */
void	act(struct run *run, const struct state *policy, struct view *views,
	    size_t n);

/* wait.c */
struct waiter {
	int wall, boot;		/* timerfds */
	int notify;		/* inotify: leases and ledger */
};

#define WAITER_INIT	{ -1, -1, -1 }

/*
 * Until the next thing is due, a clock is set, or a file changes.  The first
 * time it only starts watching, and returns at once: what changed since the
 * last look must be looked at.  Returns 0, or -1 with err.
 */
int	waiter_wait(struct waiter *w, const struct run *run, struct error *err);

#endif

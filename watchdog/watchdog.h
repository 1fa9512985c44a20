#ifndef WATCHDOG_H
#define WATCHDOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "end.h"
#include "event.h"
#include "ledger.h"
#include "plan.h"
#include "state.h"

/*
 * How far one run looks ahead.  The timer starts the next one after 30 s, up to
 * 1 s late (AccuracySec), and that one must have begun before anything is due.
 */
#define HORIZON		(35 * NANOSECONDS)

enum {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1,
	EXIT_USAGE = 2,
	EXIT_IO = 4,
	EXIT_LEFT = 6,
};

/* Somebody whom a wind-down's deadline is for. */
struct present_user {
	uid_t uid;
	char name[LEASE_NAME_MAX + 1];
	bool seen;		/* in the present look */
};

/* One run of the program, which may look several times. */
struct run {
	int dirfd;		/* of the state directory */
	bool dry;		/* print the plan, do nothing */
	bool again;		/* not the first look: odd things are told */
	int64_t started;	/* boot clock, ns */
	int64_t looked;		/* the same, of the look before */
	struct moment now;	/* of the present look */
	struct state host;	/* the same; policy_* and winddown_* only */
	struct present_user *present;	/* the same; when a deadline is near */
	size_t npresent;
	int64_t next_wall;	/* when something is due next, ns */
	int64_t next_boot;
	size_t failures;	/* in the present look */
	size_t left;		/* users of whom something is left */
	struct worker *workers;
	uid_t *noted;		/* who is to see a note of the present look */
	size_t nnoted;
	pid_t noting;		/* what has the last ones shown, or 0, */
	int64_t noting_until;	/* and how long that may take, boot clock, ns */
};

/* All about one user at one moment. */
struct view {
	char user[LEASE_NAME_MAX + 1];
	struct state state;
	struct marks marks;
	const struct present_user *present;	/* NULL: no process, or no deadline */
	struct session *sessions;	/* points into a ledger */
	size_t nsessions;
	struct plan plan;
	bool *ends;
	int lock;
};

/*
 * say.c: one line to the journal, or to the terminal.  Nothing that reads it
 * can hold the program up.  An event, and what is LOG_ERR or worse, stands in
 * the history and the audit trail as well, unless the run is dry.
 */
void	say_no_history(void);
void	say(int priority, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	say_of(int priority, const struct event *event, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/*
 * auditor.c: writes an event to the audit trail, and waits for nothing; and, at
 * the end of the process, until it is written, for a second at most.
 */
void	auditor_tell(const struct event *e);
void	auditor_finish(void);

/* A user's name, fit for a line; one at a time. */
const char	*shown(const char *user);

/* look.c */

/* Looks at every user once, and acts on what is due.  0, or -1: it can't. */
int	look(struct run *run);

/*
 * Fills v->state, marks, plan and ends from the disk; its sessions are those of
 * the user whose process lives.  Returns 0, or -1 when there is no memory.
 */
int	view_read(struct run *run, struct view *v);

/* Whose uid a view is about. */
uid_t	view_uid(const struct view *v);

/* present_users.c */

/*
 * Finds who is present, where a wind-down's deadline has passed or there may be
 * something to do before the next run.
 */
void	present_users_find(struct run *run);
void	present_users_free(struct run *run);

/* Of that name, or NULL. */
struct present_user	*present_user_of(const struct run *run, const char *user);

/*
 * units.c: has systemd start n units, and waits a second at most for it to say
 * that it will.  Returns whether it has.
 */
bool	units_start(const char *const *units, size_t n);

/*
 * The same in two parts, so that other work can be done in between: what the
 * first returns, also -1, is for the second, which may wait for a second.
 */
pid_t	units_begin(const char *const *units, size_t n);
bool	units_wait(pid_t pid);

/*
 * notes.c: shows warnings and the last word on desktops too.  Is the user at
 * one, by what the ledger says?
 */
bool	on_desktop(const struct view *v);

/* Has a note shown to the user of a view, when notes_start() is called. */
void	notes_add(struct run *run, const struct view *v);

/*
 * Starts what shows them, and waits for nothing: while systemd hears of those
 * before, for a second at most, they are left to a look right behind that.  At
 * the end of a run, waits for each of the two for a second at most.
 */
void	notes_start(struct run *run);
void	notes_finish(struct run *run);

/*
 * closing.c: starts a unit for each session that is over and has close hooks
 * yet to be run, and one that has the presence program hear of who is in, if
 * there is somebody; and what such units do, with their exit status.
 */
void	closing_start(struct run *run, bool somebody);
int	closing_run(char *const *argv);
int	closing_refresh(char *const *argv);

/*
 * login_hooks.c: runs what goes with a login for the module, "PHASE
 * ARGUMENT...".  What is for the user is on stdout, what is for the log, its
 * last line what is wrong, on stderr.  EXIT_REFUSED is the no of a hook.
 */
int	login_hooks(char *const *argv);

/* The same: does a rule say that the presence program is to hear of it? */
bool	session_exclusive(struct state *st, const struct session *s);

/*
 * chronicle.c: moves what waits into the history, with its exit status; and
 * looks whether that is done at all.
 */
int	chronicle_write(char *const *argv);
void	chronicle_look(struct run *run);

/*
 * metrics.c: writes what there is to count to pamlease.prom in the directory
 * DIR, with its exit status.
 */
int	metrics_write(char *const *argv);

/* asked.c: tells those who may answer of who asks, each once. */
void	asked_tell(struct run *run);

/*
 * standing.c: keeps what users may know of their sessions.  NULL: there is no
 * memory for it, and nothing is kept.
 */
struct standing;
struct standing	*standing_of(const struct ledger *ledger);
void	standing_note(struct standing *standing, size_t first,
	    const struct run *run, const struct view *v);
void	standing_write(struct standing *standing, const struct run *run);

/* act.c: does what the plans of n users say. */
void	act(struct run *run, struct view *views, size_t n);

/*
 * The same: takes out the entry of a session whose process is gone, and says
 * so.  False: it can't.
 */
bool	close_entry(int dirfd, const struct session *s);

/* dry.c: prints what the plan of a user says. */
void	dry_run(const struct view *v);

/*
 * worker.c: users are ended in processes of their own, so that one who hangs
 * holds up nobody else's end.
 */

/*
 * Has work done for n users, and goes on.  What it returns, run_result(), is
 * counted when it is over; their locks are its own then.
 */
void	worker_start(struct run *run, struct view **views, size_t n,
	    int (*work)(struct run *, struct view **, size_t));

/* Is that user being ended?  Then there must be another look afterwards. */
bool	worker_has(struct run *run, const char *user);

/* Is there a worker of such a user? */
bool	workers_missed(const struct run *run);

/*
 * Counts the work that is over, or waits for all of it.  Returns whether that
 * of such a user was among it.
 */
bool	workers_reap(struct run *run, bool wait);

/* How a run went, as an exit status. */
int	run_result(const struct run *run);

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
int	waiter_wait(struct waiter *w, struct run *run, struct error *err);

#endif

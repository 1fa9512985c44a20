#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "cmd.h"
#include "end.h"
#include "ledger.h"
#include "plan.h"
#include "print.h"
#include "requests.h"
#include "state.h"
#include "store.h"
#include "target.h"

static const char message[] = "*** pamlease: Your lease has been revoked. "
    "You will be disconnected now. ***";

struct revocation {
	int dirfd;		/* of the state directory */
	const char *user;
	uid_t uid;		/* of the lease, or else of the account */
	bool had;		/* a lease, or a revocation to finish */
	bool unread;		/* not all of the ledger could be read */
	struct ledger ledger;	/* the user's, processes alive */
	size_t kept;
	size_t staying;		/* sessions that no lease let in */
	bool keep_detached;	/* says the policy */
	struct ending ended;	/* how that went; found 0: nobody was */
	char names[SESSION_NAMES_MAX];	/* of their sessions */
};

static int
no_lease(const struct revocation *rv)
{
	char shown[QUOTED_MAX];

	return fail(EXIT_NONE, "no lease for %s", quote(shown, rv->user));
}

/* Entries that can't be read are told, and stop nothing but keeping them. */
static void
read_ledger(int dirfd, struct revocation *rv)
{
	struct error err;

	ledger_free(&rv->ledger);
	error_clear(&err);
	rv->unread = ledger_read(dirfd, rv->user, &rv->ledger, &err) == -1 ||
	    rv->ledger.broken > 0;
	if (rv->unread)
		warning("the ledger: %s", err.text);
	ledger_drop_dead(&rv->ledger);
}

/* Finds lease and sessions; says whether there is any of the two. */
static bool
look(int dirfd, struct revocation *rv)
{
	struct lease lease;
	struct error err;
	uid_t uid;

	rv->had = true;
	if (lease_read(dirfd, rv->user, &lease, &err) == 0)
		rv->uid = lease.uid;
	else if (err.code == ERROR_ABSENT) {
		/* One that was not finished, or a copy alone. */
		if (lease_revoked(dirfd, rv->user, &uid))
			rv->uid = uid;
		else
			rv->had = lease_kept(rv->user, &err) != 0;
	}
	read_ledger(dirfd, rv);
	return rv->had || rv->ledger.n > 0;
}

/* Without the lock and a lock file, for when there is nothing to revoke. */
static int
try(struct revocation *rv)
{
	struct error err;
	int dirfd = state_open(&err);
	bool any;

	if (dirfd == -1 && err.code != ERROR_ABSENT)
		return fail_error(&err);
	any = dirfd == -1 ? lease_kept(rv->user, &err) != 0 : look(dirfd, rv);
	if (dirfd != -1)
		(void)close(dirfd);
	return any ? EXIT_DONE : no_lease(rv);
}

/* What is marked and then fails ends with the lease, which stands. */
static int
keep_sessions(int dirfd, struct revocation *rv)
{
	struct session *s = rv->ledger.list;
	struct error err;
	size_t i;

	for (i = 0; i < rv->ledger.n; i++) {
		if (s[i].by != ADMITTED_LEASE && s[i].by != ADMITTED_KEPT)
			continue;
		s[i].by = ADMITTED_KEPT;
		if (ledger_replace(dirfd, &s[i], &err) == -1)
			return fail_error(&err);
		rv->kept++;
	}
	return EXIT_DONE;
}

/* Whatever state the policy and the clocks are in, the lease is gone. */
static void
plan_end(struct revocation *rv, struct plan *plan, bool *ends)
{
	static const struct marks none;
	static struct state st, user;
	struct watched w = {
		.user = rv->user,
		.state = &user,
		.sessions = rv->ledger.list,
		.nsessions = rv->ledger.n,
		.marks = &none,
		.revoked = rv->had && rv->uid != (uid_t)-1,
		.revoked_uid = rv->uid,
	};
	struct moment now;

	if (state_read_policy_inside(&st) == -1)
		warning("%s; until that is mended nothing is kept",
		    st.policy_error.text);
	rv->keep_detached = st.policy.keep_detached;
	state_share(&st, &user);
	state_read_user(rv->dirfd, rv->user, &user);
	user.lease_found = FOUND_NOTHING;
	clock_now(&now);
	now.readable = true;
	plan_user(&w, &now, plan, ends);
	state_free_user(&user);
	state_free(&st);
}

/* With keep-detached; what is not seen is not told. */
static void
tell_left(const struct revocation *rv, const struct ending *ended)
{
	struct ending e = { .uid = ended->uid };
	char shown[QUOTED_MAX];
	size_t left;

	if (target_count(&e, &left) == 0 && left > 0)
		warning("processes of %s outside these sessions were left: "
		    "%zu (keep-detached)", quote(shown, rv->user), left);
}

/* Fills in what must end; false when nothing must. */
static bool
choose(struct revocation *rv, struct ending *e, bool *ends)
{
	struct plan plan;
	size_t i;

	/* Whom an earlier revocation let stay, this one does not. */
	for (i = 0; i < rv->ledger.n; i++)
		if (rv->ledger.list[i].by == ADMITTED_KEPT)
			rv->ledger.list[i].by = ADMITTED_LEASE;
	plan_end(rv, &plan, ends);
	for (i = 0; i < rv->ledger.n; i++)
		rv->staying += !ends[i];
	e->user = rv->user;
	e->uid = plan.end != PLAN_END_NONE ? plan.uid : rv->uid;
	e->sessions = rv->ledger.list;
	e->nsessions = rv->ledger.n;
	e->ends = ends;
	e->message = message;
	e->extent = plan.end == PLAN_END_ALL ? END_USER : END_SESSIONS;
	return plan.end != PLAN_END_NONE;
}

static int
end_failed(const struct revocation *rv, const struct ending *e)
{
	char shown[QUOTED_MAX];

	if (e->guarded)
		return fail(EXIT_LEFT, "%s", e->error.text);
	if (e->left == 0)
		return fail(EXIT_LEFT, "it can't be seen whether all of %s has "
		    "ended", quote(shown, rv->user));
	return fail(EXIT_LEFT, "%zu of the processes of %s could not be ended",
	    e->left, quote(shown, rv->user));
}

static int
end_all(struct revocation *rv)
{
	struct ending e = { 0 };
	char shown[SHOWN_MAX], quoted[QUOTED_MAX];
	bool *ends = calloc(rv->ledger.n + 1, sizeof(*ends));
	int r = EXIT_DONE;

	if (ends == NULL)
		return fail(EXIT_LEFT, "no memory to end sessions with");
	if (!choose(rv, &e, ends)) {
		if (!rv->had)
			r = no_lease(rv);
	} else if (end_users(&e, 1) == -1)
		r = end_failed(rv, &e);
	else if (e.error.code != ERROR_NONE)
		warning("%s", e.error.text);
	rv->ended = e;
	(void)session_names(rv->names, e.sessions, e.nsessions, e.ends);
	free(ends);
	if (r != EXIT_DONE)
		return r;
	(void)printf("Lease revoked for %s. %s\n", show(shown, rv->user),
	    e.found > 0 ? "Active sessions terminated." :
	    rv->staying > 0 ? "No sessions terminated." :
	    "No active sessions.");
	if (rv->staying > 0)
		warning(e.uid == 0 ? "sessions of %s are never ended: %zu" :
		    "sessions of %s that no lease let in stay: %zu",
		    quote(quoted, rv->user), rv->staying);
	if (rv->keep_detached && e.uid != 0)
		tell_left(rv, &e);
	return EXIT_DONE;
}

static void
record_revoked(const struct revocation *rv)
{
	char name[LEASE_NAME_MAX + 1], by[QUOTED_MAX], user[QUOTED_MAX];
	struct event event;

	find_grantor(name);
	event_init(&event, EVENT_REVOKED);
	event.text[EVENT_USER] = rv->user;
	event.number[EVENT_UID] = (int64_t)rv->uid;
	event.text[EVENT_BY] = name;
	record_done(&event, "revoke: user=\"%s\" by=\"%s\" kept=%zu",
	    quote(user, rv->user), quote(by, name), rv->kept);
}

/* As the watchdog does of those that it ends. */
static void
record_ended(const struct revocation *rv)
{
	const struct ending *e = &rv->ended;
	bool bad = e->failed || e->guarded;
	char user[QUOTED_MAX];
	struct event event;

	if (e->found == 0 && !bad)
		return;
	event_init(&event, bad ? EVENT_NOT_ENDED : EVENT_ENDED);
	event.text[EVENT_USER] = rv->user;
	event.number[EVENT_UID] = (int64_t)e->uid;
	event.text[EVENT_WHY] = why_word(WHY_NO_LEASE);
	event.text[EVENT_DETAIL] = e->error.text;
	event.text[EVENT_SESSION] = rv->names;
	event.number[EVENT_FOUND] = (int64_t)e->found;
	event.number[EVENT_KILLED] = (int64_t)e->swept;
	event.number[EVENT_LEFT] = (int64_t)e->left;
	event.number[EVENT_TOOK_MS] = e->took;
	/* It was due as the command was given. */
	if (!bad)
		event.number[EVENT_LATE_MS] = e->told + e->took;
	record_done(&event, "%s: user=\"%s\" found=%zu killed=%zu left=%zu",
	    bad ? "not all ended" : "ended", quote(user, rv->user), e->found,
	    e->swept, e->left);
}

/*
 * The lease goes out of force first, so that nobody comes in after their
 * sessions ended, and is removed last, so that the watchdog goes on with what
 * was interrupted.
 */
static int
revoke_all(int dirfd, struct revocation *rv)
{
	struct error err;
	int r, copy = EXIT_DONE;
	bool was;

	if (lease_revoke(dirfd, rv->user, &was, &err) == -1 &&
	    err.code != ERROR_ABSENT) {
		if (!was)
			return fail_error(&err);
		copy = fail(EXIT_IO, "it comes back at the next boot: %s",
		    err.text);
	}
	/* Again: a login that entered itself by now has seen the lease. */
	read_ledger(dirfd, rv);
	r = end_all(rv);
	if (rv->had)
		record_revoked(rv);
	record_ended(rv);
	if (r == EXIT_DONE && lease_drop(dirfd, rv->user, &err) == -1 &&
	    err.code != ERROR_ABSENT && copy == EXIT_DONE)
		r = fail_error(&err);
	return r != EXIT_DONE ? r : copy;
}

/* The sessions are marked first, so that they don't end with the lease. */
static int
revoke_lease(int dirfd, struct revocation *rv)
{
	char shown[SHOWN_MAX];
	struct error err;
	int r;

	if (!rv->had)
		return no_lease(rv);
	if (rv->unread)
		return fail(EXIT_IO, "not all sessions are known: none kept, "
		    "nothing revoked");
	r = keep_sessions(dirfd, rv);
	if (r != EXIT_DONE)
		return r;
	if (lease_drop(dirfd, rv->user, &err) == -1)
		return fail_error(&err);
	record_revoked(rv);
	(void)printf("Lease revoked for %s. Sessions kept: %zu.\n",
	    show(shown, rv->user), rv->kept);
	return EXIT_DONE;
}

/* What they have asked for goes as well: a yes to it would come later. */
static int
drop_requests(const struct revocation *rv)
{
	char shown[QUOTED_MAX];
	struct moment now;
	struct error err;

	clock_now(&now);
	return requests_drop(rv->dirfd, rv->user, &now, &err) == 0 ?
	    EXIT_DONE : fail(EXIT_IO, "a request of %s stays: %s",
	    quote(shown, rv->user), err.text);
}

int
cmd_revoke(const struct args *args)
{
	struct revocation rv = { 0 };
	struct hold hold = HOLD_INIT;
	struct account account;
	struct error err;
	int r;

	/* Who is no longer in the user database may still have a lease. */
	(void)find_user(args->user, &account, &err);
	rv.user = account.name;
	rv.uid = account.uid;
	r = try(&rv);
	if (r == EXIT_DONE)
		r = hold_take(&hold, rv.user);
	if (r == EXIT_DONE && !look(hold.dirfd, &rv))
		r = no_lease(&rv);
	rv.dirfd = hold.dirfd;
	if (r == EXIT_DONE)
		r = args->value[OPT_KEEP_SESSIONS] != NULL ?
		    revoke_lease(hold.dirfd, &rv) : revoke_all(hold.dirfd, &rv);
	if (r == EXIT_DONE)
		r = drop_requests(&rv);
	hold_release(&hold);
	ledger_free(&rv.ledger);
	return r;
}

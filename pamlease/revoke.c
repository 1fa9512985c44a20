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
#include "state.h"
#include "store.h"

static const char message[] = "*** pamlease: Your lease has been revoked. "
    "You will be disconnected now. ***";

struct revocation {
	const char *user;
	uid_t uid;		/* of the lease, or else of the account */
	bool had;		/* there was a lease */
	struct ledger ledger;	/* the user's, processes alive */
	size_t kept;
};

static int
no_lease(const struct revocation *rv)
{
	char shown[QUOTED_MAX];

	return fail(EXIT_NONE, "no lease for %s", quote(shown, rv->user));
}

/* Entries that can't be read are told, and stop nothing. */
static void
read_ledger(int dirfd, struct revocation *rv)
{
	struct error err;

	ledger_free(&rv->ledger);
	error_clear(&err);
	if (ledger_read(dirfd, rv->user, &rv->ledger, &err) == -1 ||
	    rv->ledger.broken > 0)
		warning("the ledger: %s", err.text);
	ledger_drop_dead(&rv->ledger);
}

/* Finds lease and sessions; says whether there is any of the two. */
static bool
look(int dirfd, struct revocation *rv)
{
	struct lease lease;
	struct error err;

	rv->had = lease_read(dirfd, rv->user, &lease, &err) == 0;
	if (rv->had)
		rv->uid = lease.uid;
	else
		rv->had = err.code != ERROR_ABSENT || lease_kept(rv->user);
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
	any = dirfd == -1 ? lease_kept(rv->user) : look(dirfd, rv);
	if (dirfd != -1)
		(void)close(dirfd);
	return any ? EXIT_DONE : no_lease(rv);
}

static int
drop(int dirfd, struct revocation *rv)
{
	struct error err;

	if (lease_drop(dirfd, rv->user, &err) == 0) {
		rv->had = true;
		return EXIT_DONE;
	}
	rv->had = false;
	return err.code == ERROR_ABSENT ? EXIT_DONE : fail_error(&err);
}

/* All of them, or, when one can't be written, none. */
static int
keep_sessions(int dirfd, struct revocation *rv)
{
	struct session *s = rv->ledger.list;
	struct error err, ignored;
	size_t i, n = rv->ledger.n;
	int r = EXIT_DONE;

	for (i = 0; i < n && r == EXIT_DONE; i++) {
		if (s[i].by != ADMITTED_LEASE && s[i].by != ADMITTED_KEPT)
			continue;
		rv->kept++;
		if (s[i].by == ADMITTED_KEPT)
			continue;
		s[i].by = ADMITTED_KEPT;
		if (ledger_replace(dirfd, &s[i], &err) == -1)
			r = fail_error(&err);
	}
	/* They end with the lease again, which stays. */
	while (r != EXIT_DONE && i-- > 0)
		if (s[i].by == ADMITTED_KEPT) {
			s[i].by = ADMITTED_LEASE;
			(void)ledger_replace(dirfd, &s[i], &ignored);
		}
	return r;
}

/* Whatever state the policy and the clocks are in, the lease is gone. */
static void
plan_end(const struct revocation *rv, struct plan *plan, bool *ends)
{
	static const struct marks none;
	struct state st;
	struct watched w = {
		.user = rv->user,
		.state = &st,
		.sessions = rv->ledger.list,
		.nsessions = rv->ledger.n,
		.marks = &none,
	};
	struct moment now;

	state_read_policy(&st);
	if (st.policy_found != FOUND_GOOD)
		st.policy_found = FOUND_NOTHING;
	memset(&st.lease, 0, sizeof(st.lease));
	st.lease_found = FOUND_NOTHING;
	clock_now(&now);
	now.readable = true;
	plan_user(&w, &now, plan, ends);
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
	e->user = rv->user;
	e->uid = plan.uid;
	e->sessions = rv->ledger.list;
	e->nsessions = rv->ledger.n;
	e->ends = ends;
	e->message = message;
	if (plan.end == PLAN_END_SOME)
		e->extent = END_SESSIONS;
	else
		e->extent = END_USER;
	if (plan.end == PLAN_END_NONE && rv->had && rv->ledger.n == 0 &&
	    rv->uid != (uid_t)-1) {
		e->uid = rv->uid;
		return true;
	}
	return plan.end != PLAN_END_NONE;
}

static int
end_all(struct revocation *rv)
{
	struct ending e = { 0 };
	char shown[SHOWN_MAX];
	bool *ends = calloc(rv->ledger.n + 1, sizeof(*ends));
	int r = EXIT_DONE;

	if (ends == NULL)
		return fail(EXIT_LEFT, "no memory to end sessions with");
	if (!choose(rv, &e, ends)) {
		if (!rv->had)
			r = no_lease(rv);
	} else if (end_users(&e, 1) == -1)
		r = e.guarded ? fail(EXIT_LEFT, "%s", e.error.text) :
		    fail(EXIT_LEFT, "%zu of the processes of %s could not be "
		    "ended", e.left, quote(shown, rv->user));
	else if (e.error.code != ERROR_NONE)
		warning("%s", e.error.text);
	free(ends);
	if (r == EXIT_DONE)
		(void)printf("Lease revoked for %s. %s\n",
		    show(shown, rv->user), e.found > 0 ?
		    "Active sessions terminated." : "No active sessions.");
	return r;
}

static void
record_revoked(const struct revocation *rv)
{
	char name[LEASE_NAME_MAX + 1], by[QUOTED_MAX], user[QUOTED_MAX];

	find_grantor(name);
	record_done("revoke: user=\"%s\" by=\"%s\" kept=%zu",
	    quote(user, rv->user), quote(by, name), rv->kept);
}

/* The lease goes first, so that nobody comes in after their sessions ended. */
static int
revoke_all(int dirfd, struct revocation *rv)
{
	int r = drop(dirfd, rv);

	if (r != EXIT_DONE)
		return r;
	if (rv->had)
		record_revoked(rv);
	return end_all(rv);
}

/* The sessions are marked first, so that they don't end with the lease. */
static int
revoke_lease(int dirfd, struct revocation *rv)
{
	char shown[SHOWN_MAX];
	int r = rv->had ? keep_sessions(dirfd, rv) : no_lease(rv);

	if (r == EXIT_DONE)
		r = drop(dirfd, rv);
	if (r != EXIT_DONE)
		return r;
	record_revoked(rv);
	(void)printf("Lease revoked for %s. Sessions kept: %zu.\n",
	    show(shown, rv->user), rv->kept);
	return EXIT_DONE;
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
	if (r == EXIT_DONE)
		r = args->value[OPT_KEEP_SESSIONS] != NULL ?
		    revoke_lease(hold.dirfd, &rv) : revoke_all(hold.dirfd, &rv);
	hold_release(&hold);
	ledger_free(&rv.ledger);
	return r;
}

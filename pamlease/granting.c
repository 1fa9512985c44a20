#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "duration.h"
#include "granting.h"
#include "print.h"
#include "state.h"
#include "store.h"
#include "text.h"
#include "timestamp.h"
#include "writer.h"

int
grant_init(struct grant *g)
{
	find_grantor(g->lease.granted_by);
	return host_policy(&g->policy);
}

/* Root has a lease only where it needs one. */
static bool
leasable(uid_t uid, const struct policy *policy)
{
	return account_leasable(uid) || (uid == 0 && policy->leases_root);
}

int
grant_user(struct grant *g, const char *user)
{
	struct lease *lease = &g->lease;
	struct account account, other;
	char shown[QUOTED_MAX], twin[QUOTED_MAX];
	struct error err;

	if (account_by_name(user, &account, &err) == -1)
		return err.code == ERROR_ABSENT ?
		    fail(EXIT_REFUSED, "no such user: '%s'",
		    quote(shown, user)) : fail_error(&err);
	quote(shown, account.name);
	if (!leasable(account.uid, &g->policy))
		return fail(EXIT_REFUSED, "'%s' is root or a system account "
		    "(uid %u), which get no lease", shown, account.uid);
	if (account_by_uid(account.uid, &other, &err) == -1)
		return fail_error(&err);
	if (strcmp(other.name, account.name) != 0) {
		quote(twin, other.name);
		if (!g->force)
			return fail(EXIT_REFUSED, "'%s' and '%s' share uid %u "
			    "and end together; --force grants it all the same",
			    shown, twin, account.uid);
		warning("'%s' and '%s' share uid %u and end together", shown,
		    twin, account.uid);
	}
	lease->uid = account.uid;
	(void)text_copy(lease->user, sizeof(lease->user), account.name);
	return EXIT_DONE;
}

/* From now on, as long as was asked for, if that may be. */
static int
set_times(struct grant *g)
{
	const struct policy *policy = &g->policy;
	char most[DURATION_TEXT_MAX];
	int64_t length, start;

	if (host_clocks(&g->now) != EXIT_DONE || host_clock_set(&g->now) != EXIT_DONE)
		return EXIT_IO;
	start = wall_seconds(&g->now);
	length = g->until != 0 ? g->until - start : g->seconds;
	if (length <= 0)
		return fail(EXIT_USAGE, "--until is not in the future");
	if (length > LEASE_SECONDS_MAX)
		return fail(EXIT_USAGE, "longer than 366d");
	if (policy->max != 0 && length > policy->max)
		return fail(EXIT_REFUSED, "longer than the policy's max of %s",
		    duration_format(most, policy->max));
	g->lease.issued_at = start;
	lease_set_end(&g->lease, &g->now, start + length);
	return EXIT_DONE;
}

/* A lease that is in force, or that nobody can tell about, is not replaced. */
static int
look_for_lease(const struct grant *g, int dirfd)
{
	char until[TIMESTAMP_TEXT_MAX], shown[QUOTED_MAX];
	struct error err;
	struct lease old;

	quote(shown, g->lease.user);
	if (lease_read(dirfd, g->lease.user, &old, &err) == -1) {
		if (err.code == ERROR_ABSENT)
			return EXIT_DONE;
		if (err.code == ERROR_BROKEN)
			return fail(EXIT_REFUSED, "%s has a broken lease (%s); "
			    "--force replaces it", shown, err.text);
		return fail_error(&err);
	}
	if (lease_in_time(&old, &g->policy, &g->now) != WHY_LEASE)
		return EXIT_DONE;
	timestamp_local(until, host_zone(), lease_end(&old, &g->policy),
	    wall_seconds(&g->now));
	return fail(EXIT_REFUSED, "%s has a lease until %s; --force replaces "
	    "it", shown, until);
}

static int
look_before(const struct grant *g)
{
	struct error err;
	int dirfd, r;

	if (g->force)
		return EXIT_DONE;
	dirfd = state_open(&err);
	if (dirfd == -1)
		return err.code == ERROR_ABSENT ? EXIT_DONE :
		    fail_error(&err);
	r = look_for_lease(g, dirfd);
	(void)close(dirfd);
	return r;
}

int
grant_check(struct grant *g)
{
	int r = set_times(g);
	struct error err;
	char *text;

	if (r == EXIT_DONE)
		r = host_takes(g->lease.user, g->lease.uid, &g->now);
	if (r != EXIT_DONE)
		return r;
	text = lease_format(&g->lease, &err);
	if (text == NULL)
		return fail_error(&err);
	free(text);
	return look_before(g);
}

/* Under the lock: the log has one order with the file. */
static void
record_granted(const struct lease *lease)
{
	char by[QUOTED_MAX], reason[QUOTED_MAX], user[QUOTED_MAX];
	char end[TIMESTAMP_TEXT_MAX];
	struct event event;

	event_init(&event, EVENT_GRANTED);
	event.text[EVENT_USER] = lease->user;
	event.number[EVENT_UID] = (int64_t)lease->uid;
	event.text[EVENT_BY] = lease->granted_by;
	event.text[EVENT_REASON] = lease->reason;
	event.number[EVENT_EXPIRES] = lease->expires_at;
	record_done(&event, "grant: user=\"%s\" by=\"%s\" until=%s reason=\"%s\"",
	    quote(user, lease->user), quote(by, lease->granted_by),
	    timestamp_format(end, lease->expires_at),
	    quote(reason, lease->reason));
}

int
grant_store(struct grant *g, int dirfd)
{
	struct error err;
	/* Time has passed, and another may have granted one. */
	int r = set_times(g);

	if (r == EXIT_DONE && !g->force)
		r = look_for_lease(g, dirfd);
	if (r == EXIT_DONE && lease_store(dirfd, &g->lease, g->keep,
	    &err) == -1)
		r = fail_error(&err);
	if (r == EXIT_DONE)
		record_granted(&g->lease);
	return r;
}

void
grant_report(const struct grant *g)
{
	char end[TIMESTAMP_TEXT_MAX], length[DURATION_TEXT_MAX];
	char shown[SHOWN_MAX];

	(void)printf("Lease granted for %s until %s (%s).\n",
	    show(shown, g->lease.user),
	    timestamp_local(end, host_zone(), g->lease.expires_at,
	    wall_seconds(&g->now)),
	    duration_format(length, g->lease.expires_at -
	    g->lease.issued_at));
}

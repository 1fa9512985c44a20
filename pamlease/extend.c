#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "duration.h"
#include "print.h"
#include "state.h"
#include "store.h"
#include "timestamp.h"

struct extension {
	const char *user;
	uid_t uid;
	int64_t seconds;
	struct policy policy;
	struct moment now;
	struct lease lease;	/* as it will be */
};

static int
no_lease(const char *user)
{
	char shown[QUOTED_MAX];

	return fail(EXIT_NONE, "no lease for %s", quote(shown, user));
}

/* Can this lease be longer at all? */
static int
check_lease(const struct extension *e)
{
	char shown[QUOTED_MAX];
	enum why why = lease_in_time(&e->lease, &e->policy, &e->now);

	if (why == WHY_CLOCK || why == WHY_FUTURE)
		return fail(EXIT_IO, "%s", why_text(why));
	if (e->lease.uid != e->uid)
		return fail(EXIT_REFUSED, "%s", why_text(WHY_OTHER_USER));
	if (why != WHY_LEASE)
		return fail(EXIT_NONE, "the lease of %s is over",
		    quote(shown, e->user));
	if (e->lease.final)
		return fail(EXIT_REFUSED, "the lease of %s is final",
		    quote(shown, e->user));
	return EXIT_DONE;
}

static void
move_end(struct lease *lease, int64_t seconds)
{
	lease->expires_at += seconds;
	lease->expires_boottime += seconds;
}

/* Reads the lease and moves its end, in memory only. */
static int
prepare(int dirfd, struct extension *e)
{
	int64_t most = e->policy.max != 0 ? e->policy.max : LEASE_SECONDS_MAX;
	char text[DURATION_TEXT_MAX];
	struct error err;
	int r;

	if (lease_read(dirfd, e->user, &e->lease, &err) == -1)
		return err.code == ERROR_ABSENT ?
		    no_lease(e->user) : fail_error(&err);
	if (host_clocks(&e->now) != EXIT_DONE)
		return EXIT_IO;
	r = check_lease(e);
	if (r != EXIT_DONE)
		return r;
	move_end(&e->lease, e->seconds);
	if (e->lease.expires_at - e->lease.issued_at > most)
		return fail(EXIT_REFUSED, "no lease may last longer than %s "
		    "from when it was granted", duration_format(text, most));
	return EXIT_DONE;
}

/* Without the lock and a lock file, for what is going to be refused. */
static int
try(struct extension *e)
{
	struct error err;
	int dirfd = state_open(&err);
	int r;

	if (dirfd == -1)
		return err.code == ERROR_ABSENT ?
		    no_lease(e->user) : fail_error(&err);
	r = prepare(dirfd, e);
	(void)close(dirfd);
	return r;
}

/* Under the lock: the log has one order with the file. */
static void
record_extended(const struct extension *e)
{
	char by[LEASE_NAME_MAX + 1], shown_by[QUOTED_MAX], user[QUOTED_MAX];
	char end[TIMESTAMP_TEXT_MAX];
	struct event event;

	find_grantor(by);
	event_init(&event, EVENT_EXTENDED);
	event.text[EVENT_USER] = e->user;
	event.number[EVENT_UID] = (int64_t)e->uid;
	event.text[EVENT_BY] = by;
	event.number[EVENT_EXPIRES] = e->lease.expires_at;
	record_done(&event, "extend: user=\"%s\" by=\"%s\" until=%s",
	    quote(user, e->user), quote(shown_by, by),
	    timestamp_format(end, e->lease.expires_at));
}

/*
 * The lock is not waited for long at the end of a lease, so an extension that is
 * stored after it is taken back.
 */
static int
store(int dirfd, struct extension *e)
{
	struct error err;
	int kept = lease_kept(e->user, &err), r;

	if (kept == -1 || lease_store(dirfd, &e->lease, kept == 1, &err) == -1)
		return fail_error(&err);
	r = host_clocks(&e->now);
	move_end(&e->lease, -e->seconds);
	if (r == EXIT_DONE)
		r = check_lease(e);
	if (r != EXIT_DONE &&
	    lease_store(dirfd, &e->lease, kept == 1, &err) == -1)
		return fail_error(&err);
	move_end(&e->lease, e->seconds);
	return r;
}

static int
extend(struct extension *e)
{
	struct hold hold = HOLD_INIT;
	int r = hold_take(&hold, e->user);

	if (r == EXIT_DONE)
		r = prepare(hold.dirfd, e);
	if (r == EXIT_DONE)
		r = store(hold.dirfd, e);
	if (r == EXIT_DONE)
		record_extended(e);
	hold_release(&hold);
	return r;
}

static void
report(const struct extension *e)
{
	char end[TIMESTAMP_TEXT_MAX], length[DURATION_TEXT_MAX];
	char shown[SHOWN_MAX];

	(void)printf("Lease for %s extended by %s. New expiry: %s.\n",
	    show(shown, e->user), duration_format(length, e->seconds),
	    timestamp_local(end, host_zone(), e->lease.expires_at,
	    wall_seconds(&e->now)));
}

int
cmd_extend(const struct args *args)
{
	char shown[QUOTED_MAX];
	struct account account;
	struct extension e;
	struct error err;
	int r;

	memset(&e, 0, sizeof(e));
	if (args->value[OPT_DURATION] == NULL)
		return fail(EXIT_USAGE, "--duration is needed");
	if (duration_parse(args->value[OPT_DURATION], &e.seconds, &err) == -1)
		return fail_error(&err);
	if (account_by_name(args->user, &account, &err) == -1)
		return err.code == ERROR_ABSENT ?
		    fail(EXIT_REFUSED, "no such user: '%s'",
		    quote(shown, args->user)) : fail_error(&err);
	e.user = account.name;
	e.uid = account.uid;
	r = host_policy(&e.policy);
	if (r == EXIT_DONE)
		r = try(&e);
	if (r == EXIT_DONE)
		r = extend(&e);
	if (r == EXIT_DONE)
		report(&e);
	return r;
}

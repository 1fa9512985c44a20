#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "cmd.h"
#include "duration.h"
#include "match.h"
#include "print.h"
#include "state.h"
#include "store.h"
#include "text.h"
#include "timestamp.h"
#include "window.h"
#include "writer.h"

/* How long, as it was asked for: one of the two is 0. */
struct term {
	int64_t seconds;
	int64_t until;		/* seconds since the epoch, UTC */
};

static int
take_reason(const char *reason, struct lease *lease)
{
	if (reason == NULL)
		return EXIT_DONE;
	if (reason[0] == '\0')
		return fail(EXIT_USAGE, "--reason is empty");
	if (!text_printable(reason, strlen(reason)))
		return fail(EXIT_USAGE,
		    "--reason has characters that can't be printed");
	if (!text_copy(lease->reason, sizeof(lease->reason), reason))
		return fail(EXIT_USAGE, "--reason is longer than %d bytes",
		    LEASE_REASON_MAX);
	return EXIT_DONE;
}

static bool
item_good(const char *item)
{
	if (*item == '!')
		item++;
	if (*item == '\0')
		return false;
	for (; *item != '\0'; item++)
		if (*item <= ' ' || *item > '~')
			return false;
	return true;
}

/* A comma list goes to *list. */
static int
take_list(const char *option, enum condition cond, const char *text,
    struct lease_list *list)
{
	char shown[QUOTED_MAX];
	struct error err;

	while (text != NULL) {
		const char *comma = strchrnul(text, ',');
		size_t len = (size_t)(comma - text);
		char *item;

		if (list->n == LEASE_LIST_MAX)
			return fail(EXIT_USAGE, "--%s has more than %d items",
			    option, LEASE_LIST_MAX);
		if (len > LEASE_ITEM_MAX)
			return fail(EXIT_USAGE, "--%s has an item of more than "
			    "%d bytes", option, LEASE_ITEM_MAX);
		item = list->item[list->n];
		memcpy(item, text, len);
		item[len] = '\0';
		if (!item_good(item))
			return fail(EXIT_USAGE, "--%s: not an item: '%s'",
			    option, quote(shown, item));
		if (match_check(cond, item, &err) == -1)
			return fail(EXIT_USAGE, "--%s: %s", option, err.text);
		list->n++;
		text = *comma == ',' ? comma + 1 : NULL;
	}
	return EXIT_DONE;
}

static int
take_during(const char *during, struct lease *lease)
{
	struct error err;
	size_t at;

	if (during == NULL)
		return EXIT_DONE;
	if (window_check(during, &at, &err) == -1)
		return fail(EXIT_USAGE, "--during: %s", err.text);
	(void)text_copy(lease->during, sizeof(lease->during), during);
	return EXIT_DONE;
}

static int
take_term(const struct args *args, struct term *term)
{
	const char *duration = args->value[OPT_DURATION];
	const char *until = args->value[OPT_UNTIL];
	struct moment now;
	struct error err;

	memset(term, 0, sizeof(*term));
	if ((duration == NULL) == (until == NULL))
		return fail(EXIT_USAGE,
		    "one of --duration and --until is needed");
	if (duration != NULL)
		return duration_parse(duration, &term->seconds, &err) == -1 ?
		    fail_error(&err) : EXIT_DONE;
	if (host_clocks(&now) != EXIT_DONE)
		return EXIT_IO;
	return timestamp_parse_input(until, host_zone(), wall_seconds(&now),
	    &term->until, &err) == -1 ? fail_error(&err) : EXIT_DONE;
}

/* Root has a lease only where it needs one. */
static bool
leasable(uid_t uid, const struct policy *policy)
{
	return account_leasable(uid) || (uid == 0 && policy->leases_root);
}

static int
take_user(const struct args *args, const struct policy *policy,
    struct lease *lease)
{
	struct account account, other;
	char shown[QUOTED_MAX], twin[QUOTED_MAX];
	struct error err;

	if (account_by_name(args->user, &account, &err) == -1)
		return err.code == ERROR_ABSENT ?
		    fail(EXIT_REFUSED, "no such user: '%s'",
		    quote(shown, args->user)) : fail_error(&err);
	quote(shown, account.name);
	if (!leasable(account.uid, policy))
		return fail(EXIT_REFUSED, "'%s' is root or a system account "
		    "(uid %u), which get no lease", shown, account.uid);
	if (account_by_uid(account.uid, &other, &err) == -1)
		return fail_error(&err);
	if (strcmp(other.name, account.name) != 0) {
		quote(twin, other.name);
		if (args->value[OPT_FORCE] == NULL)
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
set_times(const struct term *term, const struct policy *policy,
    struct lease *lease, struct moment *now)
{
	char most[DURATION_TEXT_MAX];
	int64_t length, start;

	if (host_clocks(now) != EXIT_DONE || host_clock_set(now) != EXIT_DONE)
		return EXIT_IO;
	start = wall_seconds(now);
	length = term->until != 0 ? term->until - start : term->seconds;
	if (length <= 0)
		return fail(EXIT_USAGE, "--until is not in the future");
	if (length > LEASE_SECONDS_MAX)
		return fail(EXIT_USAGE, "longer than 366d");
	if (policy->max != 0 && length > policy->max)
		return fail(EXIT_REFUSED, "longer than the policy's max of %s",
		    duration_format(most, policy->max));
	lease->issued_at = start;
	lease_set_end(lease, now, start + length);
	return EXIT_DONE;
}

/* A lease that is in force, or that nobody can tell about, is not replaced. */
static int
look_for_lease(int dirfd, const struct lease *lease,
    const struct policy *policy, const struct moment *now)
{
	char until[TIMESTAMP_TEXT_MAX], shown[QUOTED_MAX];
	struct error err;
	struct lease old;

	quote(shown, lease->user);
	if (lease_read(dirfd, lease->user, &old, &err) == -1) {
		if (err.code == ERROR_ABSENT)
			return EXIT_DONE;
		if (err.code == ERROR_BROKEN)
			return fail(EXIT_REFUSED, "%s has a broken lease (%s); "
			    "--force replaces it", shown, err.text);
		return fail_error(&err);
	}
	if (lease_in_time(&old, policy, now) != WHY_LEASE)
		return EXIT_DONE;
	timestamp_local(until, host_zone(), lease_end(&old, policy),
	    wall_seconds(now));
	return fail(EXIT_REFUSED, "%s has a lease until %s; --force replaces "
	    "it", shown, until);
}

/* What can be refused is, before anything on disk is touched. */
static int
check_grant(const struct lease *lease, const struct policy *policy,
    const struct moment *now, bool force)
{
	struct error err;
	char *text = lease_format(lease, &err);
	int dirfd, r;

	if (text == NULL)
		return fail_error(&err);
	free(text);
	if (force)
		return EXIT_DONE;
	dirfd = state_open(&err);
	if (dirfd == -1)
		return err.code == ERROR_ABSENT ? EXIT_DONE :
		    fail_error(&err);
	r = look_for_lease(dirfd, lease, policy, now);
	(void)close(dirfd);
	return r;
}

/* Under the lock: the log has one order with the file. */
static void
record_granted(const struct lease *lease)
{
	char by[QUOTED_MAX], reason[QUOTED_MAX], user[QUOTED_MAX];
	char end[TIMESTAMP_TEXT_MAX];

	record_done("grant: user=\"%s\" by=\"%s\" until=%s reason=\"%s\"",
	    quote(user, lease->user), quote(by, lease->granted_by),
	    timestamp_format(end, lease->expires_at),
	    quote(reason, lease->reason));
}

static int
store_grant(const struct args *args, const struct term *term,
    const struct policy *policy, struct lease *lease, struct moment *now)
{
	struct hold hold = HOLD_INIT;
	struct error err;
	int r = hold_take(&hold, lease->user);

	/* Time has passed, and another may have granted one. */
	if (r == EXIT_DONE)
		r = set_times(term, policy, lease, now);
	if (r == EXIT_DONE && args->value[OPT_FORCE] == NULL)
		r = look_for_lease(hold.dirfd, lease, policy, now);
	if (r == EXIT_DONE && lease_store(hold.dirfd, lease,
	    args->value[OPT_KEEP] != NULL, &err) == -1)
		r = fail_error(&err);
	if (r == EXIT_DONE)
		record_granted(lease);
	hold_release(&hold);
	return r;
}

static void
report(const struct lease *lease, const struct moment *now)
{
	char end[TIMESTAMP_TEXT_MAX], length[DURATION_TEXT_MAX];
	char shown[SHOWN_MAX];

	(void)printf("Lease granted for %s until %s (%s).\n",
	    show(shown, lease->user),
	    timestamp_local(end, host_zone(), lease->expires_at,
	    wall_seconds(now)),
	    duration_format(length, lease->expires_at - lease->issued_at));
}

int
cmd_grant(const struct args *args)
{
	struct lease lease = { .final = args->value[OPT_FINAL] != NULL };
	struct policy policy;
	struct moment now;
	struct term term;
	int r;

	r = take_reason(args->value[OPT_REASON], &lease);
	if (r == EXIT_DONE)
		r = take_list("service", COND_SERVICE,
		    args->value[OPT_SERVICE], &lease.services);
	if (r == EXIT_DONE)
		r = take_list("from", COND_FROM, args->value[OPT_FROM],
		    &lease.from);
	if (r == EXIT_DONE)
		r = take_during(args->value[OPT_DURING], &lease);
	if (r == EXIT_DONE)
		r = take_term(args, &term);
	if (r == EXIT_DONE)
		r = host_policy(&policy);
	if (r == EXIT_DONE)
		r = take_user(args, &policy, &lease);
	if (r != EXIT_DONE)
		return r;
	find_grantor(lease.granted_by);
	r = set_times(&term, &policy, &lease, &now);
	if (r == EXIT_DONE)
		r = host_takes(lease.user, lease.uid, &now);
	if (r == EXIT_DONE)
		r = check_grant(&lease, &policy, &now,
		    args->value[OPT_FORCE] != NULL);
	if (r == EXIT_DONE)
		r = store_grant(args, &term, &policy, &lease, &now);
	if (r == EXIT_DONE)
		report(&lease, &now);
	return r;
}

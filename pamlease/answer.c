#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "answer.h"
#include "answers.h"
#include "duration.h"
#include "granting.h"
#include "print.h"
#include "requests.h"
#include "state.h"
#include "text.h"

/* Looked for twice: one that changes its name in between can be missed. */
static int
find(int dirfd, const char *id, struct asking *a)
{
	struct requests requests;
	const struct asking *found;
	struct moment now;
	struct error err;
	int i;

	for (i = 0; i < 2; i++) {
		if (host_clocks(&now) != EXIT_DONE)
			return EXIT_IO;
		if (requests_read(dirfd, &now, &requests, &err) == -1)
			return fail_error(&err);
		found = requests_find(&requests, id);
		if (found != NULL)
			*a = *found;
		requests_free(&requests);
		if (found != NULL)
			return EXIT_DONE;
	}
	return fail(EXIT_NONE, "no request %s: it has been answered, or its "
	    "login has gone", id);
}

static int
find_first(const char *id, struct asking *a)
{
	struct error err;
	int dirfd = state_open(&err), r;

	if (dirfd == -1)
		return err.code == ERROR_ABSENT ? fail(EXIT_NONE,
		    "no request %s", id) : fail_error(&err);
	r = find(dirfd, id, a);
	(void)close(dirfd);
	return r;
}

/*
 * Who became root may answer what the policy lets them answer; "grant" is for
 * an emergency.
 */
static int
may_as_root(const struct asking *a, const char *name)
{
	char shown[QUOTED_MAX], *text;
	struct list groups;
	struct error err;
	bool may;

	if (a->by[0] == '\0' || strcmp(name, "root") == 0)
		return EXIT_DONE;
	if (account_groups(name, &groups, &text, &err) == -1)
		return fail_error(&err);
	may = asking_by(a, &groups);
	free(text);
	return may ? EXIT_DONE : fail(EXIT_REFUSED, "root and members of %s "
	    "answer request %s", quote(shown, a->by), a->id);
}

static int
may_answer(const struct asking *a, const struct answerer *who, bool yes)
{
	if (yes && strcmp(who->name, a->user) == 0 &&
	    strcmp(who->name, "root") != 0)
		return fail(EXIT_REFUSED, "nobody approves a request of their "
		    "own");
	if (!who->desk)
		return may_as_root(a, who->name);
	return a->desktop && a->waits ? EXIT_DONE : fail(EXIT_REFUSED,
	    "nobody waits for an answer from the desk to request %s", a->id);
}

/* A lease for just that: the same user, service and remote host. */
static int
take_request(const struct asking *a, const struct answerer *who,
    const char *duration, struct grant *g)
{
	struct lease *lease = &g->lease;
	struct error err;
	int r = grant_init(g);

	(void)text_copy(lease->granted_by, sizeof(lease->granted_by),
	    who->name);
	if (r == EXIT_DONE)
		r = grant_user(g, a->user);
	if (r != EXIT_DONE)
		return r;
	if (lease->uid != a->uid)
		return fail(EXIT_REFUSED, "there is another user of that name "
		    "by now");
	g->seconds = a->length;
	if (g->policy.max != 0 && g->seconds > g->policy.max)
		g->seconds = g->policy.max;
	if (duration != NULL &&
	    duration_parse(duration, &g->seconds, &err) == -1)
		return fail_error(&err);
	(void)snprintf(lease->reason, sizeof(lease->reason), "request %s",
	    a->id);
	if (a->service[0] != '\0')
		lease->services.n = 1;
	(void)text_copy(lease->services.item[0],
	    sizeof(lease->services.item[0]), a->service);
	lease->from.n = 1;
	(void)text_copy(lease->from.item[0], sizeof(lease->from.item[0]),
	    a->rhost[0] != '\0' ? a->rhost : "local");
	return EXIT_DONE;
}

static void
record_answer(const struct asking *a, const struct answerer *who,
    enum event_kind kind, const char *answer, const char *reason)
{
	char by[QUOTED_MAX], user[QUOTED_MAX];
	struct event event;

	event_init(&event, kind);
	event.text[EVENT_USER] = a->user;
	event.number[EVENT_UID] = (int64_t)a->uid;
	event.text[EVENT_SERVICE] = a->service;
	event.text[EVENT_RHOST] = a->rhost;
	event.text[EVENT_BY] = who->name;
	event.text[EVENT_REASON] = reason;
	event.text[EVENT_REQUEST] = a->id;
	if (who->desk)
		event.text[EVENT_DETAIL] = "at the desk";
	record_done(&event, "%s: request=%s user=\"%s\" by=\"%s\"%s", answer, a->id,
	    quote(user, a->user), quote(by, who->name),
	    who->desk ? " at the desk" : "");
}

int
answer_yes(const char *id, const struct answerer *who, const char *duration)
{
	struct hold hold = HOLD_INIT;
	struct grant g = { .force = false };
	struct asking a = { .waits = false };
	bool waits = false;
	int r;

	r = find_first(id, &a);
	if (r == EXIT_DONE)
		r = may_answer(&a, who, true);
	if (r == EXIT_DONE)
		r = take_request(&a, who, duration, &g);
	if (r == EXIT_DONE)
		r = grant_check(&g);
	if (r == EXIT_DONE)
		r = hold_take(&hold, a.user);
	/* Who answers the same request comes after this. */
	if (r == EXIT_DONE)
		r = find(hold.dirfd, id, &a);
	if (r == EXIT_DONE)
		r = may_answer(&a, who, true);
	if (r == EXIT_DONE)
		r = grant_store(&g, hold.dirfd);
	if (r == EXIT_DONE) {
		waits = answers_granted(hold.dirfd, &a);
		record_answer(&a, who, EVENT_APPROVED, "approve",
		    NULL);
	}
	hold_release(&hold);
	if (r != EXIT_DONE)
		return r;
	grant_report(&g);
	(void)puts(waits ? "The login that waits goes on." :
	    "No login waits: the next one gets in.");
	return EXIT_DONE;
}

int
answer_no(const char *id, const struct answerer *who, const char *reason)
{
	struct asking a = { .waits = false };
	struct hold hold = HOLD_INIT;
	char shown[SHOWN_MAX];
	struct error err;
	int r;

	r = find_first(id, &a);
	if (r == EXIT_DONE)
		r = may_answer(&a, who, false);
	if (r == EXIT_DONE)
		r = hold_take(&hold, a.user);
	if (r == EXIT_DONE)
		r = find(hold.dirfd, id, &a);
	if (r == EXIT_DONE)
		r = may_answer(&a, who, false);
	if (r == EXIT_DONE) {
		(void)text_copy(a.reason, sizeof(a.reason), reason);
		if (answers_refuse(hold.dirfd, &a, &err) == -1)
			r = fail_error(&err);
		else
			record_answer(&a, who, EVENT_REFUSED, "refuse",
			    reason);
	}
	hold_release(&hold);
	if (r == EXIT_DONE)
		(void)printf("Request %s of %s refused.\n", a.id,
		    show(shown, a.user));
	return r;
}

int
cmd_approve(const struct args *args)
{
	struct answerer who = { .desk = false };

	find_grantor(who.name);
	return answer_yes(args->request, &who, args->value[OPT_DURATION]);
}

int
cmd_refuse(const struct args *args)
{
	struct answerer who = { .desk = false };
	char reason[LEASE_REASON_MAX + 1];
	int r = args_reason(args, reason);

	find_grantor(who.name);
	return r == EXIT_DONE ? answer_no(args->request, &who, reason) : r;
}

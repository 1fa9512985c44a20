#include <security/pam_ext.h>

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "module.h"
#include "requests.h"
#include "statedir.h"
#include "text.h"

#define PAUSE	100	/* ms between two looks for an answer */

static const struct rule *
rule_of(const struct call *call)
{
	const struct policy *policy = &call->state.policy;
	size_t i;

	for (i = 0; i < policy->nrules; i++)
		if (policy->rules[i].line == call->verdict.line)
			return &policy->rules[i];
	return NULL;
}

/* The line of the rule that asks stays the verdict's. */
static void
conclude(struct call *call, enum why why)
{
	unsigned int line = call->verdict.line;

	call->verdict = verdict_of(why);
	call->verdict.line = line;
}

/*
 * Enters the request, or takes up the one that stands for the same.  One that
 * stands for another is given up: a user has one at a time.  A window on a desk
 * is about one login, so there each is a request of its own.
 */
static int
enter(int dirfd, struct asking *a, const struct requests *others, int *held,
    struct error *err)
{
	struct error ignored;
	size_t i;

	for (i = 0; i < others->n; i++) {
		struct asking *other = &others->list[i];

		if (other->waits || strcmp(other->user, a->user) != 0)
			continue;
		if (asking_same(other, a) && !a->desktop) {
			const struct asking own = *a;

			*a = *other;
			*held = -1;
			if (!own.waits ||
			    requests_resume(dirfd, a, held, &ignored) == 0)
				return 0;
			*a = own;
		} else
			(void)requests_remove(dirfd, other, &ignored);
	}
	return requests_add(dirfd, a, held, err);
}

/* Is it one too many?  Then it is removed again. */
static bool
is_full(struct call *call, int dirfd, const struct asking *a)
{
	struct asking_count count = { 0, 0, 0 };
	struct requests others;
	const char *full;
	size_t i;

	if (requests_read(dirfd, &call->now, &others, &call->error) == -1)
		full = call->error.text;
	else {
		for (i = 0; i < others.n; i++)
			asking_count(&count, a, &others.list[i]);
		requests_free(&others);
		full = asking_full(&count);
	}
	if (full != NULL) {
		struct error ignored;

		(void)error_set(&call->error, ERROR_BUSY, "%s", full);
		(void)requests_remove(dirfd, a, &ignored);
	}
	return full != NULL;
}

/*
 * Looks for an answer: a yes is a lease, and whatever else now lets somebody
 * in, or does not, counts as well.  An answer takes the request away after
 * that, so it is looked for first.
 */
static bool
is_answered(struct call *call, int dirfd, struct asking *a)
{
	bool waits = requests_waits(dirfd, a);
	struct error ignored;

	call_judge(call, dirfd, NULL);
	if (call->verdict.kind != VERDICT_ASK) {
		(void)requests_remove(dirfd, a, &ignored);
		return true;
	}
	if (waits)
		return false;
	if (requests_refused(dirfd, a))
		(void)text_copy(call->reason, sizeof(call->reason), a->reason);
	conclude(call, WHY_ASK_REFUSED);
	return true;
}

/* The request stands before it is decided for the last time. */
static void
stop_waiting(struct call *call, int dirfd, struct asking *a)
{
	struct error err;

	if (requests_stand(dirfd, a, &err) == -1) {
		a->waits = true;
		if (is_answered(call, dirfd, a))
			return;
	} else {
		call_judge(call, dirfd, NULL);
		if (call->verdict.kind != VERDICT_ASK) {
			(void)requests_remove(dirfd, a, &err);
			return;
		}
	}
	conclude(call, WHY_UNANSWERED);
}

static void
wait_for_answer(struct call *call, int dirfd, struct asking *a, int64_t end)
{
	if (!call->silent)
		(void)pam_info(call->pamh, "Waiting for approval (request %s) "
		    "...", a->id);
	do {
		if (is_answered(call, dirfd, a))
			return;
		(void)poll(NULL, 0, PAUSE);
		clock_now(&call->now);
	} while (call->now.readable && call->now.boot < end);
	stop_waiting(call, dirfd, a);
}

/* Is it one that stood already? */
static bool
is_resumed(const struct requests *others, const struct asking *a)
{
	size_t i;

	for (i = 0; i < others->n; i++)
		if (strcmp(others->list[i].id, a->id) == 0)
			return true;
	return false;
}

static void
ask_by(struct call *call, int dirfd, const struct rule *rule)
{
	int64_t within = rule->within < ASKING_WAIT_MAX ? rule->within :
	    ASKING_WAIT_MAX;
	int64_t end = call->now.boot + within * NANOSECONDS;
	struct error *err = &call->error;
	struct requests others = { NULL, 0, 0 };
	struct asking a;
	bool resumed = false;
	int held = -1, r;

	r = asking_init(&a, &call->request, rule, &call->now, err);
	a.waits = within > 0;
	if (r == 0)
		r = requests_read(dirfd, &call->now, &others, err);
	if (r == 0)
		r = enter(dirfd, &a, &others, &held, err);
	if (r == 0)
		resumed = is_resumed(&others, &a);
	requests_free(&others);
	if (r == -1) {
		conclude(call, WHY_ASK_FAILED);
		return;
	}
	if (a.waits && is_full(call, dirfd, &a))
		conclude(call, WHY_ASK_FULL);
	else {
		(void)text_copy(call->asked, sizeof(call->asked), a.id);
		if (!a.told)
			state_wake(dirfd);
		tell_log(call);
		if (!resumed)
			note_requested(call, dirfd);
		if (a.waits)
			wait_for_answer(call, dirfd, &a, end);
		else
			conclude(call, WHY_UNANSWERED);
	}
	if (held != -1)
		(void)close(held);
}

void
ask(struct call *call)
{
	const struct rule *rule = rule_of(call);
	int dirfd = state_make(&call->error);

	if (dirfd == -1 || rule == NULL)
		conclude(call, WHY_ASK_FAILED);
	else
		ask_by(call, dirfd, rule);
	if (dirfd != -1)
		(void)close(dirfd);
}

#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "duration.h"
#include "name.h"
#include "paths.h"
#include "print.h"
#include "state.h"
#include "timestamp.h"

/* A login that might be, and what is decided of it. */
struct question {
	struct request request;
	struct state st;
	struct moment now;
	struct verdict verdict;
};

/* Moves both clocks to the time that is asked about. */
static int
shift_clocks(const char *at, struct moment *now)
{
	int64_t t, shift;
	struct error err;

	if (timestamp_parse_input(at, host_zone(), wall_seconds(now), &t,
	    &err) == -1)
		return fail_error(&err);
	/* A century either way is as much as the clocks can hold. */
	shift = t - wall_seconds(now);
	if (shift / 100 > LEASE_SECONDS_MAX || shift / 100 < -LEASE_SECONDS_MAX)
		return fail(EXIT_USAGE, "--at is too far away");
	now->wall += shift * NANOSECONDS;
	now->boot += shift * NANOSECONDS;
	return EXIT_DONE;
}

static const char *
given(const char *value, const char *otherwise)
{
	return value != NULL ? value : otherwise;
}

/* What the file that decided has wrong with it, or NULL. */
static const char *
error_of(const struct question *q)
{
	if (q->verdict.why == WHY_PRESENT_UNKNOWN)
		return q->st.present_error.text;
	if (q->verdict.why == WHY_WINDDOWN &&
	    q->st.winddown_found != FOUND_GOOD)
		return q->st.winddown_error.text;
	if (q->verdict.why == WHY_POLICY_BROKEN)
		return q->st.policy_error.text;
	if (q->verdict.why == WHY_GROUPS)
		return q->st.groups_error.text;
	if (q->verdict.why == WHY_LIMIT_UNKNOWN)
		return q->st.peers_error.text;
	if (q->verdict.step == STEP_LEASE &&
	    q->st.lease_error.code != ERROR_NONE &&
	    q->st.lease_error.code != ERROR_ABSENT)
		return q->st.lease_error.text;
	return NULL;
}

/* Where a step has it from, into SHOWN_MAX bytes; empty: nowhere. */
static const char *
source(char *dst, const struct question *q, const struct verdict *v)
{
	char file[NAME_FILE_MAX];

	dst[0] = '\0';
	if (v->line != 0 && (v->step != STEP_LEASE || v->kind == VERDICT_ASK))
		(void)snprintf(dst, SHOWN_MAX, "%s/%s:%u", PATH_CONFIG,
		    PATH_POLICY, v->line);
	else if (v->step == STEP_POLICY &&
	    q->st.policy_found != FOUND_NOTHING)
		(void)snprintf(dst, SHOWN_MAX, "%s/%s", PATH_CONFIG,
		    PATH_POLICY);
	else if (v->step == STEP_LEASE &&
	    name_encode(file, sizeof(file), q->request.user, SUFFIX_LEASE))
		(void)snprintf(dst, SHOWN_MAX, "%s/%s", PATH_STATE, file);
	return dst;
}

static void
print_step(const char *label, const struct question *q,
    const struct verdict *v)
{
	char from[SHOWN_MAX];

	(void)printf("%-11s %s: %s", label, step_name(v->step),
	    why_text(v->why));
	if (source(from, q, v)[0] != '\0')
		(void)printf(" (%s)", from);
	(void)putchar('\n');
}

/* What decided, and what the steps behind it say. */
static void
print_steps(const struct question *q)
{
	struct verdict v = q->verdict;
	enum step step;

	print_step("Decided by:", q, &v);
	if (!q->request.known)
		return;
	for (step = v.step + 1; step < STEPS; step++) {
		v = decide_step(step, &q->request, &q->st, &q->now);
		print_step("After that:", q, &v);
	}
}

static void
print_text(const struct question *q)
{
	const struct verdict *v = &q->verdict;
	const char *error = error_of(q);
	char text[SHOWN_MAX];

	(void)printf("%s would be %s", show(text, q->request.user),
	    verdict_admits(v) ? "admitted" :
	    v->kind == VERDICT_ASK ? "asked about" : "denied");
	if (verdict_admits(v) && v->end != NO_END) {
		(void)printf(" until %s", timestamp_local_date(text,
		    host_zone(), v->end, true));
		(void)printf(" (%s)", duration_format(text,
		    seconds_left(v->end, v->end_boot, &q->now)));
	}
	(void)printf(": %s", why_text(v->why));
	if (error != NULL)
		(void)printf(": %s", show(text, error));
	(void)putchar('\n');
	print_steps(q);
}

/* All steps, in their order. */
static bool
json_steps(cJSON *object, const struct question *q)
{
	cJSON *array = cJSON_AddArrayToObject(object, "steps");
	enum step step;

	for (step = STEP_ACCOUNT; step < STEPS; step++) {
		const struct verdict v = decide_step(step, &q->request, &q->st,
		    &q->now);
		cJSON *o = cJSON_CreateObject();

		if (step != STEP_ACCOUNT && !q->request.known) {
			cJSON_Delete(o);
			break;
		}
		if (!cJSON_AddItemToArray(array, o) ||
		    !json_string(o, "step", step_name(step)) ||
		    !json_string(o, "why", why_word(v.why)) ||
		    !json_string(o, "text", why_text(v.why)) ||
		    (v.line != 0 && !json_number(o, "line", v.line)))
			return false;
	}
	return array != NULL;
}

static int
print_json(const struct question *q)
{
	const struct verdict *v = &q->verdict;
	const char *error = error_of(q);
	cJSON *object = cJSON_CreateObject();

	if (json_string(object, "user", q->request.user) &&
	    json_string(object, "service", q->request.service) &&
	    json_string(object, "tty", q->request.tty) &&
	    json_string(object, "from", q->request.rhost) &&
	    json_time(object, "at", wall_seconds(&q->now)) &&
	    json_bool(object, "admitted", verdict_admits(v)) &&
	    json_string(object, "why", why_word(v->why)) &&
	    json_string(object, "text", why_text(v->why)) &&
	    json_string(object, "decided_by", step_name(v->step)) &&
	    (v->line == 0 || json_number(object, "line", v->line)) &&
	    (!verdict_admits(v) || v->end == NO_END ||
	    (json_time(object, "until", v->end) && json_number(object,
	    "seconds_left", seconds_left(v->end, v->end_boot, &q->now)))) &&
	    (error == NULL || json_string(object, "error", error)) &&
	    json_steps(object, q))
		return json_print(object);
	cJSON_Delete(object);
	return json_print(NULL);
}

int
cmd_check(const struct args *args)
{
	struct account account;
	struct question q;
	struct error err;
	enum error_code code;
	int r;

	memset(&q, 0, sizeof(q));
	if (host_clocks(&q.now) != EXIT_DONE)
		return EXIT_IO;
	if (args->value[OPT_AT] != NULL &&
	    shift_clocks(args->value[OPT_AT], &q.now) != EXIT_DONE)
		return EXIT_USAGE;
	code = find_user(args->user, &account, &err);
	if (code != ERROR_NONE && code != ERROR_ABSENT)
		return fail_error(&err);
	q.request.user = account.name;
	q.request.uid = account.uid;
	q.request.known = code == ERROR_NONE;
	q.request.service = given(args->value[OPT_SERVICE], "sshd");
	q.request.tty = given(args->value[OPT_TTY], "");
	q.request.rhost = given(args->value[OPT_FROM], "");
	state_read(-1, account.name, account.uid, NULL, &q.st);
	q.verdict = decide(&q.request, &q.st, &q.now);
	r = args->value[OPT_JSON] != NULL ? print_json(&q) : EXIT_DONE;
	if (args->value[OPT_JSON] == NULL)
		print_text(&q);
	if (r == EXIT_DONE && !verdict_admits(&q.verdict))
		r = EXIT_NONE;
	state_free(&q.st);
	return r;
}

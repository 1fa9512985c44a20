#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "meant.h"
#include "policy.h"
#include "rule.h"

#define RULES_FIRST	16	/* room for so many at first, then doubled */

static void
take_end(struct words *w)
{
	if (words_next(w))
		words_bad_word(w, "nothing may follow");
}

/* warn 5m 1m */
static void
take_warn(struct words *w, struct policy *policy)
{
	int64_t lead;

	policy->nleads = 0;
	while (words_next(w)) {
		if (strchr(w->word, ',') != NULL) {
			words_bad_word(w, "warnings have blanks between them "
			    "and no commas");
			return;
		}
		if (!rule_duration(w, &lead))
			return;
		if (policy->nleads == POLICY_LEADS_MAX - 1) {
			words_bad_word(w, "too many warnings from here on");
			return;
		}
		if (policy->nleads > 0 &&
		    lead >= policy->lead[policy->nleads - 1])
			words_bad_word(w, "not shorter than the one before");
		policy->lead[policy->nleads++] = lead;
	}
	if (policy->nleads == 0)
		words_bad(w, w->word, "warn needs durations");
}

static void
take_max(struct words *w, struct policy *policy)
{
	if (rule_take_duration(w, "max", &policy->max))
		take_end(w);
}

static void
take_grace(struct words *w, struct policy *policy)
{
	if (rule_take_duration(w, "grace", &policy->grace))
		take_end(w);
}

static void
take_hook_timeout(struct words *w, struct policy *policy)
{
	if (rule_take_duration(w, "hook-timeout", &policy->hook_timeout))
		take_end(w);
}

static void
take_presence_command(struct words *w, struct policy *policy)
{
	if (!words_need(w, "presence-command", "a path"))
		return;
	policy->presence_command = w->word;
	if (w->word[0] != '/' || strchr(w->word, '"') != NULL)
		words_bad_word(w, "want a path from / on, without quotes");
	take_end(w);
}

static void
take_presence_timeout(struct words *w, struct policy *policy)
{
	if (rule_take_duration(w, "presence-timeout",
	    &policy->presence_timeout))
		take_end(w);
}

static void
take_presence_silent(struct words *w, struct policy *policy)
{
	if (!words_need(w, "presence-silent", "allow or deny"))
		return;
	policy->presence_silent_allows = strcmp(w->word, "allow") == 0;
	if (!policy->presence_silent_allows && strcmp(w->word, "deny") != 0)
		words_bad_word(w, "want allow or deny");
	take_end(w);
}

static void
take_keep_detached(struct words *w, struct policy *policy)
{
	policy->keep_detached = true;
	take_end(w);
}

static const struct {
	const char *word;
	void (*take)(struct words *, struct policy *);
} settings[] = {
	{ "warn", take_warn },
	{ "max", take_max },
	{ "grace", take_grace },
	{ "hook-timeout", take_hook_timeout },
	{ "presence-command", take_presence_command },
	{ "presence-timeout", take_presence_timeout },
	{ "presence-silent", take_presence_silent },
	{ "keep-detached", take_keep_detached },
};

#define NSETTINGS	(sizeof(settings) / sizeof(settings[0]))

static bool
take_setting(struct words *w, unsigned int *seen, struct policy *policy)
{
	size_t i;

	for (i = 0; i < NSETTINGS; i++) {
		if (strcmp(w->word, settings[i].word) != 0)
			continue;
		if ((*seen & 1u << i) != 0)
			words_bad_word(w, "said twice");
		*seen |= 1u << i;
		settings[i].take(w, policy);
		return true;
	}
	return false;
}

/* Room for one more; NULL without memory. */
static struct rule *
new_rule(struct policy *policy, size_t *room)
{
	struct rule *rules;

	if (policy->nrules == *room) {
		*room = *room == 0 ? RULES_FIRST : *room * 2;
		rules = reallocarray(policy->rules, *room, sizeof(*rules));
		if (rules == NULL)
			return NULL;
		policy->rules = rules;
	}
	memset(&policy->rules[policy->nrules], 0, sizeof(*rules));
	return &policy->rules[policy->nrules++];
}

/* Is the word an action?  Then its rule is taken; -1 when there is no room. */
static int
take_rule(struct words *w, size_t *room, struct policy *policy)
{
	struct rule *rule;
	enum action action;

	for (action = ACTION_ALLOW; action < ACTIONS; action++)
		if (strcmp(w->word, action_word(action)) == 0)
			break;
	if (action == ACTIONS)
		return 0;
	if (policy->nrules == POLICY_RULES_MAX) {
		words_bad(w, w->word, "more than %d rules", POLICY_RULES_MAX);
		return -1;
	}
	rule = new_rule(policy, room);
	if (rule == NULL)
		return -1;
	rule->action = action;
	rule->line = w->line;
	rule_take(w, rule);
	policy->uses_groups |= rule->cond[COND_GROUP].n > 0;
	policy->uses_during |= rule->during != NULL;
	policy->uses_limit |= action == ACTION_LIMIT;
	policy->uses_exclusive |= action == ACTION_EXCLUSIVE;
	policy->leases_root |= rule->names_root &&
	    (action == ACTION_LEASE || action == ACTION_ASK);
	return 1;
}

static int
take_line(struct words *w, unsigned int *seen, size_t *room,
    struct policy *policy)
{
	int r;

	if (!words_next(w) || take_setting(w, seen, policy))
		return 0;
	r = take_rule(w, room, policy);
	if (r == 0)
		meant_first(w);
	return r == -1 ? -1 : 0;
}

static int
take_lines(struct words *w, char *data, size_t len, struct policy *policy)
{
	unsigned int seen = 0;
	size_t room = 0;
	char *line, *end = data + len, *nl;

	for (line = data; line < end; line = w->end + 1) {
		nl = memchr(line, '\n', (size_t)(end - line));
		words_begin(w, line, (size_t)((nl != NULL ? nl : end) - line));
		if (take_line(w, &seen, &room, policy) == -1)
			return -1;
	}
	/* At the end of the file, which is where it is missing. */
	if (w->problems == 0 && policy->uses_exclusive &&
	    policy->presence_command == NULL)
		words_bad(w, w->start, "exclusive needs a presence-command");
	return w->problems == 0 ? 0 : -1;
}

/* At an end that has grace, people are told how long they still have. */
static void
add_grace(struct policy *policy)
{
	size_t i = 0;

	while (i < policy->nleads && policy->lead[i] > policy->grace)
		i++;
	if (policy->grace == 0 ||
	    (i < policy->nleads && policy->lead[i] == policy->grace))
		return;
	memmove(policy->lead + i + 1, policy->lead + i,
	    (policy->nleads - i) * sizeof(policy->lead[0]));
	policy->lead[i] = policy->grace;
	policy->nleads++;
}

void
policy_init(struct policy *policy)
{
	memset(policy, 0, sizeof(*policy));
	policy->lead[0] = 300;
	policy->lead[1] = 60;
	policy->nleads = 2;
	policy->hook_timeout = POLICY_HOOK_TIMEOUT;
	policy->presence_timeout = POLICY_PRESENCE_TIMEOUT;
}

int
policy_parse_all(const char *data, size_t len, struct policy *policy,
    void (*report)(void *arg, const struct problem *problem), void *arg)
{
	struct words w = { .report = report, .arg = arg };

	policy_init(policy);
	policy->text = malloc(len + 1);
	if (policy->text != NULL) {
		memcpy(policy->text, data, len);
		policy->text[len] = '\0';
		if (take_lines(&w, policy->text, len, policy) == 0) {
			add_grace(policy);
			return 0;
		}
	}
	policy_free(policy);
	return -1;
}

struct first {
	const char *file;
	struct error *err;
};

static void
keep_first(void *arg, const struct problem *problem)
{
	const struct first *first = arg;

	if (first->err->code == ERROR_NONE)
		(void)error_set(first->err, ERROR_BROKEN, "%s:%u:%zu: %s",
		    first->file, problem->line, problem->column,
		    problem->text);
}

int
policy_parse(const char *data, size_t len, const char *file,
    struct policy *policy, struct error *err)
{
	struct first first;

	error_clear(err);
	first.file = file;
	first.err = err;
	if (policy_parse_all(data, len, policy, keep_first, &first) == 0)
		return 0;
	if (err->code == ERROR_NONE) {
		errno = ENOMEM;
		return error_system(err, "%s", file);
	}
	return -1;
}

void
policy_free(struct policy *policy)
{
	free(policy->rules);
	free(policy->text);
	policy_init(policy);
}

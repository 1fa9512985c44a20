#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "duration.h"
#include "paths.h"
#include "print.h"
#include "state.h"
#include "timestamp.h"
#include "window.h"

/* The policy, and the moment for which it is shown. */
struct shown {
	struct state st;
	struct moment now;
};

static void
write_duration(FILE *f, const char *word, int64_t seconds)
{
	char text[DURATION_TEXT_MAX];

	if (seconds > 0)
		(void)fprintf(f, "%s%s", word,
		    duration_compact(text, seconds));
}

static void
write_list(FILE *f, const char *word, const struct list *list)
{
	const char *item, *before = word;

	for (item = list_first(list); item != NULL;
	    item = list_next(list, item)) {
		const char *mark = strpbrk(item, " \t#") != NULL ? "\"" : "";

		(void)fprintf(f, before == word ? " %s %s%s%s" : "%s%s%s%s",
		    before, mark, item, mark);
		before = ",";
	}
}

/* The rule as the policy writes it, to be freed; NULL without memory. */
static char *
rule_text(const struct rule *rule)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	enum condition cond;

	if (f == NULL)
		return NULL;
	(void)fputs(action_word(rule->action), f);
	if (rule->action == ACTION_LIMIT)
		(void)fprintf(f, " %u", rule->limit);
	for (cond = 0; cond < CONDITIONS; cond++)
		write_list(f, condition_word(cond), &rule->cond[cond]);
	if (rule->during != NULL)
		(void)fprintf(f, " during %s", rule->during);
	if (rule->action == ACTION_ASK) {
		write_duration(f, " for ", rule->length);
		(void)fputs(rule->within == 0 ? " within 0s" : "", f);
		write_duration(f, " within ", rule->within);
	}
	write_list(f, "by group", &rule->by);
	(void)fputs(rule->desktop ? " desktop" : "", f);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

/* Is its window open?  *change is NO_END where it never changes. */
static bool
window_now(const struct shown *s, const struct rule *rule, int64_t *change)
{
	*change = NO_END;
	if (rule->during == NULL)
		return true;
	if (s->st.zone_found != FOUND_GOOD)
		return false;
	*change = window_change(rule->during, &s->st.zone,
	    wall_seconds(&s->now));
	return window_open(rule->during, &s->st.zone, wall_seconds(&s->now));
}

static void
print_settings(const struct policy *policy)
{
	size_t i;

	(void)fputs("warn", stdout);
	for (i = 0; i < policy->nleads; i++)
		write_duration(stdout, " ", policy->lead[i]);
	write_duration(stdout, "\nmax ", policy->max);
	write_duration(stdout, "\ngrace ", policy->grace);
	write_duration(stdout, "\nhook-timeout ", policy->hook_timeout);
	if (policy->presence_command != NULL) {
		(void)printf("\npresence-command %s", policy->presence_command);
		write_duration(stdout, "\npresence-timeout ",
		    policy->presence_timeout);
		(void)printf("\npresence-silent %s",
		    policy->presence_silent_allows ? "allow" : "deny");
	}
	(void)puts(policy->keep_detached ? "\nkeep-detached" : "");
}

static int
print_text(const struct shown *s)
{
	static const char *const heading[] = {
		"LINE", "NOW", "CHANGES AT", "RULE"
	};
	char line[16], at[TIMESTAMP_TEXT_MAX];
	struct table table;
	int64_t change;
	size_t i;

	print_settings(&s->st.policy);
	if (s->st.policy.nrules == 0) {
		(void)puts("No rules: who has a lease is admitted, and root.");
		return EXIT_DONE;
	}
	table_init(&table, heading, sizeof(heading) / sizeof(heading[0]));
	table.wraps = COLUMN(3);
	for (i = 0; i < s->st.policy.nrules; i++) {
		const struct rule *rule = &s->st.policy.rules[i];
		bool open = window_now(s, rule, &change);
		char *text = rule_text(rule);

		(void)snprintf(line, sizeof(line), "%u", rule->line);
		table_add(&table, line);
		table_add(&table, open ? "in force" : "not now");
		table_add(&table, change == NO_END ? "" :
		    timestamp_local_date(at, host_zone(), change, false));
		table_add(&table, text != NULL ? text : "");
		table.failed |= text == NULL;
		free(text);
	}
	return table_print(&table);
}

static bool
json_rule(cJSON *rules, const struct shown *s, const struct rule *rule)
{
	cJSON *o = cJSON_CreateObject();
	char *text = rule_text(rule);
	int64_t change;
	bool open = window_now(s, rule, &change);
	bool good = cJSON_AddItemToArray(rules, o) && text != NULL &&
	    json_number(o, "line", rule->line) &&
	    json_string(o, "action", action_word(rule->action)) &&
	    json_string(o, "rule", text) && json_bool(o, "in_force", open) &&
	    (change == NO_END || json_time(o, "changes_at", change));

	free(text);
	return good;
}

static int
print_json(const struct shown *s)
{
	const struct policy *policy = &s->st.policy;
	cJSON *object = cJSON_CreateObject();
	cJSON *warn = cJSON_AddArrayToObject(object, "warn"), *rules;
	bool good = warn != NULL;
	size_t i;

	for (i = 0; good && i < policy->nleads; i++)
		good = cJSON_AddItemToArray(warn,
		    cJSON_CreateNumber((double)policy->lead[i]));
	good = good &&
	    (policy->max == 0 || json_number(object, "max", policy->max)) &&
	    json_number(object, "grace", policy->grace) &&
	    json_number(object, "hook_timeout", policy->hook_timeout) &&
	    (policy->presence_command == NULL ||
	    (json_string(object, "presence_command",
	    policy->presence_command) &&
	    json_number(object, "presence_timeout",
	    policy->presence_timeout) &&
	    json_string(object, "presence_silent",
	    policy->presence_silent_allows ? "allow" : "deny"))) &&
	    json_bool(object, "keep_detached", policy->keep_detached);
	rules = cJSON_AddArrayToObject(object, "rules");
	good = good && rules != NULL;
	for (i = 0; good && i < policy->nrules; i++)
		good = json_rule(rules, s, &policy->rules[i]);
	if (!good) {
		cJSON_Delete(object);
		object = NULL;
	}
	return json_print(object);
}

int
cmd_policy_show(const struct args *args)
{
	static struct shown s;
	int r;

	if (host_clocks(&s.now) != EXIT_DONE)
		return EXIT_IO;
	state_read_policy(&s.st);
	if (s.st.policy_found != FOUND_GOOD &&
	    s.st.policy_found != FOUND_NOTHING)
		r = fail(EXIT_IO, "nobody but root can log in: %s",
		    s.st.policy_error.text);
	else if (args->value[OPT_JSON] != NULL)
		r = print_json(&s);
	else
		r = print_text(&s);
	state_free(&s.st);
	return r;
}

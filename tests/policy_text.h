#ifndef TESTS_POLICY_TEXT_H
#define TESTS_POLICY_TEXT_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "policy.h"

/* Writes a policy as its file has it: what is read again is the same. */

static inline void
print_item(FILE *f, const char *item)
{
	const char *quote = strpbrk(item, " \t#") != NULL ? "\"" : "";

	(void)fprintf(f, "%s%s%s", quote, item, quote);
}

static inline void
print_list(FILE *f, const char *word, const struct list *list)
{
	const char *item, *before = " ";

	if (list->n > 0)
		(void)fprintf(f, " %s", word);
	for (item = list_first(list); item != NULL;
	    item = list_next(list, item)) {
		(void)fputs(before, f);
		print_item(f, item);
		before = ",";
	}
}

static inline void
print_rule(FILE *f, const struct rule *rule)
{
	enum condition cond;

	(void)fputs(action_word(rule->action), f);
	if (rule->action == ACTION_LIMIT)
		(void)fprintf(f, " %u", rule->limit);
	for (cond = 0; cond < CONDITIONS; cond++)
		print_list(f, condition_word(cond), &rule->cond[cond]);
	if (rule->during != NULL)
		(void)fprintf(f, " during %s", rule->during);
	if (rule->action == ACTION_ASK)
		(void)fprintf(f, " for %" PRId64 "s within %" PRId64 "s",
		    rule->length, rule->within);
	print_list(f, "by group", &rule->by);
	(void)fputs(rule->desktop ? " desktop" : "", f);
	(void)fputc('\n', f);
}

/* The warning that grace brings is not said, unless it is the only one. */
static inline void
print_settings(FILE *f, const struct policy *policy)
{
	size_t i;

	(void)fputs("warn", f);
	for (i = 0; i < policy->nleads; i++)
		if (policy->lead[i] != policy->grace || policy->nleads == 1)
			(void)fprintf(f, " %" PRId64 "s", policy->lead[i]);
	(void)fputc('\n', f);
	if (policy->max != 0)
		(void)fprintf(f, "max %" PRId64 "s\n", policy->max);
	if (policy->grace != 0)
		(void)fprintf(f, "grace %" PRId64 "s\n", policy->grace);
	if (policy->keep_detached)
		(void)fputs("keep-detached\n", f);
}

#endif

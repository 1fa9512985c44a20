#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "account.h"
#include "policy_file.h"
#include "print.h"

/* Who is told. */
struct listener {
	warn_fn *say;
	void *arg;
};

static void __attribute__((format(printf, 3, 4)))
warn_of(const struct listener *to, unsigned int line, const char *fmt, ...)
{
	char text[3 * SHOWN_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	to->say(to->arg, line, text);
}

static bool
literal(const char *item)
{
	return strpbrk(item, "*?") == NULL;
}

/* Is there something to say of a name?  Says it. */
static bool
warn_name(const struct listener *to, unsigned int line, enum condition cond,
    const char *name)
{
	char known[LEASE_NAME_MAX + 1], shown[SHOWN_MAX], other[SHOWN_MAX];
	struct account account;
	struct error err;
	int r = cond == COND_USER ? account_by_name(name, &account, &err) :
	    account_group(name, known, &err);

	if (r == -1 && err.code != ERROR_SYSTEM)
		warn_of(to, line, "there is no %s '%s'",
		    condition_word(cond), show(shown, name));
	else if (r == 0 && cond == COND_GROUP && strcmp(known, name) != 0)
		/* A user's groups are known by their numbers. */
		warn_of(to, line, "group '%s' has the number of '%s', and "
		    "that name counts", show(shown, name), show(other, known));
	else
		return false;
	return true;
}

static size_t
warn_names(const struct listener *to, const struct rule *rule,
    enum condition cond)
{
	const struct list *list = &rule->cond[cond];
	const char *item;
	size_t n = 0;

	for (item = list_first(list); item != NULL;
	    item = list_next(list, item)) {
		const char *name = item + (item[0] == '!');

		n += literal(name) && warn_name(to, rule->line, cond, name);
	}
	return n;
}

static bool
same_list(const struct list *a, const struct list *b)
{
	const char *x = list_first(a), *y = list_first(b);

	while (x != NULL && y != NULL && strcmp(x, y) == 0) {
		x = list_next(a, x);
		y = list_next(b, y);
	}
	return x == NULL && y == NULL;
}

static bool
has_negated(const struct list *list)
{
	const char *item;

	for (item = list_first(list); item != NULL;
	    item = list_next(list, item))
		if (item[0] == '!')
			return true;
	return false;
}

/* Does a list take whatever another one takes?  False where that is hard. */
static bool
list_covers(enum condition cond, const struct list *a, const struct list *b)
{
	const char *item;

	if (a->n == 0 || same_list(a, b))
		return true;
	for (item = list_first(b); item != NULL; item = list_next(b, item)) {
		const struct list one = list_of_one(item);

		if (item[0] == '!' || item[0] == '@' || !literal(item) ||
		    !match(cond, a, &one))
			return false;
	}
	/* Of a user's groups, one that is not named here may be excluded. */
	return b->n > 0 && (cond != COND_GROUP || !has_negated(a));
}

static bool
covers(const struct rule *a, const struct rule *b)
{
	enum condition cond;

	if (a->action >= ACTION_LIMIT || (b->names_root && !a->names_root))
		return false;
	for (cond = 0; cond < CONDITIONS; cond++)
		if (!list_covers(cond, &a->cond[cond], &b->cond[cond]))
			return false;
	return a->during == NULL ||
	    (b->during != NULL && strcmp(a->during, b->during) == 0);
}

/* A rule that never decides, because one above it does. */
static size_t
warn_covered(const struct listener *to, const struct policy *policy, size_t i)
{
	const struct rule *rule = &policy->rules[i];
	size_t k;

	for (k = 0; rule->action < ACTION_LIMIT && k < i; k++)
		if (covers(&policy->rules[k], rule)) {
			warn_of(to, rule->line, "this rule never decides, "
			    "because line %u does", policy->rules[k].line);
			return 1;
		}
	return 0;
}

/* Is there nobody that a rule in front of one for everybody lets in? */
static size_t
warn_nobody(const struct listener *to, const struct policy *policy)
{
	static const struct rule all = { .action = ACTION_DENY };
	size_t i;

	for (i = 0; i < policy->nrules; i++) {
		const struct rule *rule = &policy->rules[i];

		if (rule->action < ACTION_LIMIT && rule->action != ACTION_DENY)
			return 0;
		if (rule->action == ACTION_DENY && covers(rule, &all)) {
			warn_of(to, rule->line, "nobody but root can log in "
			    "any more");
			return 1;
		}
	}
	return 0;
}

size_t
policy_warn(const struct policy *policy, warn_fn *say, void *arg)
{
	const struct listener listener = { say, arg }, *to = &listener;
	size_t i, n = warn_nobody(to, policy);

	for (i = 0; i < policy->nrules; i++) {
		const struct rule *rule = &policy->rules[i];

		n += warn_names(to, rule, COND_USER);
		n += warn_names(to, rule, COND_GROUP);
		n += warn_covered(to, policy, i);
	}
	return n;
}

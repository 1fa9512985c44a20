#include <string.h>

#include "import_accesscontrol.h"

#define KEYS		"the module told logins by key from those by " \
    "password; here the rule is for both"

static const struct {
	const char *action, *note;
} options[OPTIONS] = {
	[OPTION_NUMBER] = { "limit", MODULE " never limited them" },
	[OPTION_CLOSE] = { "deny", NULL },
	[OPTION_PIN] = { "lease", "LOOK: there are no PINs here; these "
	    "users need a lease" },
	[OPTION_ASK] = { "ask", MODULE " let them in when there was "
	    "nobody to ask, and asked of ssh alone" },
	[OPTION_OPEN] = { "allow", NULL },
};

/* Names of services that are no PAM services'. */
static const struct {
	const char *word, *services;
	bool half;		/* of what a policy can tell apart */
} services[] = {
	{ "SSH", "sshd", true },
	{ "KEY", "sshd", true },
	{ "SSHD", "sshd", true },
	{ "SSHD-KEY", "sshd", true },
	{ "XDM", "kdm,lightdm,sddm,slim,xdm", false },
	{ "TTY", "login", false },
};

#define NSERVICES	(sizeof(services) / sizeof(services[0]))

static bool
same(struct word a, struct word b)
{
	return a.len == b.len && memcmp(a.s, b.s, a.len) == 0;
}

static size_t
find_service(struct word word)
{
	size_t i;

	for (i = 0; i < NSERVICES; i++)
		if (import_word(word.s, word.len, services[i].word))
			break;
	return i;
}

static void
put_services(struct import *im, struct word word)
{
	struct import_list list = { .im = im, .cond = COND_SERVICE };
	size_t i = find_service(word);
	char name[LEASE_NAME_MAX + 1] = "";

	if (i < NSERVICES) {
		import_put(im, " service %s", services[i].services);
		return;
	}
	for (i = 0; i < word.len && i < sizeof(name) - 1; i++)
		name[i] = (char)(word.s[i] >= 'A' && word.s[i] <= 'Z' ?
		    word.s[i] + ('a' - 'A') : word.s[i]);
	import_item(&list, false, name, i);
}

/* Takes the next item of a list, in which some write blanks. */
static bool
next_item(struct word *left, struct word *item)
{
	*item = word_next(left, BLANKS ",");
	return item->len > 0;
}

/* Does the rule speak of all? */
static bool
is_all(struct import *im, const struct old_rule *rule, struct word item)
{
	char shown[IMPORT_SHOWN];

	if (item.len == 3 && memcmp(item.s, "ALL", 3) == 0) {
		if (rule->group)
			return true;
		import_note(im, "LOOK: for " MODULE " ALL was a user's name; "
		    "all are GROUP ALL");
	} else if (!rule->group && import_nobody(item.s, item.len)) {
		import_note(im, "nobody can log in as '%s'",
		    import_quote(shown, item.s, item.len));
		return false;
	} else if (!import_fits(rule->group ? COND_GROUP : COND_USER, item.s,
	    item.len))
		import_note(im, "LOOK: '%s' can't be said here",
		    import_quote(shown, item.s, item.len));
	else {
		if (memchr(item.s, '*', item.len) != NULL)
			import_note(im, MODULE " has no patterns");
		return false;
	}
	return rule->option != OPTION_OPEN;
}

/* Those of the list; without any, *all or none. */
static size_t
put_list(struct import *im, const struct old_rule *rule, bool dry, bool *all)
{
	const enum condition cond = rule->group ? COND_GROUP : COND_USER;
	struct import_list list = { .im = dry ? NULL : im, .cond = cond };
	struct word left = rule->list, item;

	while (next_item(&left, &item)) {
		if (dry)
			*all = is_all(im, rule, item) || *all;
		if (import_fits(cond, item.s, item.len))
			import_item(&list, false, item.s, item.len);
	}
	return list.n;
}

static void
put_access(struct import *im, const struct old_rule *rule)
{
	bool all = false;

	if (put_list(im, rule, true, &all) == 0 && !all) {
		import_note(im, "it is for nobody");
		return;
	}
	import_rule(im, options[rule->option].action);
	if (!all)
		(void)put_list(im, rule, false, &all);
	put_services(im, rule->service);
	import_put(im, "\n");
}

/* GROUP:N, one rule for each. */
static void
put_limit(struct import *im, const struct old_rule *rule, struct word item)
{
	struct import_list list = { .im = im,
	    .cond = rule->group ? COND_GROUP : COND_USER };
	const char *colon = memchr(item.s, ':', item.len);
	size_t len = colon != NULL ? (size_t)(colon - item.s) : item.len;
	unsigned long n = 0;
	size_t i;

	for (i = len + 1; i < item.len && item.s[i] >= '0' &&
	    item.s[i] <= '9' && n <= POLICY_LIMIT_MAX; i++)
		n = n * 10 + (unsigned long)(item.s[i] - '0');
	if (i != item.len || len + 1 >= item.len || n > POLICY_LIMIT_MAX ||
	    !import_fits(list.cond, item.s, len)) {
		import_note(im, "LOOK: want GROUP:N in the list; this is no "
		    "limit");
		return;
	}
	import_rule(im, n == 0 ? "deny" : "limit");
	if (n > 0)
		import_put(im, " %lu", n);
	if (len != 3 || memcmp(item.s, "ALL", 3) != 0)
		import_item(&list, false, item.s, len);
	put_services(im, rule->service);
	import_put(im, "\n");
}

/* Is the same said of logins by key and of those by password? */
static bool
has_twin(const struct access_control *a, size_t rule, bool before)
{
	const struct old_rule *r = &a->rule[rule], *other;
	size_t i, service = find_service(r->service);

	for (i = 0; i < (before ? rule : a->n); i++) {
		other = &a->rule[i];
		if (i != rule && other->option == r->option &&
		    other->group == r->group && same(other->list, r->list) &&
		    find_service(other->service) != service &&
		    find_service(other->service) < NSERVICES &&
		    services[find_service(other->service)].half)
			return true;
	}
	return false;
}

void
control_put(struct access_control *a, size_t i)
{
	const struct old_rule *rule = &a->rule[i];
	size_t service = find_service(rule->service);
	struct word left = rule->list, item;
	struct import *im = a->im;

	im->line = rule->line;
	if (service == NSERVICES &&
	    !import_fits(COND_SERVICE, rule->service.s, rule->service.len)) {
		import_note(im, "LOOK: there can't be such a service");
		return;
	}
	if (!rule->taken)
		import_note(im, MODULE " ignored it, as it is not written "
		    "SERVICE OPTION TARGET LIST with single words");
	if (service < NSERVICES && services[service].half) {
		if (has_twin(a, i, true))
			return;
		if (!has_twin(a, i, false) &&
		    (rule->option != OPTION_OPEN || !a->open))
			import_note(im, "LOOK: " KEYS);
	}
	if (options[rule->option].note != NULL)
		import_note(im, "%s", options[rule->option].note);
	if (rule->option != OPTION_NUMBER)
		put_access(im, rule);
	while (rule->option == OPTION_NUMBER && next_item(&left, &item))
		put_limit(im, rule, item);
}

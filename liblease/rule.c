#include <string.h>

#include "duration.h"
#include "error.h"
#include "meant.h"
#include "rule.h"
#include "text.h"
#include "window.h"

static const char *const conditions[CONDITIONS] = {
	[COND_USER] = "user",
	[COND_GROUP] = "group",
	[COND_SERVICE] = "service",
	[COND_TTY] = "tty",
	[COND_FROM] = "from",
};

static const char *const actions[] = {
	[ACTION_ALLOW] = "allow",
	[ACTION_DENY] = "deny",
	[ACTION_LEASE] = "lease",
	[ACTION_ASK] = "ask",
	[ACTION_LIMIT] = "limit",
	[ACTION_EXEMPT] = "exempt",
	[ACTION_EXCLUSIVE] = "exclusive",
};

const char *
condition_word(enum condition cond)
{
	return conditions[cond];
}

const char *
action_word(enum action action)
{
	return actions[action];
}

bool
rule_duration(struct words *w, int64_t *seconds)
{
	struct error err;

	if (duration_parse(w->word, seconds, &err) == 0)
		return true;
	words_bad(w, w->word, "%s", err.text);
	return false;
}

bool
rule_take_duration(struct words *w, const char *what, int64_t *seconds)
{
	return words_need(w, what, "a duration") && rule_duration(w, seconds);
}

/*
 * Takes one item of a list, without its quotes, to dst, and moves *p behind it;
 * *p is then at a comma or at the list's end.
 */
static char *
take_item(char **p, char *dst)
{
	bool quoted = false;

	for (; **p != '\0' && (quoted || **p != ','); (*p)++) {
		if (**p == '"')
			quoted = !quoted;
		else
			*dst++ = **p;
	}
	return dst;
}

/* The item must be what a list of that condition may have. */
static void
check_item(struct words *w, enum condition cond, const char *item,
    const char *at)
{
	const char *bare = item[0] == '!' ? item + 1 : item;
	char shown[PROBLEM_MAX];
	struct error err;

	if (strlen(bare) > LEASE_NAME_MAX)
		words_bad(w, at, "an item of more than %d bytes",
		    LEASE_NAME_MAX);
	else if (strchr(bare, ',') != NULL)
		words_bad(w, at, "a comma in quotes, which go around one "
		    "item");
	else if (bare[0] == '\'')
		words_bad(w, at, "single quotes, want double ones");
	else if (match_check(cond, item, &err) == -1)
		words_bad(w, at, "%s", text_escape(shown, sizeof(shown),
		    err.text, strlen(err.text)));
}

static bool
take_list(struct words *w, struct list *list, enum condition cond)
{
	char *p = w->word, *item = p;
	bool more;

	list->n = 0;
	list->item = item;
	do {
		char *at = p, *end = take_item(&p, item);

		more = *p == ',';
		*end = '\0';
		if (*item == '\0') {
			words_bad(w, at, "an empty item: a list has commas and "
			    "no blanks, as in alice,bob");
			return false;
		}
		check_item(w, cond, item, at);
		list->n++;
		list->end = item = end + 1;
		p++;
	} while (more);
	return true;
}

static bool
names_root(const struct list *list)
{
	const char *item;

	for (item = list_first(list); item != NULL;
	    item = list_next(list, item))
		if (strcmp(item, "root") == 0)
			return true;
	return false;
}

/* The groups that may answer beside root. */
static bool
take_by(struct words *w, struct rule *rule)
{
	const char *item, *list;

	if (!words_need(w, "by", "group and a list"))
		return false;
	if (strcmp(w->word, condition_word(COND_GROUP)) != 0) {
		words_bad_word(w, "by needs group and a list");
		return false;
	}
	if (!words_need(w, "group", "a list"))
		return false;
	list = w->word;
	if (strlen(list) > POLICY_BY_MAX) {
		words_bad(w, list, "groups of more than %d bytes",
		    POLICY_BY_MAX);
		return false;
	}
	if (!take_list(w, &rule->by, COND_GROUP))
		return false;
	for (item = list_first(&rule->by); item != NULL;
	    item = list_next(&rule->by, item))
		if (strpbrk(item, "!*?") != NULL) {
			words_bad(w, list, "by has names of groups, without "
			    "'!' and patterns");
			return false;
		}
	return true;
}

/* Who is not to wait says so. */
static bool
take_within(struct words *w, struct rule *rule)
{
	int64_t within = 0;

	if (!words_need(w, "within", "a duration"))
		return false;
	if (strcmp(w->word, "0s") != 0 && !rule_duration(w, &within))
		return false;
	rule->within = within;
	return true;
}

static bool
take_during(struct words *w, struct rule *rule)
{
	const char *quote = strchr(w->word, '"');
	struct error err;
	size_t at;

	if (quote != NULL) {
		words_bad(w, quote, "time windows have no quotes and no "
		    "blanks");
		return false;
	}
	rule->during = w->word;
	if (window_check(w->word, &at, &err) == 0)
		return true;
	words_bad(w, w->word + at, "%s", err.text);
	return false;
}

/* What may follow an action; the conditions with lists have their number. */
enum key {
	KEY_FIRST = 0,
	KEY_DURING = CONDITIONS,
	KEY_FOR,
	KEY_WITHIN,
	KEY_BY,
	KEY_DESKTOP,
	KEYS
};

static const char *
key_word(enum key key)
{
	static const char *const words[] = { "during", "for", "within",
	    "by", "desktop" };

	return (int)key < CONDITIONS ? conditions[key] :
	    words[key - KEY_DURING];
}

static enum key
key_of(const char *word)
{
	enum key key;

	for (key = KEY_FIRST; key < KEYS; key++)
		if (strcmp(word, key_word(key)) == 0)
			break;
	return key;
}

/* False after a problem. */
static bool
take_value(struct words *w, struct rule *rule, enum key key)
{
	if (key == KEY_FOR)
		return rule_take_duration(w, "for", &rule->length);
	if (key == KEY_WITHIN)
		return take_within(w, rule);
	if (key == KEY_BY)
		return take_by(w, rule);
	if (key == KEY_DESKTOP)
		return rule->desktop = true;
	if (!words_need(w, key_word(key), "a list"))
		return false;
	if (key == KEY_DURING)
		return take_during(w, rule);
	if (!take_list(w, &rule->cond[key], (enum condition)key))
		return false;
	if ((enum condition)key == COND_USER)
		rule->names_root = names_root(&rule->cond[COND_USER]);
	return true;
}

static bool
take_limit(struct words *w, struct rule *rule)
{
	const char *p;

	if (!words_need(w, "limit", "a number of users"))
		return false;
	for (p = w->word; *p >= '0' && *p <= '9' &&
	    rule->limit <= POLICY_LIMIT_MAX; p++)
		rule->limit = rule->limit * 10 + (unsigned int)(*p - '0');
	if (*p == '\0' && w->word[0] != '0' && rule->limit > 0 &&
	    rule->limit <= POLICY_LIMIT_MAX)
		return true;
	words_bad_word(w, "not a number of users from 1 to %d",
	    POLICY_LIMIT_MAX);
	return false;
}

void
rule_take(struct words *w, struct rule *rule)
{
	const char *desktop = NULL;
	unsigned int seen = 0;
	enum key key = KEYS;
	bool lost;	/* after a problem, until the next key */

	if (rule->action == ACTION_ASK) {
		rule->length = POLICY_ASK_LENGTH;
		rule->within = POLICY_ASK_WITHIN;
	}
	lost = rule->action == ACTION_LIMIT && !take_limit(w, rule);
	while (words_next(w)) {
		bool after_list = key <= KEY_DURING || key == KEY_BY;

		key = key_of(w->word);
		if (key == KEYS) {
			if (!lost)
				meant_condition(w, after_list);
			lost = true;
			continue;
		}
		if ((seen & 1u << key) != 0)
			words_bad_word(w, "said twice");
		if (key > KEY_DURING && rule->action != ACTION_ASK)
			words_bad_word(w, "only ask has this");
		seen |= 1u << key;
		if (key == KEY_DESKTOP)
			desktop = w->word;
		lost = !take_value(w, rule, key);
	}
	if (rule->action == ACTION_ASK && desktop != NULL && rule->within == 0)
		words_bad(w, desktop, "desktop needs a login that waits, not "
		    "within 0s");
}

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

/* Is the item what a list of that condition may have? */
static bool
item_good(struct words *w, enum condition cond, const char *item,
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
	else
		return true;
	return false;
}

static bool
take_list(struct words *w, struct rule *rule, enum condition cond)
{
	struct list *list = &rule->cond[cond];
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
		if (item_good(w, cond, item, at) && cond == COND_USER)
			rule->names_root |= strcmp(item, "root") == 0;
		list->n++;
		list->end = item = end + 1;
		p++;
	} while (more);
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
	KEYS
};

static const char *
key_word(enum key key)
{
	static const char *const words[] = { "during", "for", "within" };

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
		return rule_take_duration(w, "within", &rule->within);
	if (!words_need(w, key_word(key), "a list"))
		return false;
	return key == KEY_DURING ? take_during(w, rule) :
	    take_list(w, rule, (enum condition)key);
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
	unsigned int seen = 0;
	enum key key = KEYS;
	bool lost;	/* after a problem, until the next key */

	lost = rule->action == ACTION_LIMIT && !take_limit(w, rule);
	while (words_next(w)) {
		bool after_list = key <= KEY_DURING;

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
		lost = !take_value(w, rule, key);
	}
}

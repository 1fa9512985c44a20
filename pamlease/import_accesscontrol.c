#include <stdlib.h>
#include <string.h>

#include "import_accesscontrol.h"

static const char *const options[OPTIONS] = {
	[OPTION_NUMBER] = "NUMBER",
	[OPTION_CLOSE] = "CLOSE",
	[OPTION_PIN] = "PIN",
	[OPTION_ASK] = "ASK",
	[OPTION_OPEN] = "OPEN",
};

static const struct {
	const char *word;
	bool group, known;	/* known to the module */
} targets[] = {
	{ "USER", false, true },
	{ "GROUP", true, true },
	{ "USERS", false, false },	/* as its manual has it */
	{ "GROUPS", true, false },
};

#define NTARGETS	(sizeof(targets) / sizeof(targets[0]))

struct word
word_next(struct word *left, const char *separators)
{
	struct word word;

	while (left->len > 0 && import_in(*left->s, separators)) {
		left->s++;
		left->len--;
	}
	word = (struct word){ left->s, 0 };
	while (word.len < left->len &&
	    !import_in(word.s[word.len], separators))
		word.len++;
	left->s += word.len;
	left->len -= word.len;
	return word;
}

static bool
is(struct word word, const char *name)
{
	return import_word(word.s, word.len, name);
}

static enum option
find_option(struct word word)
{
	enum option option;

	for (option = 0; option < OPTIONS; option++)
		if (is(word, options[option]))
			break;
	return option;
}

static bool
is_setting(struct word word, const char *name)
{
	size_t len = strlen(name);

	return word.len >= len && import_word(word.s, len, name);
}

/* Reads what can be read; false when it is no rule. */
static bool
read_rule(struct old_rule *rule, const char *s, size_t len)
{
	const char *comment = memchr(s, '#', len);
	struct word left = { s, len }, target;
	size_t i;

	if (comment != NULL)
		left.len = (size_t)(comment - s);
	rule->taken = comment == NULL && memchr(s, '\t', len) == NULL &&
	    memchr(s, '\r', len) == NULL;
	rule->service = word_next(&left, BLANKS);
	rule->option = find_option(word_next(&left, BLANKS));
	target = word_next(&left, BLANKS);
	for (i = 0; i < NTARGETS && !is(target, targets[i].word); i++)
		;
	rule->list = word_next(&left, BLANKS);
	if (rule->option == OPTIONS || i == NTARGETS || rule->list.len == 0)
		return false;
	rule->group = targets[i].group;
	rule->taken = rule->taken && targets[i].known;
	if (word_next(&left, BLANKS).len > 0) {
		/* "bob, alice" */
		rule->taken = false;
		rule->list.len = (size_t)(left.s - rule->list.s);
	}
	rule->list.len += left.len;
	return true;
}

bool
import_is_accesscontrol(const char *line, size_t len)
{
	struct word left = { line, len }, first = word_next(&left, BLANKS);
	struct old_rule rule;

	return is_setting(first, "DEFAULT:") || is_setting(first, "DEBUG:") ||
	    is_setting(first, "MAILSERVER:") || read_rule(&rule, line, len);
}

/* With a blank anywhere it is not read, and what is not read is CLOSE. */
static void
take_default(struct access_control *a)
{
	const struct old_line *line = &a->im->line;
	struct word all = { line->text, line->len };

	if (is(all, "DEFAULT:OPEN"))
		a->open = true;
	else if (is(all, "DEFAULT:CLOSE"))
		a->open = false;
	else
		import_note(a->im, MODULE " wants DEFAULT:OPEN or "
		    "DEFAULT:CLOSE without a blank, and ignored it; so does "
		    "this policy");
}

static void
take_line(struct access_control *a)
{
	const struct old_line *line = &a->im->line;
	struct word left = { line->text, line->len }, first = word_next(&left, BLANKS);

	if (first.len == 0 || first.s[0] == '#' || is_setting(first, "DEBUG:"))
		return;
	if (is_setting(first, "DEFAULT:"))
		take_default(a);
	else if (is_setting(first, "MAILSERVER:"))
		import_note(a->im, "no mail is sent here");
	else if (a->n == POLICY_RULES_MAX)
		a->im->full = true;
	else if (read_rule(&a->rule[a->n], line->text, line->len))
		a->rule[a->n++].line = *line;
	else
		import_note(a->im, MODULE " wants SERVICE OPTION TARGET LIST, "
		    "and ignored it; so does this policy");
}

bool
import_accesscontrol(struct import *im)
{
	struct access_control *a = calloc(1, sizeof(*a));
	enum option option;
	size_t i;

	if (a == NULL)
		return false;
	a->im = im;
	while (!im->full && import_next(im))
		take_line(a);
	for (option = 0; option < OPTIONS; option++)
		for (i = 0; i < a->n && !im->full; i++)
			if (a->rule[i].option == option)
				control_put(a, i);
	import_rule(im, a->open ? "allow" : "deny");
	import_put(im, "\n");
	free(a);
	return true;
}

#include <string.h>

#include "import_time.h"

#define BLANKS	" \t\r\v\f,"	/* a comma is none to pam_time either */

void
logic_init(struct logic *l, struct import *im, const char *field,
    const char *garbled)
{
	memset(l, 0, sizeof(*l));
	l->im = im;
	l->p = field;
	l->garbled = garbled;
	l->expected = l->joined_or = true;
}

static void
say_garbled(struct logic *l)
{
	if (!l->said_garbled)
		import_note(l->im, "pam_time wants one | or & between two, and "
		    "%s", l->garbled);
	l->said_garbled = true;
}

static void
say_parentheses(struct logic *l)
{
	if (!l->said_parentheses)
		import_note(l->im, "LOOK: parentheses did not count, and don't "
		    "here: it goes from left to right");
	l->said_parentheses = true;
}

static void
take_sign(struct logic *l, char sign)
{
	bool misplaced = l->expected != (sign == '!');

	if (misplaced)
		say_garbled(l);
	if (sign == '!') {
		/* As in a list of a policy: these, but not those. */
		if (misplaced)
			l->joined_or = false;
		l->negated = !l->negated;
	} else if (!misplaced)
		l->joined_or = sign == '|';
	l->expected = true;
}

bool
logic_next(struct logic *l)
{
	l->negated = false;
	for (; import_in(*l->p, BLANKS "()&|!"); l->p++) {
		if (import_in(*l->p, "()"))
			say_parentheses(l);
		else if (import_in(*l->p, "&|!"))
			take_sign(l, *l->p);
	}
	l->word = l->p;
	l->len = strcspn(l->p, BLANKS "()&|!");
	if (l->len == 0)
		return false;
	if (!l->expected) {
		say_garbled(l);
		l->joined_or = true;
	}
	l->p += l->len;
	l->expected = false;
	return true;
}

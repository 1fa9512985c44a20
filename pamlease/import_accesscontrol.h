#ifndef PAMLEASE_IMPORT_ACCESSCONTROL_H
#define PAMLEASE_IMPORT_ACCESSCONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include "import.h"

/* The parts of a file of pam-accesscontrol: SERVICE OPTION TARGET LIST. */

#define MODULE		"pam-accesscontrol"
#define BLANKS		" \t\r\v\f"

enum option {
	OPTION_NUMBER,		/* in the order in which they hold */
	OPTION_CLOSE,
	OPTION_PIN,
	OPTION_ASK,
	OPTION_OPEN,
	OPTIONS
};

struct word {
	const char *s;
	size_t len;
};

/* SSH OPEN USER bob,alice */
struct old_rule {
	struct old_line line;
	enum option option;
	struct word service;
	bool group;
	struct word list;	/* up to the line's end or a comment */
	bool taken;		/* the module did so */
};

struct access_control {
	struct import *im;
	bool open;		/* DEFAULT:OPEN */
	size_t n;
	struct old_rule rule[POLICY_RULES_MAX];
};

/* Takes the next word of what is left, up to one of the separators. */
struct word	word_next(struct word *left, const char *separators);

/* Puts what the rule with that number becomes. */
void	control_put(struct access_control *a, size_t i);

#endif

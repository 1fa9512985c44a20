#ifndef PAMLEASE_SETUP_EDIT_H
#define PAMLEASE_SETUP_EDIT_H

#include <stdbool.h>

#include "stack.h"

/*
 * Lines of pam_lease in the text of a service's own file, see pam.d(5).  Pure:
 * a text ends in a NUL, and stack is what stack_read() makes of it.  Each
 * returns the new text, to be freed, or NULL without memory.
 */

/*
 * Puts them in where there are none: above all of the account phase, behind all
 * of the auth phase, and above what makes the session.  needs has bits
 * 1u << STACK_ACCOUNT and 1u << STACK_SESSION.  NULL also where the file has
 * no line of such a phase, and *why then says so: one of ours would be the only
 * one, in place of those of the service "other".
 */
char	*edit_add(const struct stack *stack, const char *text,
	    unsigned int needs, bool permissive, const char **why);

/* Takes all of them out. */
char	*edit_strip(const struct stack *stack, const char *text);

/* Gives each of them the option "permissive", or takes it away. */
char	*edit_permissive(const struct stack *stack, const char *text,
	    bool permissive);

#endif

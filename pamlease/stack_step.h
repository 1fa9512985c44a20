#ifndef PAMLEASE_STACK_STEP_H
#define PAMLEASE_STACK_STEP_H

#include <stdint.h>

#include "stack.h"

/* What libpam does with what a line gives. */

/*
 * What libpam has made of the lines so far.  Three bits, and above them those
 * that it comes back to upon "reset", one for each level of substacks.
 */
enum mood {
	UNDECIDED,
	GOOD,			/* PAM_SUCCESS so far */
	CHANGE,			/* the password has to be changed first: good
				   for the account phase */
	WRONG,			/* no refusal, and not good all the same */
	REFUSED,
	REFUSED_CHANGE		/* the same, and what is returned is CHANGE's:
				   applications let in */
};

/* Do they let in who gets so far? */
bool	stack_lets_in(enum mood mood);

#define MOOD_BITS	3
#define MOOD_MASK	((uint64_t)7)

/* The lines of one phase. */
struct steps {
	enum stack_type type;
	const struct stack_line *lines[STACK_LINES_MAX];
	size_t n;
	bool resets;		/* something does, so that levels count */
};

/*
 * The line that comes next when the one at number at has given that value; n is
 * the end.  *moods becomes what is then.
 */
size_t	stack_step(const struct steps *s, size_t at, int value,
	    uint64_t *moods);

#endif

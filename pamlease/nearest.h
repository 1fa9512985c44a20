#ifndef PAMLEASE_NEAREST_H
#define PAMLEASE_NEAREST_H

#include <stddef.h>

/* Which of some words was meant by one that is mistyped. */
struct nearest {
	const char *typed;
	const char *word;	/* NULL: none comes near */
	size_t distance;
};

#define NEAREST(typed)	{ (typed), NULL, 0 }

/*
 * Looks at one more word, which must stay.  One comes near, when at most each
 * third letter of it is missing, too many, another, or swapped with the next.
 */
void	nearest_try(struct nearest *n, const char *word);

/* "; did you mean NAME?", or "". */
#define NEAREST_MAX	64
const char	*nearest_hint(char dst[NEAREST_MAX], const struct nearest *n,
		    const char *before);

#endif

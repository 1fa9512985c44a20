#ifndef LEASE_WORDS_H
#define LEASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Words of a policy's line, and what is wrong with them. */

#define PROBLEM_MAX	256	/* bytes of a problem's text */

struct problem {
	unsigned int line;	/* from 1 */
	size_t column;		/* byte of the line, from 1 */
	const char *text;	/* what is wrong and what was meant */
};

/*
 * A line while it is read.  Words are ended by a NUL in place, so that rules
 * can point to them; start stays where the line began.
 */
struct words {
	char *p, *end;		/* what is left; *end is there too */
	const char *start;
	unsigned int line;
	char *word;		/* the one taken last */
	void (*report)(void *arg, const struct problem *problem);
	void *arg;
	size_t problems;
	bool lost;		/* what is left can't be read as words */
};

/* Begins the next line, of len bytes at line. */
void	words_begin(struct words *w, char *line, size_t len);

/*
 * Takes the next word into w->word: up to a blank or a '#' that is not between
 * double quotes, which stay in it.  False, and an empty word, at the line's
 * end, and after what is in no word: an open quote, a control character, the CR
 * of another system's lines.  Those are the line's last problem.
 */
bool	words_next(struct words *w);

/* The same where there must be one; "KEY needs WHAT" is a problem. */
bool	words_need(struct words *w, const char *key, const char *what);

/* Reports a problem at that byte of the line, if its words can be read. */
void	words_bad(struct words *w, const char *at, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* The same, of the last word, which it shows behind the text. */
void	words_bad_word(struct words *w, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif

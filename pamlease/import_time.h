#ifndef PAMLEASE_IMPORT_TIME_H
#define PAMLEASE_IMPORT_TIME_H

#include <stdbool.h>
#include <stddef.h>

#include "import.h"

/*
 * The parts of a line of time.conf.  A field is words joined by & and |, each
 * perhaps with a ! before it, that pam_time takes from left to right, neither
 * binding more than the other.
 */

#define LOGIC_FIELD_MAX	999	/* bytes of a field; pam_time takes no more */
#define LOGIC_TERMS_MAX	500	/* words that fit into one */

/* Reads a field, word for word. */
struct logic {
	struct import *im;
	const char *p;		/* what is left of the field */
	const char *garbled;	/* what pam_time made of words it can't join */
	bool expected;		/* a word is, and not what joins it */
	bool joined_or;		/* by "or" to what is before it, else "and" */
	bool negated;
	bool said_garbled, said_parentheses;
	const char *word;
	size_t len;
};

void	logic_init(struct logic *l, struct import *im, const char *field,
	    const char *garbled);
bool	logic_next(struct logic *l);

/* A pattern with one '*'; without one, all is in the head. */
struct glob {
	const char *head, *tail;
	size_t headlen, taillen;
	bool star;
	bool many;		/* another '*' is in the tail */
};

struct glob	glob_of(const char *text, size_t len);

/*
 * Narrows a to what b matches too; false when nothing is left.  As pam_time has
 * it, head and tail may overlap: a*a matches "a".
 */
bool	glob_narrow(struct glob *a, const struct glob *b);

/* The pattern, or none, as items of a list. */
void	glob_put(struct import_list *list, bool negated, const struct glob *g);

/* A name or pattern, or what is known to be always, or never, so. */
struct name {
	enum { NAME_LITERAL, NAME_ALWAYS, NAME_NEVER } kind;
	bool joined_or, negated, group;
	const char *text;
	size_t len;
};

/*
 * Names of services, terminals or users.  A list of a policy can't say all that
 * a field can, so that it is several ways to match, a rule for each.
 */
struct names {
	enum condition cond;
	size_t n, nways;
	struct name name[LOGIC_TERMS_MAX];
	struct way {
		enum way_kind {
			WAY_ANY, WAY_LIST, WAY_GROUPS, WAY_ONE
		} kind;
		size_t first, last;	/* names joined by "or", */
		size_t rest;		/* and from here those by "and" */
	} way[LOGIC_TERMS_MAX];
};

/* Reads a field; it must stay where it is. */
void	names_read(struct names *names, struct import *im, const char *field,
	    enum condition cond);

/* Puts the conditions of one way; with im NULL, can there be any who match? */
bool	names_put(const struct names *names, const struct way *way,
	    struct import *im);

/* Minutes of a week by the clocks' hands. */
#define DAY_MINUTES	1440
#define WEEK_DAYS	7

/* Times when a rule of time.conf refuses. */
struct times {
	size_t n, nrefused;
	struct span {
		bool joined_or, negated, unknown;
		bool over;		/* midnight, into the next day */
		bool bare;		/* days without times */
		unsigned int days;	/* 1 << 0 Sunday to 1 << 6 Saturday */
		int start, end;		/* minutes, end not included */
	} span[LOGIC_TERMS_MAX];
	bool refused[WEEK_DAYS][DAY_MINUTES];
};

/* Reads a word of a field; before is what the one before it is, or NULL. */
void	span_read(struct span *span, const struct span *before,
	    struct import *im, const char *word, size_t len);

/* Reads a field, from which it takes blanks out. */
void	times_read(struct times *times, struct import *im, char *field);

/* Does the field begin with a span, days and all? */
bool	times_is_span(const char *field, size_t len);

/*
 * Calls rule, with what must follow in it, for each rule that it takes to say
 * when all others of the line hold.  Returns the number of calls.
 */
size_t	times_put(const struct times *times,
	    void (*rule)(void *arg, const char *during), void *arg);

#endif

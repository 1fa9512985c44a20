#ifndef PAMLEASE_IMPORT_H
#define PAMLEASE_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "lease.h"
#include "match.h"
#include "policy.h"

/*
 * The rules of pam_time (time.conf), pam_access (access.conf) and
 * pam-accesscontrol as a policy of pamlease.  A line of the old file of which
 * its module made something else than it says is taken as it says, and stands
 * in a comment with what the module made of it.  Where a policy can't say the
 * same, more is refused, and the comment begins with LOOK.
 */

#define IMPORT_FILE_MAX	65536	/* bytes of an old file */
#define IMPORT_LINE_MAX	4096	/* bytes of a line of it */
#define IMPORT_SHOWN	300	/* bytes of an old line in a comment */

/* A line of the old file, as it stands there. */
struct old_line {
	unsigned int number;	/* from 1 */
	unsigned int lines;	/* that it goes over */
	const char *text;	/* without its newline */
	size_t len;
	bool ended;		/* it has one */
	bool shown;		/* it stands in a comment already */
};

/* One import. */
struct import {
	const char *p, *end;	/* what is not read yet of the old file */
	struct old_line line;
	char *out;		/* the policy so far, a string */
	size_t size, len;
	size_t rules;
	bool full;		/* it did not fit */
};

/* Takes the next line; false at the end of the file. */
bool	import_next(struct import *im);

/* Lengthens the line by the one behind it, newline and all; false at the end. */
bool	import_join(struct import *im);

/* Adds to the policy. */
void	import_put(struct import *im, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* Begins a rule; import_put(im, "\n") ends it. */
void	import_rule(struct import *im, const char *action);

/* A comment with the line as it was; once for each line. */
void	import_show(struct import *im);

/* A comment on the line, which is shown before the first one. */
void	import_note(struct import *im, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* May the len bytes at item be an item of a rule's list, without "!"? */
bool	import_fits(enum condition cond, const char *item, size_t len);

/* Can't there be a user of that name, or of that pattern? */
bool	import_nobody(const char *name, size_t len);

/*
 * The items of one condition of a rule; the condition's word is put before the
 * first of them.
 */
struct import_list {
	struct import *im;	/* NULL: only counts */
	enum condition cond;
	size_t n;
};

/* The item is one that fits. */
void	import_item(struct import_list *list, bool negated, const char *item,
	    size_t len);

/* For a comment: cut, and without anything that a terminal would act on. */
char	*import_quote(char dst[IMPORT_SHOWN], const char *s, size_t len);

/* Is c one of those in set, which has no NUL?  A NUL is not. */
bool	import_in(char c, const char *set);

/* Are the len bytes at s that word, in large or small letters? */
bool	import_word(const char *s, size_t len, const char *word);

/* Each format's own: all of the file.  False without memory. */
bool	import_time(struct import *im);
bool	import_access(struct import *im);
bool	import_accesscontrol(struct import *im);

/* Is the line certainly one of that format? */
bool	import_is_time(const char *line, size_t len);
bool	import_is_access(const char *line, size_t len);
bool	import_is_accesscontrol(const char *line, size_t len);

/*
 * Writes the policy for the len bytes of an old file into size bytes, as a
 * string.  Returns its length, or -1 with err: ERROR_INVALID, what is wrong
 * with the file; ERROR_SYSTEM, no memory.
 */
long	import_policy(const char *data, size_t len, char *out, size_t size,
	    struct error *err);

#endif

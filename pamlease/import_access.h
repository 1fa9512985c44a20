#ifndef PAMLEASE_IMPORT_ACCESS_H
#define PAMLEASE_IMPORT_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "import.h"

/* The parts of a line of access.conf: PERMISSION:USERS:ORIGINS. */

#define ITEMS_MAX	(IMPORT_LINE_MAX / 2)

enum item_kind {
	ITEM_NOTHING,		/* matches nobody */
	ITEM_ALL,
	ITEM_LOCAL,
	ITEM_USER,		/* a user or a group */
	ITEM_GROUP,
	ITEM_HOST,		/* what "from" takes */
	ITEM_TTY,
	ITEM_WORD,		/* a host, a terminal or a service */
};

struct item {
	enum item_kind kind;
	bool maybe;		/* more than what is meant */
	char text[LEASE_NAME_MAX + 1];
};

/* A list, and what stands in it behind EXCEPT. */
struct items {
	size_t n, nnot;
	struct item item[ITEMS_MAX], not[ITEMS_MAX];
};

/* Each reads one item, and says what pam_access made of it. */
void	user_read(struct item *item, struct import *im, const char *s,
	    size_t len);
void	origin_read(struct item *item, struct import *im, const char *s,
	    size_t len);

/* Makes it that text of that kind, or all, maybe, where no rule can have it. */
void	item_set(struct item *item, struct import *im, enum item_kind kind,
	    enum condition cond, const char *s, size_t len);

/* Where a login comes from: the conditions of one rule. */
struct where {
	enum { FROM_ANY, FROM_LOCAL, FROM_HOSTS, FROM_BOTH, FROM_REMOTE } from;
	enum { TTY_ANY, TTY_LISTED, TTY_OTHER, TTY_SOME, TTY_NONE } tty;
	bool service;		/* one of those listed, */
	bool not_service;	/* none of those that are excepted */
};

#define WHERES_MAX	8

/* Which rules it takes to say from where; returns how many. */
size_t	origins_wheres(const struct items *o, struct where wheres[WHERES_MAX]);

/* Puts the conditions of one. */
void	origins_put(const struct items *o, const struct where *w,
	    struct import *im);

/* The items of these kinds, a set of 1 << ITEM_. */
void	items_put(const struct item *item, size_t n, unsigned int kinds,
	    bool negated, struct import_list *list);
bool	items_have(const struct item *item, size_t n, unsigned int kinds);

#endif

#ifndef LEASE_LIST_H
#define LEASE_LIST_H

#include <stddef.h>

#include "lease.h"

/*
 * Strings in memory that somebody else owns: each begins step bytes behind the
 * one before, or right behind its NUL where step is 0.
 */
struct list {
	size_t n;
	const char *item;	/* the first */
	const char *end;	/* behind the last */
	size_t step;
};

struct list	list_of_lease(const struct lease_list *list);

/* A list of one. */
struct list	list_of_one(const char *item);

/* The first item, and the one behind item; NULL where there is none. */
const char	*list_first(const struct list *list);
const char	*list_next(const struct list *list, const char *item);

#endif

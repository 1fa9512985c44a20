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
	size_t step;
};

struct list	list_of_lease(const struct lease_list *list);

/* A list of one. */
struct list	list_of_one(const char *item);

/* The item behind item, which is not the last one. */
const char	*list_next(const struct list *list, const char *item);

#endif

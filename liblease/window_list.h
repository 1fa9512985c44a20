#ifndef LEASE_WINDOW_LIST_H
#define LEASE_WINDOW_LIST_H

#include <stddef.h>

#include "error.h"
#include "window.h"
#include "window_cursor.h"

/* A list of time windows, see window.h. */
struct window_list {
	size_t n;
	struct window_item item[WINDOW_ITEMS_MAX];
};

/* As window_check(), with the items in *w. */
int	window_list_parse(const char *list, struct window_list *w, size_t *at,
	    struct error *err);

#endif

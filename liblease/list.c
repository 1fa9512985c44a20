#include <string.h>

#include "list.h"

struct list
list_of_lease(const struct lease_list *list)
{
	const struct list l = {
		.n = list->n,
		.item = list->item[0],
		.end = list->item[list->n],
		.step = sizeof(list->item[0]),
	};

	return l;
}

struct list
list_of_one(const char *item)
{
	const struct list l = {
		.n = 1,
		.item = item,
		.end = item + strlen(item) + 1,
	};

	return l;
}

const char *
list_first(const struct list *list)
{
	return list->n > 0 ? list->item : NULL;
}

const char *
list_next(const struct list *list, const char *item)
{
	const char *next = item + (list->step != 0 ? list->step :
	    strlen(item) + 1);

	return next < list->end ? next : NULL;
}

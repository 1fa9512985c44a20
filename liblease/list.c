#include <string.h>

#include "list.h"

struct list
list_of_lease(const struct lease_list *list)
{
	const struct list l = {
		.n = list->n,
		.item = list->item[0],
		.step = sizeof(list->item[0]),
	};

	return l;
}

struct list
list_of_one(const char *item)
{
	const struct list l = { .n = 1, .item = item };

	return l;
}

const char *
list_next(const struct list *list, const char *item)
{
	return item + (list->step != 0 ? list->step : strlen(item) + 1);
}

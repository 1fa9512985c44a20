#ifndef PAMLEASE_LEASES_H
#define PAMLEASE_LEASES_H

#include <stddef.h>

#include "error.h"
#include "lease.h"

/* All leases that there are, by name of user. */
struct leases {
	struct lease *list;	/* to be freed */
	size_t n, room;
	/* Of one that can't be read; user is NULL: of them all. */
	void (*broken)(void *arg, const char *user, const struct error *err);
	void *arg;
};

/* Reads them into an empty list; broken and arg are the caller's. */
void	leases_read(struct leases *leases);

#endif

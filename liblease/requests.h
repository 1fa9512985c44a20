#ifndef LEASE_REQUESTS_H
#define LEASE_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>

#include "asking.h"
#include "error.h"
#include "lease.h"

/*
 * The requests on disk: a file ID for a login that waits, which holds a lock on
 * it, so that a killed one is known at once; ID.stands for one that has waited
 * in vain; ID.refused while a login has yet to see the answer.  A yes is a
 * lease, and takes the request away.  dirfd is that of PATH_STATE.
 *
 * Who changes a request's name or removes it has it: a login at its time limit
 * and an answer at the same moment can't both.
 */

struct requests {
	struct asking *list;	/* in the order in which they were asked */
	size_t n;
	size_t broken;		/* that can't be read; err names the last one */
};

/*
 * All that wait or stand at that moment; what is left of others is removed.
 * Returns 0, also where there is none, or -1 with err.
 */
int	requests_read(int dirfd, const struct moment *now,
	    struct requests *requests, struct error *err);
void	requests_free(struct requests *requests);

/* The one of that ID, or NULL. */
struct asking	*requests_find(const struct requests *requests,
		    const char *id);

/*
 * Enters a new one under an ID that is free.  Where it waits (a->waits),
 * *held is to be closed when it no longer does, and is -1 else.  Returns 0, or
 * -1 with err and nothing entered.
 */
int	requests_add(int dirfd, struct asking *a, int *held,
	    struct error *err);

/* The same with one that stands; ERROR_ABSENT when it has been answered. */
int	requests_resume(int dirfd, struct asking *a, int *held,
	    struct error *err);

/* Does it wait still, or has it been answered? */
bool	requests_waits(int dirfd, const struct asking *a);

/*
 * It waits no longer, but stands.  Returns 0, or -1 with err; ERROR_ABSENT when
 * it has been answered.
 */
int	requests_stand(int dirfd, struct asking *a, struct error *err);

/* Removes it; ERROR_ABSENT when it was not there as a->waits says. */
int	requests_remove(int dirfd, const struct asking *a, struct error *err);

/* Removes all of the user's.  Returns 0, or -1 with err and not all removed. */
int	requests_drop(int dirfd, const char *user, const struct moment *now,
	    struct error *err);

/* Takes that answer, if there is one, to a->reason. */
bool	requests_refused(int dirfd, struct asking *a);

/* Those who may answer have been told, or are about to be. */
int	requests_tell(int dirfd, struct asking *a, struct error *err);

#endif

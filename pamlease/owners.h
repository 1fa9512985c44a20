#ifndef PAMLEASE_OWNERS_H
#define PAMLEASE_OWNERS_H

#include <sys/types.h>

#include <stddef.h>

/*
 * Who sits at a desk of this host: the owners of the graphical sessions that
 * are in front on their seats, by sd-login(3).  Remote sessions have no seat,
 * and nobody owns a login screen.
 */

/* At most max of them, into uids; returns how many. */
size_t	desk_owners(uid_t *uids, size_t max);

#endif

#ifndef LEASE_JOURNAL_H
#define LEASE_JOURNAL_H

#include <stdbool.h>

#include "event.h"

/*
 * Sends an entry to the journal and waits for nothing, unlike sd_journal_send(3)
 * with a journald that hangs.  The facts of an event (NULL: there is none) are
 * its fields, PAMLEASE_USER= and so on, and its kind gives the MESSAGE_ID=.
 * unit is the one that it is of, or NULL.  Returns whether it was taken.
 */
bool	journal_send(int priority, const char *identifier, const char *unit,
	    const struct event *event, const char *text);

#endif

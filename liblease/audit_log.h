#ifndef LEASE_AUDIT_LOG_H
#define LEASE_AUDIT_LOG_H

#include "error.h"
#include "event.h"

/*
 * Writes an event to the audit trail, for the programs; the module has libpam do
 * it.  The kernel may hold up whoever does this while its queue is full, by
 * audit_backlog_wait_time.  Returns 0, also where the kernel keeps no trail or
 * keeps it from a user namespace, or -1 with err.
 */
int	audit_log(const struct event *e, struct error *err);

#endif

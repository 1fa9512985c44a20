#ifndef LEASE_AUDIT_H
#define LEASE_AUDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "event.h"

/*
 * What happened, as the kernel's audit trail (auditd(8)) has it: a type, and
 * fields that ausearch(8) knows.  No library is needed, as it runs in the module.
 */

/* The type, of <libaudit.h>, that fits; and whether it went well. */
int	audit_type(const struct event *e);
bool	audit_succeeded(const struct event *e);

/*
 * Whether a text can stand in a field as it is.  The terminal and the host are
 * written so by libaudit, whatever is in them.
 */
bool	audit_plain(const char *text);

#define AUDIT_TEXT_MAX	4096

/*
 * Formats the facts, but for terminal and host, behind a short head: "op=" makes
 * it "op=lease-denied acct="alice" id=1000 ...".  What is not plain stands in
 * hexadecimal digits, as ausearch -i expects it.  Of a text that is too long the
 * first bytes stand, and "..."; of facts that don't fit, none.
 */
void	audit_format(const struct event *e, const char *head,
	    char dst[AUDIT_TEXT_MAX]);

#endif

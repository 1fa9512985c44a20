#ifndef LEASE_STATUS_H
#define LEASE_STATUS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decide.h"
#include "error.h"
#include "lease.h"
#include "session.h"
#include "zone.h"

/*
 * What the user of a session may know of it: until when, by what, and whom to
 * ask.  Pure.
 */

#define STATUS_FILE_MAX	2048	/* bytes */
#define STATUS_TEXT_MAX	1280	/* bytes of what it says to people */

/* What comes at its end. */
enum status_until {
	UNTIL_NOTHING,		/* it has none */
	UNTIL_LEASE,		/* the lease's expiry, */
	UNTIL_FINAL,		/* which no extension can move */
	UNTIL_WINDOW,		/* the end of a window, a lease's or a rule's */
	UNTIL_WINDDOWN,		/* the wind-down's deadline */
	UNTIL_OVER,		/* it has come, and all of it is being ended */
};

struct status {
	enum admitted by;	/* lease, policy, permissive or kept */
	enum status_until until;
	int64_t end;		/* UTC seconds, or NO_END */
	int64_t end_boot;	/* the same by CLOCK_BOOTTIME */
	char granted_by[LEASE_NAME_MAX + 1];	/* of a lease; else empty */
	char reason[LEASE_REASON_MAX + 1];	/* the same */
};

/*
 * Of a session that is in.  false, and nothing to say, where it would not be
 * let in now.
 */
bool	status_of(const struct session *s, const struct state *st,
	    const struct moment *now, struct status *status);

/* Of one that is being ended. */
void	status_over(struct status *status);

/* As a file's bytes.  Returns the length, or -1 when it is longer than size. */
ssize_t	status_format(const struct status *status, char *data, size_t size);

/* Reads that back.  Returns 0, or -1 with err (ERROR_BROKEN). */
int	status_parse(const char *data, size_t len, struct status *status,
	    struct error *err);

/* Seconds that are left, by the clock that says fewer; none is NO_END. */
int64_t	status_left(const struct status *status, const struct moment *now);

/*
 * Lines for people, with times in that zone, into STATUS_TEXT_MAX bytes; and a
 * word for a prompt, "1h30m", into DURATION_TEXT_MAX, empty without an end.
 * Both return dst.
 */
char	*status_text(char *dst, const struct status *status,
	    const struct zone *zone, const struct moment *now);
char	*status_short(char *dst, const struct status *status,
	    const struct moment *now);

#endif

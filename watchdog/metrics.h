#ifndef WATCHDOG_METRICS_H
#define WATCHDOG_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "counters.h"
#include "last_run.h"
#include "session.h"

#define SESSION_WORDS	(ADMITTED_ENTERING + 1)

/* What there is to say of the host; what is not known is left out. */
struct metrics {
	bool knows_leases, knows_sessions, knows_end, knows_counters, knows_run;
	int64_t leases;
	int64_t sessions[SESSION_WORDS];
	int64_t next_end;		/* seconds until then */
	struct counters counters;
	struct last_run run;
};

/*
 * In the text format of Prometheus, version 0.0.4.  Every label is a word of
 * the program's own.  The result is to be freed; NULL: no memory.
 */
char	*metrics_text(const struct metrics *m);

/*
 * metrics_state.c: fills in all of it; how much can't be read is said, and
 * returned.
 */
size_t	metrics_read(struct metrics *m);

#endif

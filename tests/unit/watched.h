#ifndef TESTS_WATCHED_H
#define TESTS_WATCHED_H

#include <stdint.h>
#include <string.h>

#include "plan.h"

/* One user as the watchdog knows them, for the tests of what it plans. */

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define S(seconds)	((seconds) * NANOSECONDS)

#define ISSUED		INT64_C(1774087200)
#define EXPIRES		(ISSUED + 5400)
#define EXPIRES_BOOT	INT64_C(91234)
#define BOOT		"3b4d0c2e-7a51-4f0e-9c6d-2f8b1e5a9d04"
#define OTHER_BOOT	"3b4d0c2e-7a51-4f0e-9c6d-2f8b1e5a9d05"
#define SESSIONS_MAX	3
#define RUN		S(1000)		/* when this run began */
#define BEFORE		S(PLAN_DOUBT_WAIT)	/* one that counts, before it */

struct world {
	struct state st;
	struct session sessions[SESSIONS_MAX];
	size_t nsessions;
	struct marks marks;
	bool terminals;
	bool present;
	uid_t uid;		/* of who is present */
	int64_t run;
	struct moment now;
	struct plan plan;
	bool ends[SESSIONS_MAX];
};

static inline void
world_init(struct world *w)
{
	struct lease *lease = &w->st.lease;

	memset(w, 0, sizeof(*w));
	w->st.policy_found = FOUND_GOOD;
	policy_init(&w->st.policy);
	w->st.lease_found = FOUND_GOOD;
	strcpy(lease->user, "alice");
	lease->uid = 1001;
	strcpy(lease->granted_by, "odai");
	lease->issued_at = ISSUED;
	lease->expires_at = EXPIRES;
	strcpy(lease->boot_id, BOOT);
	lease->expires_boottime = EXPIRES_BOOT;
	w->terminals = true;
	w->run = RUN;
	w->now.readable = true;
	w->now.wall = S(EXPIRES - 600);
	w->now.boot = S(EXPIRES_BOOT - 600);
	strcpy(w->now.boot_id, BOOT);
}

/* Puts both clocks that many nanoseconds behind the lease's end. */
static inline void
set_clocks(struct world *w, int64_t wall, int64_t boot)
{
	w->now.wall = S(EXPIRES) + wall;
	w->now.boot = S(EXPIRES_BOOT) + boot;
}

/* One that opened, when the clocks agreed, as the lease was issued. */
static inline void
add_session(struct world *w, enum admitted by, uid_t uid, const char *service)
{
	struct session *s = &w->sessions[w->nsessions++];

	s->pid = 4711;
	strcpy(s->user, uid == 0 ? "root" : "alice");
	s->uid = uid;
	strcpy(s->service, service);
	s->by = by;
	s->opened = ISSUED;
	s->opened_boot = EXPIRES_BOOT - (EXPIRES - ISSUED);
}

/* Plans, and takes the marks over as the watchdog does. */
static inline const struct plan *
plan(struct world *w)
{
	struct watched watched = {
		.user = "alice",
		.state = &w->st,
		.sessions = w->sessions,
		.nsessions = w->nsessions,
		.marks = &w->marks,
		.terminals = w->terminals,
		.present = w->present,
		.uid = w->uid,
		.run = w->run,
	};

	memset(&w->plan, 0xff, sizeof(w->plan));
	memset(w->ends, 0, sizeof(w->ends));
	plan_user(&watched, &w->now, &w->plan, w->ends);
	if (w->plan.mark)
		w->marks = w->plan.marks;
	return &w->plan;
}

/* ends[] as a number: 1 for the first session, 2 for the second, 4, ... */
static inline unsigned int
ends_bits(const struct world *w)
{
	unsigned int bits = 0;
	size_t i;

	for (i = 0; i < w->nsessions; i++)
		bits |= w->ends[i] ? 1u << i : 0;
	return bits;
}

#endif

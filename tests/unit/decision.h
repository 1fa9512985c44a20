#ifndef TESTS_DECISION_H
#define TESTS_DECISION_H

#include <string.h>

#include "decide.h"
#include "timestamp.h"
#include "zone_rule.h"

/* All that a decision knows, for tests of it. */

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))

#define ISSUED		INT64_C(1774087200)
#define EXPIRES		(ISSUED + 5400)
#define EXPIRES_BOOT	INT64_C(91234)
#define BOOT		"3b4d0c2e-7a51-4f0e-9c6d-2f8b1e5a9d04"

/* Changed on 2026-03-29 at 2 and on 2026-10-25 at 3. */
#define BERLIN		"CET-1CEST,M3.5.0,M10.5.0/3"

struct world {
	struct request rq;
	struct state st;
	struct moment now;
	char groups[256];
};

/* Alice, who is let in by her lease until a test changes something. */
static inline void
world_init(struct world *w)
{
	struct lease *lease = &w->st.lease;

	memset(w, 0, sizeof(*w));
	w->rq.user = "alice";
	w->rq.uid = 1001;
	w->rq.known = true;
	w->rq.service = "sshd";
	w->rq.tty = "ssh";
	w->rq.rhost = "10.1.2.3";
	w->st.policy_found = FOUND_GOOD;
	policy_init(&w->st.policy);
	w->st.zone_found = FOUND_GOOD;
	w->st.zone = zone_utc;
	if (!zone_rule_parse(BERLIN, strlen(BERLIN), &w->st.zone))
		fail_msg("no zone");
	w->st.groups_found = w->st.peers_found = FOUND_GOOD;
	w->st.lease_found = FOUND_GOOD;
	strcpy(lease->user, "alice");
	lease->uid = 1001;
	strcpy(lease->granted_by, "odai");
	lease->issued_at = ISSUED;
	lease->expires_at = EXPIRES;
	strcpy(lease->boot_id, BOOT);
	lease->expires_boottime = EXPIRES_BOOT;
	w->now.readable = true;
	w->now.wall = (EXPIRES - 600) * NANOSECONDS;
	w->now.boot = (EXPIRES_BOOT - 600) * NANOSECONDS;
	strcpy(w->now.boot_id, BOOT);
}

/* To be freed with policy_free(). */
static inline void
world_policy(struct world *w, const char *text)
{
	struct error err;

	if (policy_parse(text, strlen(text), "bad row", &w->st.policy, &err) !=
	    0)
		fail_msg("%s", err.text);
}

/* A comma list as a list of the text that it points to, dst. */
static inline struct list
list_split(char *dst, size_t size, const char *items)
{
	struct list list = { .item = dst };
	char *p;

	if (strlen(items) >= size)
		fail_msg("no room for %s", items);
	strcpy(dst, items);
	list.n = items[0] != '\0';
	for (p = dst; *p != '\0'; p++)
		if (*p == ',') {
			*p = '\0';
			list.n++;
		}
	list.end = p + 1;
	return list;
}

/* UTC seconds of local time in the zone, or with an offset. */
static inline int64_t
instant(const struct zone *zone, const char *text)
{
	struct error err;
	int64_t t;

	if (timestamp_parse_input(text, zone, 0, &t, &err) != 0)
		fail_msg("bad row: %s", err.text);
	return t;
}

#endif

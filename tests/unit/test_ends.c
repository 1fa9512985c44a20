#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "decision.h"

#define NOW_BOOT	INT64_C(1000000)	/* seconds */
#define HOUR		INT64_C(3600)

/*
 * Alice's login at a time in Berlin, and when what lets her in is over: by a
 * rule's window, her lease's window or expiry, whatever comes first and is not
 * followed by something else that lets her in.  2026-11-02 is a Monday.
 */
static const struct {
	const char *policy;
	const char *at;
	const char *expires;	/* of her lease, which she else has not */
	const char *during;	/* the lease's */
	enum why why;
	const char *end;	/* or NULL: none */
} ends[] = {
	/* A window is open from its start up to, not including, its end. */
	{ "allow during Mo-Fr0900-1700", "2026-11-02 08:59:59", NULL, NULL,
	    WHY_NO_LEASE, NULL },
	{ "allow during Mo-Fr0900-1700", "2026-11-02 09:00:00", NULL, NULL,
	    WHY_ALLOW, "2026-11-02 17:00:00" },
	{ "allow during Mo-Fr0900-1700", "2026-11-02 16:59:59", NULL, NULL,
	    WHY_ALLOW, "2026-11-02 17:00:00" },
	{ "allow during Mo-Fr0900-1700", "2026-11-02 17:00:00", NULL, NULL,
	    WHY_NO_LEASE, NULL },
	{ "allow during Mo-Fr0900-1700", "2026-11-01 12:00", NULL, NULL,
	    WHY_NO_LEASE, NULL },
	{ "allow during Fr2200-0600", "2026-11-06 23:00", NULL, NULL,
	    WHY_ALLOW, "2026-11-07 06:00" },
	{ "allow during !Mo", "2026-11-03 12:00", NULL, NULL, WHY_ALLOW,
	    "2026-11-09 00:00" },
	{ "allow during Al", "2026-11-03 12:00", NULL, NULL, WHY_ALLOW, NULL },
	{ "allow during 2026-11-03", "2026-11-03 12:00", NULL, NULL,
	    WHY_ALLOW, "2026-11-04 00:00" },
	/* The hour that comes twice, and the one that never does. */
	{ "allow during Su0200-0300", "2026-10-25T00:30:00Z", NULL, NULL,
	    WHY_ALLOW, "2026-10-25T02:00:00Z" },
	{ "allow during Su0130-0230", "2026-03-29T00:45:00Z", NULL, NULL,
	    WHY_ALLOW, "2026-03-29T01:00:00Z" },

	/* What is open next goes on. */
	{ "allow during Mo-Fr0900-1700\nallow during Mo-Fr1700-2000",
	    "2026-11-02 10:00", NULL, NULL, WHY_ALLOW, "2026-11-02 20:00" },
	{ "allow during Mo-Fr0900-1700\nallow during Mo-Fr1701-2000",
	    "2026-11-02 10:00", NULL, NULL, WHY_ALLOW, "2026-11-02 17:00" },
	{ "allow during Mo-Fr0900-1700\nallow during Mo-Fr1600-2000",
	    "2026-11-02 10:00", NULL, NULL, WHY_ALLOW, "2026-11-02 20:00" },
	{ "allow during Mo-Fr0900-1700\nallow user bob during Mo-Fr1700-2000",
	    "2026-11-02 10:00", NULL, NULL, WHY_ALLOW, "2026-11-02 17:00" },
	{ "allow during Mo-Fr0900-1700\ndeny during Mo-Fr1200-1300",
	    "2026-11-02 10:00", NULL, NULL, WHY_ALLOW, "2026-11-02 17:00" },
	{ "deny during Mo-Fr1200-1300\nallow during Mo-Fr0900-1700",
	    "2026-11-02 10:00", NULL, NULL, WHY_ALLOW, "2026-11-02 12:00" },
	{ "allow during Wk\nallow during Wd", "2026-11-02 10:00", NULL, NULL,
	    WHY_ALLOW, NULL },
	{ "allow during Al0000-1200\nallow", "2026-11-02 10:00", NULL, NULL,
	    WHY_ALLOW, NULL },

	/* A lease goes on, with its own end. */
	{ "allow during Mo-Fr0900-1700\nlease", "2026-11-02 10:00",
	    "2026-11-02 18:30", NULL, WHY_ALLOW, "2026-11-02 18:30" },
	{ "allow during Mo-Fr0900-1700", "2026-11-02 10:00",
	    "2026-11-02 16:30", NULL, WHY_ALLOW, "2026-11-02 17:00" },
	{ "allow during Mo-Fr0900-1700\nask", "2026-11-02 10:00",
	    "2026-11-02 18:30", NULL, WHY_ALLOW, "2026-11-02 18:30" },
	{ "allow during Mo-Fr0900-1700\nlease", "2026-11-02 10:00",
	    "2026-11-03 18:30", NULL, WHY_ALLOW, "2026-11-03 18:30" },
	{ "allow during Mo-Fr0900-1700\ndeny", "2026-11-02 10:00",
	    "2026-11-03 18:30", NULL, WHY_ALLOW, "2026-11-02 17:00" },

	/* A deny above a lease ends it, and the lease stays. */
	{ "deny group interns during !Wk0800-1800", "2026-11-02 10:00",
	    "2026-11-05 12:00", NULL, WHY_LEASE, "2026-11-02 18:00" },
	{ "deny group interns during !Wk0800-1800", "2026-11-02 10:00",
	    "2026-11-02 12:00", NULL, WHY_LEASE, "2026-11-02 12:00" },
	{ "deny group interns during !Wk0800-1800", "2026-11-02 19:00",
	    "2026-11-05 12:00", NULL, WHY_DENY, NULL },
	{ "deny group others during !Wk0800-1800", "2026-11-02 10:00",
	    "2026-11-05 12:00", NULL, WHY_LEASE, "2026-11-05 12:00" },

	/* A lease that ends where a window is open, or opens just then. */
	{ "allow during Mo1200-1500", "2026-11-02 10:00", "2026-11-02 13:00",
	    NULL, WHY_LEASE, "2026-11-02 15:00" },
	{ "allow during Mo1200-1500", "2026-11-02 10:00", "2026-11-02 12:00",
	    NULL, WHY_LEASE, "2026-11-02 15:00" },
	{ "allow during Mo1200-1500", "2026-11-02 10:00",
	    "2026-11-02 11:59:59", NULL, WHY_LEASE, "2026-11-02 11:59:59" },
	{ "allow during Mo1200-1500", "2026-11-02 10:00", "2026-11-02 16:00",
	    NULL, WHY_LEASE, "2026-11-02 16:00" },

	/* The lease's own window. */
	{ "", "2026-11-02 10:00", "2026-11-05 12:00", "Mo-Fr0900-1700",
	    WHY_LEASE, "2026-11-02 17:00" },
	{ "", "2026-11-02 08:00", "2026-11-05 12:00", "Mo-Fr0900-1700",
	    WHY_DURING, NULL },
	{ "", "2026-11-02 17:00", "2026-11-05 12:00", "Mo-Fr0900-1700",
	    WHY_DURING, NULL },
	{ "", "2026-11-02 10:00", "2026-11-02 12:00", "Mo-Fr0900-1700",
	    WHY_LEASE, "2026-11-02 12:00" },
	{ "ask", "2026-11-02 08:00", "2026-11-05 12:00", "Mo-Fr0900-1700",
	    WHY_DURING, NULL },
	{ "lease during Mo\nallow during Tu", "2026-11-02 10:00",
	    "2026-11-05 12:00", "Mo-Fr0900-2400", WHY_LEASE,
	    "2026-11-04 00:00" },
	{ "allow during Mo1600-1800", "2026-11-02 10:00", "2026-11-05 12:00",
	    "Mo-Fr0900-1700", WHY_LEASE, "2026-11-02 18:00" },
	{ "allow", "2026-11-02 10:00", "2026-11-05 12:00", "Mo-Fr0900-1700",
	    WHY_ALLOW, NULL },
	{ "", "2026-11-02 10:00", "2027-06-01 12:00",
	    "2026-11-01..2027-04-15", WHY_LEASE, "2027-04-16 00:00" },

	/* Far ahead only the next change is looked at. */
	{ "allow during !2026-12-24", "2026-11-02 10:00", NULL, NULL,
	    WHY_ALLOW, "2026-12-24 00:00" },
	{ "allow during 2026-11-02..2027-01-01", "2026-11-02 10:00", NULL,
	    NULL, WHY_ALLOW, "2027-01-02 00:00" },
	{ "allow during Sa\nlease during 2026-11-01..2027-01-01",
	    "2026-11-02 10:00", "2027-02-01 00:00", NULL, WHY_LEASE,
	    "2027-02-01 00:00" },
};

static void
row_init(struct world *w, size_t i)
{
	struct lease *lease = &w->st.lease;
	int64_t at, expires;

	world_init(w);
	world_policy(w, ends[i].policy);
	w->st.groups = list_split(w->groups, sizeof(w->groups), "interns");
	at = instant(&w->st.zone, ends[i].at);
	w->now.wall = at * NANOSECONDS;
	w->now.boot = NOW_BOOT * NANOSECONDS;
	if (ends[i].expires == NULL) {
		w->st.lease_found = FOUND_NOTHING;
		memset(lease, 0, sizeof(*lease));
		return;
	}
	expires = instant(&w->st.zone, ends[i].expires);
	lease->issued_at = at - 60;
	lease->expires_at = expires;
	lease->expires_boottime = NOW_BOOT + expires - at;
	if (ends[i].during != NULL)
		strcpy(lease->during, ends[i].during);
}

static bool
admits_at(struct world *w, int64_t wall, int64_t boot)
{
	const struct moment now = w->now;
	struct verdict v;

	w->now.wall = wall;
	w->now.boot = boot;
	v = decide(&w->rq, &w->st, &w->now);
	w->now = now;
	return verdict_admits(&v);
}

static void
test_ends(void **state)
{
	int64_t at, end;
	struct verdict v;
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ends); i++) {
		row_init(&w, i);
		at = w.now.wall / NANOSECONDS;
		v = decide(&w.rq, &w.st, &w.now);
		end = ends[i].end == NULL ? NO_END :
		    instant(&w.st.zone, ends[i].end);
		if (v.why != ends[i].why || v.end != end)
			fail_msg("row %zu, '%s' at %s: %s, until %+lld s", i,
			    ends[i].policy, ends[i].at, why_word(v.why),
			    (long long)(v.end - end));
		if (v.end_boot != (end == NO_END ? NO_END :
		    NOW_BOOT + end - at) || v.hard_end != NO_END)
			fail_msg("row %zu, '%s': boot clock or hard end", i,
			    ends[i].policy);
		/* It is what is decided then. */
		if (end != NO_END && (admits_at(&w, end * NANOSECONDS,
		    v.end_boot * NANOSECONDS) || !admits_at(&w,
		    end * NANOSECONDS - 1, v.end_boot * NANOSECONDS - 1)))
			fail_msg("row %zu, '%s': not the end", i,
			    ends[i].policy);
		policy_free(&w.st.policy);
	}
}

/*
 * The two clocks apart: where they are now in nanoseconds behind 10:00 and
 * behind NOW_BOOT, and how many seconds the lease has by each.  The lease's
 * window and the policy's are from 9 to 11.
 */
static const struct {
	const char *name;
	const char *policy;
	int64_t wall, boot;
	int64_t expires, expires_boot;
	const char *during;
	int64_t end, end_boot;
} clocks[] = {
	{ "window", "allow during Mo0900-1100", 0, 0, 0, 0, "", 3600, 3600 },
	{ "window, half a second more by the wall clock",
	    "allow during Mo0900-1100", 500000000, 0, 0, 0, "", 3600, 3600 },
	{ "window, half a second more by the boot clock",
	    "allow during Mo0900-1100", 0, 500000000, 0, 0, "", 3600, 3601 },
	{ "window, the same second", "allow during Mo0900-1100", 700000000,
	    600000000, 0, 0, "", 3600, 3600 },
	{ "window, a nanosecond too late for it", "allow during Mo0900-1100",
	    700000000, 700000001, 0, 0, "", 3600, 3601 },
	{ "both end", "", 0, 0, 3600, 3600, "", 3600, 3600 },
	{ "lease longer by the boot clock", "", 0, 0, 600, 900, "", 600, 900 },
	{ "lease longer by the wall clock", "", 0, 0, 900, 600, "", 900, 600 },
	{ "its window first", "", 0, 0, 7200, 7200, "Mo0900-1100", 3600,
	    3600 },
	{ "its window first, the boot clock before", "", 0, 0, 7200, 1800,
	    "Mo0900-1100", 7200, 1800 },
	{ "its window first, the boot clock just then", "", 0, 0, 7200, 3600,
	    "Mo0900-1100", 3600, 3600 },
	{ "ended by the boot clock before the next window",
	    "allow during Mo1100-1200", 0, 0, 7200, 1800, "", 7200, 1800 },
	{ "ended by the boot clock at the next window",
	    "allow during Mo1100-1200", 0, 0, 7200, 3600, "", 7200, 7200 },
	{ "ended by the boot clock a moment before the next window",
	    "allow during Mo1100-1200", 0, 1, 7200, 3600, "", 7200, 3600 },
	{ "ended by the boot clock in the next window",
	    "allow during Mo1100-1200", 0, 0, 7200, 5400, "", 7200, 7200 },
};

static void
test_clocks(void **state)
{
	struct verdict v;
	struct world w;
	int64_t at;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(clocks); i++) {
		world_init(&w);
		world_policy(&w, clocks[i].policy);
		at = instant(&w.st.zone, "2026-11-02 10:00");
		w.now.wall = at * NANOSECONDS + clocks[i].wall;
		w.now.boot = NOW_BOOT * NANOSECONDS + clocks[i].boot;
		w.st.lease.issued_at = at - 60;
		w.st.lease.expires_at = at + clocks[i].expires;
		w.st.lease.expires_boottime = NOW_BOOT +
		    clocks[i].expires_boot;
		strcpy(w.st.lease.during, clocks[i].during);
		v = decide(&w.rq, &w.st, &w.now);
		if (v.end != at + clocks[i].end ||
		    v.end_boot != NOW_BOOT + clocks[i].end_boot)
			fail_msg("%s: %lld and %lld", clocks[i].name,
			    (long long)(v.end - at),
			    (long long)(v.end_boot - NOW_BOOT));
		policy_free(&w.st.policy);
	}
}

/* Ends that can't be moved: not where something else lets her stay. */
static const struct {
	const char *policy;
	const char *during;
	bool final;
	int64_t end, hard;	/* hours after 10:00 on Monday, or -1: none */
} hards[] = {
	{ "", "", false, 3, -1 },
	{ "", "", true, 3, 3 },
	{ "max 4h", "", false, 3, 4 },
	{ "max 2h", "", false, 2, 2 },
	{ "max 4h", "", true, 3, 3 },
	{ "", "Mo0900-1100", true, 1, 3 },
	{ "max 4h", "Mo0900-1100", false, 1, 4 },
	{ "deny during Mo1100-1200", "", true, 1, 3 },
	{ "allow during Mo1100-1200", "", true, 3, 3 },
	{ "allow during Mo1100-1500", "", true, 5, -1 },
	{ "allow during Mo1300-1500", "", true, 5, -1 },
	{ "max 2h\nallow during Mo1100-1500", "", false, 5, -1 },
	{ "allow", "", true, -1, -1 },
	{ "allow during Mo0900-1100", "", true, 3, -1 },
};

static void
test_hard_ends(void **state)
{
	int64_t at, end, hard;
	struct verdict v;
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(hards); i++) {
		world_init(&w);
		world_policy(&w, hards[i].policy);
		at = instant(&w.st.zone, "2026-11-02 10:00");
		w.now.wall = at * NANOSECONDS;
		w.now.boot = NOW_BOOT * NANOSECONDS;
		w.st.lease.issued_at = at;
		w.st.lease.expires_at = at + 3 * HOUR;
		w.st.lease.expires_boottime = NOW_BOOT + 3 * HOUR;
		w.st.lease.final = hards[i].final;
		strcpy(w.st.lease.during, hards[i].during);
		v = decide(&w.rq, &w.st, &w.now);
		end = hards[i].end == -1 ? NO_END : at + hards[i].end * HOUR;
		hard = hards[i].hard == -1 ? NO_END :
		    at + hards[i].hard * HOUR;
		if (v.end != end || v.hard_end != hard)
			fail_msg("'%s', '%s': %lld, hard %lld",
			    hards[i].policy, hards[i].during,
			    (long long)(v.end - at),
			    (long long)(v.hard_end - at));
		policy_free(&w.st.policy);
	}
}

/* Root's sessions have no end, whatever lets root in. */
static void
test_root(void **state)
{
	static const char *const policies[] = {
		"lease user root", "max 2h\nlease user root", "max 2h",
		"allow user root during Mo0900-1100", "allow user root",
		"lease user root during Mo0900-1100\ndeny user root",
	};
	struct verdict v;
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(policies); i++) {
		world_init(&w);
		world_policy(&w, policies[i]);
		w.rq.user = "root";
		w.rq.uid = 0;
		strcpy(w.st.lease.user, "root");
		w.st.lease.uid = 0;
		w.st.lease.final = true;
		w.now.wall = instant(&w.st.zone, "2026-11-02 10:00") *
		    NANOSECONDS;
		w.st.lease.issued_at = w.now.wall / NANOSECONDS;
		w.st.lease.expires_at = w.st.lease.issued_at + 600;
		v = decide(&w.rq, &w.st, &w.now);
		if (!verdict_admits(&v) || v.end != NO_END ||
		    v.end_boot != NO_END || v.hard_end != NO_END)
			fail_msg("'%s': %s", policies[i], why_word(v.why));
		policy_free(&w.st.policy);
	}
}

/* The time in the zone, or any time, can't be told. */
static const struct {
	const char *policy, *during;
	enum found zone;
	bool clock, lease;
	enum why why;
	unsigned int line;
} unknowns[] = {
	{ "allow during Al", "", FOUND_UNREADABLE, true, true, WHY_ZONE, 1 },
	{ "allow during Al", "", FOUND_BROKEN, true, true, WHY_ZONE, 1 },
	{ "allow during Al", "", FOUND_NOTHING, true, true, WHY_ZONE, 1 },
	{ "allow during Al", "", FOUND_GOOD, false, true, WHY_ZONE, 1 },
	{ "deny during !Al", "", FOUND_UNREADABLE, true, true, WHY_ZONE, 1 },
	{ "allow\ndeny during Al", "", FOUND_UNREADABLE, true, true,
	    WHY_ALLOW, 1 },
	{ "deny user bob during Al\nallow", "", FOUND_UNREADABLE, true, true,
	    WHY_ALLOW, 2 },
	{ "deny group none during Al\nallow", "", FOUND_UNREADABLE, true,
	    true, WHY_ALLOW, 2 },
	{ "exempt during Al\nallow", "", FOUND_UNREADABLE, true, true,
	    WHY_ALLOW, 2 },
	{ "allow\nlimit 1 during Al", "", FOUND_UNREADABLE, true, true,
	    WHY_ZONE, 2 },
	{ "allow", "", FOUND_UNREADABLE, false, true, WHY_ALLOW, 1 },
	{ "", "Al", FOUND_UNREADABLE, true, true, WHY_LEASE_ZONE, 0 },
	{ "ask", "Al", FOUND_UNREADABLE, true, true, WHY_LEASE_ZONE, 1 },
	{ "ask", "Al", FOUND_UNREADABLE, true, false, WHY_ASK, 1 },
	{ "allow", "Al", FOUND_UNREADABLE, true, true, WHY_ALLOW, 1 },
	{ "", "", FOUND_UNREADABLE, true, true, WHY_LEASE, 0 },
	{ "lease during Al", "Al", FOUND_GOOD, false, true, WHY_ZONE, 1 },
	{ "", "Al", FOUND_GOOD, false, true, WHY_CLOCK, 0 },
};

static void
test_unknown_times(void **state)
{
	struct verdict v;
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(unknowns); i++) {
		world_init(&w);
		world_policy(&w, unknowns[i].policy);
		strcpy(w.st.lease.during, unknowns[i].during);
		w.st.zone_found = unknowns[i].zone;
		w.now.readable = unknowns[i].clock;
		if (!unknowns[i].lease)
			w.st.lease_found = FOUND_NOTHING;
		v = decide(&w.rq, &w.st, &w.now);
		if (v.why != unknowns[i].why || v.line != unknowns[i].line)
			fail_msg("row %zu, '%s': %s by line %u", i,
			    unknowns[i].policy, why_word(v.why), v.line);
		policy_free(&w.st.policy);
	}
}

/* A login does not wait for as many windows as a policy may have. */
static void
test_many_windows(void **state)
{
	static char text[POLICY_FILE_MAX];
	unsigned int i, m = 0;
	struct verdict v;
	struct world w;
	clock_t start;
	size_t n = 0;

	(void)state;
	for (i = 1; i < POLICY_RULES_MAX; i++, m = (m + 301) % 1440)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "%s during Al%02u%02u-%02u%02u\n",
		    i % 2 == 0 ? "allow" : "lease", m / 60, m % 60,
		    (m / 60 + 5) % 24, m % 60);
	(void)snprintf(text + n, sizeof(text) - n, "allow\n");
	world_init(&w);
	world_policy(&w, text);
	w.st.lease.expires_at += HOUR * 24 * 30;
	w.st.lease.expires_boottime += HOUR * 24 * 30;
	start = clock();
	v = decide(&w.rq, &w.st, &w.now);
	if (clock() - start > CLOCKS_PER_SEC)
		fail_msg("%ld ms", (long)((clock() - start) * 1000 /
		    CLOCKS_PER_SEC));
	assert_true(verdict_admits(&v));
	policy_free(&w.st.policy);
}

/* Peers are counted by the window of the limit, as who asks is. */
static void
test_limit_window(void **state)
{
	static const char policy[] = "allow\nlimit 1 during Mo0900-1700";
	const struct peer bob = { .request = { .user = "bob", .uid = 2000,
	    .service = "", .tty = "", .rhost = "" } };
	struct verdict v;
	struct world w;

	(void)state;
	world_init(&w);
	world_policy(&w, policy);
	w.st.peers = &bob;
	w.st.npeers = 1;
	w.now.wall = instant(&w.st.zone, "2026-11-02 08:00") * NANOSECONDS;
	v = decide(&w.rq, &w.st, &w.now);
	assert_int_equal(v.why, WHY_ALLOW);
	/* A limit ends nobody. */
	assert_true(v.end == NO_END);
	w.now.wall = instant(&w.st.zone, "2026-11-02 09:00") * NANOSECONDS;
	v = decide(&w.rq, &w.st, &w.now);
	assert_int_equal(v.why, WHY_LIMIT);
	assert_true(v.end == NO_END);
	policy_free(&w.st.policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_hard_ends),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_unknown_times),
		cmocka_unit_test(test_many_windows),
		cmocka_unit_test(test_limit_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

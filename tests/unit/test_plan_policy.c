#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "watched.h"

/*
 * What a policy's rules, windows and grace do to a plan.  The lease ends at
 * 11:30 of a Saturday, UTC, and so do most windows here.
 */

#define GRACE		INT64_C(120)
#define CLOSES		"Al0900-1130"
#define ALLOW		"allow user alice during " CLOSES "\n"
#define DENY		"deny during !" CLOSES "\n"
#define SATURDAY	"allow user alice during Sa\n"

/* A world with that policy, and with a session that it let in. */
static void
world_of(struct world *w, const char *policy, enum admitted by)
{
	struct error err;

	world_init(w);
	if (policy_parse(policy, strlen(policy), "policy", &w->st.policy,
	    &err) == -1)
		fail_msg("bad row: %s", err.text);
	w->st.zone = zone_utc;
	w->st.zone_found = FOUND_GOOD;
	w->st.groups_found = FOUND_GOOD;
	add_session(w, by, 1001, "sshd");
}

static void
no_lease(struct world *w)
{
	w->st.lease_found = FOUND_NOTHING;
	memset(&w->st.lease, 0, sizeof(w->st.lease));
}

/* A lease and a session of it; the clocks are so far behind the lease's end. */
static const struct {
	const char *name;
	int64_t wall, boot;	/* nanoseconds */
	int64_t opened;		/* so many seconds behind that end */
	enum found lease;
	enum plan_end end;
	enum why why;
	bool remove, doubt;
} graces[] = {
	{ "before the end", -1, -1, -600, FOUND_GOOD, PLAN_END_NONE,
	    WHY_LEASE, false, false },
	{ "at the end", 0, 0, -600, FOUND_GOOD, PLAN_END_NONE, WHY_LEASE,
	    false, false },
	{ "in the grace", S(60), S(60), -600, FOUND_GOOD, PLAN_END_NONE,
	    WHY_LEASE, false, false },
	{ "the end of the grace is near", S(GRACE) - 1, S(GRACE) - 1, -600,
	    FOUND_GOOD, PLAN_END_NONE, WHY_LEASE, false, false },
	{ "the grace is over", S(GRACE), S(GRACE), -600, FOUND_GOOD,
	    PLAN_END_ALL, WHY_EXPIRED, true, false },
	{ "by the boot clock", S(GRACE) - 1, S(GRACE), -600, FOUND_GOOD,
	    PLAN_END_ALL, WHY_EXPIRED, true, false },
	{ "by the wall clock", S(GRACE), S(GRACE) - 1, -600, FOUND_GOOD,
	    PLAN_END_ALL, WHY_EXPIRED, true, false },
	{ "by the boot clock, by far", S(-600), S(GRACE), -600, FOUND_GOOD,
	    PLAN_END_ALL, WHY_EXPIRED_BOOT, true, false },
	{ "a minute apart", S(GRACE), S(GRACE - 60), -600, FOUND_GOOD,
	    PLAN_END_ALL, WHY_EXPIRED, true, false },
	{ "1 ns more than a minute apart", S(GRACE), S(GRACE - 60) - 1, -600,
	    FOUND_GOOD, PLAN_END_NONE, WHY_LEASE, false, true },
	{ "opened a second before the end", S(60), S(60), -1, FOUND_GOOD,
	    PLAN_END_NONE, WHY_LEASE, false, false },
	{ "opened at the end", S(60), S(60), 0, FOUND_GOOD, PLAN_END_ALL,
	    WHY_EXPIRED, false, false },
	{ "opened in the grace", S(60), S(60), 30, FOUND_GOOD, PLAN_END_ALL,
	    WHY_EXPIRED, false, false },
	{ "opened just now", S(60), S(60), 60, FOUND_GOOD, PLAN_END_ALL,
	    WHY_EXPIRED, false, false },
	{ "opened in a time to come", S(60), S(60), 90, FOUND_GOOD,
	    PLAN_END_ALL, WHY_EXPIRED, false, false },
	{ "revoked", S(-600), S(-600), -1200, FOUND_NOTHING, PLAN_END_ALL,
	    WHY_NO_LEASE, false, false },
	{ "revoked in the grace", S(60), S(60), -600, FOUND_NOTHING,
	    PLAN_END_ALL, WHY_NO_LEASE, false, false },
	{ "broken", S(-600), S(-600), -1200, FOUND_BROKEN, PLAN_END_ALL,
	    WHY_LEASE_BROKEN, false, false },
};

static void
test_grace(void **state)
{
	const struct plan *p;
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(graces); i++) {
		world_of(&w, "grace 2m\n", ADMITTED_LEASE);
		set_clocks(&w, graces[i].wall, graces[i].boot);
		w.sessions[0].opened = EXPIRES + graces[i].opened;
		w.sessions[0].opened_boot = EXPIRES_BOOT + graces[i].opened;
		w.st.lease_found = graces[i].lease;
		p = plan(&w);
		if (p->end != graces[i].end || p->remove != graces[i].remove ||
		    p->doubt != graces[i].doubt ||
		    (p->end != PLAN_END_NONE && p->why != graces[i].why))
			fail_msg("%s: end %d, remove %d, doubt %d, %s",
			    graces[i].name, (int)p->end, p->remove, p->doubt,
			    why_word(p->why));
		policy_free(&w.st.policy);
	}
}

/* The lease is the user's as long as its sessions are. */
static void
test_grace_without_session(void **state)
{
	struct world w;

	(void)state;
	world_of(&w, "grace 2m\n", ADMITTED_LEASE);
	w.nsessions = 0;
	set_clocks(&w, S(GRACE) - 1, S(GRACE) - 1);
	assert_false(plan(&w)->remove);
	assert_int_equal(w.plan.next_wall, S(EXPIRES + GRACE));
	assert_int_equal(w.plan.next_boot, S(EXPIRES_BOOT + GRACE));
	set_clocks(&w, S(GRACE), S(GRACE));
	assert_true(plan(&w)->remove);
	assert_int_equal(w.plan.end, PLAN_END_ALL);
	policy_free(&w.st.policy);
}

/* A lease that is shorter than the grace has all of it all the same. */
static void
test_grace_longer_than_lease(void **state)
{
	struct world w;

	(void)state;
	world_of(&w, "grace 3h\n", ADMITTED_LEASE);
	set_clocks(&w, S(10799), S(10799));
	assert_int_equal(plan(&w)->end, PLAN_END_NONE);
	assert_false(w.plan.remove);
	set_clocks(&w, S(10800), S(10800));
	assert_int_equal(plan(&w)->end, PLAN_END_ALL);
	assert_true(w.plan.remove);
	policy_free(&w.st.policy);
}

/* A lead that is as long as the grace is given when the lease ends. */
static void
test_grace_warnings(void **state)
{
	static const struct {
		int64_t behind;		/* the lease's end, ns */
		bool warn;
		int64_t left, next;	/* seconds */
	} rows[] = {
		{ S(-181), false, 0, -180 },
		{ S(-180), true, 300, 0 },
		{ -1, false, 0, 0 },
		{ 0, true, 120, GRACE },
		{ S(60), false, 0, GRACE },
	};
	struct world w;
	size_t i;

	(void)state;
	world_of(&w, "grace 2m\nwarn 5m 2m\n", ADMITTED_LEASE);
	for (i = 0; i < COUNT(rows); i++) {
		set_clocks(&w, rows[i].behind, rows[i].behind);
		plan(&w);
		if (w.plan.warn != rows[i].warn ||
		    (w.plan.warn && w.plan.left != rows[i].left) ||
		    w.plan.next_wall != S(EXPIRES + rows[i].next) ||
		    w.plan.next_boot != S(EXPIRES_BOOT + rows[i].next))
			fail_msg("row %zu: warn %d, left %lld, next %lld", i,
			    w.plan.warn, (long long)w.plan.left,
			    (long long)(w.plan.next_wall / NANOSECONDS));
		if (w.plan.end != PLAN_END_NONE)
			fail_msg("row %zu: ends", i);
	}
	assert_int_equal(w.marks.end, EXPIRES + GRACE);
	assert_int_equal(w.marks.nwarned, 2);
	policy_free(&w.st.policy);
}

#define NEVER	INT64_MAX

/* A session that a rule, or a lease with a window, let in. */
static const struct {
	const char *name;
	const char *policy;
	const char *during;	/* of the lease; NULL: there is no lease */
	int64_t behind;		/* 11:30, ns */
	bool warn;
	enum plan_end end;
	enum why why;
	int64_t next;		/* seconds behind 11:30 */
} windows[] = {
	{ "long before", ALLOW, NULL, S(-600), false, PLAN_END_NONE,
	    WHY_LEASE, -300 },
	{ "first warning", ALLOW, NULL, S(-300), true, PLAN_END_NONE,
	    WHY_LEASE, -60 },
	{ "last warning", ALLOW, NULL, S(-60), true, PLAN_END_NONE,
	    WHY_LEASE, 0 },
	{ "before it closes", ALLOW "warn 5m\n", NULL, -1, true,
	    PLAN_END_NONE, WHY_LEASE, 0 },
	{ "it closes", ALLOW, NULL, 0, false, PLAN_END_ALL, WHY_NO_LEASE,
	    NEVER },
	{ "the next one follows at once",
	    ALLOW "allow during Al1130-1200\nwarn 5m\n", NULL, S(-60), false,
	    PLAN_END_NONE, WHY_LEASE, 1500 },
	{ "another rule holds on", ALLOW "allow user alice\n", NULL, S(-60),
	    false, PLAN_END_NONE, WHY_LEASE, NEVER },
	{ "another rule held on", ALLOW "allow user alice\n", NULL, 0, false,
	    PLAN_END_NONE, WHY_LEASE, NEVER },
	{ "grace, it closes", ALLOW "grace 2m\nwarn 1m\n", NULL, 0, true,
	    PLAN_END_NONE, WHY_LEASE, 60 },
	{ "grace is near its end", ALLOW "grace 2m\n", NULL, S(GRACE) - 1,
	    true, PLAN_END_NONE, WHY_LEASE, 120 },
	{ "grace is over", ALLOW "grace 2m\n", NULL, S(GRACE), false,
	    PLAN_END_ALL, WHY_NO_LEASE, NEVER },
	{ "denied from then on", DENY "warn 5m\n", "", S(-60), true,
	    PLAN_END_NONE, WHY_LEASE, 0 },
	{ "denied", DENY, "", 0, false, PLAN_END_ALL, WHY_DENY, 1800 },
	{ "the lease's own", "warn 5m\n", CLOSES, S(-60), true, PLAN_END_NONE,
	    WHY_LEASE, 0 },
	{ "the lease's own closes", "", CLOSES, 0, false, PLAN_END_ALL,
	    WHY_DURING, 1800 },
	{ "the lease goes on", ALLOW "warn 5m\n", "", S(-60), false,
	    PLAN_END_NONE, WHY_LEASE, 1500 },
	{ "the rule goes on", ALLOW "warn 5m\n", "Al0900-1100", S(-2400),
	    false, PLAN_END_NONE, WHY_LEASE, -300 },
	{ "neither goes on", ALLOW, CLOSES, 0, false, PLAN_END_ALL,
	    WHY_DURING, 1800 },
};

/* Whatever closes, a lease whose own time is not over stays: until 12:00. */
static void
test_windows(void **state)
{
	struct world w;
	int64_t next;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(windows); i++) {
		world_of(&w, windows[i].policy, ADMITTED_POLICY);
		set_clocks(&w, windows[i].behind, windows[i].behind);
		if (windows[i].during == NULL)
			no_lease(&w);
		else {
			w.st.lease.expires_at += 1800;
			w.st.lease.expires_boottime += 1800;
			strcpy(w.st.lease.during, windows[i].during);
		}
		plan(&w);
		next = windows[i].next == NEVER ? NEVER :
		    S(EXPIRES + windows[i].next);
		if (w.plan.warn != windows[i].warn ||
		    w.plan.end != windows[i].end ||
		    (w.plan.end != PLAN_END_NONE &&
		    w.plan.why != windows[i].why) || w.plan.doubt)
			fail_msg("%s: warn %d, end %d, %s", windows[i].name,
			    w.plan.warn, (int)w.plan.end,
			    why_word(w.plan.why));
		if (w.plan.next_wall != next)
			fail_msg("%s: next %lld", windows[i].name,
			    (long long)(w.plan.next_wall / NANOSECONDS));
		if (w.plan.remove)
			fail_msg("%s: removes the lease", windows[i].name);
		policy_free(&w.st.policy);
	}
}

/* Each warning before a window closes is given once, whatever time it is. */
static void
test_window_warned_once(void **state)
{
	struct world w;
	int64_t left;
	int warned = 0;

	(void)state;
	world_of(&w, ALLOW, ADMITTED_POLICY);
	no_lease(&w);
	for (left = 700; left > 0; left -= 7) {
		set_clocks(&w, S(-left), S(-left));
		warned += plan(&w)->warn;
	}
	assert_int_equal(warned, 2);
	assert_int_equal(w.marks.end, EXPIRES);
	policy_free(&w.st.policy);
}

/* Of two sessions only the one whose window closes goes. */
static void
test_one_of_two(void **state)
{
	struct world w;

	(void)state;
	world_of(&w, "allow service sshd during " CLOSES "\nallow service su\n",
	    ADMITTED_POLICY);
	add_session(&w, ADMITTED_POLICY, 1001, "su");
	no_lease(&w);
	set_clocks(&w, S(-60), S(-60));
	assert_true(plan(&w)->warn);
	set_clocks(&w, 0, 0);
	assert_int_equal(plan(&w)->end, PLAN_END_SOME);
	assert_int_equal(ends_bits(&w), 1);
	assert_true(w.plan.stays);
	policy_free(&w.st.policy);
}

/* Sessions of a rule of that day, and the wall clock ahead of the boot clock. */
static const struct {
	const char *name;
	const char *policy;
	enum found lease;
	int64_t ahead;		/* ns */
	bool doubt;		/* or ends at once */
	enum why why;		/* of the end */
	bool remove;		/* with the end */
} steps[] = {
	{ "a minute", ALLOW, FOUND_NOTHING, S(60), false, WHY_NO_LEASE,
	    false },
	{ "1 ns more", ALLOW, FOUND_NOTHING, S(60) + 1, true, WHY_NO_LEASE,
	    false },
	{ "a day", SATURDAY, FOUND_NOTHING, S(86400), true, WHY_NO_LEASE,
	    false },
	{ "a day back", SATURDAY, FOUND_NOTHING, S(-86400), true,
	    WHY_NO_LEASE, false },
	{ "a day, denied", "deny during Su\n", FOUND_GOOD, S(86400), true,
	    WHY_DENY, true },
	{ "a day, asked for", "ask user alice\n", FOUND_GOOD, S(86400), true,
	    WHY_ASK, true },
	{ "a day, grace", SATURDAY "grace 2m\n", FOUND_NOTHING, S(86400),
	    true, WHY_NO_LEASE, false },
	{ "a day, no window", "", FOUND_NOTHING, S(86400), false,
	    WHY_NO_LEASE, false },
	{ "a day, the lease is broken", "", FOUND_BROKEN, S(86400), false,
	    WHY_LEASE_BROKEN, false },
	{ "a day, denied all the same", "deny user alice\n", FOUND_NOTHING,
	    S(86400), false, WHY_DENY, false },
};

static void
test_steps(void **state)
{
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(steps); i++) {
		world_of(&w, steps[i].policy, ADMITTED_POLICY);
		if (steps[i].lease == FOUND_NOTHING)
			no_lease(&w);
		w.st.lease_found = steps[i].lease;
		w.st.lease.expires_at += 600;
		w.st.lease.expires_boottime += 600;
		/* A minute and more leads over the closing at 11:30. */
		set_clocks(&w, steps[i].ahead - S(60), S(-60));
		plan(&w);
		if (!steps[i].doubt) {
			if (w.plan.end != PLAN_END_ALL ||
			    w.plan.why != steps[i].why || w.plan.doubt)
				fail_msg("%s: end %d, doubt %d", steps[i].name,
				    (int)w.plan.end, w.plan.doubt);
			policy_free(&w.st.policy);
			continue;
		}
		if (w.plan.end != PLAN_END_NONE || !w.plan.doubt ||
		    !w.plan.mark || w.plan.remove)
			fail_msg("%s: end %d, doubt %d", steps[i].name,
			    (int)w.plan.end, w.plan.doubt);
		w.run += BEFORE - 1;
		if (plan(&w)->end != PLAN_END_NONE || w.plan.doubt ||
		    w.plan.mark)
			fail_msg("%s: too early", steps[i].name);
		w.run++;
		if (plan(&w)->end != PLAN_END_ALL ||
		    w.plan.why != steps[i].why ||
		    w.plan.remove != steps[i].remove)
			fail_msg("%s: end %d, remove %d, %s", steps[i].name,
			    (int)w.plan.end, w.plan.remove,
			    why_word(w.plan.why));
		policy_free(&w.st.policy);
	}
}

/* What is remembered of a doubt is read back as it was. */
static void
test_doubt_on_disk(void **state)
{
	char data[MARKS_FILE_MAX];
	struct marks back;
	struct error err;
	static struct world w;
	ssize_t len;

	(void)state;
	world_of(&w, SATURDAY, ADMITTED_POLICY);
	no_lease(&w);
	set_clocks(&w, S(86400), S(-60));
	assert_true(plan(&w)->mark);
	len = marks_format(&w.marks, data, sizeof(data));
	assert_int_not_equal(len, -1);
	assert_int_equal(marks_parse(data, (size_t)len, &back, &err), 0);
	assert_int_equal(back.doubt_run, RUN);
	w.marks = back;
	w.run += BEFORE;
	assert_int_equal(plan(&w)->end, PLAN_END_ALL);
	policy_free(&w.st.policy);
}

/* A step that is taken back leaves no trace, so that the next one counts. */
static void
test_step_taken_back(void **state)
{
	struct world w;

	(void)state;
	world_of(&w, SATURDAY, ADMITTED_POLICY);
	no_lease(&w);
	set_clocks(&w, S(86400), S(-60));
	assert_true(plan(&w)->doubt);
	w.run += BEFORE;
	set_clocks(&w, S(-30), S(-30));
	assert_true(plan(&w)->mark);
	assert_int_equal(w.marks.doubt_run, 0);
	w.run += BEFORE;
	set_clocks(&w, S(86400), 0);
	assert_int_equal(plan(&w)->end, PLAN_END_NONE);
	assert_true(w.plan.doubt);
	policy_free(&w.st.policy);
}

/* Who came after the step came with the clocks as they are. */
static void
test_opened_after_the_step(void **state)
{
	struct world w;

	(void)state;
	world_of(&w, SATURDAY, ADMITTED_POLICY);
	no_lease(&w);
	set_clocks(&w, S(86400), S(-60));
	w.sessions[0].opened += 86400;
	assert_int_equal(plan(&w)->end, PLAN_END_ALL);
	assert_false(w.plan.doubt);
	policy_free(&w.st.policy);
}

/* A session of alice's, and what can't be read, or is not what it was. */
static const struct {
	const char *name;
	const char *policy;
	enum admitted by;
	enum found lease, groups, zone;
	bool lost;
	enum plan_end end;
	enum why why;
} founds[] = {
	{ "allowed", "allow user alice\n", ADMITTED_POLICY, FOUND_NOTHING,
	    FOUND_GOOD, FOUND_GOOD, false, PLAN_END_NONE, WHY_LEASE },
	{ "allowed no more", "allow user bob\n", ADMITTED_POLICY,
	    FOUND_NOTHING, FOUND_GOOD, FOUND_GOOD, false, PLAN_END_ALL,
	    WHY_NO_LEASE },
	{ "denied since", "deny user alice\n", ADMITTED_LEASE, FOUND_GOOD,
	    FOUND_GOOD, FOUND_GOOD, false, PLAN_END_ALL, WHY_DENY },
	{ "denied since, permissive", "deny user alice\n",
	    ADMITTED_PERMISSIVE, FOUND_GOOD, FOUND_GOOD, FOUND_GOOD, false,
	    PLAN_END_NONE, WHY_LEASE },
	{ "a rule that needs a lease", "lease user alice\n", ADMITTED_POLICY,
	    FOUND_NOTHING, FOUND_GOOD, FOUND_GOOD, false, PLAN_END_ALL,
	    WHY_NO_LEASE },
	{ "of the group", "allow group staff\n", ADMITTED_POLICY,
	    FOUND_NOTHING, FOUND_GOOD, FOUND_GOOD, false, PLAN_END_NONE,
	    WHY_LEASE },
	{ "of the group no more", "allow group wheel\n", ADMITTED_POLICY,
	    FOUND_NOTHING, FOUND_GOOD, FOUND_GOOD, false, PLAN_END_ALL,
	    WHY_NO_LEASE },
	{ "groups unreadable", "allow group wheel\n", ADMITTED_POLICY,
	    FOUND_NOTHING, FOUND_UNREADABLE, FOUND_GOOD, false,
	    PLAN_END_NONE, WHY_LEASE },
	{ "groups unreadable, a lease", "deny group wheel\n", ADMITTED_LEASE,
	    FOUND_GOOD, FOUND_UNREADABLE, FOUND_GOOD, false, PLAN_END_NONE,
	    WHY_LEASE },
	{ "groups unreadable, a lease that is gone", "deny group wheel\n",
	    ADMITTED_LEASE, FOUND_NOTHING, FOUND_UNREADABLE, FOUND_GOOD, false,
	    PLAN_END_ALL, WHY_NO_LEASE },
	{ "zone unreadable, a lease that is gone", "deny during Su\n",
	    ADMITTED_LEASE, FOUND_NOTHING, FOUND_GOOD, FOUND_UNREADABLE, false,
	    PLAN_END_ALL, WHY_NO_LEASE },
	{ "zone unreadable", "allow user alice during Su\n", ADMITTED_POLICY,
	    FOUND_NOTHING, FOUND_GOOD, FOUND_UNREADABLE, false,
	    PLAN_END_NONE, WHY_LEASE },
	{ "zone unreadable, another's window", "allow user bob during Su\n",
	    ADMITTED_POLICY, FOUND_NOTHING, FOUND_GOOD, FOUND_UNREADABLE,
	    false, PLAN_END_ALL, WHY_NO_LEASE },
	{ "policy lost, of a rule", "", ADMITTED_POLICY, FOUND_NOTHING,
	    FOUND_GOOD, FOUND_GOOD, true, PLAN_END_NONE, WHY_LEASE },
	{ "policy lost, of a lease", "", ADMITTED_LEASE, FOUND_GOOD,
	    FOUND_GOOD, FOUND_GOOD, true, PLAN_END_NONE, WHY_LEASE },
	{ "policy lost, of a lease that is gone", "", ADMITTED_LEASE,
	    FOUND_NOTHING, FOUND_GOOD, FOUND_GOOD, true, PLAN_END_ALL,
	    WHY_NO_LEASE },
	{ "policy lost, refused", "", ADMITTED_NOT, FOUND_NOTHING,
	    FOUND_GOOD, FOUND_GOOD, true, PLAN_END_SOME, WHY_NO_LEASE },
	{ "more in than the limit", "allow user alice\nlimit 1\n",
	    ADMITTED_POLICY, FOUND_NOTHING, FOUND_GOOD, FOUND_GOOD, false,
	    PLAN_END_NONE, WHY_LEASE },
};

static void
test_found(void **state)
{
	static const struct peer bob = { .request = { .user = "bob",
	    .uid = 1002, .known = true, .service = "sshd", .tty = "ssh",
	    .rhost = "" } };
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(founds); i++) {
		world_of(&w, founds[i].policy, founds[i].by);
		if (founds[i].lease == FOUND_NOTHING)
			no_lease(&w);
		w.st.groups = list_of_one("staff");
		w.st.groups_found = founds[i].groups;
		w.st.zone_found = founds[i].zone;
		w.st.policy_lost = founds[i].lost;
		w.st.peers_found = FOUND_GOOD;
		w.st.peers = &bob;
		w.st.npeers = 1;
		plan(&w);
		if (w.plan.end != founds[i].end || w.plan.remove ||
		    (w.plan.end != PLAN_END_NONE &&
		    w.plan.why != founds[i].why))
			fail_msg("%s: end %d, remove %d, %s", founds[i].name,
			    (int)w.plan.end, w.plan.remove,
			    why_word(w.plan.why));
		policy_free(&w.st.policy);
	}
}

/* Who is entering is judged like others, and who hangs there was refused. */
static void
test_entering(void **state)
{
	static const struct {
		const char *policy;
		enum found lease;
		int64_t seconds;	/* since it entered */
		enum plan_end end;
		enum why why;
	} rows[] = {
		{ "allow\nlimit 1\n", FOUND_NOTHING, 0, PLAN_END_NONE,
		    WHY_LEASE },
		{ "limit 1\n", FOUND_GOOD, 0, PLAN_END_NONE, WHY_LEASE },
		{ "limit 1\n", FOUND_GOOD, SESSION_ENTERING_MAX,
		    PLAN_END_NONE, WHY_LEASE },
		{ "limit 1\n", FOUND_GOOD, SESSION_ENTERING_MAX + 1,
		    PLAN_END_SOME, WHY_REFUSED },
		{ "allow\nlimit 1\n", FOUND_NOTHING,
		    SESSION_ENTERING_MAX + 1, PLAN_END_SOME, WHY_REFUSED },
		{ "limit 1\n", FOUND_NOTHING, 0, PLAN_END_ALL,
		    WHY_NO_LEASE },
		{ "limit 1\n", FOUND_NOTHING, SESSION_ENTERING_MAX + 1,
		    PLAN_END_SOME, WHY_NO_LEASE },
	};
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		world_of(&w, rows[i].policy, ADMITTED_ENTERING);
		if (rows[i].lease == FOUND_NOTHING)
			no_lease(&w);
		w.sessions[0].opened_boot = w.now.boot / NANOSECONDS -
		    rows[i].seconds;
		plan(&w);
		if (w.plan.end != rows[i].end || w.plan.remove ||
		    (w.plan.end != PLAN_END_NONE &&
		    w.plan.why != rows[i].why))
			fail_msg("row %zu: end %d, %s", i, (int)w.plan.end,
			    why_word(w.plan.why));
		policy_free(&w.st.policy);
	}
}

/* A window of the lease's own needs the zone as well. */
static void
test_lease_zone(void **state)
{
	struct world w;

	(void)state;
	world_of(&w, "", ADMITTED_LEASE);
	strcpy(w.st.lease.during, "Su");
	w.st.zone_found = FOUND_UNREADABLE;
	assert_int_equal(plan(&w)->end, PLAN_END_NONE);
	assert_false(w.plan.remove);
	w.st.zone_found = FOUND_GOOD;
	assert_int_equal(plan(&w)->end, PLAN_END_ALL);
	assert_int_equal(w.plan.why, WHY_DURING);
	policy_free(&w.st.policy);
}

/* No rule ends a session of root's, not even one that names root. */
static void
test_root(void **state)
{
	struct world w;

	(void)state;
	world_of(&w, "deny user root\n", ADMITTED_POLICY);
	no_lease(&w);
	w.sessions[0].uid = 0;
	strcpy(w.sessions[0].user, "root");
	assert_int_equal(plan(&w)->end, PLAN_END_NONE);
	assert_int_equal(ends_bits(&w), 0);
	policy_free(&w.st.policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grace),
		cmocka_unit_test(test_grace_without_session),
		cmocka_unit_test(test_grace_longer_than_lease),
		cmocka_unit_test(test_grace_warnings),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_window_warned_once),
		cmocka_unit_test(test_one_of_two),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_doubt_on_disk),
		cmocka_unit_test(test_step_taken_back),
		cmocka_unit_test(test_opened_after_the_step),
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_entering),
		cmocka_unit_test(test_lease_zone),
		cmocka_unit_test(test_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

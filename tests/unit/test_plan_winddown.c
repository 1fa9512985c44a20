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
 * What a wind-down's deadline does to who is in.  It is five minutes before the
 * lease ends, and the clocks of a row are so many nanoseconds behind it.
 */

#define DEADLINE	(EXPIRES - 300)
#define DEADLINE_BOOT	(EXPIRES_BOOT - 300)

/* A world with that policy, in which the deadline is known by both clocks. */
static void
world_of(struct world *w, const char *policy, int64_t wall, int64_t boot)
{
	struct winddown *wd = &w->st.winddown;
	struct error err;

	world_init(w);
	if (policy_parse(policy, strlen(policy), "policy", &w->st.policy,
	    &err) == -1)
		fail_msg("bad row: %s", err.text);
	w->st.zone = zone_utc;
	w->st.zone_found = FOUND_GOOD;
	w->st.groups_found = FOUND_GOOD;
	w->st.winddown_found = FOUND_GOOD;
	winddown_init(wd);
	wd->deadline = DEADLINE;
	wd->deadline_boot = DEADLINE_BOOT;
	strcpy(wd->boot_id, BOOT);
	w->now.wall = S(DEADLINE) + wall;
	w->now.boot = S(DEADLINE_BOOT) + boot;
}

/* As somebody writes it by hand. */
static void
no_pair(struct world *w)
{
	w->st.winddown.boot_id[0] = '\0';
	w->st.winddown.deadline_boot = NO_END;
}

static void
no_lease(struct world *w)
{
	w->st.lease_found = FOUND_NOTHING;
	memset(&w->st.lease, 0, sizeof(w->st.lease));
}

/* One session of alice's. */
static const struct {
	const char *name;
	const char *policy;
	enum admitted by;
	bool lease;
	int64_t wall, boot;
	enum plan_end end;
	enum why why;
} sessions[] = {
	{ "1 ns before", "", ADMITTED_LEASE, true, -1, -1, PLAN_END_NONE,
	    WHY_LEASE },
	{ "at the deadline", "", ADMITTED_LEASE, true, 0, 0, PLAN_END_ALL,
	    WHY_WINDDOWN_OVER },
	{ "by the boot clock", "", ADMITTED_LEASE, true, -1, 0, PLAN_END_ALL,
	    WHY_WINDDOWN_OVER },
	{ "by the wall clock", "", ADMITTED_LEASE, true, 0, -1, PLAN_END_ALL,
	    WHY_WINDDOWN_OVER },
	{ "by the boot clock, by far", "", ADMITTED_LEASE, true, S(-999), 0,
	    PLAN_END_ALL, WHY_WINDDOWN_OVER },
	{ "a minute apart", "", ADMITTED_LEASE, true, 0, S(-60),
	    PLAN_END_ALL, WHY_WINDDOWN_OVER },
	{ "of a rule", "allow", ADMITTED_POLICY, false, 0, 0, PLAN_END_ALL,
	    WHY_WINDDOWN_OVER },
	{ "permissive, before", "", ADMITTED_PERMISSIVE, false, -1, -1,
	    PLAN_END_NONE, WHY_LEASE },
	{ "permissive", "", ADMITTED_PERMISSIVE, false, 0, 0, PLAN_END_ALL,
	    WHY_WINDDOWN_OVER },
	{ "kept, before", "", ADMITTED_KEPT, false, -1, -1, PLAN_END_NONE,
	    WHY_LEASE },
	{ "kept", "", ADMITTED_KEPT, false, 0, 0, PLAN_END_ALL,
	    WHY_WINDDOWN_OVER },
	{ "entering", "", ADMITTED_ENTERING, true, 0, 0, PLAN_END_ALL,
	    WHY_WINDDOWN_OVER },
	{ "refused, before", "", ADMITTED_NOT, true, -1, -1, PLAN_END_SOME,
	    WHY_REFUSED },
	{ "refused", "", ADMITTED_NOT, true, 0, 0, PLAN_END_SOME,
	    WHY_WINDDOWN_OVER },
	{ "revoked, before", "", ADMITTED_LEASE, false, -1, -1, PLAN_END_ALL,
	    WHY_NO_LEASE },
	{ "keep-detached", "keep-detached", ADMITTED_LEASE, true, 0, 0,
	    PLAN_END_ALL, WHY_WINDDOWN_OVER },
	{ "keep-detached, permissive", "keep-detached", ADMITTED_PERMISSIVE,
	    false, 0, 0, PLAN_END_ALL, WHY_WINDDOWN_OVER },
	{ "keep-detached, revoked", "keep-detached", ADMITTED_LEASE, false,
	    -1, -1, PLAN_END_SOME, WHY_NO_LEASE },
	{ "exempt", "exempt user alice", ADMITTED_LEASE, true, 0, 0,
	    PLAN_END_NONE, WHY_LEASE },
	{ "exempt, permissive", "exempt user alice", ADMITTED_PERMISSIVE,
	    false, 0, 0, PLAN_END_NONE, WHY_LEASE },
	{ "another is exempt", "exempt user bob", ADMITTED_LEASE, true, 0, 0,
	    PLAN_END_ALL, WHY_WINDDOWN_OVER },
	{ "exempt, revoked", "exempt user alice", ADMITTED_LEASE, false, 0,
	    0, PLAN_END_ALL, WHY_NO_LEASE },
	{ "grace", "grace 2m", ADMITTED_LEASE, true, S(120) - 1, S(120) - 1,
	    PLAN_END_NONE, WHY_LEASE },
	{ "grace, permissive", "grace 2m", ADMITTED_PERMISSIVE, false,
	    S(120) - 1, S(120) - 1, PLAN_END_NONE, WHY_LEASE },
	{ "grace is over", "grace 2m", ADMITTED_LEASE, true, S(120), S(120),
	    PLAN_END_ALL, WHY_WINDDOWN_OVER },
	{ "grace is over, permissive", "grace 2m", ADMITTED_PERMISSIVE, false,
	    S(120), S(120), PLAN_END_ALL, WHY_WINDDOWN_OVER },
};

static void
test_sessions(void **state)
{
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(sessions); i++) {
		world_of(&w, sessions[i].policy, sessions[i].wall,
		    sessions[i].boot);
		if (!sessions[i].lease)
			no_lease(&w);
		add_session(&w, sessions[i].by, 1001, "sshd");
		if (sessions[i].by == ADMITTED_ENTERING)
			w.sessions[0].opened_boot = w.now.boot / NANOSECONDS;
		plan(&w);
		if (w.plan.end != sessions[i].end || w.plan.doubt ||
		    w.plan.remove || (w.plan.end != PLAN_END_NONE &&
		    (w.plan.why != sessions[i].why || w.plan.uid != 1001)))
			fail_msg("%s: end %d, doubt %d, %s", sessions[i].name,
			    (int)w.plan.end, w.plan.doubt,
			    why_word(w.plan.why));
		if (ends_bits(&w) != (w.plan.end != PLAN_END_NONE) ||
		    w.plan.stays != (w.plan.end == PLAN_END_NONE))
			fail_msg("%s: ends %u, stays %d", sessions[i].name,
			    ends_bits(&w), w.plan.stays);
		policy_free(&w.st.policy);
	}
}

/* What must be so that a deadline that has passed ends nobody. */
static void
test_nobody(void **state)
{
	struct world w;

	(void)state;
	world_of(&w, "", 0, 0);
	add_session(&w, ADMITTED_LEASE, 1001, "sshd");
	w.st.winddown_found = FOUND_NOTHING;
	assert_int_equal(plan(&w)->end, PLAN_END_NONE);
	w.st.winddown_found = FOUND_BROKEN;
	winddown_init(&w.st.winddown);
	assert_int_equal(plan(&w)->end, PLAN_END_NONE);
	assert_int_equal(w.plan.next_wall, S(EXPIRES - 60));
	policy_free(&w.st.policy);

	world_of(&w, "", 0, 0);
	add_session(&w, ADMITTED_POLICY, 1001, "sshd");
	w.st.policy_lost = true;
	assert_int_equal(plan(&w)->end, PLAN_END_NONE);
	w.now.readable = false;
	assert_int_equal(plan(&w)->end, PLAN_END_NONE);
	policy_free(&w.st.policy);
}

/* No session of root's ends, whoever is exempt. */
static void
test_root(void **state)
{
	static const enum admitted all[] = { ADMITTED_NOT, ADMITTED_POLICY,
	    ADMITTED_PERMISSIVE, ADMITTED_KEPT };
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(all); i++) {
		world_of(&w, "exempt user bob\ndeny user root", 0, 0);
		no_lease(&w);
		add_session(&w, all[i], 0, "sshd");
		if (plan(&w)->end != PLAN_END_NONE || ends_bits(&w) != 0)
			fail_msg("%s", admitted_word(all[i]));
		policy_free(&w.st.policy);
	}
}

/* Of several only those that are not exempt end, and nothing else of theirs. */
static void
test_one_of_two(void **state)
{
	struct world w;

	(void)state;
	world_of(&w, "exempt service su", 0, 0);
	add_session(&w, ADMITTED_LEASE, 1001, "sshd");
	add_session(&w, ADMITTED_LEASE, 1001, "su");
	assert_int_equal(plan(&w)->end, PLAN_END_SOME);
	assert_int_equal(w.plan.why, WHY_WINDDOWN_OVER);
	assert_int_equal(ends_bits(&w), 1);
	assert_true(w.plan.stays);
	policy_free(&w.st.policy);
}

/* Each lead has its warning, as before a lease's end; the grace is told too. */
static void
test_warnings(void **state)
{
	static const struct {
		int64_t behind;
		bool warn;
		int64_t left, next;	/* seconds */
	} rows[] = {
		{ S(-181), false, 0, -180 },
		{ S(-180), true, 300, 0 },
		{ -1, false, 0, 0 },
		{ 0, true, 120, 120 },
		{ S(60), false, 0, 120 },
	};
	static const enum admitted all[] = { ADMITTED_LEASE,
	    ADMITTED_PERMISSIVE, ADMITTED_KEPT };
	static struct world w;
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(all) * COUNT(rows); i++) {
		k = i % COUNT(rows);
		if (k == 0) {
			world_of(&w, "grace 2m\nwarn 5m 2m\n", 0, 0);
			if (all[i / COUNT(rows)] != ADMITTED_LEASE)
				no_lease(&w);
			add_session(&w, all[i / COUNT(rows)], 1001, "sshd");
		}
		w.now.wall = S(DEADLINE) + rows[k].behind;
		w.now.boot = S(DEADLINE_BOOT) + rows[k].behind;
		plan(&w);
		if (w.plan.warn != rows[k].warn ||
		    (w.plan.warn && w.plan.left != rows[k].left) ||
		    w.plan.next_wall != S(DEADLINE + rows[k].next) ||
		    w.plan.next_boot != S(DEADLINE_BOOT + rows[k].next))
			fail_msg("%s, row %zu: warn %d, left %lld, next %lld",
			    admitted_word(w.sessions[0].by), k, w.plan.warn,
			    (long long)w.plan.left, (long long)(w.plan.next_wall
			    / NANOSECONDS - DEADLINE));
		if (k == COUNT(rows) - 1)
			policy_free(&w.st.policy);
	}
}

/* The wall clock ahead of the boot clock, by which it is not yet the time. */
static const struct {
	const char *name;
	const char *policy;
	bool pair;
	int64_t wall, boot;
	int64_t opened;		/* s after the step; 0: before it */
	bool doubt;
} steps[] = {
	{ "a minute", "", true, 0, S(-60), 0, false },
	{ "1 ns more", "", true, 0, S(-60) - 1, 0, true },
	{ "a day", "", true, S(86400), S(-61), 0, true },
	{ "a day, opened since", "", true, S(86400), S(-61), 5, true },
	{ "a day, grace", "grace 2m", true, S(86400), S(-61), 0, true },
	{ "by hand, a minute", "", false, 0, S(-60), 0, false },
	{ "by hand, 1 ns more", "", false, 0, S(-60) - 1, 0, true },
	{ "by hand, a day", "", false, S(86400), S(-61), 0, true },
	{ "by hand, a day, grace", "grace 2m", false, S(86400), S(-61), 0,
	    true },
	{ "by hand, a day, opened since", "", false, S(86400), S(-61), 5,
	    false },
};

static void
test_steps(void **state)
{
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(steps); i++) {
		world_of(&w, steps[i].policy, steps[i].wall, steps[i].boot);
		no_lease(&w);
		add_session(&w, ADMITTED_PERMISSIVE, 1001, "sshd");
		if (!steps[i].pair)
			no_pair(&w);
		if (steps[i].opened != 0) {
			w.sessions[0].opened = w.now.wall / NANOSECONDS -
			    steps[i].opened;
			w.sessions[0].opened_boot = w.now.boot / NANOSECONDS -
			    steps[i].opened;
		}
		plan(&w);
		if (w.plan.doubt != steps[i].doubt || w.plan.end !=
		    (steps[i].doubt ? PLAN_END_NONE : PLAN_END_ALL))
			fail_msg("%s: end %d, doubt %d", steps[i].name,
			    (int)w.plan.end, w.plan.doubt);
		w.run += BEFORE - 1;
		if (plan(&w)->doubt || (steps[i].doubt &&
		    w.plan.end != PLAN_END_NONE))
			fail_msg("%s: too early", steps[i].name);
		w.run++;
		if (plan(&w)->end != PLAN_END_ALL ||
		    w.plan.why != WHY_WINDDOWN_OVER)
			fail_msg("%s: end %d", steps[i].name,
			    (int)w.plan.end);
		policy_free(&w.st.policy);
	}
}

/* A deadline that was moved is another doubt. */
static void
test_moved(void **state)
{
	struct world w;

	(void)state;
	world_of(&w, "", S(86400), S(-61));
	no_lease(&w);
	add_session(&w, ADMITTED_PERMISSIVE, 1001, "sshd");
	assert_true(plan(&w)->doubt);
	w.run += BEFORE;
	w.st.winddown.deadline += 10;
	w.st.winddown.deadline_boot += 10;
	assert_true(plan(&w)->doubt);
	assert_int_equal(w.plan.end, PLAN_END_NONE);
	w.run += BEFORE;
	assert_int_equal(plan(&w)->end, PLAN_END_ALL);
	policy_free(&w.st.policy);
}

/* Who has processes and no session. */
static const struct {
	const char *name;
	const char *policy;
	uid_t uid;
	bool pair;
	int64_t wall, boot;
	enum plan_end end;
	bool doubt;
} presents[] = {
	{ "before", "", 1001, true, -1, -1, PLAN_END_NONE, false },
	{ "at the deadline", "", 1001, true, 0, 0, PLAN_END_ALL, false },
	{ "keep-detached", "keep-detached", 1001, true, 0, 0, PLAN_END_ALL,
	    false },
	{ "exempt", "exempt user alice", 1001, true, 0, 0, PLAN_END_NONE,
	    false },
	{ "in the grace", "grace 2m", 1001, true, S(120) - 1, S(120) - 1,
	    PLAN_END_NONE, false },
	{ "grace is over", "grace 2m", 1001, true, S(120), S(120),
	    PLAN_END_ALL, false },
	{ "the wall clock a day ahead", "", 1001, true, S(86400), S(-61),
	    PLAN_END_NONE, true },
	{ "by hand", "", 1001, false, 0, 0, PLAN_END_ALL, false },
	{ "root", "exempt user bob", 0, true, 0, 0, PLAN_END_NONE, false },
};

static void
test_present(void **state)
{
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(presents); i++) {
		world_of(&w, presents[i].policy, presents[i].wall,
		    presents[i].boot);
		no_lease(&w);
		if (!presents[i].pair)
			no_pair(&w);
		w.uid = presents[i].uid;
		/* Who is not there is not ended. */
		if (plan(&w)->end != PLAN_END_NONE || w.plan.doubt)
			fail_msg("%s: ends without", presents[i].name);
		w.present = true;
		plan(&w);
		if (w.plan.end != presents[i].end ||
		    w.plan.doubt != presents[i].doubt ||
		    (w.plan.end != PLAN_END_NONE && (w.plan.uid != 1001 ||
		    w.plan.why != WHY_WINDDOWN_OVER)))
			fail_msg("%s: end %d, doubt %d", presents[i].name,
			    (int)w.plan.end, w.plan.doubt);
		policy_free(&w.st.policy);
	}
}

static void
test_present_warned(void **state)
{
	struct world w;

	(void)state;
	world_of(&w, "warn 5m", S(-300), S(-300));
	no_lease(&w);
	w.uid = 1001;
	w.present = true;
	assert_true(plan(&w)->warn);
	assert_int_equal(w.plan.left, 300);
	assert_int_equal(w.plan.next_wall, S(DEADLINE));
	assert_int_equal(w.plan.next_boot, S(DEADLINE_BOOT));
	policy_free(&w.st.policy);
}

/* A lease that ends takes what was left running, deadline or not. */
static void
test_present_after_a_lease(void **state)
{
	struct world w;

	(void)state;
	world_of(&w, "", -1, -1);
	w.st.lease.expires_at = DEADLINE - 60;
	w.st.lease.expires_boottime = DEADLINE_BOOT - 60;
	w.uid = 1001;
	assert_int_equal(plan(&w)->end, PLAN_END_ALL);
	w.present = true;
	assert_int_equal(plan(&w)->end, PLAN_END_ALL);
	assert_true(w.plan.remove);
	assert_int_equal(w.plan.why, WHY_EXPIRED);
	policy_free(&w.st.policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sessions),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_one_of_two),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_present),
		cmocka_unit_test(test_present_warned),
		cmocka_unit_test(test_present_after_a_lease),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

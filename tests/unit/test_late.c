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
 * How late an end is.  The lease, the windows and the wind-down end at 11:30 of
 * a Saturday, UTC; a session has opened an hour and a half before.
 */

#define CLOSES		"Al0900-1130"
#define ALLOW		"allow user alice during " CLOSES "\n"
#define UNKNOWN		INT64_C(-1)
#define MS		INT64_C(1000000)

enum { LEASE = 1, SESSION = 2, WINDDOWN = 4, WINDDOWN_BOOT = 8 };

static const struct {
	const char *name;
	const char *policy;
	unsigned int with;
	int64_t wall, boot;	/* of the clocks, behind the end */
	enum plan_end end;
	int64_t late;
} rows[] = {
	{ "in time", "", LEASE | SESSION, S(-1), S(-1), PLAN_END_NONE,
	    UNKNOWN },
	{ "at once", "", LEASE | SESSION, 0, 0, PLAN_END_ALL, 0 },
	{ "250 ms", "", LEASE | SESSION, 250 * MS, 250 * MS, PLAN_END_ALL,
	    250 * MS },
	{ "no session", "", LEASE, S(3), S(3), PLAN_END_ALL, S(3) },
	{ "the wall clock is behind", "", LEASE | SESSION, S(-600), S(2),
	    PLAN_END_ALL, S(2) },
	{ "the wall clock is before", "", LEASE | SESSION, S(30), S(-5),
	    PLAN_END_ALL, S(30) },
	{ "the wall clock is far before", "", LEASE | SESSION, S(9000), S(4),
	    PLAN_END_ALL, S(4) },
	{ "grace", "grace 2m\n", LEASE | SESSION, S(125), S(125),
	    PLAN_END_ALL, S(5) },
	{ "max", "max 1h\n", LEASE | SESSION, S(0), S(0), PLAN_END_ALL,
	    S(1800) },
	{ "a window", ALLOW, SESSION, S(7), S(7), PLAN_END_ALL, S(7) },
	{ "a window, grace", ALLOW "grace 1m\n", SESSION, S(61), S(61),
	    PLAN_END_ALL, S(1) },
	{ "denied from then on", "deny during !" CLOSES "\nallow\n", SESSION,
	    S(2), S(2), PLAN_END_ALL, S(2) },
	{ "denied always", "deny\n", SESSION, S(7), S(7), PLAN_END_ALL,
	    UNKNOWN },
	{ "deleted by hand", "lease\n", SESSION, S(7), S(7), PLAN_END_ALL,
	    UNKNOWN },
	{ "a wind-down", "allow\n", SESSION | WINDDOWN_BOOT, S(9), S(9),
	    PLAN_END_ALL, S(9) },
	{ "a wind-down by hand", "allow\n", SESSION | WINDDOWN, S(9), S(8),
	    PLAN_END_ALL, S(9) },
	{ "a wind-down, grace", "allow\ngrace 5s\n", SESSION | WINDDOWN_BOOT,
	    S(9), S(9), PLAN_END_ALL, S(4) },
};

static void
lay(struct world *w, size_t i)
{
	struct winddown *wd = &w->st.winddown;
	struct error err;

	world_init(w);
	if (policy_parse(rows[i].policy, strlen(rows[i].policy), "policy",
	    &w->st.policy, &err) == -1)
		fail_msg("%s: %s", rows[i].name, err.text);
	w->st.zone = zone_utc;
	w->st.zone_found = w->st.groups_found = FOUND_GOOD;
	if ((rows[i].with & LEASE) == 0)
		w->st.lease_found = FOUND_NOTHING;
	if ((rows[i].with & SESSION) != 0)
		add_session(w, (rows[i].with & LEASE) != 0 ? ADMITTED_LEASE :
		    ADMITTED_POLICY, 1001, "sshd");
	set_clocks(w, rows[i].wall, rows[i].boot);
	if ((rows[i].with & (WINDDOWN | WINDDOWN_BOOT)) == 0)
		return;
	w->st.winddown_found = FOUND_GOOD;
	winddown_init(wd);
	wd->deadline = EXPIRES;
	if ((rows[i].with & WINDDOWN_BOOT) != 0) {
		wd->deadline_boot = EXPIRES_BOOT;
		strcpy(wd->boot_id, BOOT);
	}
}

static void
test_late(void **state)
{
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		lay(&w, i);
		(void)plan(&w);
		if (w.plan.end != rows[i].end ||
		    w.plan.late != rows[i].late)
			fail_msg("%s: end %d, %lld ns", rows[i].name,
			    (int)w.plan.end, (long long)w.plan.late);
		policy_free(&w.st.policy);
	}
}

/* What was granted while it was in counts from then on. */
static void
test_granted_later(void **state)
{
	struct world w;

	(void)state;
	lay(&w, 1);
	strcpy(w.st.lease.during, CLOSES);
	w.st.lease.expires_at += 7200;
	w.st.lease.expires_boottime += 7200;
	w.sessions[0].opened -= 7200;
	w.sessions[0].opened_boot -= 7200;
	set_clocks(&w, S(6), S(6));
	assert_int_equal(plan(&w)->why, WHY_DURING);
	assert_int_equal(w.plan.late, S(6));
	policy_free(&w.st.policy);
}

/* Of a broken lease, of another boot, of what was never let in: not known. */
static void
test_unknown(void **state)
{
	struct world w;

	(void)state;
	lay(&w, 2);
	w.st.lease_found = FOUND_BROKEN;
	assert_int_equal(plan(&w)->end, PLAN_END_ALL);
	assert_int_equal(w.plan.late, UNKNOWN);
	policy_free(&w.st.policy);
	lay(&w, 2);
	strcpy(w.st.lease.boot_id, OTHER_BOOT);
	assert_int_equal(plan(&w)->why, WHY_OTHER_BOOT);
	assert_int_equal(w.plan.late, UNKNOWN);
	policy_free(&w.st.policy);
	lay(&w, 0);
	w.sessions[0].by = ADMITTED_NOT;
	assert_int_equal(plan(&w)->end, PLAN_END_SOME);
	assert_int_equal(w.plan.late, UNKNOWN);
	policy_free(&w.st.policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_granted_later),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

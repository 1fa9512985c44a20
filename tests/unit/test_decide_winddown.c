#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "decision.h"

/*
 * What a wind-down does to a login, or to whoever is in: Alice, who has a lease
 * for ten more minutes.  It is 12:20 of a Saturday in the host's zone.  Times
 * of a row are seconds from now; 0 is none.
 */

#define ON		.on = FOUND_GOOD
#define HERE		.present = FOUND_GOOD
#define NOT_HERE	.present = FOUND_NOTHING

static const struct row {
	const char *name;
	const char *policy;
	enum found on;
	enum found present;
	bool inside;		/* is in already */
	bool lost;		/* the policy can't be read */
	bool root;
	bool no_groups, no_zone, no_clock, no_lease;
	int64_t deadline;
	int64_t pair;		/* the same by the boot clock, of this boot */
	int64_t other;		/* or of another */
	enum why why;
	unsigned int line;	/* of the policy */
	int64_t end, end_boot;	/* of who is let in */
} rows[] = {
	/* Off: nothing of it matters. */
	{ "off", .on = FOUND_NOTHING, NOT_HERE, .deadline = -1,
	    .why = WHY_LEASE, .end = 600, .end_boot = 600 },
	{ "off, not known", .on = FOUND_NOTHING, .present = FOUND_UNREADABLE,
	    .why = WHY_LEASE, .end = 600, .end_boot = 600 },
	{ "off, no lease", .on = FOUND_NOTHING, HERE, .no_lease = true,
	    .why = WHY_NO_LEASE },

	/* On. */
	{ "present", ON, HERE, .why = WHY_LEASE, .end = 600,
	    .end_boot = 600 },
	{ "present, no lease", ON, HERE, .no_lease = true,
	    .why = WHY_NO_LEASE },
	{ "present, denied", "deny", ON, HERE, .why = WHY_DENY, .line = 1 },
	{ "present, allowed", "allow", ON, HERE, .why = WHY_ALLOW, .line = 1 },
	{ "not present", ON, NOT_HERE, .why = WHY_WINDDOWN },
	{ "not present, allowed", "allow", ON, NOT_HERE,
	    .why = WHY_WINDDOWN },
	{ "not known", ON, .present = FOUND_UNREADABLE,
	    .why = WHY_PRESENT_UNKNOWN },
	{ "not present, inside", ON, NOT_HERE, .inside = true,
	    .why = WHY_LEASE, .end = 600, .end_boot = 600 },
	{ "not known, inside", ON, .present = FOUND_UNREADABLE,
	    .inside = true, .why = WHY_LEASE, .end = 600, .end_boot = 600 },
	{ "broken", .on = FOUND_BROKEN, NOT_HERE, .why = WHY_WINDDOWN },
	{ "broken, present", .on = FOUND_BROKEN, HERE, .why = WHY_LEASE,
	    .end = 600, .end_boot = 600 },
	{ "unreadable", .on = FOUND_UNREADABLE, NOT_HERE,
	    .why = WHY_WINDDOWN },
	{ "unreadable, present", .on = FOUND_UNREADABLE, HERE,
	    .why = WHY_LEASE, .end = 600, .end_boot = 600 },
	{ "no clock", ON, NOT_HERE, .no_clock = true, .why = WHY_WINDDOWN },

	/* Root. */
	{ "root", ON, NOT_HERE, .root = true, .why = WHY_ROOT },
	{ "root, not known", .on = FOUND_UNREADABLE,
	    .present = FOUND_UNREADABLE, .root = true, .why = WHY_ROOT },
	{ "root, over", ON, NOT_HERE, .root = true, .deadline = -1,
	    .why = WHY_ROOT },
	{ "root, inside", ON, .inside = true, .root = true, .deadline = -1,
	    .why = WHY_ROOT },
	{ "root, deadline to come", "allow user root", ON, NOT_HERE,
	    .root = true, .deadline = 60, .why = WHY_ALLOW, .line = 1 },

	/* Who is exempt. */
	{ "exempt", "exempt", ON, NOT_HERE, .why = WHY_LEASE, .end = 600,
	    .end_boot = 600 },
	{ "exempt, no lease", "exempt", ON, NOT_HERE, .no_lease = true,
	    .why = WHY_NO_LEASE },
	{ "exempt, over", "exempt\nallow", ON, NOT_HERE, .deadline = -1,
	    .why = WHY_ALLOW, .line = 2 },
	{ "exempt, before the deadline", "exempt", ON, NOT_HERE,
	    .deadline = 60, .why = WHY_LEASE, .end = 600, .end_boot = 600 },
	{ "exempt, not known", "exempt", ON, .present = FOUND_UNREADABLE,
	    .why = WHY_LEASE, .end = 600, .end_boot = 600 },
	{ "exempt user", "exempt user bob\nexempt user alice\nallow", ON,
	    NOT_HERE, .why = WHY_ALLOW, .line = 3 },
	{ "exempt, another user", "exempt user bob", ON, NOT_HERE,
	    .why = WHY_WINDDOWN },
	{ "exempt group", "exempt group staff\nallow", ON, NOT_HERE,
	    .why = WHY_ALLOW, .line = 2 },
	{ "exempt, another group", "exempt group wheel", ON, NOT_HERE,
	    .why = WHY_WINDDOWN },
	{ "exempt service", "exempt service sshd\nallow", ON, NOT_HERE,
	    .why = WHY_ALLOW, .line = 2 },
	{ "exempt, another service", "exempt service su", ON, NOT_HERE,
	    .why = WHY_WINDDOWN },
	{ "exempt, another service, inside", "exempt service su", ON,
	    .inside = true, .deadline = -1, .why = WHY_WINDDOWN_OVER },
	{ "exempt during", "exempt during Sa1200-1230\nallow", ON, NOT_HERE,
	    .deadline = 600, .why = WHY_ALLOW, .line = 2, .end = 600,
	    .end_boot = 600 },
	{ "exempt, another time", "exempt during Sa1300-1400", ON, NOT_HERE,
	    .why = WHY_WINDDOWN },
	{ "an allow rule exempts nobody", "allow user alice", ON, NOT_HERE,
	    .why = WHY_WINDDOWN },

	/* What can't be told exempts who is in, and nobody else. */
	{ "exempt group, no groups", "exempt group staff", ON, NOT_HERE,
	    .no_groups = true, .why = WHY_WINDDOWN },
	{ "exempt group, no groups, inside", "exempt group staff", ON,
	    .inside = true, .no_groups = true, .deadline = -1,
	    .why = WHY_LEASE, .end = 600, .end_boot = 600 },
	{ "exempt another user's group, no groups, inside",
	    "exempt user bob group staff", ON, .inside = true,
	    .no_groups = true, .deadline = -1, .why = WHY_WINDDOWN_OVER },
	{ "exempt group, no groups, and then one that fits",
	    "exempt group staff\nexempt user alice", ON, NOT_HERE,
	    .no_groups = true, .why = WHY_LEASE, .end = 600,
	    .end_boot = 600 },
	{ "exempt during, no zone", "exempt during Sa", ON, NOT_HERE,
	    .no_zone = true, .why = WHY_WINDDOWN },
	{ "exempt during, no zone, inside", "exempt during Sa", ON,
	    .inside = true, .no_zone = true, .deadline = -1,
	    .why = WHY_LEASE, .end = 600, .end_boot = 600 },
	{ "lost policy", ON, NOT_HERE, .lost = true, .deadline = -1,
	    .why = WHY_WINDDOWN_OVER },
	{ "lost policy, inside", ON, .inside = true, .lost = true,
	    .deadline = -1, .why = WHY_LEASE, .end = 600, .end_boot = 600 },

	/* The deadline is an end like the lease's, and the earlier one is. */
	{ "deadline after the lease", ON, HERE, .deadline = 601, .pair = 601,
	    .why = WHY_LEASE, .end = 600, .end_boot = 600 },
	{ "deadline before the lease's end", ON, HERE, .deadline = 599,
	    .pair = 599, .why = WHY_LEASE, .end = 599, .end_boot = 599 },
	{ "no pair", ON, HERE, .deadline = 60, .why = WHY_LEASE, .end = 60,
	    .end_boot = 60 },
	{ "another boot's pair", ON, HERE, .deadline = 60, .other = 1,
	    .why = WHY_LEASE, .end = 60, .end_boot = 60 },
	{ "earlier by the boot clock alone", ON, HERE, .deadline = 700,
	    .pair = 500, .why = WHY_LEASE, .end = 600, .end_boot = 500 },
	{ "later by the boot clock alone", ON, HERE, .deadline = 500,
	    .pair = 700, .why = WHY_LEASE, .end = 500, .end_boot = 600 },
	{ "inside", ON, .inside = true, .deadline = 60, .pair = 61,
	    .why = WHY_LEASE, .end = 60, .end_boot = 61 },
	{ "an allow rule ends too", "allow", ON, HERE, .deadline = 900,
	    .pair = 901, .why = WHY_ALLOW, .line = 1, .end = 900,
	    .end_boot = 901 },
	{ "allowed, no clock", "allow", ON, HERE, .no_clock = true,
	    .deadline = 900, .pair = 901, .why = WHY_ALLOW, .line = 1,
	    .end = 900, .end_boot = 901 },
	{ "past, no clock", "allow", ON, HERE, .no_clock = true,
	    .deadline = -1, .pair = -1, .why = WHY_ALLOW, .line = 1,
	    .end = -1, .end_boot = -1 },

	/* And when it has passed nobody is let in. */
	{ "at the deadline", ON, HERE, .deadline = -1, .pair = 1,
	    .why = WHY_WINDDOWN_OVER },
	{ "by the boot clock", ON, HERE, .deadline = 99, .pair = -1,
	    .why = WHY_WINDDOWN_OVER },
	{ "by another boot's clock", ON, HERE, .deadline = 99, .other = -1,
	    .why = WHY_LEASE, .end = 99, .end_boot = 99 },
	{ "over, inside", ON, .inside = true, .deadline = -1,
	    .why = WHY_WINDDOWN_OVER },
	{ "over, not present", ON, NOT_HERE, .deadline = -1,
	    .why = WHY_WINDDOWN_OVER },
	{ "over, not known", ON, .present = FOUND_UNREADABLE, .deadline = -1,
	    .why = WHY_WINDDOWN_OVER },
	{ "over, allowed", "allow", ON, HERE, .deadline = -1,
	    .why = WHY_WINDDOWN_OVER },

	/* With windows, which open at 12:00 and close at 12:30, in 600 s. */
	{ "window closes first", "allow during Sa1200-1230", ON, HERE,
	    .no_lease = true, .deadline = 900, .why = WHY_ALLOW, .line = 1,
	    .end = 600, .end_boot = 600 },
	{ "deadline comes first", "allow during Sa1200-1230", ON, HERE,
	    .no_lease = true, .deadline = 300, .why = WHY_ALLOW, .line = 1,
	    .end = 300, .end_boot = 300 },
	{ "deadline comes first by the boot clock",
	    "allow during Sa1200-1230", ON, HERE, .no_lease = true,
	    .deadline = 900, .pair = 300, .why = WHY_ALLOW, .line = 1,
	    .end = 900, .end_boot = 300 },
	{ "another window opens, but it is over",
	    "allow during Sa1200-1230\nallow during Sa1230-1300", ON, HERE,
	    .no_lease = true, .deadline = 601, .why = WHY_ALLOW, .line = 1,
	    .end = 601, .end_boot = 601 },
	{ "exempt until the window closes", "exempt during Sa1200-1230\nallow",
	    ON, NOT_HERE, .deadline = 300, .why = WHY_ALLOW, .line = 2,
	    .end = 600, .end_boot = 600 },
	{ "exempt, and then until the deadline",
	    "exempt during Sa1200-1230\nallow", ON, NOT_HERE,
	    .deadline = 900, .why = WHY_ALLOW, .line = 2, .end = 900,
	    .end_boot = 900 },
	{ "exempt by a window that opens",
	    "exempt during Sa1225-1235\nallow", ON, HERE, .deadline = 700,
	    .why = WHY_ALLOW, .line = 2, .end = 900, .end_boot = 900 },
	{ "exempt by one that opens too late",
	    "exempt during Sa1230-1235\nallow", ON, HERE, .deadline = 599,
	    .why = WHY_ALLOW, .line = 2, .end = 599, .end_boot = 599 },
};

static void
set_deadline(struct world *w, const struct row *row)
{
	struct winddown *wd = &w->st.winddown;
	const int64_t boot = w->now.boot / NANOSECONDS;

	winddown_init(wd);
	if (row->deadline == 0)
		return;
	wd->deadline = w->now.wall / NANOSECONDS + row->deadline;
	if (row->pair == 0 && row->other == 0)
		return;
	wd->deadline_boot = boot + row->pair + row->other;
	strcpy(wd->boot_id, BOOT);
	if (row->other != 0)
		wd->boot_id[0] = 'f';
}

static void
set_up(struct world *w, const struct row *row)
{
	world_init(w);
	if (row->policy != NULL)
		world_policy(w, row->policy);
	w->st.groups = list_split(w->groups, sizeof(w->groups), "staff,users");
	w->rq.inside = row->inside;
	w->st.policy_lost = row->lost;
	w->st.winddown_found = row->on;
	w->st.present_found = row->present;
	if (row->root) {
		w->rq.user = "root";
		w->rq.uid = 0;
	}
	if (row->no_groups)
		w->st.groups_found = FOUND_UNREADABLE;
	if (row->no_zone)
		w->st.zone_found = FOUND_UNREADABLE;
	if (row->no_lease) {
		w->st.lease_found = FOUND_NOTHING;
		memset(&w->st.lease, 0, sizeof(w->st.lease));
	}
	w->now.readable = !row->no_clock;
	set_deadline(w, row);
}

static int64_t
end_of(int64_t now, int64_t end)
{
	return end == 0 ? NO_END : now / NANOSECONDS + end;
}

static void
test_rows(void **state)
{
	struct verdict v;
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];

		set_up(&w, row);
		v = decide(&w.rq, &w.st, &w.now);
		if (v.why != row->why || v.line != row->line)
			fail_msg("%s: %s, line %u", row->name, why_word(v.why),
			    v.line);
		if (v.end != end_of(w.now.wall, row->end) ||
		    v.end_boot != end_of(w.now.boot, row->end_boot))
			fail_msg("%s: end %lld, by the boot clock %lld",
			    row->name,
			    (long long)(v.end - w.now.wall / NANOSECONDS),
			    (long long)(v.end_boot -
			    w.now.boot / NANOSECONDS));
		policy_free(&w.st.policy);
	}
}

/* The step by itself, and the line that exempts. */
static void
test_step(void **state)
{
	static const struct {
		const struct row row;
		enum why why;
		unsigned int line;
	} steps[] = {
		{ { "", .on = FOUND_NOTHING }, WHY_NO_WINDDOWN, 0 },
		{ { "", "\nexempt user alice", ON }, WHY_EXEMPT, 2 },
		{ { "", "exempt", ON, .root = true }, WHY_EXEMPT, 0 },
		{ { "", ON, .inside = true, .lost = true }, WHY_EXEMPT, 0 },
		{ { "", "exempt group staff", ON, .inside = true,
		    .no_groups = true }, WHY_EXEMPT, 1 },
		{ { "", ON, HERE }, WHY_PRESENT, 0 },
		{ { "", ON, NOT_HERE, .inside = true }, WHY_PRESENT, 0 },
		{ { "", ON, .present = FOUND_BROKEN }, WHY_PRESENT_UNKNOWN,
		    0 },
	};
	struct verdict v;
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(steps); i++) {
		set_up(&w, &steps[i].row);
		v = decide_step(STEP_WINDDOWN, &w.rq, &w.st, &w.now);
		if (v.why != steps[i].why || v.line != steps[i].line)
			fail_msg("row %zu: %s, line %u", i, why_word(v.why),
			    v.line);
		policy_free(&w.st.policy);
	}
}

/* What no extension of the lease can move is the lease's, deadline or not. */
static void
test_hard_end(void **state)
{
	static const struct row row = { "", ON, HERE, .deadline = 60 };
	struct world w;

	(void)state;
	set_up(&w, &row);
	w.st.lease.final = true;
	assert_int_equal(decide(&w.rq, &w.st, &w.now).hard_end, EXPIRES);
	policy_free(&w.st.policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_step),
		cmocka_unit_test(test_hard_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

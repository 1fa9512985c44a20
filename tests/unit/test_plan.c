#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "watched.h"

/* Warnings 5 and 1 minutes before the end, at a moment before it. */
static const struct {
	const char *name;
	int64_t wall, boot;	/* nanoseconds before the end */
	size_t nsessions;
	bool terminals;
	struct marks marks;
	bool warn, unseen;
	int64_t left;
	size_t nwarned;		/* remembered afterwards */
} warnings[] = {
	{ "long before", S(600), S(600), 1, true, { 0 }, false, false, 0, 0 },
	{ "1 ns before the first", S(300) + 1, S(300) + 1, 1, true, { 0 },
	    false, false, 0, 0 },
	{ "first", S(300), S(300), 1, true, { 0 }, true, false, 300, 1 },
	{ "first, by the wall clock", S(300), S(300) + 1, 1, true, { 0 },
	    true, false, 300, 1 },
	{ "first, by the boot clock", S(300) + 1, S(300), 1, true, { 0 },
	    true, false, 300, 1 },
	{ "first, 1 ns late", S(300) - 1, S(300), 1, true, { 0 }, true, false,
	    300, 1 },
	{ "first, a second late", S(299), S(299), 1, true, { 0 }, true, false,
	    299, 1 },
	{ "first, the boot clock is behind", S(200), S(250), 1, true, { 0 },
	    true, false, 200, 1 },
	{ "first, the wall clock is behind", S(250), S(200), 1, true, { 0 },
	    true, false, 200, 1 },
	{ "first was given", S(300), S(300), 1, true,
	    { EXPIRES, 1, { 300 }, 0, 0 }, false, false, 0, 1 },
	{ "first was given, for another end", S(300), S(300), 1, true,
	    { EXPIRES - 1, 2, { 300, 60 }, 0, 0 }, true, false, 300, 1 },
	{ "1 ns before the last", S(60) + 1, S(60) + 1, 1, true,
	    { EXPIRES, 1, { 300 }, 0, 0 }, false, false, 0, 1 },
	{ "last", S(60), S(60), 1, true, { EXPIRES, 1, { 300 }, 0, 0 }, true,
	    false, 60, 2 },
	{ "last was given", S(60), S(60), 1, true,
	    { EXPIRES, 2, { 300, 60 }, 0, 0 }, false, false, 0, 2 },
	{ "both at once", S(60), S(60), 1, true, { 0 }, true, false, 60, 2 },
	{ "both at once, 1 ns before the end", 1, 1, 1, true, { 0 }, true,
	    false, 1, 2 },
	{ "last was given, not the first", S(30), S(30), 1, true,
	    { EXPIRES, 1, { 60 }, 0, 0 }, true, false, 30, 2 },
	{ "several sessions", S(300), S(300), 3, true, { 0 }, true, false,
	    300, 1 },
	{ "a terminal, but no session", S(300), S(300), 0, true, { 0 }, true,
	    false, 300, 1 },
	{ "no terminal", S(300), S(300), 1, false, { 0 }, false, true, 0, 0 },
	{ "no terminal, nothing due", S(600), S(600), 1, false, { 0 }, false,
	    false, 0, 0 },
	{ "no terminal, was given", S(300), S(300), 1, false,
	    { EXPIRES, 1, { 300 }, 0, 0 }, false, false, 0, 1 },
	{ "no terminal, no session", S(300), S(300), 0, false, { 0 }, false,
	    true, 0, 0 },
};

static void
test_warnings(void **state)
{
	const struct plan *p;
	struct world w;
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(warnings); i++) {
		world_init(&w);
		set_clocks(&w, -warnings[i].wall, -warnings[i].boot);
		for (k = 0; k < warnings[i].nsessions; k++)
			add_session(&w, ADMITTED_LEASE, 1001, "sshd");
		w.terminals = warnings[i].terminals;
		w.marks = warnings[i].marks;
		p = plan(&w);
		if (p->warn != warnings[i].warn ||
		    p->unseen != warnings[i].unseen ||
		    p->mark != warnings[i].warn ||
		    (p->warn && p->left != warnings[i].left))
			fail_msg("%s: warn %d, unseen %d, mark %d, left %lld",
			    warnings[i].name, p->warn, p->unseen, p->mark,
			    (long long)p->left);
		if (w.marks.nwarned != warnings[i].nwarned)
			fail_msg("%s: %zu marks", warnings[i].name,
			    w.marks.nwarned);
		if (p->end != PLAN_END_NONE || p->remove ||
		    ends_bits(&w) != 0)
			fail_msg("%s: ends", warnings[i].name);
	}
}

/* Once for each end and lead, however often and late it looks. */
static void
test_once(void **state)
{
	struct world w;
	int64_t left;
	int warned = 0;

	(void)state;
	world_init(&w);
	add_session(&w, ADMITTED_LEASE, 1001, "sshd");
	for (left = 700; left > 0; left -= 7) {
		set_clocks(&w, S(-left), S(-left));
		warned += plan(&w)->warn;
	}
	assert_int_equal(warned, 2);
}

static void
test_extension(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	add_session(&w, ADMITTED_LEASE, 1001, "sshd");
	set_clocks(&w, S(-60), S(-60));
	assert_true(plan(&w)->warn);
	assert_false(plan(&w)->warn);
	w.st.lease.expires_at += 600;
	w.st.lease.expires_boottime += 600;
	assert_false(plan(&w)->warn);
	set_clocks(&w, S(300), S(300));
	assert_true(plan(&w)->warn);
	assert_int_equal(w.plan.left, 300);
	assert_int_equal(w.marks.end, EXPIRES + 600);
	set_clocks(&w, S(540), S(540));
	assert_true(plan(&w)->warn);
	assert_int_equal(w.plan.left, 60);
	assert_false(plan(&w)->warn);
}

/* What could not be shown is shown on the first terminal there is. */
static void
test_kept_for_a_terminal(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	add_session(&w, ADMITTED_LEASE, 1001, "sshd");
	w.terminals = false;
	set_clocks(&w, S(-290), S(-290));
	assert_true(plan(&w)->unseen);
	assert_true(plan(&w)->unseen);
	w.terminals = true;
	set_clocks(&w, S(-200), S(-200));
	assert_true(plan(&w)->warn);
	assert_false(w.plan.unseen);
	assert_int_equal(w.plan.left, 200);
	assert_false(plan(&w)->warn);
}

static void
test_no_leads(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	w.st.policy.nleads = 0;
	add_session(&w, ADMITTED_LEASE, 1001, "sshd");
	set_clocks(&w, -1, -1);
	assert_false(plan(&w)->warn);
	assert_int_equal(w.plan.next_wall, S(EXPIRES));
}

/* A lease and one session of it, with the clocks at and around the end. */
static const struct {
	const char *name;
	int64_t wall, boot;	/* nanoseconds behind the end */
	struct marks marks;
	enum plan_end end;
	enum why why;
	bool doubts;		/* it remembers that this run does */
} clocks[] = {
	{ "just before both", -1, -1, { EXPIRES, 2, { 300, 60 }, 0, 0 },
	    PLAN_END_NONE, WHY_LEASE, false },
	{ "both at the end", 0, 0, { 0 }, PLAN_END_ALL, WHY_EXPIRED, false },
	{ "both past it", 1, 1, { 0 }, PLAN_END_ALL, WHY_EXPIRED, false },
	{ "only the wall clock", 0, -1, { 0 }, PLAN_END_ALL, WHY_EXPIRED,
	    false },
	{ "only the boot clock", -1, 0, { 0 }, PLAN_END_ALL,
	    WHY_EXPIRED_BOOT, false },
	{ "only the boot clock, by far", S(-86400), 0, { 0 }, PLAN_END_ALL,
	    WHY_EXPIRED_BOOT, false },
	{ "a minute apart", 0, S(-60), { 0 }, PLAN_END_ALL, WHY_EXPIRED,
	    false },
	{ "1 ns more than a minute apart", 0, S(-60) - 1, { 0 },
	    PLAN_END_NONE, WHY_LEASE, true },
	{ "stepped a day", S(86400), S(-1800), { 0 }, PLAN_END_NONE,
	    WHY_LEASE, true },
	{ "stepped, doubted by this run", S(86400), S(-1800),
	    { 0, 0, { 0 }, RUN, EXPIRES }, PLAN_END_NONE, WHY_LEASE, true },
	{ "stepped, doubted by the run before", S(86400), S(-1800),
	    { 0, 0, { 0 }, RUN - BEFORE, EXPIRES }, PLAN_END_ALL, WHY_EXPIRED,
	    false },
	{ "stepped, doubted by a run just before", S(86400), S(-1800),
	    { 0, 0, { 0 }, RUN - BEFORE + 1, EXPIRES }, PLAN_END_NONE, WHY_LEASE,
	    false },
	{ "stepped, another end was doubted", S(86400), S(-1800),
	    { 0, 0, { 0 }, RUN - BEFORE, EXPIRES - 600 }, PLAN_END_NONE,
	    WHY_LEASE, true },
	{ "stepped, warned before", S(86400), S(-1800),
	    { EXPIRES, 1, { 300 }, 0, 0 }, PLAN_END_NONE, WHY_LEASE, true },
};

static void
test_clocks(void **state)
{
	const struct plan *p;
	struct world w;
	bool over;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(clocks); i++) {
		world_init(&w);
		set_clocks(&w, clocks[i].wall, clocks[i].boot);
		add_session(&w, ADMITTED_LEASE, 1001, "sshd");
		w.marks = clocks[i].marks;
		p = plan(&w);
		over = clocks[i].end == PLAN_END_ALL;
		if (p->end != clocks[i].end || p->remove != over ||
		    ends_bits(&w) != (over ? 1 : 0) ||
		    (over && (p->why != clocks[i].why || p->uid != 1001)))
			fail_msg("%s: end %d, remove %d, %s, uid %u",
			    clocks[i].name, (int)p->end, p->remove,
			    why_word(p->why), (unsigned int)p->uid);
		if (clocks[i].doubts && (w.marks.doubt_run != RUN ||
		    w.marks.doubt_end != EXPIRES ||
		    w.marks.nwarned != clocks[i].marks.nwarned))
			fail_msg("%s: no doubt", clocks[i].name);
		if (!clocks[i].doubts && p->mark)
			fail_msg("%s: marks", clocks[i].name);
		if (p->warn)
			fail_msg("%s: warns", clocks[i].name);
	}
}

/* The same without a session: only the lease is to go. */
static void
test_clocks_without_session(void **state)
{
	const struct plan *p;
	struct world w;
	bool over;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(clocks); i++) {
		world_init(&w);
		set_clocks(&w, clocks[i].wall, clocks[i].boot);
		w.marks = clocks[i].marks;
		p = plan(&w);
		over = clocks[i].end == PLAN_END_ALL;
		if (p->remove != over || p->end != clocks[i].end ||
		    (over && p->uid != 1001))
			fail_msg("%s: end %d, remove %d", clocks[i].name,
			    (int)p->end, p->remove);
	}
}

/* A step that is taken back leaves no trace, so that the next one counts. */
static void
test_step_taken_back(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	add_session(&w, ADMITTED_LEASE, 1001, "sshd");
	set_clocks(&w, S(86400), S(-1800));
	assert_int_equal(plan(&w)->end, PLAN_END_NONE);
	assert_true(w.plan.mark);
	assert_int_equal(plan(&w)->end, PLAN_END_NONE);
	assert_false(w.plan.mark);
	w.run += BEFORE;
	set_clocks(&w, S(-1770), S(-1770));
	assert_int_equal(plan(&w)->end, PLAN_END_NONE);
	assert_true(w.plan.mark);
	assert_int_equal(w.marks.doubt_run, 0);
	assert_int_equal(w.marks.doubt_end, 0);
	assert_false(plan(&w)->mark);
	w.run += BEFORE;
	set_clocks(&w, S(86400), S(-1740));
	assert_int_equal(plan(&w)->end, PLAN_END_NONE);
	w.run += BEFORE;
	assert_int_equal(plan(&w)->end, PLAN_END_ALL);
	assert_true(w.plan.remove);
}

/* Warnings that were given stay so when a doubt comes and goes. */
static void
test_doubt_keeps_warnings(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	add_session(&w, ADMITTED_LEASE, 1001, "sshd");
	set_clocks(&w, S(-200), S(-200));
	assert_true(plan(&w)->warn);
	set_clocks(&w, S(86400), S(-190));
	assert_false(plan(&w)->warn);
	set_clocks(&w, S(-180), S(-180));
	assert_false(plan(&w)->warn);
}

/* The wall clock is before the lease was issued: the same doubt. */
static void
test_future(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	add_session(&w, ADMITTED_LEASE, 1001, "sshd");
	w.now.wall = S(ISSUED - 61);
	w.now.boot = S(EXPIRES_BOOT - 5000);
	assert_int_equal(plan(&w)->end, PLAN_END_NONE);
	assert_int_equal(w.marks.doubt_run, RUN);
	w.run += BEFORE;
	assert_int_equal(plan(&w)->end, PLAN_END_ALL);
	assert_int_equal(w.plan.why, WHY_FUTURE);
	assert_false(w.plan.remove);
	/* A minute may be. */
	w.now.wall = S(ISSUED - 60);
	assert_int_equal(plan(&w)->end, PLAN_END_NONE);
	assert_int_equal(w.marks.doubt_run, 0);
	/* The boot clock knows: no doubt. */
	set_clocks(&w, S(-86400), 0);
	assert_int_equal(plan(&w)->end, PLAN_END_ALL);
	assert_int_equal(w.plan.why, WHY_EXPIRED_BOOT);
	assert_true(w.plan.remove);
}

/* The end that clocks are compared about is that of the policy's max. */
static void
test_doubt_of_max(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	w.st.policy.max = 3600;
	add_session(&w, ADMITTED_LEASE, 1001, "sshd");
	set_clocks(&w, S(-1800), S(-1860) - 1);
	assert_int_equal(plan(&w)->end, PLAN_END_NONE);
	assert_int_equal(w.marks.doubt_run, RUN);
	assert_int_equal(w.marks.doubt_end, EXPIRES - 1800);
	memset(&w.marks, 0, sizeof(w.marks));
	set_clocks(&w, S(-1800), S(-1860));
	assert_int_equal(plan(&w)->end, PLAN_END_ALL);
	assert_true(w.plan.remove);
}

struct row_session {
	enum admitted by;
	uid_t uid;		/* 1001 where a row has nothing else to say */
	const char *service;	/* NULL: no session */
};

/* A lease for sshd only, and what is found; then which sessions end. */
static const struct {
	const char *name;
	enum found policy, lease;
	bool clock;
	bool over;		/* the lease is, by both clocks */
	struct row_session s[SESSIONS_MAX];
	enum plan_end end;
	unsigned int bits;
	bool remove;
	enum why why;
} founds[] = {
	{ "in force", FOUND_GOOD, FOUND_GOOD, true, false,
	    { { ADMITTED_LEASE, 1001, "sshd" } },
	    PLAN_END_NONE, 0, false, WHY_LEASE },
	{ "nothing at all", FOUND_GOOD, FOUND_NOTHING, true, false,
	    { { 0 } }, PLAN_END_NONE, 0, false, WHY_LEASE },
	{ "no policy file", FOUND_NOTHING, FOUND_GOOD, true, true,
	    { { ADMITTED_LEASE, 1001, "sshd" } },
	    PLAN_END_ALL, 1, true, WHY_EXPIRED },
	{ "lease removed by hand", FOUND_GOOD, FOUND_NOTHING, true, false,
	    { { ADMITTED_LEASE, 1001, "sshd" } },
	    PLAN_END_ALL, 1, false, WHY_NO_LEASE },
	{ "lease removed, two sessions", FOUND_GOOD, FOUND_NOTHING, true,
	    false, { { ADMITTED_LEASE, 1001, "sshd" },
	    { ADMITTED_LEASE, 1001, "login" } },
	    PLAN_END_ALL, 3, false, WHY_NO_LEASE },
	{ "broken lease", FOUND_GOOD, FOUND_BROKEN, true, false,
	    { { ADMITTED_LEASE, 1001, "sshd" } },
	    PLAN_END_ALL, 1, false, WHY_LEASE_BROKEN },
	{ "broken lease, no session", FOUND_GOOD, FOUND_BROKEN, true, false,
	    { { 0 } }, PLAN_END_NONE, 0, false, WHY_LEASE },
	{ "unreadable lease", FOUND_GOOD, FOUND_UNREADABLE, true, false,
	    { { ADMITTED_LEASE, 1001, "sshd" } },
	    PLAN_END_NONE, 0, false, WHY_LEASE },
	{ "broken policy", FOUND_BROKEN, FOUND_GOOD, true, false,
	    { { ADMITTED_LEASE, 1001, "sshd" } },
	    PLAN_END_NONE, 0, false, WHY_LEASE },
	{ "unreadable policy, no lease", FOUND_UNREADABLE, FOUND_NOTHING,
	    true, false, { { ADMITTED_LEASE, 1001, "sshd" } },
	    PLAN_END_NONE, 0, false, WHY_LEASE },
	{ "unreadable clock", FOUND_GOOD, FOUND_GOOD, false, true,
	    { { ADMITTED_LEASE, 1001, "sshd" } },
	    PLAN_END_NONE, 0, false, WHY_LEASE },
	{ "unreadable clock, refused", FOUND_GOOD, FOUND_NOTHING, false,
	    false, { { ADMITTED_NOT, 1001, "sshd" } },
	    PLAN_END_NONE, 0, false, WHY_LEASE },
	{ "one of two is for another service", FOUND_GOOD, FOUND_GOOD, true,
	    false, { { ADMITTED_LEASE, 1001, "sshd" },
	    { ADMITTED_LEASE, 1001, "login" } },
	    PLAN_END_SOME, 2, false, WHY_SERVICE },
	{ "all are for another service", FOUND_GOOD, FOUND_GOOD, true, false,
	    { { ADMITTED_LEASE, 1001, "su" },
	    { ADMITTED_LEASE, 1001, "login" } },
	    PLAN_END_ALL, 3, false, WHY_SERVICE },
	{ "over, both services", FOUND_GOOD, FOUND_GOOD, true, true,
	    { { ADMITTED_LEASE, 1001, "sshd" },
	    { ADMITTED_LEASE, 1001, "login" } },
	    PLAN_END_ALL, 3, true, WHY_EXPIRED },
	{ "another uid by that name", FOUND_GOOD, FOUND_GOOD, true, false,
	    { { ADMITTED_LEASE, 1002, "sshd" } },
	    PLAN_END_ALL, 1, false, WHY_OTHER_USER },
	{ "kept, no lease", FOUND_GOOD, FOUND_NOTHING, true, false,
	    { { ADMITTED_KEPT, 1001, "sshd" } },
	    PLAN_END_NONE, 0, false, WHY_LEASE },
	{ "permissive, no lease", FOUND_GOOD, FOUND_NOTHING, true, false,
	    { { ADMITTED_PERMISSIVE, 1001, "sshd" } },
	    PLAN_END_NONE, 0, false, WHY_LEASE },
	{ "kept and one of a lease that is gone", FOUND_GOOD, FOUND_NOTHING,
	    true, false, { { ADMITTED_KEPT, 1001, "sshd" },
	    { ADMITTED_LEASE, 1001, "sshd" } },
	    PLAN_END_SOME, 2, false, WHY_NO_LEASE },
	{ "kept, and the next lease is over", FOUND_GOOD, FOUND_GOOD, true,
	    true, { { ADMITTED_KEPT, 1001, "sshd" },
	    { ADMITTED_LEASE, 1001, "sshd" } },
	    PLAN_END_ALL, 3, true, WHY_EXPIRED },
	{ "only kept, and the next lease is over", FOUND_GOOD, FOUND_GOOD,
	    true, true, { { ADMITTED_KEPT, 1001, "sshd" } },
	    PLAN_END_ALL, 1, true, WHY_EXPIRED },
	{ "permissive, and a lease that is over", FOUND_GOOD, FOUND_GOOD,
	    true, true, { { ADMITTED_PERMISSIVE, 1001, "sshd" },
	    { ADMITTED_LEASE, 1001, "sshd" } },
	    PLAN_END_SOME, 2, true, WHY_EXPIRED },
	{ "refused, nothing else", FOUND_GOOD, FOUND_NOTHING, true, false,
	    { { ADMITTED_NOT, 1001, "sshd" } },
	    PLAN_END_SOME, 1, false, WHY_NO_LEASE },
	{ "refused, lease in force", FOUND_GOOD, FOUND_GOOD, true, false,
	    { { ADMITTED_NOT, 1001, "sshd" },
	    { ADMITTED_LEASE, 1001, "sshd" } },
	    PLAN_END_SOME, 1, false, WHY_REFUSED },
	{ "refused, lease over", FOUND_GOOD, FOUND_GOOD, true, true,
	    { { ADMITTED_NOT, 1001, "sshd" } },
	    PLAN_END_ALL, 1, true, WHY_EXPIRED },
	{ "refused and one without lease", FOUND_GOOD, FOUND_NOTHING, true,
	    false, { { ADMITTED_NOT, 1001, "sshd" },
	    { ADMITTED_LEASE, 1001, "sshd" } },
	    PLAN_END_ALL, 3, false, WHY_NO_LEASE },
	{ "refused and kept", FOUND_GOOD, FOUND_NOTHING, true, false,
	    { { ADMITTED_NOT, 1001, "sshd" },
	    { ADMITTED_KEPT, 1001, "sshd" } },
	    PLAN_END_SOME, 1, false, WHY_NO_LEASE },
	{ "refused, broken policy", FOUND_BROKEN, FOUND_GOOD, true, false,
	    { { ADMITTED_NOT, 1001, "sshd" },
	    { ADMITTED_LEASE, 1001, "sshd" } },
	    PLAN_END_SOME, 1, false, WHY_POLICY_BROKEN },
	{ "root's", FOUND_GOOD, FOUND_NOTHING, true, false,
	    { { ADMITTED_POLICY, 0, "sshd" } },
	    PLAN_END_NONE, 0, false, WHY_LEASE },
	{ "root's, everything broken", FOUND_BROKEN, FOUND_BROKEN, true,
	    false, { { ADMITTED_LEASE, 0, "sshd" } },
	    PLAN_END_NONE, 0, false, WHY_LEASE },
	{ "root's, marked refused", FOUND_GOOD, FOUND_NOTHING, true, false,
	    { { ADMITTED_NOT, 0, "sshd" } },
	    PLAN_END_NONE, 0, false, WHY_LEASE },
	{ "root's beside one without lease", FOUND_GOOD, FOUND_NOTHING, true,
	    false, { { ADMITTED_LEASE, 0, "sshd" },
	    { ADMITTED_LEASE, 1001, "sshd" } },
	    PLAN_END_SOME, 2, false, WHY_NO_LEASE },
	{ "by a policy that now wants a lease", FOUND_GOOD, FOUND_NOTHING,
	    true, false, { { ADMITTED_POLICY, 1001, "sshd" } },
	    PLAN_END_ALL, 1, false, WHY_NO_LEASE },
};

static void
test_found(void **state)
{
	const struct plan *p;
	struct world w;
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(founds); i++) {
		world_init(&w);
		w.st.policy_found = founds[i].policy;
		w.st.lease_found = founds[i].lease;
		w.st.lease.services.n = 1;
		strcpy(w.st.lease.services.item[0], "sshd");
		w.now.readable = founds[i].clock;
		if (founds[i].over)
			set_clocks(&w, 0, 0);
		for (k = 0; k < SESSIONS_MAX; k++)
			if (founds[i].s[k].service != NULL)
				add_session(&w, founds[i].s[k].by,
				    founds[i].s[k].uid,
				    founds[i].s[k].service);
		p = plan(&w);
		if (p->end != founds[i].end || ends_bits(&w) !=
		    founds[i].bits || p->remove != founds[i].remove)
			fail_msg("%s: end %d, sessions %x, remove %d",
			    founds[i].name, (int)p->end, ends_bits(&w),
			    p->remove);
		if ((p->end != PLAN_END_NONE || p->remove) &&
		    (p->why != founds[i].why || p->uid == 0))
			fail_msg("%s: %s, uid %u", founds[i].name,
			    why_word(p->why), (unsigned int)p->uid);
		if (p->warn || p->mark)
			fail_msg("%s: warns or marks", founds[i].name);
	}
}

/* A session that the lease's limits end is no reason to warn the other. */
static void
test_ending_and_warning(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	w.st.lease.services.n = 1;
	strcpy(w.st.lease.services.item[0], "sshd");
	set_clocks(&w, S(-200), S(-200));
	add_session(&w, ADMITTED_LEASE, 1001, "login");
	assert_false(plan(&w)->warn);
	assert_int_equal(w.plan.end, PLAN_END_ALL);
	add_session(&w, ADMITTED_LEASE, 1001, "sshd");
	assert_true(plan(&w)->warn);
	assert_int_equal(w.plan.end, PLAN_END_SOME);
	assert_int_equal(w.plan.left, 200);
}

/* A lease of another boot is over at once, whatever its times say. */
static void
test_other_boot(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	strcpy(w.now.boot_id, OTHER_BOOT);
	assert_true(plan(&w)->remove);
	assert_int_equal(w.plan.why, WHY_OTHER_BOOT);
	assert_int_equal(w.plan.end, PLAN_END_ALL);
}

#define NEVER	INT64_MAX

/* When to look again, in seconds before the end; NEVER. */
static const struct {
	const char *name;
	int64_t wall, boot;	/* now, nanoseconds behind the end */
	int64_t max;
	size_t nsessions;
	enum found lease;
	bool clock, terminals;
	int64_t next_wall, next_boot;
} nexts[] = {
	{ "before the first warning", S(-600), S(-600), 0, 1, FOUND_GOOD,
	    true, true, 300, 300 },
	{ "at the first warning", S(-300), S(-300), 0, 1, FOUND_GOOD, true,
	    true, 60, 60 },
	{ "at the last warning", S(-60), S(-60), 0, 1, FOUND_GOOD, true, true,
	    0, 0 },
	{ "before the end", -1, -1, 0, 1, FOUND_GOOD, true, true, 0, 0 },
	{ "the boot clock is ahead", S(-600), S(-300), 0, 1, FOUND_GOOD, true,
	    true, 60, 60 },
	{ "no session", S(-600), S(-600), 0, 0, FOUND_GOOD, true, true, 300,
	    300 },
	{ "no session, no terminal", S(-600), S(-600), 0, 0, FOUND_GOOD, true,
	    false, 300, 300 },
	{ "no terminal", S(-600), S(-600), 0, 1, FOUND_GOOD, true, false, 300,
	    300 },
	{ "max", S(-3600), S(-3600), 3600, 1, FOUND_GOOD, true, true,
	    1800 + 300, 1800 + 300 },
	{ "over", 0, 0, 0, 1, FOUND_GOOD, true, true, NEVER, NEVER },
	{ "no lease", S(-600), S(-600), 0, 1, FOUND_NOTHING, true, true,
	    NEVER, NEVER },
	{ "broken lease", S(-600), S(-600), 0, 1, FOUND_BROKEN, true, true,
	    NEVER, NEVER },
	{ "unreadable clock", S(-600), S(-600), 0, 1, FOUND_GOOD, false, true,
	    NEVER, NEVER },
};

static void
test_nexts(void **state)
{
	const struct plan *p;
	struct world w;
	int64_t wall, boot;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(nexts); i++) {
		world_init(&w);
		set_clocks(&w, nexts[i].wall, nexts[i].boot);
		w.st.policy.max = nexts[i].max;
		w.st.lease_found = nexts[i].lease;
		w.now.readable = nexts[i].clock;
		w.terminals = nexts[i].terminals;
		if (nexts[i].nsessions > 0)
			add_session(&w, ADMITTED_LEASE, 1001, "sshd");
		wall = nexts[i].next_wall == NEVER ? NEVER :
		    S(EXPIRES - nexts[i].next_wall);
		boot = nexts[i].next_boot == NEVER ? NEVER :
		    S(EXPIRES_BOOT - nexts[i].next_boot);
		p = plan(&w);
		if (p->next_wall != wall || p->next_boot != boot)
			fail_msg("%s: %lld, %lld", nexts[i].name,
			    (long long)p->next_wall,
			    (long long)p->next_boot);
	}
}

/* A revocation that was not finished is, unless somebody is to stay. */
static void
test_revoked(void **state)
{
	static const struct {
		const char *name;
		bool revoked;
		enum found lease;
		enum admitted by;	/* of the one session, if any */
		size_t sessions;
		enum plan_end end;
		bool remove;
	} rows[] = {
		{ "nothing to finish", false, FOUND_NOTHING, ADMITTED_LEASE, 0,
		    PLAN_END_NONE, false },
		{ "nobody is in", true, FOUND_NOTHING, ADMITTED_LEASE, 0,
		    PLAN_END_ALL, true },
		{ "one is in", true, FOUND_NOTHING, ADMITTED_LEASE, 1,
		    PLAN_END_ALL, true },
		{ "one was kept", true, FOUND_NOTHING, ADMITTED_KEPT, 1,
		    PLAN_END_NONE, true },
		{ "another lease stands", true, FOUND_GOOD, ADMITTED_LEASE, 1,
		    PLAN_END_NONE, false },
	};
	struct watched watched;
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		world_init(&w);
		w.st.lease_found = rows[i].lease;
		if (rows[i].sessions > 0)
			add_session(&w, rows[i].by, 1001, "sshd");
		watched = (struct watched){
			.user = "alice",
			.state = &w.st,
			.sessions = w.sessions,
			.nsessions = w.nsessions,
			.marks = &w.marks,
			.revoked = rows[i].revoked,
			.revoked_uid = 1001,
			.run = w.run,
		};
		plan_user(&watched, &w.now, &w.plan, w.ends);
		if (w.plan.end != rows[i].end ||
		    w.plan.remove != rows[i].remove ||
		    (w.plan.end == PLAN_END_ALL && w.plan.uid != 1001))
			fail_msg("%s: end %d, remove %d, uid %u",
			    rows[i].name, (int)w.plan.end, w.plan.remove,
			    (unsigned int)w.plan.uid);
	}
}

/* With keep-detached never all of the user's, only all of the sessions. */
static void
test_keep_detached(void **state)
{
	static const struct {
		const char *name;
		size_t sessions;
		bool permissive;	/* the last of them: it stays */
		enum plan_end end;
		unsigned int ends;
		bool stays;
	} rows[] = {
		{ "nobody is in", 0, false, PLAN_END_NONE, 0, false },
		{ "one", 1, false, PLAN_END_SOME, 1, false },
		{ "two", 2, false, PLAN_END_SOME, 3, false },
		{ "one of two", 2, true, PLAN_END_SOME, 1, true },
	};
	struct world w;
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		world_init(&w);
		w.st.policy.keep_detached = true;
		set_clocks(&w, 0, 0);
		for (k = 0; k < rows[i].sessions; k++)
			add_session(&w, rows[i].permissive && k == 1 ?
			    ADMITTED_PERMISSIVE : ADMITTED_LEASE, 1001, "sshd");
		plan(&w);
		if (w.plan.end != rows[i].end || !w.plan.remove ||
		    ends_bits(&w) != rows[i].ends ||
		    w.plan.stays != rows[i].stays)
			fail_msg("%s: end %d, ends %u, remove %d, stays %d",
			    rows[i].name, (int)w.plan.end, ends_bits(&w),
			    w.plan.remove, w.plan.stays);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_extension),
		cmocka_unit_test(test_kept_for_a_terminal),
		cmocka_unit_test(test_no_leads),
		cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_clocks_without_session),
		cmocka_unit_test(test_step_taken_back),
		cmocka_unit_test(test_doubt_keeps_warnings),
		cmocka_unit_test(test_future),
		cmocka_unit_test(test_doubt_of_max),
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_ending_and_warning),
		cmocka_unit_test(test_other_boot),
		cmocka_unit_test(test_nexts),
		cmocka_unit_test(test_revoked),
		cmocka_unit_test(test_keep_detached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

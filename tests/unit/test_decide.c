#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decision.h"

#define OTHER_BOOT	"3b4d0c2e-7a51-4f0e-9c6d-2f8b1e5a9d05"

/* What each reason comes to. */
static const struct {
	enum why why;
	enum verdict_kind kind;
	enum step step;
	const char *word;
} whys[] = {
	{ WHY_NO_ACCOUNT, VERDICT_UNKNOWN_USER, STEP_ACCOUNT, "no-account" },
	{ WHY_ACCOUNT_UNREADABLE, VERDICT_ERROR, STEP_ACCOUNT,
	    "account-unreadable" },
	{ WHY_ACCOUNT, VERDICT_NEXT, STEP_ACCOUNT, "account" },
	{ WHY_NO_WINDDOWN, VERDICT_NEXT, STEP_WINDDOWN, "no-winddown" },
	{ WHY_EXEMPT, VERDICT_NEXT, STEP_WINDDOWN, "exempt" },
	{ WHY_PRESENT, VERDICT_NEXT, STEP_WINDDOWN, "present" },
	{ WHY_PRESENT_UNKNOWN, VERDICT_ERROR, STEP_WINDDOWN,
	    "present-unreadable" },
	{ WHY_WINDDOWN, VERDICT_DENY, STEP_WINDDOWN, "winddown" },
	{ WHY_WINDDOWN_OVER, VERDICT_DENY, STEP_WINDDOWN, "winddown-over" },
	{ WHY_ROOT, VERDICT_ADMIT, STEP_POLICY, "root" },
	{ WHY_POLICY_BROKEN, VERDICT_ERROR, STEP_POLICY, "policy-broken" },
	{ WHY_GROUPS, VERDICT_ERROR, STEP_POLICY, "groups-unreadable" },
	{ WHY_ZONE, VERDICT_ERROR, STEP_POLICY, "zone-unreadable" },
	{ WHY_ALLOW, VERDICT_ADMIT, STEP_POLICY, "allow" },
	{ WHY_DENY, VERDICT_DENY, STEP_POLICY, "deny" },
	{ WHY_RULE_LEASE, VERDICT_NEXT, STEP_POLICY, "rule-lease" },
	{ WHY_RULE_ASK, VERDICT_NEXT, STEP_POLICY, "rule-ask" },
	{ WHY_NO_RULE, VERDICT_NEXT, STEP_POLICY, "no-rule" },
	{ WHY_NO_LEASE, VERDICT_DENY, STEP_LEASE, "no-lease" },
	{ WHY_LEASE_BROKEN, VERDICT_ERROR, STEP_LEASE, "lease-broken" },
	{ WHY_LEASE_UNREADABLE, VERDICT_ERROR, STEP_LEASE,
	    "lease-unreadable" },
	{ WHY_CLOCK, VERDICT_ERROR, STEP_LEASE, "clock" },
	{ WHY_OTHER_USER, VERDICT_DENY, STEP_LEASE, "other-user" },
	{ WHY_OTHER_BOOT, VERDICT_DENY, STEP_LEASE, "other-boot" },
	{ WHY_FUTURE, VERDICT_ERROR, STEP_LEASE, "future" },
	{ WHY_EXPIRED, VERDICT_DENY, STEP_LEASE, "expired" },
	{ WHY_EXPIRED_BOOT, VERDICT_DENY, STEP_LEASE, "expired-boot" },
	{ WHY_SERVICE, VERDICT_DENY, STEP_LEASE, "service" },
	{ WHY_FROM, VERDICT_DENY, STEP_LEASE, "from" },
	{ WHY_DURING, VERDICT_DENY, STEP_LEASE, "during" },
	{ WHY_LEASE_ZONE, VERDICT_ERROR, STEP_LEASE, "zone-unreadable" },
	{ WHY_ASK, VERDICT_ASK, STEP_LEASE, "ask" },
	{ WHY_ASK_FULL, VERDICT_DENY, STEP_LEASE, "ask-full" },
	{ WHY_ASK_FAILED, VERDICT_ERROR, STEP_LEASE, "ask-failed" },
	{ WHY_ASK_REFUSED, VERDICT_DENY, STEP_LEASE, "ask-refused" },
	{ WHY_UNANSWERED, VERDICT_DENY, STEP_LEASE, "unanswered" },
	{ WHY_REFUSED, VERDICT_DENY, STEP_LEASE, "refused" },
	{ WHY_LEASE, VERDICT_ADMIT_LEASE, STEP_LEASE, "lease" },
	{ WHY_LIMIT, VERDICT_DENY, STEP_LIMIT, "limit" },
	{ WHY_LIMIT_UNKNOWN, VERDICT_ERROR, STEP_LIMIT, "limit-unreadable" },
	{ WHY_ROOM, VERDICT_NEXT, STEP_LIMIT, "room" },
	{ WHY_HOOK, VERDICT_DENY, STEP_HOOKS, "hook" },
	{ WHY_HOOK_FAILED, VERDICT_ERROR, STEP_HOOKS, "hook-failed" },
};

/* Decides, and expects that reason and all that goes with it. */
static struct verdict
expect(const char *name, const struct world *w, enum why why)
{
	struct verdict v = decide(&w->rq, &w->st, &w->now);
	bool admits = whys[why].kind == VERDICT_ADMIT ||
	    whys[why].kind == VERDICT_ADMIT_LEASE;

	if (v.why != why)
		fail_msg("%s: %s, not %s", name, why_word(v.why),
		    why_word(why));
	if (v.kind != whys[why].kind || v.step != whys[why].step)
		fail_msg("%s: kind %x in step %s", name, (unsigned int)v.kind,
		    step_name(v.step));
	if (verdict_admits(&v) != admits)
		fail_msg("%s: admits: %d", name, !admits);
	if (why != WHY_LEASE && (v.end != NO_END || v.end_boot != NO_END ||
	    v.hard_end != NO_END))
		fail_msg("%s: has an end", name);
	return v;
}

static void
test_words(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(whys); i++) {
		if (whys[i].why != (enum why)i)
			fail_msg("%s: row out of place", whys[i].word);
		if (strcmp(why_word(whys[i].why), whys[i].word) != 0)
			fail_msg("%s: %s", whys[i].word,
			    why_word(whys[i].why));
		if (strlen(why_text(whys[i].why)) < 10)
			fail_msg("%s: no text", whys[i].word);
	}
	assert_string_equal(step_name(STEP_ACCOUNT), "account");
	assert_string_equal(step_name(STEP_WINDDOWN), "wind-down");
	assert_string_equal(step_name(STEP_POLICY), "policy");
	assert_string_equal(step_name(STEP_LEASE), "lease");
	assert_string_equal(step_name(STEP_LIMIT), "limit");
}

/* One flipped bit makes no verdict another one, nor lets anybody in. */
static void
test_kinds_far_apart(void **state)
{
	unsigned int bit;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(whys); i++)
		for (bit = 0; bit < 31; bit++) {
			struct verdict v = { .kind = (enum verdict_kind)
			    ((unsigned int)whys[i].kind ^ 1u << bit) };

			if (verdict_admits(&v))
				fail_msg("%s, bit %u", whys[i].word, bit);
		}
}

static const struct {
	const char *name;
	bool known;
	uid_t uid;
	enum found policy, lease;
	bool clock;
	enum why why;
} founds[] = {
	{ "all good", true, 1001, FOUND_GOOD, FOUND_GOOD, true, WHY_LEASE },
	{ "no policy", true, 1001, FOUND_NOTHING, FOUND_GOOD, true,
	    WHY_LEASE },
	{ "broken policy", true, 1001, FOUND_BROKEN, FOUND_GOOD, true,
	    WHY_POLICY_BROKEN },
	{ "unreadable policy", true, 1001, FOUND_UNREADABLE, FOUND_GOOD, true,
	    WHY_POLICY_BROKEN },
	{ "broken policy and lease", true, 1001, FOUND_BROKEN, FOUND_BROKEN,
	    true, WHY_POLICY_BROKEN },
	{ "no lease", true, 1001, FOUND_GOOD, FOUND_NOTHING, true,
	    WHY_NO_LEASE },
	{ "no policy, no lease", true, 1001, FOUND_NOTHING, FOUND_NOTHING,
	    true, WHY_NO_LEASE },
	{ "broken lease", true, 1001, FOUND_GOOD, FOUND_BROKEN, true,
	    WHY_LEASE_BROKEN },
	{ "unreadable lease", true, 1001, FOUND_GOOD, FOUND_UNREADABLE, true,
	    WHY_LEASE_UNREADABLE },
	{ "no clock", true, 1001, FOUND_GOOD, FOUND_GOOD, false, WHY_CLOCK },
	{ "no clock, no lease", true, 1001, FOUND_GOOD, FOUND_NOTHING, false,
	    WHY_NO_LEASE },
	{ "no clock, no lease, no policy", true, 1001, FOUND_NOTHING,
	    FOUND_NOTHING, false, WHY_NO_LEASE },
	{ "unknown user", false, 1001, FOUND_GOOD, FOUND_GOOD, true,
	    WHY_NO_ACCOUNT },
	{ "unknown user with uid 0", false, 0, FOUND_GOOD, FOUND_GOOD, true,
	    WHY_NO_ACCOUNT },
	{ "root", true, 0, FOUND_GOOD, FOUND_NOTHING, true, WHY_ROOT },
	{ "root, everything broken", true, 0, FOUND_BROKEN, FOUND_BROKEN,
	    false, WHY_ROOT },
	{ "root, everything unreadable", true, 0, FOUND_UNREADABLE,
	    FOUND_UNREADABLE, false, WHY_ROOT },
};

static void
test_found(void **state)
{
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(founds); i++) {
		world_init(&w);
		w.rq.known = founds[i].known;
		w.rq.uid = founds[i].uid;
		w.st.policy_found = founds[i].policy;
		w.st.lease_found = founds[i].lease;
		w.now.readable = founds[i].clock;
		(void)expect(founds[i].name, &w, founds[i].why);
	}
}

#define MAX		INT64_C(3600)	/* the policy's, where it has one */
#define SHORT		(INT64_C(5400) - MAX)	/* what it takes off */
#define S(seconds)	((seconds) * NANOSECONDS)

/* How far both clocks are behind the lease's end, in nanoseconds. */
static const struct {
	const char *name;
	int64_t max;
	int64_t wall, boot;
	enum why why;
} times[] = {
	{ "just before both", 0, -1, -1, WHY_LEASE },
	{ "wall at the end", 0, 0, -1, WHY_EXPIRED },
	{ "wall past the end", 0, 1, -1, WHY_EXPIRED },
	{ "boot at the end", 0, -1, 0, WHY_EXPIRED_BOOT },
	{ "boot past the end", 0, -1, 1, WHY_EXPIRED_BOOT },
	{ "both at the end", 0, 0, 0, WHY_EXPIRED },
	{ "wall at, boot past", 0, 0, 1, WHY_EXPIRED },
	{ "wall past, boot at", 0, 1, 0, WHY_EXPIRED },
	{ "both past", 0, 1, 1, WHY_EXPIRED },
	{ "a second before", 0, S(-1), S(-1), WHY_LEASE },
	{ "a second past", 0, S(1), S(1), WHY_EXPIRED },
	{ "wall stepped back an hour", 0, S(-4000), 0, WHY_EXPIRED_BOOT },
	{ "wall stepped far ahead", 0, S(31622400), S(-600), WHY_EXPIRED },
	{ "boot clock long past", 0, S(-600), S(31622400), WHY_EXPIRED_BOOT },
	{ "at the start", 0, S(-5400), S(-5400), WHY_LEASE },
	{ "max: just before both", MAX, S(-SHORT) - 1, S(-SHORT) - 1,
	    WHY_LEASE },
	{ "max: wall at it", MAX, S(-SHORT), S(-SHORT) - 1, WHY_EXPIRED },
	{ "max: boot at it", MAX, S(-SHORT) - 1, S(-SHORT),
	    WHY_EXPIRED_BOOT },
	{ "max: both past it", MAX, S(-SHORT) + 1, S(-SHORT) + 1,
	    WHY_EXPIRED },
	{ "max as long as the lease", 5400, -1, -1, WHY_LEASE },
	{ "max a second shorter", 5399, -1, -1, WHY_EXPIRED },
	{ "max longer than the lease", 5401, 0, 0, WHY_EXPIRED },
};

static void
test_times(void **state)
{
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(times); i++) {
		world_init(&w);
		w.st.policy.max = times[i].max;
		w.now.wall = S(EXPIRES) + times[i].wall;
		w.now.boot = S(EXPIRES_BOOT) + times[i].boot;
		(void)expect(times[i].name, &w, times[i].why);
		if (lease_in_time(&w.st.lease, &w.st.policy, &w.now) !=
		    times[i].why)
			fail_msg("%s: lease_in_time()", times[i].name);
	}
}

/* Nanoseconds that the lease was issued ahead of the wall clock. */
static const struct {
	const char *name;
	int64_t ahead;
	enum why why;
} futures[] = {
	{ "now", 0, WHY_LEASE },
	{ "a second ahead", S(1), WHY_LEASE },
	{ "a minute ahead", S(60), WHY_LEASE },
	{ "a nanosecond more", S(60) + 1, WHY_FUTURE },
	{ "a second more", S(61), WHY_FUTURE },
	{ "a day ahead", S(86400), WHY_FUTURE },
};

static void
test_future(void **state)
{
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(futures); i++) {
		world_init(&w);
		w.now.wall = S(ISSUED) - futures[i].ahead;
		(void)expect(futures[i].name, &w, futures[i].why);
	}
}

/* The last times that a lease can have are more nanoseconds than fit. */
static const struct {
	const char *name;
	int64_t issued, expires, expires_boot;
	enum why why;
} fars[] = {
	{ "year 9999", INT64_C(253402300798), INT64_C(253402300799),
	    EXPIRES_BOOT, WHY_FUTURE },
	{ "year 2263", INT64_C(9246182400), INT64_C(9246182401),
	    EXPIRES_BOOT, WHY_FUTURE },
	{ "year 2554, where nanoseconds wrap", INT64_C(18446744074),
	    INT64_C(18446744075), EXPIRES_BOOT, WHY_FUTURE },
	{ "boot clock's last", ISSUED, EXPIRES, INT64_C(999999999999999),
	    WHY_LEASE },
	{ "boot clock at 0", ISSUED, EXPIRES, 0, WHY_EXPIRED_BOOT },
};

static void
test_far(void **state)
{
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(fars); i++) {
		world_init(&w);
		w.st.lease.issued_at = fars[i].issued;
		w.st.lease.expires_at = fars[i].expires;
		w.st.lease.expires_boottime = fars[i].expires_boot;
		(void)expect(fars[i].name, &w, fars[i].why);
	}
}

static const struct {
	const char *name;
	const char *user;	/* of the lease */
	uid_t uid;
	const char *boot;
	enum why why;
} owners[] = {
	{ "the same", "alice", 1001, BOOT, WHY_LEASE },
	{ "another user", "bob", 1001, BOOT, WHY_OTHER_USER },
	{ "another uid", "alice", 1002, BOOT, WHY_OTHER_USER },
	{ "root's uid", "alice", 0, BOOT, WHY_OTHER_USER },
	{ "uid with the same low bits", "alice", 1001 + 65536, BOOT,
	    WHY_OTHER_USER },
	{ "upper case", "Alice", 1001, BOOT, WHY_OTHER_USER },
	{ "longer", "alice2", 1001, BOOT, WHY_OTHER_USER },
	{ "shorter", "alic", 1001, BOOT, WHY_OTHER_USER },
	{ "nobody", "", 1001, BOOT, WHY_OTHER_USER },
	{ "another boot", "alice", 1001, OTHER_BOOT, WHY_OTHER_BOOT },
	{ "upper case boot", "alice", 1001,
	    "3B4D0C2E-7A51-4F0E-9C6D-2F8B1E5A9D04", WHY_OTHER_BOOT },
	{ "cut boot", "alice", 1001, "3b4d0c2e", WHY_OTHER_BOOT },
	{ "no boot", "alice", 1001, "", WHY_OTHER_BOOT },
};

static void
test_owners(void **state)
{
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(owners); i++) {
		world_init(&w);
		strcpy(w.st.lease.user, owners[i].user);
		w.st.lease.uid = owners[i].uid;
		strcpy(w.st.lease.boot_id, owners[i].boot);
		(void)expect(owners[i].name, &w, owners[i].why);
	}
}

static const struct {
	const char *name;
	const char *services, *from;	/* the lease's, or NULL for any */
	const char *service, *rhost;
	enum why why;
} matches[] = {
	{ "any", NULL, NULL, "sshd", "10.1.2.3", WHY_LEASE },
	{ "any, nothing is known", NULL, NULL, "", "", WHY_LEASE },
	{ "its service", "sshd", NULL, "sshd", "10.1.2.3", WHY_LEASE },
	{ "another service", "sshd", NULL, "login", "", WHY_SERVICE },
	{ "no service", "sshd", NULL, "", "", WHY_SERVICE },
	{ "not that service", "!sshd", NULL, "sshd", "", WHY_SERVICE },
	{ "its network", NULL, "10.0.0.0/8", "sshd", "10.1.2.3", WHY_LEASE },
	{ "another network", NULL, "10.0.0.0/8", "sshd", "11.1.2.3",
	    WHY_FROM },
	{ "no remote host", NULL, "10.0.0.0/8", "login", "", WHY_FROM },
	{ "both are wrong", "sshd", "10.0.0.0/8", "login", "", WHY_SERVICE },
};

static void
test_matches(void **state)
{
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(matches); i++) {
		world_init(&w);
		if (matches[i].services != NULL)
			strcpy(w.st.lease.services.item[
			    w.st.lease.services.n++], matches[i].services);
		if (matches[i].from != NULL)
			strcpy(w.st.lease.from.item[w.st.lease.from.n++],
			    matches[i].from);
		w.rq.service = matches[i].service;
		w.rq.rhost = matches[i].rhost;
		(void)expect(matches[i].name, &w, matches[i].why);
	}
}

/* What one step says, though others may have decided before it. */
static const struct {
	const char *name;
	enum step step;
	bool known, unreadable;
	const char *policy;
	enum found lease;
	enum why why;
} steps[] = {
	{ "account", STEP_ACCOUNT, true, false, "deny", FOUND_NOTHING,
	    WHY_ACCOUNT },
	{ "no account", STEP_ACCOUNT, false, false, "allow", FOUND_GOOD,
	    WHY_NO_ACCOUNT },
	{ "unreadable account", STEP_ACCOUNT, false, true, "allow", FOUND_GOOD,
	    WHY_ACCOUNT_UNREADABLE },
	{ "policy, no account", STEP_POLICY, false, false, "allow", FOUND_GOOD,
	    WHY_ALLOW },
	{ "policy", STEP_POLICY, true, false, "deny", FOUND_GOOD, WHY_DENY },
	{ "lease rule", STEP_POLICY, true, false, "lease", FOUND_NOTHING,
	    WHY_RULE_LEASE },
	{ "ask rule", STEP_POLICY, true, false, "ask", FOUND_GOOD,
	    WHY_RULE_ASK },
	{ "no rule", STEP_POLICY, true, false, "deny user bob", FOUND_GOOD,
	    WHY_NO_RULE },
	{ "lease, allowed", STEP_LEASE, true, false, "allow", FOUND_NOTHING,
	    WHY_NO_LEASE },
	{ "lease, denied", STEP_LEASE, true, false, "deny", FOUND_GOOD,
	    WHY_LEASE },
	{ "lease, no account", STEP_LEASE, false, false, "lease", FOUND_GOOD,
	    WHY_LEASE },
	{ "lease, ask", STEP_LEASE, true, false, "ask", FOUND_NOTHING,
	    WHY_ASK },
	{ "lease, ask, broken", STEP_LEASE, true, false, "ask", FOUND_BROKEN,
	    WHY_LEASE_BROKEN },
	{ "limit", STEP_LIMIT, true, false, "allow", FOUND_GOOD, WHY_ROOM },
	{ "limit, denied", STEP_LIMIT, true, false, "deny\nlimit 1",
	    FOUND_NOTHING, WHY_LIMIT },
};

static void
test_steps(void **state)
{
	const struct peer bob = { .request = { .user = "bob", .uid = 2000,
	    .service = "", .tty = "", .rhost = "" } };
	struct verdict v;
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(steps); i++) {
		world_init(&w);
		world_policy(&w, steps[i].policy);
		w.rq.known = steps[i].known;
		w.rq.unreadable = steps[i].unreadable;
		w.st.lease_found = steps[i].lease;
		w.st.peers = &bob;
		w.st.npeers = 1;
		v = decide_step(steps[i].step, &w.rq, &w.st, &w.now);
		if (v.why != steps[i].why || v.kind != whys[v.why].kind ||
		    v.step != steps[i].step)
			fail_msg("%s: %s", steps[i].name, why_word(v.why));
		policy_free(&w.st.policy);
	}
}

/* Where an admitted session ends, in seconds behind ISSUED. */
static const struct {
	const char *name;
	int64_t max;
	bool final;
	int64_t end;
	int64_t hard;		/* or 0: none */
} ends[] = {
	{ "plain", 0, false, 5400, 0 },
	{ "final", 0, true, 5400, 5400 },
	{ "max cuts it", 3600, false, 3600, 3600 },
	{ "max cuts a final one", 3600, true, 3600, 3600 },
	{ "max is the end", 5400, false, 5400, 5400 },
	{ "max leaves room to extend", 7200, false, 5400, 7200 },
	{ "final before max", 7200, true, 5400, 5400 },
};

static void
test_ends(void **state)
{
	struct verdict v;
	struct world w;
	int64_t hard;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ends); i++) {
		world_init(&w);
		w.st.policy.max = ends[i].max;
		w.st.lease.final = ends[i].final;
		w.now.wall = S(ISSUED);
		w.now.boot = S(EXPIRES_BOOT - 5400);
		v = expect(ends[i].name, &w, WHY_LEASE);
		hard = ends[i].hard != 0 ? ISSUED + ends[i].hard : NO_END;
		if (v.end != ISSUED + ends[i].end || v.hard_end != hard ||
		    v.end_boot != EXPIRES_BOOT - 5400 + ends[i].end)
			fail_msg("%s: end %lld, by boot clock %lld, hard %lld",
			    ends[i].name, (long long)(v.end - ISSUED),
			    (long long)v.end_boot,
			    (long long)v.hard_end);
		if (lease_end(&w.st.lease, &w.st.policy) != v.end ||
		    lease_end_boot(&w.st.lease, &w.st.policy) != v.end_boot)
			fail_msg("%s: lease_end()", ends[i].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_kinds_far_apart),
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_future),
		cmocka_unit_test(test_far),
		cmocka_unit_test(test_owners),
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

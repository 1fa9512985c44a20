#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger.h"
#include "paths.h"
#include "proc.h"
#include "scratch.h"
#include "state.h"
#include "store.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define WITH_FILES(t)	cmocka_unit_test_setup(t, scratch_setup)
#define POLICY		PATH_CONFIG "/" PATH_POLICY

/* Of a zone an hour east of UTC: RFC 8536, version 2. */
#define ZEROS_16	"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ZONE_HEAD	"TZif2" ZEROS_16 ZEROS_16 "\0\0\1\0\0\0\4"
#define ZONE_DATA	"\0\0\x0e\x10\0\0XXX\0"
#define ZONE		ZONE_HEAD ZONE_DATA ZONE_HEAD ZONE_DATA "\nXXX-1\n"

static struct state st;

static void
write_policy(const char *policy)
{
	(void)mkdir(PATH_CONFIG, 0755);
	scratch_file(AT_FDCWD, POLICY, 0644, policy);
}

static void
write_zone(size_t len)
{
	static const char zone[] = ZONE;
	int fd = open(PATH_LOCALTIME, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, zone, len), len);
	assert_int_equal(close(fd), 0);
}

/* A lease of alice's, for what a test has of it. */
static void
write_lease(const char *during)
{
	struct lease lease = {
		.user = "alice",
		.uid = 1001,
		.granted_by = "odai",
		.issued_at = 1774087200,
		.expires_at = 1774092600,
		.boot_id = "3b4d0c2e-7a51-4f0e-9c6d-2f8b1e5a9d04",
		.expires_boottime = 91234,
	};
	struct error err;
	int fd = state_make(&err);

	assert_int_not_equal(fd, -1);
	strcpy(lease.during, during);
	if (lease_store(fd, &lease, false, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(close(fd), 0);
}

/* Whoever is in stays as if there were no policy, and it says what is wrong. */
static void
test_inside(void **state)
{
	static const struct {
		const char *policy;	/* NULL: no file */
		int result;
	} rows[] = {
		{ NULL, 0 },
		{ "allow user alice\n", 0 },
		{ "grace 1h\nallow user alice\nalow\n", -1 },
	};
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		(void)scratch_setup(state);
		assert_int_equal(close(scratch_open()), 0);
		if (rows[i].policy != NULL)
			write_policy(rows[i].policy);
		if (state_read_policy_inside(&st) != rows[i].result ||
		    st.policy_lost != (rows[i].result == -1))
			fail_msg("row %zu: lost %d", i, st.policy_lost);
		if (st.policy_lost && (st.policy_found != FOUND_NOTHING ||
		    st.policy.nrules != 0 || st.policy.grace != 0 ||
		    st.policy.nleads != 2 ||
		    strstr(st.policy_error.text, POLICY ":3:1:") == NULL))
			fail_msg("row %zu: %s", i, st.policy_error.text);
		state_free(&st);
		assert_false(st.policy_lost);
	}
}

/* The host's zone is read where something needs it, and only there. */
static const struct {
	const char *name;
	const char *policy;
	const char *during;	/* of the lease */
	size_t zone;		/* bytes of the file; 0: there is none */
	enum found found;
} zones[] = {
	{ "not needed", "allow\n", "", sizeof(ZONE) - 1, FOUND_NOTHING },
	{ "not needed, not there", "allow\n", "", 0, FOUND_NOTHING },
	{ "for a rule", "allow during Mo\n", "", sizeof(ZONE) - 1,
	    FOUND_GOOD },
	{ "for a limit", "limit 1 during Mo\n", "", sizeof(ZONE) - 1,
	    FOUND_GOOD },
	{ "for the lease", "allow\n", "Mo", sizeof(ZONE) - 1, FOUND_GOOD },
	{ "for both", "allow during Mo\n", "Mo", sizeof(ZONE) - 1,
	    FOUND_GOOD },
	{ "not there", "allow during Mo\n", "", 0, FOUND_UNREADABLE },
	{ "not there, for the lease", "allow\n", "Mo", 0, FOUND_UNREADABLE },
	{ "not there, for both", "allow during Mo\n", "Mo", 0,
	    FOUND_UNREADABLE },
	{ "cut off", "allow during Mo\n", "", sizeof(ZONE) - 9,
	    FOUND_UNREADABLE },
};

static void
test_zones(void **state)
{
	size_t i;

	for (i = 0; i < COUNT(zones); i++) {
		(void)scratch_setup(state);
		assert_int_equal(close(scratch_open()), 0);
		write_policy(zones[i].policy);
		write_lease(zones[i].during);
		if (zones[i].zone > 0)
			write_zone(zones[i].zone);
		state_read(-1, "alice", 1001, NULL, &st);
		if (st.zone_found != zones[i].found)
			fail_msg("%s: found %d", zones[i].name,
			    (int)st.zone_found);
		if (st.zone_found == FOUND_GOOD &&
		    zone_offset(&st.zone, 0) != 3600)
			fail_msg("%s: another zone", zones[i].name);
		state_free(&st);
	}
}

static void
write_users(void)
{
	scratch_file(AT_FDCWD, "/etc/passwd", 0644,
	    "alice:x:1001:100::/:/bin/sh\n");
	scratch_file(AT_FDCWD, "/etc/group", 0644,
	    "users:x:100:\nstaff:x:50:alice,bob\n");
}

/* So are the groups, for a rule that asks. */
static void
test_groups(void **state)
{
	static const struct {
		const char *policy;
		const char *user;
		enum found found;
		size_t n;
	} rows[] = {
		{ "allow user alice\n", "alice", FOUND_NOTHING, 0 },
		{ "allow group staff\n", "alice", FOUND_GOOD, 2 },
		{ "limit 1 group staff\n", "alice", FOUND_GOOD, 2 },
		{ "allow group staff\n", "bob", FOUND_GOOD, 0 },
	};
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		(void)scratch_setup(state);
		assert_int_equal(close(scratch_open()), 0);
		write_users();
		write_policy(rows[i].policy);
		write_lease("");
		state_read(-1, rows[i].user, 1001, NULL, &st);
		if (st.groups_found != rows[i].found ||
		    st.groups.n != rows[i].n)
			fail_msg("row %zu: found %d, %zu groups", i,
			    (int)st.groups_found, st.groups.n);
		state_free(&st);
	}
}

/* The groups are read even where there is no directory of leases. */
static void
test_groups_without_state(void **state)
{
	(void)state;
	assert_int_equal(close(scratch_open()), 0);
	write_users();
	write_policy("allow group staff\n");
	state_read(-1, "alice", 1001, NULL, &st);
	assert_int_equal(st.lease_found, FOUND_NOTHING);
	assert_int_equal(st.groups_found, FOUND_GOOD);
	assert_int_equal(st.groups.n, 2);
	state_free(&st);
}

static void
enter(const char *user)
{
	struct session s = { .pid = getpid(), .uid = 1001,
	    .by = ADMITTED_LEASE };
	struct error err;
	int fd = state_make(&err);

	assert_int_not_equal(fd, -1);
	assert_true(proc_start(s.pid, &s.start));
	strcpy(s.user, user);
	if (ledger_add(fd, &s, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(close(fd), 0);
}

/* Who is in is read for a limit, and nobody is where there is no ledger. */
static void
test_peers(void **state)
{
	(void)state;
	assert_int_equal(close(scratch_open()), 0);
	write_policy("limit 1\n");
	state_read(-1, "alice", 1001, NULL, &st);
	assert_int_equal(st.peers_found, FOUND_GOOD);
	assert_int_equal(st.npeers, 0);
	enter("bob");
	enter("carol");
	state_read(-1, "alice", 1001, NULL, &st);
	assert_int_equal(st.peers_found, FOUND_GOOD);
	assert_int_equal(st.npeers, 2);
	assert_string_equal(st.peers[0].request.user, "bob");
	assert_int_equal(unlink(POLICY), 0);
	write_policy("allow\n");
	state_read(-1, "alice", 1001, NULL, &st);
	assert_int_equal(st.peers_found, FOUND_NOTHING);
	assert_int_equal(st.npeers, 0);
	assert_int_equal(unlink(POLICY), 0);
	write_policy("limit 1\n");
	scratch_file(AT_FDCWD, PATH_STATE "/" PATH_SESSIONS "/7-8", 0600, "");
	state_read(-1, "alice", 1001, NULL, &st);
	assert_int_equal(st.peers_found, FOUND_UNREADABLE);
	assert_int_equal(st.peers_error.code, ERROR_BROKEN);
	assert_int_equal(st.npeers, 0);
	assert_int_equal(chmod(PATH_STATE, 0777), 0);
	state_read(-1, "alice", 1001, NULL, &st);
	assert_int_equal(st.peers_found, FOUND_UNREADABLE);
	state_free(&st);
}

/* A user's state has the host's policy, and gives back only its own. */
static void
test_share(void **state)
{
	static struct state host;
	struct error err;
	int fd, i;

	(void)state;
	assert_int_equal(close(scratch_open()), 0);
	write_users();
	write_policy("allow group staff during Mo\ngrace 1m\n");
	write_zone(sizeof(ZONE) - 1);
	write_lease("Tu");
	fd = state_open(&err);
	assert_int_not_equal(fd, -1);
	assert_int_equal(state_read_policy_inside(&host), 0);
	for (i = 0; i < 2; i++) {
		state_share(&host, &st);
		state_read_user(fd, "alice", &st);
		assert_int_equal(st.policy_found, FOUND_GOOD);
		assert_int_equal(st.policy.nrules, 1);
		assert_int_equal(st.policy.grace, 60);
		assert_int_equal(st.zone_found, FOUND_GOOD);
		assert_int_equal(zone_offset(&st.zone, 0), 3600);
		assert_int_equal(st.lease_found, FOUND_GOOD);
		assert_int_equal(st.groups_found, FOUND_GOOD);
		assert_int_equal(st.groups.n, 2);
		state_free_user(&st);
		assert_int_equal(st.groups.n, 0);
		assert_null(st.policy.rules);
	}
	assert_string_equal(host.policy.rules[0].during, "Mo");
	assert_int_equal(zone_offset(&host.zone, 0), 3600);
	state_free(&host);
	state_free(&host);
	assert_int_equal(close(fd), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILES(test_inside),
		WITH_FILES(test_zones),
		WITH_FILES(test_groups),
		WITH_FILES(test_groups_without_state),
		WITH_FILES(test_peers),
		WITH_FILES(test_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

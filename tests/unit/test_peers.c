#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "order.h"
#include "paths.h"
#include "peers.h"
#include "proc.h"
#include "scratch.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define WITH_FILES(t)	cmocka_unit_test_setup(t, scratch_setup)
#define NOW		INT64_C(91234)	/* boot clock, when it is looked */

/* A session of this process, which lives; number tells them apart. */
static struct session
session_of(const char *user, enum admitted by)
{
	struct session s = {
		.pid = getpid(),
		.uid = 1001,
		.service = "sshd",
		.tty = "ssh",
		.rhost = "10.1.2.3",
		.by = by,
		.opened = 1774087200,
		.opened_boot = NOW,
	};

	assert_true(proc_start(s.pid, &s.start));
	strcpy(s.user, user);
	return s;
}

static struct session
add(int dirfd, const char *user, enum admitted by)
{
	struct session s = session_of(user, by);
	struct error err;

	if (ledger_add(dirfd, &s, &err) == -1)
		fail_msg("%s: %s", user, err.text);
	return s;
}

/* As a login that goes on enters. */
static struct session
enter(int dirfd, const char *user)
{
	struct session s = add(dirfd, user, ADMITTED_ENTERING);
	struct order order;
	struct error err;

	if (order_take(dirfd, &s, &order, &err) == -1)
		fail_msg("%s: %s", user, err.text);
	order_free(&order);
	return s;
}

/* Expects these users in; behind who is only entering there is a star. */
static void
expect(int dirfd, const struct session *own, const char *users)
{
	struct peers peers;
	struct error err;
	char text[256] = "";
	size_t i;

	memset(&peers, 0xff, sizeof(peers));
	if (peers_read(dirfd, own, false, &peers, &err) == -1)
		fail_msg("%s: %s", users, err.text);
	for (i = 0; i < peers.n; i++) {
		if (i > 0)
			strcat(text, " ");
		strcat(text, peers.list[i].request.user);
		if (peers.list[i].entering)
			strcat(text, "*");
		assert_null(peers.list[i].groups);
	}
	if (strcmp(text, users) != 0)
		fail_msg("'%s', not '%s'", text, users);
	peers_free(&peers);
	assert_null(peers.list);
	assert_int_equal(peers.n, 0);
	peers_free(&peers);
}

static void
test_nobody(void **state)
{
	const struct session own = session_of("alice", ADMITTED_ENTERING);
	int dir = scratch_open();

	(void)state;
	expect(dir, NULL, "");
	expect(dir, &own, "");
	assert_int_equal(close(dir), 0);
}

/* All that a limit's rule may ask of a login that is in. */
static void
test_items(void **state)
{
	const struct request *rq;
	struct peers peers;
	struct error err;
	int dir = scratch_open();

	(void)state;
	(void)add(dir, "alice", ADMITTED_LEASE);
	assert_int_equal(peers_read(dir, NULL, false, &peers, &err), 0);
	assert_int_equal(err.code, ERROR_NONE);
	assert_int_equal(peers.n, 1);
	rq = &peers.list[0].request;
	assert_string_equal(rq->user, "alice");
	assert_int_equal(rq->uid, 1001);
	assert_true(rq->known);
	assert_false(rq->unreadable);
	assert_string_equal(rq->service, "sshd");
	assert_string_equal(rq->tty, "ssh");
	assert_string_equal(rq->rhost, "10.1.2.3");
	peers_free(&peers);
	assert_int_equal(close(dir), 0);
}

/* Those of one user are side by side, so that they count once. */
static void
test_side_by_side(void **state)
{
	int dir = scratch_open();

	(void)state;
	(void)add(dir, "bob", ADMITTED_LEASE);
	(void)add(dir, "alice", ADMITTED_POLICY);
	(void)add(dir, "bob", ADMITTED_KEPT);
	(void)add(dir, "alice", ADMITTED_PERMISSIVE);
	expect(dir, NULL, "alice alice bob bob");
	assert_int_equal(close(dir), 0);
}

/* Who was refused is not in, nor is one whose process is gone. */
static void
test_not_in(void **state)
{
	struct session dead = session_of("dave", ADMITTED_LEASE);
	struct error err;
	int dir = scratch_open();

	(void)state;
	dead.start++;
	assert_int_equal(ledger_add(dir, &dead, &err), 0);
	dead.pid = INT32_MAX;
	assert_int_equal(ledger_add(dir, &dead, &err), 0);
	(void)add(dir, "alice", ADMITTED_NOT);
	(void)add(dir, "bob", ADMITTED_LEASE);
	(void)add(dir, "bob", ADMITTED_NOT);
	expect(dir, NULL, "bob");
	assert_int_equal(close(dir), 0);
}

/* A login is not one of those who were before it; its user may be. */
static void
test_own(void **state)
{
	struct session own;
	int dir = scratch_open();

	(void)state;
	(void)add(dir, "bob", ADMITTED_LEASE);
	own = add(dir, "alice", ADMITTED_ENTERING);
	expect(dir, &own, "bob");
	(void)add(dir, "alice", ADMITTED_LEASE);
	expect(dir, &own, "alice bob");
	assert_int_equal(close(dir), 0);
}

/* Of those who are entering too, who was first is in for the others. */
static void
test_entering(void **state)
{
	struct session first, own, last;
	int dir = scratch_open();

	(void)state;
	first = enter(dir, "alice");
	own = add(dir, "bob", ADMITTED_ENTERING);
	expect(dir, &own, "alice*");
	last = enter(dir, "carol");
	expect(dir, &last, "alice* bob*");
	/* Without a place of its own nobody who is entering is in. */
	expect(dir, NULL, "");
	/* Then the first one is in, or is refused. */
	first.by = ADMITTED_LEASE;
	assert_int_equal(ledger_replace(dir, &first, &(struct error){ 0 }),
	    0);
	expect(dir, NULL, "alice");
	first.by = ADMITTED_NOT;
	assert_int_equal(ledger_replace(dir, &first, &(struct error){ 0 }),
	    0);
	expect(dir, &last, "bob*");
	assert_int_equal(close(dir), 0);
}

/* Who is in the ledger but has no place yet comes after this one. */
static void
test_comes_after(void **state)
{
	struct session own, later;
	int dir = scratch_open();

	(void)state;
	own = add(dir, "alice", ADMITTED_ENTERING);
	later = add(dir, "bob", ADMITTED_ENTERING);
	expect(dir, &own, "");
	expect(dir, &later, "alice*");
	assert_int_equal(close(dir), 0);
}

/* Who hangs while it enters has a place for all who come much later. */
static void
test_hangs(void **state)
{
	static const struct {
		int64_t seconds;	/* that it was there before */
		const char *users;
	} rows[] = {
		{ 0, "" }, { 10, "" }, { 11, "alice*" }, { 3600, "alice*" },
		{ -3600, "" },
	};
	struct session s, own;
	struct error err;
	size_t i;
	int dir;

	for (i = 0; i < COUNT(rows); i++) {
		(void)scratch_setup(state);
		dir = scratch_open();
		s = session_of("alice", ADMITTED_ENTERING);
		s.opened_boot = NOW - rows[i].seconds;
		assert_int_equal(ledger_add(dir, &s, &err), 0);
		own = add(dir, "bob", ADMITTED_ENTERING);
		expect(dir, &own, rows[i].users);
		assert_int_equal(close(dir), 0);
	}
}

static void
expect_error(int dirfd, const struct session *own, enum error_code code)
{
	struct peers peers;
	struct error err;

	memset(&peers, 0xff, sizeof(peers));
	assert_int_equal(peers_read(dirfd, own, false, &peers, &err), -1);
	assert_int_equal(err.code, code);
	assert_int_not_equal(err.text[0], '\0');
	assert_null(peers.list);
	assert_int_equal(peers.n, 0);
	peers_free(&peers);
}

/* An entry that can't be read may be anybody's. */
static void
test_broken(void **state)
{
	struct session own;
	int dir = scratch_open(), fd;

	(void)state;
	(void)add(dir, "bob", ADMITTED_LEASE);
	own = add(dir, "alice", ADMITTED_ENTERING);
	fd = openat(dir, PATH_SESSIONS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	scratch_file(fd, "7-8", 0600, "version=2\n");
	expect_error(dir, NULL, ERROR_BROKEN);
	expect_error(dir, &own, ERROR_BROKEN);
	assert_int_equal(unlinkat(fd, "7-8", 0), 0);
	expect(dir, NULL, "bob");
	assert_int_equal(close(fd), 0);
	assert_int_equal(chmod(SCRATCH "/" PATH_SESSIONS, 0777), 0);
	expect_error(dir, NULL, ERROR_BROKEN);
	assert_int_equal(close(dir), 0);
}

/* Without a place nobody can tell who was first. */
static void
test_no_place(void **state)
{
	struct session own;
	int dir = scratch_open();

	(void)state;
	own = add(dir, "alice", ADMITTED_ENTERING);
	assert_int_equal(symlinkat("/run/elsewhere", dir, PATH_ORDER), 0);
	expect_error(dir, &own, ERROR_SYSTEM);
	expect(dir, NULL, "");
	assert_int_equal(close(dir), 0);
}

/* Groups are those of now, and of each who is in. */
static void
test_groups(void **state)
{
	static const struct {
		const char *user;
		size_t n;
		const char *names[2];
	} rows[] = {
		{ "alice", 2, { "users", "staff" } },
		{ "alice", 2, { "users", "staff" } },
		{ "bob", 1, { "users" } },
		{ "gone", 0, { NULL } },
	};
	struct peers peers;
	struct error err;
	size_t i, k;
	int dir = scratch_open();

	(void)state;
	scratch_file(AT_FDCWD, "/etc/passwd", 0644,
	    "alice:x:1001:100::/:/bin/sh\nbob:x:1002:100::/:/bin/sh\n");
	scratch_file(AT_FDCWD, "/etc/group", 0644,
	    "users:x:100:\nstaff:x:50:alice\n");
	for (i = 0; i < COUNT(rows); i++)
		(void)add(dir, rows[i].user, ADMITTED_LEASE);
	assert_int_equal(peers_read(dir, NULL, true, &peers, &err), 0);
	assert_int_equal(peers.n, COUNT(rows));
	for (i = 0; i < peers.n; i++) {
		const struct list *groups = peers.list[i].groups;
		const char *name;

		assert_string_equal(peers.list[i].request.user, rows[i].user);
		if (groups == NULL || groups->n != rows[i].n)
			fail_msg("%s: not %zu groups", rows[i].user,
			    rows[i].n);
		for (k = 0, name = list_first(groups); name != NULL;
		    name = list_next(groups, name))
			assert_string_equal(name, rows[i].names[k++]);
		assert_int_equal(k, rows[i].n);
	}
	peers_free(&peers);
	assert_int_equal(close(dir), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILES(test_nobody),
		WITH_FILES(test_items),
		WITH_FILES(test_side_by_side),
		WITH_FILES(test_not_in),
		WITH_FILES(test_own),
		WITH_FILES(test_entering),
		WITH_FILES(test_comes_after),
		WITH_FILES(test_hangs),
		WITH_FILES(test_broken),
		WITH_FILES(test_no_place),
		WITH_FILES(test_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

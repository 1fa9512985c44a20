#include <sys/wait.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "file.h"
#include "ledger.h"
#include "paths.h"
#include "proc.h"
#include "scratch.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define WITH_FILES(t)	cmocka_unit_test_setup(t, scratch_setup)
#define SESSIONS	SCRATCH "/" PATH_SESSIONS
#define MANY		100

static struct session
session_of(const char *user, pid_t pid, uint64_t start)
{
	struct session s = {
		.pid = pid,
		.start = start,
		.uid = 1001,
		.service = "sshd",
		.tty = "ssh",
		.rhost = "10.1.2.3",
		.by = ADMITTED_LEASE,
		.opened = 1774087200,
		.opened_boot = 91234,
	};

	strcpy(s.user, user);
	return s;
}

static void
add(int dirfd, const char *user, pid_t pid, uint64_t start)
{
	struct session s = session_of(user, pid, start);
	struct error err;

	if (ledger_add(dirfd, &s, &err) == -1)
		fail_msg("%s: %s", user, err.text);
}

static void
expect_count(int dirfd, const char *user, size_t n)
{
	struct ledger ledger;
	struct error err;

	if (ledger_read(dirfd, user, &ledger, &err) == -1)
		fail_msg("%s", err.text);
	if (ledger.n != n || ledger.broken != 0)
		fail_msg("%zu entries, not %zu; %zu broken", ledger.n, n,
		    ledger.broken);
	ledger_free(&ledger);
}

static void
test_no_directory(void **state)
{
	struct session s = session_of("alice", 7, 8);
	struct ledger ledger;
	struct error err;
	int dir = scratch_open();

	(void)state;
	assert_int_equal(ledger_read(dir, NULL, &ledger, &err), 0);
	assert_int_equal(err.code, ERROR_NONE);
	assert_int_equal(ledger.n, 0);
	assert_null(ledger.list);
	ledger_free(&ledger);
	ledger_free(&ledger);
	assert_int_equal(ledger_remove(dir, "7-8", &err), -1);
	assert_int_equal(err.code, ERROR_ABSENT);
	assert_int_equal(ledger_replace(dir, &s, &err), -1);
	assert_int_equal(err.code, ERROR_ABSENT);
	assert_int_equal(scratch_count(SCRATCH), 0);
	assert_int_equal(close(dir), 0);
}

static void
test_add(void **state)
{
	struct session s = session_of("alice", 7, 8), *back;
	struct ledger ledger;
	struct error err;
	struct stat st;
	int dir = scratch_open();

	(void)state;
	s.number = 5;
	assert_int_equal(ledger_add(dir, &s, &err), 0);
	assert_int_equal(s.number, 0);
	assert_int_equal(stat(SESSIONS, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	assert_int_equal(stat(SESSIONS "/7-8", &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(ledger_read(dir, NULL, &ledger, &err), 0);
	assert_int_equal(ledger.n, 1);
	back = &ledger.list[0];
	assert_int_equal(back->pid, 7);
	assert_int_equal(back->start, 8);
	assert_int_equal(back->number, 0);
	assert_string_equal(back->user, "alice");
	assert_int_equal(back->uid, 1001);
	assert_string_equal(back->service, "sshd");
	assert_string_equal(back->tty, "ssh");
	assert_string_equal(back->rhost, "10.1.2.3");
	assert_int_equal(back->by, ADMITTED_LEASE);
	assert_int_equal(back->opened, 1774087200);
	assert_int_equal(back->opened_boot, 91234);
	ledger_free(&ledger);
	assert_int_equal(close(dir), 0);
}

/* One process may open several sessions, but not any number of them. */
static void
test_same_process(void **state)
{
	struct session s = session_of("alice", 7, 8);
	struct error err;
	unsigned int i;
	int dir = scratch_open();

	(void)state;
	for (i = 0; i <= SESSION_SAME_MAX; i++) {
		if (ledger_add(dir, &s, &err) == -1 || s.number != i)
			fail_msg("session %u: %u, %s", i, s.number, err.text);
	}
	expect_count(dir, "alice", SESSION_SAME_MAX + 1);
	assert_int_equal(ledger_add(dir, &s, &err), -1);
	assert_int_equal(err.code, ERROR_BUSY);
	assert_int_equal(scratch_count(SESSIONS), SESSION_SAME_MAX + 1);
	/* A gap is filled again. */
	assert_int_equal(ledger_remove(dir, "7-8.3", &err), 0);
	assert_int_equal(ledger_add(dir, &s, &err), 0);
	assert_int_equal(s.number, 3);
	assert_int_equal(close(dir), 0);
}

static void
test_remove(void **state)
{
	static const char *const gone[] = { "7-8", "7-9", "nothing", "" };
	struct error err;
	size_t i;
	int dir = scratch_open();

	(void)state;
	add(dir, "alice", 7, 8);
	add(dir, "alice", 9, 8);
	assert_int_equal(ledger_remove(dir, "7-8", &err), 0);
	expect_count(dir, NULL, 1);
	for (i = 0; i < COUNT(gone); i++)
		if (ledger_remove(dir, gone[i], &err) != -1 ||
		    err.code != ERROR_ABSENT)
			fail_msg("'%s': code %d", gone[i], (int)err.code);
	expect_count(dir, NULL, 1);
	assert_int_equal(close(dir), 0);
}

static void
test_replace(void **state)
{
	struct session s = session_of("alice", 7, 8);
	struct ledger ledger;
	struct error err;
	int dir = scratch_open();

	(void)state;
	assert_int_equal(ledger_add(dir, &s, &err), 0);
	assert_int_equal(ledger_add(dir, &s, &err), 0);
	s.by = ADMITTED_KEPT;
	assert_int_equal(ledger_replace(dir, &s, &err), 0);
	assert_int_equal(ledger_read(dir, "alice", &ledger, &err), 0);
	assert_int_equal(ledger.n, 2);
	assert_int_equal(ledger.list[0].number + ledger.list[1].number, 1);
	assert_int_equal(ledger.list[0].by, ledger.list[0].number == 1 ?
	    ADMITTED_KEPT : ADMITTED_LEASE);
	ledger_free(&ledger);
	assert_int_equal(close(dir), 0);
}

/* Sorted by user, then by age, however the directory has them. */
static void
test_sorted(void **state)
{
	static const char *const users[] = { "dave", "bob", "alice", "bobby" };
	struct ledger ledger;
	struct session *found;
	struct error err;
	size_t i, n;
	int dir = scratch_open();

	(void)state;
	for (i = 0; i < MANY; i++)
		add(dir, users[i % 4], (pid_t)(i + 1), (i * 37) % MANY);
	assert_int_equal(ledger_read(dir, NULL, &ledger, &err), 0);
	assert_int_equal(ledger.n, MANY);
	for (i = 1; i < MANY; i++) {
		const struct session *a = &ledger.list[i - 1];
		const struct session *b = &ledger.list[i];
		int r = strcmp(a->user, b->user);

		if (r > 0 || (r == 0 && a->start >= b->start))
			fail_msg("%s %llu before %s %llu", a->user,
			    (unsigned long long)a->start, b->user,
			    (unsigned long long)b->start);
	}
	for (i = 0; i < COUNT(users); i++) {
		found = ledger_find(&ledger, users[i], &n);
		if (found == NULL || n != MANY / 4 ||
		    strcmp(found[0].user, users[i]) != 0 ||
		    strcmp(found[n - 1].user, users[i]) != 0 ||
		    (found > ledger.list &&
		    strcmp(found[-1].user, users[i]) == 0))
			fail_msg("%s: %zu found", users[i], n);
		expect_count(dir, users[i], MANY / 4);
	}
	ledger_free(&ledger);
	assert_int_equal(close(dir), 0);
}

static void
test_find_nobody(void **state)
{
	static const char *const users[] = { "", "a", "alic", "alice2", "z" };
	struct ledger ledger;
	struct error err;
	size_t i, n;
	int dir = scratch_open();

	(void)state;
	add(dir, "alice", 1, 1);
	add(dir, "bob", 2, 1);
	assert_int_equal(ledger_read(dir, NULL, &ledger, &err), 0);
	for (i = 0; i < COUNT(users); i++)
		if (ledger_find(&ledger, users[i], &n) != NULL || n != 0)
			fail_msg("'%s' is found", users[i]);
	ledger_free(&ledger);
	assert_null(ledger_find(&ledger, "alice", &n));
	expect_count(dir, "nobody", 0);
	assert_int_equal(close(dir), 0);
}

/* Only a process of that number and start time counts as alive. */
static void
test_drop_dead(void **state)
{
	struct ledger ledger;
	struct error err;
	uint64_t start;
	int dir = scratch_open();

	(void)state;
	assert_true(proc_start(getpid(), &start));
	add(dir, "alice", getpid(), start);
	add(dir, "alice", getpid(), start + 1);
	add(dir, "bob", INT32_MAX, start);
	add(dir, "carol", getpid(), start);
	assert_int_equal(ledger_read(dir, NULL, &ledger, &err), 0);
	assert_int_equal(ledger.n, 4);
	ledger_drop_dead(&ledger);
	assert_int_equal(ledger.n, 2);
	assert_string_equal(ledger.list[0].user, "alice");
	assert_int_equal(ledger.list[0].start, start);
	assert_string_equal(ledger.list[1].user, "carol");
	ledger_free(&ledger);
	ledger_drop_dead(&ledger);
	expect_count(dir, NULL, 4);
	assert_int_equal(close(dir), 0);
}

#define GOOD	"version=1\nuser=alice\nuid=1001\nservice=sshd\ntty=ssh\n" \
		"rhost=\nby=lease\nopened=1\nopened_boot=1\n"

/*
 * Files that stand where entries should: counted, and named.  The good one is
 * an entry by its own name.
 */
static const struct {
	const char *name;
	mode_t mode;
	const char *data;
} broken[] = {
	{ "7-8", 0644, GOOD },
	{ "7-8", 0600, "" },
	{ "7-8", 0600, "version=2\n" },
	{ "7-8", 0600, "{}" },
	{ "7-8", 0600, GOOD "x=1\n" },
	{ "7-8", 0600, "version=1\nuser=alice\nuid=1001\nservice=sshd\n"
	    "tty=ssh\nrhost=\nby=lease\nopened=1\n" },
	{ "7", 0600, GOOD },
	{ "07-8", 0600, GOOD },
	{ "7-8.0", 0600, GOOD },
	{ "7-8.65", 0600, GOOD },
	{ "7-8~", 0600, GOOD },
	{ "alice.lease", 0600, GOOD },
};

static void
test_broken(void **state)
{
	struct ledger ledger;
	struct error err;
	size_t i;
	int dir = scratch_open(), fd;

	(void)state;
	add(dir, "alice", 1, 1);
	add(dir, "bob", 2, 1);
	fd = dir_open(SESSIONS, DIR_PRIVATE, &err);
	assert_int_not_equal(fd, -1);
	for (i = 0; i < COUNT(broken); i++) {
		scratch_file(fd, broken[i].name, broken[i].mode,
		    broken[i].data);
		if (ledger_read(dir, NULL, &ledger, &err) == -1)
			fail_msg("'%s': %s", broken[i].name, err.text);
		if (ledger.n != 2 || ledger.broken != 1 ||
		    err.code != ERROR_BROKEN ||
		    strstr(err.text, broken[i].name) == NULL)
			fail_msg("'%s' of %zu bytes: %zu, %zu broken, %s",
			    broken[i].name, strlen(broken[i].data), ledger.n,
			    ledger.broken, err.text);
		ledger_free(&ledger);
		assert_int_equal(unlinkat(fd, broken[i].name, 0), 0);
	}
	scratch_file(fd, "7-12", 0600, GOOD);
	expect_count(dir, NULL, 3);
	assert_int_equal(unlinkat(fd, "7-12", 0), 0);
	assert_int_equal(mkdirat(fd, "7-8", 0700), 0);
	assert_int_equal(mkfifoat(fd, "7-9", 0600), 0);
	assert_int_equal(symlinkat("1-1", fd, "7-10"), 0);
	assert_int_equal(linkat(fd, "1-1", fd, "7-11", 0), 0);
	assert_int_equal(ledger_read(dir, NULL, &ledger, &err), 0);
	assert_int_equal(ledger.n, 1);
	assert_int_equal(ledger.broken, 5);
	ledger_free(&ledger);
	assert_int_equal(close(fd), 0);
	assert_int_equal(close(dir), 0);
}

/* What a killed writer left goes, what a live one writes stays. */
static void
test_sweeps(void **state)
{
	struct draft mine = DRAFT_INIT;
	struct error err;
	pid_t pid;
	int dir = scratch_open(), fd;

	(void)state;
	add(dir, "alice", 1, 1);
	fd = dir_open(SESSIONS, DIR_PRIVATE, &err);
	assert_int_not_equal(fd, -1);
	assert_int_equal(draft_write(&mine, fd, "new", 3, &err), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		struct draft d = DRAFT_INIT;

		(void)draft_write(&d, fd, "half", 4, &err);
		(void)raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(scratch_count(SESSIONS), 3);
	expect_count(dir, NULL, 1);
	assert_int_equal(scratch_count(SESSIONS), 2);
	assert_int_equal(faccessat(fd, mine.name, F_OK, 0), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(close(dir), 0);
}

static const struct {
	const char *name;
	mode_t mode;		/* 0: a symlink */
	uid_t owner;
} dirs[] = {
	{ "0755", 0755, 0 },
	{ "0777", 0777, 0 },
	{ "another's", 0700, 1000 },
	{ "symlink", 0, 0 },
};

static void
test_untrusted_directory(void **state)
{
	struct session s = session_of("alice", 1, 1);
	struct ledger ledger;
	struct error err;
	size_t i;
	int dir = scratch_open();

	(void)state;
	for (i = 0; i < COUNT(dirs); i++) {
		if (dirs[i].mode == 0) {
			assert_int_equal(symlink(".", SESSIONS), 0);
		} else {
			assert_int_equal(mkdir(SESSIONS, 0700), 0);
			assert_int_equal(chown(SESSIONS, dirs[i].owner, 0),
			    0);
			assert_int_equal(chmod(SESSIONS, dirs[i].mode), 0);
		}
		if (ledger_read(dir, NULL, &ledger, &err) != -1 ||
		    err.code != ERROR_BROKEN || ledger.list != NULL)
			fail_msg("%s: read", dirs[i].name);
		if (ledger_add(dir, &s, &err) != -1 ||
		    err.code != ERROR_BROKEN)
			fail_msg("%s: written to", dirs[i].name);
		assert_int_equal(remove(SESSIONS), 0);
		assert_int_equal(scratch_count(SCRATCH), 0);
	}
	assert_int_equal(close(dir), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILES(test_no_directory),
		WITH_FILES(test_add),
		WITH_FILES(test_same_process),
		WITH_FILES(test_remove),
		WITH_FILES(test_replace),
		WITH_FILES(test_sorted),
		WITH_FILES(test_find_nobody),
		WITH_FILES(test_drop_dead),
		WITH_FILES(test_broken),
		WITH_FILES(test_sweeps),
		WITH_FILES(test_untrusted_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <sys/resource.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "file.h"
#include "paths.h"
#include "reader.h"
#include "scratch.h"
#include "state.h"
#include "store.h"
#include "writer.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define WITH_FILES(t)	cmocka_unit_test_setup(t, scratch_setup)
#define S(seconds)	((seconds) * NANOSECONDS)

#define RUN_LEASE	PATH_STATE "/alice.lease"
#define RUN_MARKS	PATH_STATE "/alice.warned"
#define KEPT_LEASE	PATH_KEPT "/alice.lease"
#define POLICY		PATH_CONFIG "/" PATH_POLICY

#define ISSUED		INT64_C(1774087200)
#define BOOT		"3b4d0c2e-7a51-4f0e-9c6d-2f8b1e5a9d04"
#define NEXT_BOOT	"3b4d0c2e-7a51-4f0e-9c6d-2f8b1e5a9d05"

static const struct moment now = {
	.readable = true,
	.wall = S(ISSUED + 600),
	.boot = S(1000),
	.boot_id = NEXT_BOOT,
};

static struct lease
lease_of(const char *user, int64_t length)
{
	struct lease lease = {
		.uid = 1001,
		.granted_by = "odai",
		.issued_at = ISSUED,
		.expires_at = ISSUED + length,
		.boot_id = BOOT,
		.expires_boottime = 91234,
	};

	strcpy(lease.user, user);
	return lease;
}

/* The state directory, made as the programs make it. */
static int
open_state(void)
{
	struct error err;
	int fd;

	assert_int_equal(close(scratch_open()), 0);
	assert_int_equal(rmdir(SCRATCH), 0);
	fd = state_make(&err);
	if (fd == -1)
		fail_msg("%s", err.text);
	return fd;
}

static bool
there(const char *path)
{
	return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void
store(int dirfd, const char *user, int64_t length, bool keep)
{
	struct lease lease = lease_of(user, length);
	struct error err;

	if (lease_store(dirfd, &lease, keep, &err) == -1)
		fail_msg("%s: %s", user, err.text);
}

/* The end of alice's lease in that directory, seconds behind ISSUED, or -1. */
static int64_t
length_in(const char *path)
{
	struct lease lease;
	struct error err;
	int fd = dir_open(path, DIR_PRIVATE, &err), r;

	if (fd == -1)
		return -1;
	r = lease_read(fd, "alice", &lease, &err);
	assert_int_equal(close(fd), 0);
	return r == 0 ? lease.expires_at - ISSUED : -1;
}

/* By the boot clock the end is rounded up: never before its time. */
static const struct {
	int64_t wall, boot;	/* ns; wall is behind the lease's end */
	int64_t expires;
} ends[] = {
	{ S(-100), S(1000), 1100 },
	{ S(-100), S(1000) + 1, 1101 },
	{ S(-100) + 1, S(1000), 1100 },
	{ S(-100) - 1, S(1000), 1101 },
	{ S(-100) + 1, S(1000) + 1, 1100 },
	{ S(-100) + 1, S(1000) - 1, 1100 },
	{ S(-100) + 500000000, S(1000) + 500000000, 1100 },
	{ S(-100) + 500000000, S(1000) + 500000001, 1101 },
	{ 0, S(1000), 1000 },
	{ -1, S(1000), 1001 },
	/* Before it was issued there is no more left than all of it. */
	{ S(-7200), S(1000), 8200 },
	{ S(-7201), S(1000), 8200 },
	{ S(-ISSUED - 7200), S(1000), 8200 },
};

static void
test_set_end(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ends); i++) {
		struct lease lease = lease_of("alice", 5400);
		struct moment at = now;

		at.wall = S(ISSUED + 7200) + ends[i].wall;
		at.boot = ends[i].boot;
		lease_set_end(&lease, &at, ISSUED + 7200);
		if (lease.expires_boottime != ends[i].expires ||
		    lease.expires_at != ISSUED + 7200 ||
		    lease.issued_at != ISSUED ||
		    strcmp(lease.boot_id, NEXT_BOOT) != 0)
			fail_msg("row %zu: %lld", i,
			    (long long)lease.expires_boottime);
	}
}

static void
test_make(void **state)
{
	struct error err;
	struct stat st;
	int fd = open_state(), again;

	(void)state;
	assert_int_equal(stat(PATH_STATE, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	assert_int_equal(stat(PATH_STATE "/" PATH_SESSIONS, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	again = state_make(&err);
	assert_int_not_equal(again, -1);
	assert_int_equal(close(again), 0);
	again = state_open(&err);
	assert_int_not_equal(again, -1);
	assert_int_equal(close(again), 0);
	assert_int_equal(close(fd), 0);
}

static void
plant_nothing(const char *path)
{
	(void)path;
}

static void
plant_good(const char *path)
{
	assert_int_equal(mkdir(path, 0700), 0);
}

static void
plant_symlink(const char *path)
{
	assert_int_equal(mkdir("/run/elsewhere", 0700), 0);
	assert_int_equal(symlink("/run/elsewhere", path), 0);
}

static void
plant_dangling(const char *path)
{
	assert_int_equal(symlink("/run/nothing", path), 0);
}

static void
plant_0777(const char *path)
{
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, 0777), 0);
}

static void
plant_of_1000(const char *path)
{
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chown(path, 1000, 0), 0);
}

static void
plant_file(const char *path)
{
	scratch_file(AT_FDCWD, path, 0600, "");
}

/* What stands at PATH_STATE, and what a login of alice's makes of it. */
static const struct {
	const char *name;
	void (*plant)(const char *path);
	enum error_code code;
	enum why why;
} planted[] = {
	{ "nothing", plant_nothing, ERROR_ABSENT, WHY_NO_LEASE },
	{ "good", plant_good, ERROR_NONE, WHY_NO_LEASE },
	{ "symlink", plant_symlink, ERROR_BROKEN, WHY_LEASE_BROKEN },
	{ "dangling", plant_dangling, ERROR_BROKEN, WHY_LEASE_BROKEN },
	{ "0777", plant_0777, ERROR_BROKEN, WHY_LEASE_BROKEN },
	{ "another's", plant_of_1000, ERROR_BROKEN, WHY_LEASE_BROKEN },
	{ "file", plant_file, ERROR_BROKEN, WHY_LEASE_BROKEN },
};

/* Reads and decides about a login; st is all zero, or of another login. */
static enum why
decide_about(const char *user, uid_t uid, struct state *st)
{
	struct request rq = { .user = user, .uid = uid, .known = true,
	    .service = "sshd", .tty = "ssh", .rhost = "" };

	state_read(-1, user, 1001, NULL, st);
	return decide(&rq, st, &now).why;
}

static void
test_places(void **state)
{
	static struct state st;
	struct error err;
	size_t i;
	int fd;

	for (i = 0; i < COUNT(planted); i++) {
		(void)scratch_setup(state);
		assert_int_equal(close(scratch_open()), 0);
		planted[i].plant(PATH_STATE);
		fd = state_open(&err);
		if ((fd != -1) != (planted[i].code == ERROR_NONE) ||
		    err.code != planted[i].code)
			fail_msg("%s: fd %d: %s", planted[i].name, fd,
			    err.text);
		if (fd != -1)
			assert_int_equal(close(fd), 0);
		if (decide_about("alice", 1001, &st) != planted[i].why)
			fail_msg("%s: not %s", planted[i].name,
			    why_word(planted[i].why));
		if (decide_about("root", 0, &st) != WHY_ROOT)
			fail_msg("%s: root is locked out", planted[i].name);
		fd = state_make(&err);
		if ((fd != -1) != (planted[i].code != ERROR_BROKEN))
			fail_msg("%s: made", planted[i].name);
		if (fd != -1)
			assert_int_equal(close(fd), 0);
	}
	state_free(&st);
}

static const struct {
	const char *name;
	const char *data;	/* of the policy, or NULL: no file */
	mode_t mode, dir;	/* dir 0: no directory */
	uid_t owner;
	enum found found;
	const char *text;	/* part of the error's */
} policies[] = {
	{ "no directory", NULL, 0, 0, 0, FOUND_NOTHING, "" },
	{ "no file", NULL, 0, 0755, 0, FOUND_NOTHING, "" },
	{ "good", "max 1h\n", 0644, 0755, 0, FOUND_GOOD, "" },
	{ "private", "max 1h\n", 0600, 0700, 0, FOUND_GOOD, "" },
	{ "empty", "", 0644, 0755, 0, FOUND_GOOD, "" },
	{ "bad line", "max 1h\nmix 1h\n", 0644, 0755, 0, FOUND_BROKEN,
	    POLICY ":2:1: " },
	{ "writable for all", "max 1h\n", 0646, 0755, 0, FOUND_BROKEN,
	    "mode" },
	{ "another's", "max 1h\n", 0644, 0755, 1000, FOUND_BROKEN, "owner" },
	{ "directory writable", "max 1h\n", 0644, 0777, 0, FOUND_BROKEN,
	    "mode" },
};

static void
test_policies(void **state)
{
	static struct state st;
	size_t i;

	for (i = 0; i < COUNT(policies); i++) {
		(void)scratch_setup(state);
		assert_int_equal(close(scratch_open()), 0);
		if (policies[i].dir != 0) {
			assert_int_equal(mkdir(PATH_CONFIG, 0700), 0);
			assert_int_equal(chmod(PATH_CONFIG, policies[i].dir),
			    0);
		}
		if (policies[i].data != NULL) {
			scratch_file(AT_FDCWD, POLICY, policies[i].mode,
			    policies[i].data);
			assert_int_equal(chown(POLICY, policies[i].owner, 0),
			    0);
		}
		state_read_policy(&st);
		if (st.policy_found != policies[i].found ||
		    strstr(st.policy_error.text, policies[i].text) == NULL)
			fail_msg("%s: found %d: %s", policies[i].name,
			    (int)st.policy_found, st.policy_error.text);
		if (st.policy.nleads != 2 || st.policy.max !=
		    (policies[i].found == FOUND_GOOD &&
		    policies[i].data != NULL &&
		    policies[i].data[0] != '\0' ? 3600 : 0))
			fail_msg("%s: max %lld", policies[i].name,
			    (long long)st.policy.max);
		state_free(&st);
	}
}

static void
test_policy_size(void **state)
{
	static struct state st;
	static char data[POLICY_FILE_MAX + 2];

	(void)state;
	assert_int_equal(close(scratch_open()), 0);
	assert_int_equal(mkdir(PATH_CONFIG, 0700), 0);
	memset(data, '\n', POLICY_FILE_MAX);
	scratch_file(AT_FDCWD, POLICY, 0644, data);
	state_read_policy(&st);
	assert_int_equal(st.policy_found, FOUND_GOOD);
	state_free(&st);
	data[POLICY_FILE_MAX] = '\n';
	assert_int_equal(unlink(POLICY), 0);
	scratch_file(AT_FDCWD, POLICY, 0644, data);
	state_read_policy(&st);
	assert_int_equal(st.policy_found, FOUND_BROKEN);
	assert_non_null(strstr(st.policy_error.text, "too long"));
	state_free(&st);
}

/* Without a free descriptor nothing is read, and nobody but root is let in. */
static void
test_unreadable(void **state)
{
	static struct state st;
	struct rlimit old, none;
	enum why alice, root;
	int fd = open_state();

	(void)state;
	store(fd, "alice", 5400, false);
	assert_int_equal(mkdir("/etc/pamlease", 0755), 0);
	scratch_file(AT_FDCWD, POLICY, 0644, "allow user alice\n");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	root = decide_about("root", 0, &st);
	alice = decide_about("alice", 1001, &st);
	state_read_user(fd, "alice", &st);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(root, WHY_ROOT);
	assert_int_equal(alice, WHY_POLICY_BROKEN);
	assert_int_equal(st.policy_found, FOUND_UNREADABLE);
	assert_int_equal(st.lease_found, FOUND_UNREADABLE);
	assert_int_equal(st.lease_error.code, ERROR_SYSTEM);
	state_free(&st);
	assert_int_equal(close(fd), 0);
}

/* What stands at alice's lease. */
static const struct {
	const char *name;
	const char *data;	/* NULL: a good lease of alice's */
	mode_t mode;
	enum found found;
} leases[] = {
	{ "good", NULL, 0600, FOUND_GOOD },
	{ "read only", NULL, 0400, FOUND_GOOD },
	{ "mode 0640", NULL, 0640, FOUND_BROKEN },
	{ "empty", "", 0600, FOUND_BROKEN },
	{ "one byte", "{", 0600, FOUND_BROKEN },
	{ "no lease", "{}", 0600, FOUND_BROKEN },
};

static void
test_leases(void **state)
{
	static const struct lease none;
	static struct state st;
	struct lease good = lease_of("alice", 5400);
	struct error err;
	int fd = open_state();
	char *text = lease_format(&good, &err);
	size_t i;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < COUNT(leases); i++) {
		scratch_file(fd, "alice.lease", leases[i].mode,
		    leases[i].data != NULL ? leases[i].data : text);
		state_read(-1, "alice", 1001, NULL, &st);
		if (st.lease_found != leases[i].found)
			fail_msg("%s: found %d: %s", leases[i].name,
			    (int)st.lease_found, st.lease_error.text);
		if (st.lease_found == FOUND_GOOD)
			assert_string_equal(st.lease.user, "alice");
		else if (strstr(st.lease_error.text, "alice.lease") == NULL ||
		    memcmp(&st.lease, &none, sizeof(none)) != 0)
			fail_msg("%s: %s", leases[i].name,
			    st.lease_error.text);
		assert_int_equal(unlink(RUN_LEASE), 0);
	}
	free(text);
	state_read(-1, "../alice", 1001, NULL, &st);
	assert_int_equal(st.lease_found, FOUND_BROKEN);
	state_free(&st);
	assert_int_equal(close(fd), 0);
}

static void
test_store_and_drop(void **state)
{
	struct error err;
	struct stat st;
	int fd = open_state();

	(void)state;
	store(fd, "alice", 5400, false);
	assert_int_equal(stat(RUN_LEASE, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(length_in(PATH_STATE), 5400);
	assert_false(there(PATH_KEPT));
	assert_int_equal(lease_kept("alice", &err), 0);
	store(fd, "alice", 7200, true);
	assert_int_equal(stat(PATH_KEPT, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	assert_int_equal(stat(KEPT_LEASE, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(length_in(PATH_STATE), 7200);
	assert_int_equal(length_in(PATH_KEPT), 7200);
	assert_int_equal(lease_kept("alice", &err), 1);
	assert_int_equal(lease_kept("bob", &err), 0);
	/* An older copy must not come back in place of a newer lease. */
	store(fd, "alice", 3600, false);
	assert_int_equal(length_in(PATH_STATE), 3600);
	assert_false(there(KEPT_LEASE));
	store(fd, "alice", 3600, true);
	store(fd, "bob", 3600, true);
	assert_int_equal(lease_drop(fd, "alice", &err), 0);
	assert_false(there(RUN_LEASE));
	assert_false(there(KEPT_LEASE));
	assert_true(there(PATH_STATE "/bob.lease"));
	assert_int_equal(lease_kept("bob", &err), 1);
	assert_true(there(PATH_STATE "/" PATH_WAKE));
	assert_int_equal(scratch_count(PATH_STATE), 3);
	assert_int_equal(scratch_count(PATH_KEPT), 1);
	assert_int_equal(close(fd), 0);
}

/* Which of the files stand before, and what dropping the lease says. */
static const struct {
	const char *name;
	bool run, kept, marks;
	enum error_code code;
} drops[] = {
	{ "nothing", false, false, false, ERROR_ABSENT },
	{ "lease", true, false, false, ERROR_NONE },
	{ "lease and marks", true, false, true, ERROR_NONE },
	{ "lease and copy", true, true, false, ERROR_NONE },
	{ "all", true, true, true, ERROR_NONE },
	{ "copy", false, true, false, ERROR_NONE },
	{ "marks", false, false, true, ERROR_ABSENT },
};

static void
test_drops(void **state)
{
	struct error err;
	int fd = open_state(), r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(drops); i++) {
		if (drops[i].run || drops[i].kept)
			store(fd, "alice", 5400, drops[i].kept);
		if (!drops[i].run)
			(void)unlink(RUN_LEASE);
		if (drops[i].marks)
			scratch_file(AT_FDCWD, RUN_MARKS, 0600, "");
		r = lease_drop(fd, "alice", &err);
		if (r != (drops[i].code == ERROR_NONE ? 0 : -1) ||
		    err.code != drops[i].code)
			fail_msg("%s: %d: %s", drops[i].name, r, err.text);
		if (there(RUN_LEASE) || there(KEPT_LEASE) || there(RUN_MARKS))
			fail_msg("%s: some of it stands", drops[i].name);
	}
	assert_int_equal(lease_drop(fd, "../alice", &err), -1);
	assert_int_equal(err.code, ERROR_INVALID);
	assert_int_equal(close(fd), 0);
}

/* Revoking takes a lease out of force; dropping, or a new one, ends that. */
static void
test_revoke(void **state)
{
	int fd = open_state();
	struct error err;
	uid_t uid;
	bool was;

	(void)state;
	assert_false(lease_revoked(fd, "alice", &uid));
	assert_int_equal(lease_revoke(fd, "alice", &was, &err), -1);
	assert_int_equal(err.code, ERROR_ABSENT);
	assert_false(was);
	store(fd, "alice", 5400, true);
	store(fd, "bob", 5400, true);
	assert_int_equal(lease_revoke(fd, "alice", &was, &err), 0);
	assert_true(was);
	assert_false(there(RUN_LEASE));
	assert_false(there(KEPT_LEASE));
	assert_true(lease_revoked(fd, "alice", &uid));
	assert_int_equal(uid, 1001);
	assert_false(lease_revoked(fd, "bob", &uid));
	assert_int_equal(lease_drop(fd, "alice", &err), 0);
	assert_false(lease_revoked(fd, "alice", &uid));
	assert_int_equal(lease_drop(fd, "alice", &err), -1);
	assert_int_equal(err.code, ERROR_ABSENT);
	assert_int_equal(lease_revoke(fd, "bob", &was, &err), 0);
	store(fd, "bob", 3600, false);
	assert_false(lease_revoked(fd, "bob", &uid));
	assert_int_equal(close(fd), 0);
}

/* A lease that can't be written as it should leaves the old one. */
static void
test_store_fails(void **state)
{
	struct lease lease = lease_of("alice", 7200);
	struct error err;
	int fd = open_state();
	bool was;

	(void)state;
	store(fd, "alice", 5400, true);
	lease.user[0] = '\0';
	assert_int_equal(lease_store(fd, &lease, true, &err), -1);
	assert_int_equal(err.code, ERROR_INVALID);
	strcpy(lease.user, "alice");
	assert_int_equal(chmod(PATH_KEPT, 0755), 0);
	assert_int_equal(lease_store(fd, &lease, true, &err), -1);
	assert_int_equal(err.code, ERROR_BROKEN);
	assert_int_equal(lease_store(fd, &lease, false, &err), -1);
	assert_int_equal(err.code, ERROR_BROKEN);
	assert_int_equal(length_in(PATH_STATE), 5400);
	/* The copy can't be removed, which is said; the lease is, all the same. */
	assert_int_equal(lease_revoke(fd, "alice", &was, &err), -1);
	assert_int_equal(err.code, ERROR_BROKEN);
	assert_true(was);
	assert_false(there(RUN_LEASE));
	assert_int_equal(lease_drop(fd, "alice", &err), -1);
	assert_int_equal(err.code, ERROR_BROKEN);
	assert_int_equal(chmod(PATH_KEPT, 0700), 0);
	assert_int_equal(length_in(PATH_KEPT), 5400);
	store(fd, "alice", 5400, false);
	/* A directory in the lease's place. */
	assert_int_equal(unlink(RUN_LEASE), 0);
	assert_int_equal(mkdir(RUN_LEASE, 0700), 0);
	assert_int_equal(lease_store(fd, &lease, false, &err), -1);
	assert_int_equal(rmdir(RUN_LEASE), 0);
	/* No draft is left beside the sessions and the wake-up. */
	assert_int_equal(scratch_count(PATH_STATE), 2);
	assert_int_equal(close(fd), 0);
}

/* What lease_restore() told, of the last user only. */
static struct {
	size_t calls;
	char user[LEASE_NAME_MAX + 1];
	enum error_code code;
} told;

static void
tell(const char *user, const struct error *err)
{
	told.calls++;
	(void)snprintf(told.user, sizeof(told.user), "%s", user);
	told.code = err->code;
}

static size_t
restore(int dirfd, const struct moment *at)
{
	memset(&told, 0, sizeof(told));
	return lease_restore(dirfd, at, tell);
}

static void
test_restore(void **state)
{
	struct lease lease;
	struct error err;
	int fd = open_state();

	(void)state;
	store(fd, "alice", 5400, true);
	assert_int_equal(unlink(RUN_LEASE), 0);
	assert_int_equal(restore(fd, &now), 0);
	assert_int_equal(told.calls, 1);
	assert_string_equal(told.user, "alice");
	assert_int_equal(told.code, ERROR_NONE);
	assert_int_equal(lease_read(fd, "alice", &lease, &err), 0);
	assert_int_equal(lease.issued_at, ISSUED);
	assert_int_equal(lease.expires_at, ISSUED + 5400);
	assert_string_equal(lease.boot_id, NEXT_BOOT);
	assert_int_equal(lease.expires_boottime, 1000 + 4800);
	assert_int_equal(lease_kept("alice", &err), 1);
	/* Once is enough. */
	assert_int_equal(restore(fd, &now), 0);
	assert_int_equal(told.code, ERROR_ABSENT);
	assert_int_equal(close(fd), 0);
}

/* A copy, the lease beside it (0: none), and what becomes of both. */
static const struct {
	const char *name;
	int64_t kept, run;
	enum error_code code;
	bool stays;		/* the copy */
	int64_t after;		/* the lease, or -1 */
} restores[] = {
	{ "put back", 5400, 0, ERROR_NONE, true, 5400 },
	{ "another stands", 5400, 7200, ERROR_ABSENT, true, 7200 },
	{ "over", 500, 0, ERROR_ABSENT, false, -1 },
	{ "over just now", 600, 0, ERROR_ABSENT, false, -1 },
	{ "over in a second", 601, 0, ERROR_NONE, true, 601 },
};

static void
test_restores(void **state)
{
	struct error err;
	int fd = open_state();
	size_t i, failed;

	(void)state;
	for (i = 0; i < COUNT(restores); i++) {
		struct lease other = lease_of("alice", restores[i].run);
		char *text;

		store(fd, "alice", restores[i].kept, true);
		assert_int_equal(unlink(RUN_LEASE), 0);
		if (restores[i].run != 0) {
			text = lease_format(&other, &err);
			assert_non_null(text);
			scratch_file(fd, "alice.lease", 0600, text);
			free(text);
		}
		failed = restore(fd, &now);
		if (failed != 0 || told.calls != 1 ||
		    told.code != restores[i].code ||
		    lease_kept("alice", &err) != restores[i].stays ||
		    length_in(PATH_STATE) != restores[i].after)
			fail_msg("%s: %zu failed, code %d, %lld",
			    restores[i].name, failed, (int)told.code,
			    (long long)length_in(PATH_STATE));
		(void)unlink(RUN_LEASE);
	}
	assert_int_equal(close(fd), 0);
}

static void
test_restore_fails(void **state)
{
	static const struct moment unreadable;
	int fd = open_state();

	(void)state;
	assert_int_equal(restore(fd, &now), 0);
	assert_int_equal(told.calls, 0);
	store(fd, "alice", 5400, true);
	assert_int_equal(unlink(RUN_LEASE), 0);
	/* Without a clock there is no telling what is left of it. */
	assert_int_equal(restore(fd, &unreadable), 1);
	assert_false(there(RUN_LEASE));
	assert_true(there(KEPT_LEASE));
	/* A broken lease is not written over. */
	scratch_file(fd, "alice.lease", 0600, "{}");
	assert_int_equal(restore(fd, &now), 1);
	assert_int_equal(told.code, ERROR_BROKEN);
	assert_int_equal(unlink(RUN_LEASE), 0);
	assert_int_equal(chmod(KEPT_LEASE, 0644), 0);
	assert_int_equal(restore(fd, &now), 1);
	assert_int_equal(told.code, ERROR_BROKEN);
	assert_int_equal(chmod(PATH_KEPT, 0755), 0);
	assert_int_equal(restore(fd, &now), 1);
	assert_string_equal(told.user, "");
	assert_int_equal(told.code, ERROR_BROKEN);
	assert_false(there(RUN_LEASE));
	assert_int_equal(close(fd), 0);
}

/* Under another user's name a copy is nobody's. */
static void
test_restore_other_name(void **state)
{
	int fd = open_state();

	(void)state;
	store(fd, "alice", 5400, true);
	assert_int_equal(rename(KEPT_LEASE, PATH_KEPT "/bob.lease"), 0);
	store(fd, "alice", 3600, false);
	assert_int_equal(restore(fd, &now), 1);
	assert_string_equal(told.user, "bob");
	assert_int_equal(told.code, ERROR_BROKEN);
	assert_int_equal(length_in(PATH_STATE), 3600);
	assert_false(there(PATH_STATE "/bob.lease"));
	assert_int_equal(close(fd), 0);
}

/* What else lies there is not a lease's copy. */
static void
test_restore_ignores(void **state)
{
	static const char *const names[] = {
		".lease", "alice", "alice.lease~", "alice.lease.bak",
		"a b.lease", "%61lice.lease", "0.lease", ".alice.lock",
	};
	int fd = open_state(), kept;
	struct error err;
	size_t i;

	(void)state;
	kept = dir_make(PATH_KEPT, &err);
	assert_int_not_equal(kept, -1);
	for (i = 0; i < COUNT(names); i++)
		scratch_file(kept, names[i], 0600, "{}");
	scratch_file(kept, ".tmp-999999999-1-0", 0600, "{}");
	assert_int_equal(restore(fd, &now), 0);
	assert_int_equal(told.calls, 0);
	assert_int_equal(scratch_count(PATH_KEPT), COUNT(names));
	assert_int_equal(close(kept), 0);
	assert_int_equal(close(fd), 0);
}

static void
test_marks(void **state)
{
	static const struct marks none;
	struct marks m = { .end = ISSUED, .nwarned = 2, .warned = { 300, 60 },
	    .doubt_run = 7 }, back;
	struct error err;
	int fd = open_state();

	(void)state;
	memset(&back, 0xff, sizeof(back));
	marks_read(fd, "alice", &back);
	assert_memory_equal(&back, &none, sizeof(none));
	assert_int_equal(marks_write(fd, "alice", &m, &err), 0);
	marks_read(fd, "alice", &back);
	assert_memory_equal(&back, &m, sizeof(m));
	marks_read(fd, "bob", &back);
	assert_memory_equal(&back, &none, sizeof(none));
	assert_int_equal(chmod(RUN_MARKS, 0644), 0);
	marks_read(fd, "alice", &back);
	assert_memory_equal(&back, &none, sizeof(none));
	assert_int_equal(unlink(RUN_MARKS), 0);
	scratch_file(fd, "alice.warned", 0600, "version=1\nend=x\n");
	memset(&back, 0xff, sizeof(back));
	marks_read(fd, "alice", &back);
	assert_memory_equal(&back, &none, sizeof(none));
	assert_int_equal(marks_write(fd, "../alice", &m, &err), -1);
	assert_int_equal(err.code, ERROR_INVALID);
	assert_int_equal(close(fd), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_end),
		WITH_FILES(test_make),
		WITH_FILES(test_places),
		WITH_FILES(test_policies),
		WITH_FILES(test_policy_size),
		WITH_FILES(test_unreadable),
		WITH_FILES(test_leases),
		WITH_FILES(test_store_and_drop),
		WITH_FILES(test_drops),
		WITH_FILES(test_revoke),
		WITH_FILES(test_store_fails),
		WITH_FILES(test_restore),
		WITH_FILES(test_restores),
		WITH_FILES(test_restore_fails),
		WITH_FILES(test_restore_other_name),
		WITH_FILES(test_restore_ignores),
		WITH_FILES(test_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <sys/prctl.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger.h"
#include "paths.h"
#include "present.h"
#include "proc.h"
#include "scratch.h"
#include "state.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define WITH_FILES(t)	cmocka_unit_test_setup(t, scratch_setup)
#define RUN		PATH_STATE "/" PATH_WINDDOWN_RUN
/* Nobody else's, so that several of these can run at a time. */
#define NOBODYS		((uid_t)1742000000 + (uid_t)getpid())

/* The state directory, empty; to be closed. */
static int
open_state(void)
{
	int fd = scratch_open();

	assert_int_equal(close(fd), 0);
	assert_int_equal(mkdir(PATH_STATE, 0700), 0);
	fd = open(PATH_STATE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	return fd;
}

/* The two files of a wind-down, NULL where there is none, and what they say. */
static const struct {
	const char *name;
	const char *etc, *run;
	enum found found;
	const char *by, *message;
} files[] = {
	{ "none", NULL, NULL, FOUND_NOTHING, "", "" },
	{ "touched", "", NULL, FOUND_GOOD, "", "" },
	{ "touched, the other", NULL, "", FOUND_GOOD, "", "" },
	{ "one", "#by odai\n\nat 7\n", NULL, FOUND_GOOD, "odai", "at 7" },
	{ "the other", NULL, "#by odai\n\nat 7\n", FOUND_GOOD, "odai",
	    "at 7" },
	{ "both", "#by odai\n\nat 7\n", "#by eve\n\nat 8\n", FOUND_GOOD,
	    "odai", "at 7" },
	{ "both, together", "#by odai\n", "#by eve\n\nat 8\n", FOUND_GOOD,
	    "odai", "at 8" },
	{ "both, touched", "", "#by eve\n\nat 8\n", FOUND_GOOD, "eve",
	    "at 8" },
	{ "broken", "#by\n", NULL, FOUND_BROKEN, "", "" },
	{ "broken, the other", NULL, "#by\n", FOUND_BROKEN, "", "" },
	{ "one of them broken", "#by\n", "#by eve\n\nat 8\n", FOUND_BROKEN,
	    "eve", "at 8" },
	{ "the other one broken", "#by eve\n\nat 8\n", "#by\n", FOUND_BROKEN,
	    "eve", "at 8" },
	{ "both broken", "#by\n", "#since\n", FOUND_BROKEN, "", "" },
};

static void
test_files(void **state)
{
	static struct state st;
	size_t i;
	int fd;

	for (i = 0; i < COUNT(files); i++) {
		(void)scratch_setup(state);
		fd = open_state();
		if (files[i].etc != NULL)
			scratch_file(AT_FDCWD, PATH_WINDDOWN, 0644,
			    files[i].etc);
		if (files[i].run != NULL)
			scratch_file(AT_FDCWD, RUN, 0644, files[i].run);
		state_read_winddown(fd, &st);
		if (st.winddown_found != files[i].found ||
		    strcmp(st.winddown.by, files[i].by) != 0 ||
		    strcmp(st.winddown.message, files[i].message) != 0)
			fail_msg("%s: found %d, '%s', '%s': %s",
			    files[i].name, (int)st.winddown_found,
			    st.winddown.by, st.winddown.message,
			    st.winddown_error.text);
		if ((st.winddown_error.code != ERROR_NONE) !=
		    (files[i].found == FOUND_BROKEN))
			fail_msg("%s: %s", files[i].name,
			    st.winddown_error.text);
		state_free(&st);
		assert_int_equal(st.winddown_found, FOUND_NOTHING);
		assert_int_equal(close(fd), 0);
	}
}

static void
write_long(const char *path, size_t len)
{
	char data[WINDDOWN_FILE_MAX + 2];

	memset(data, '\n', len);
	data[len] = '\0';
	scratch_file(AT_FDCWD, path, 0644, data);
}

/* What is wrong with a file of it, which counts as one all the same. */
static void
spoil(const char *how, const char *path)
{
	if (strcmp(how, "directory") == 0)
		assert_int_equal(mkdir(path, 0755), 0);
	else if (strcmp(how, "symlink") == 0)
		assert_int_equal(symlink("/run/scratch/there", path), 0);
	else if (strcmp(how, "symlink to nothing") == 0)
		assert_int_equal(symlink("/nothing", path), 0);
	else if (strcmp(how, "fifo") == 0)
		assert_int_equal(mkfifo(path, 0644), 0);
	else if (strcmp(how, "too long") == 0)
		write_long(path, WINDDOWN_FILE_MAX + 1);
	else
		scratch_file(AT_FDCWD, path, strcmp(how, "mode") == 0 ? 0666 :
		    0644, "at 7\n");
	if (strcmp(how, "owner") == 0)
		assert_int_equal(chown(path, 1001, 0), 0);
}

static void
test_spoiled(void **state)
{
	static const char *const paths[] = { PATH_WINDDOWN, RUN };
	static const char *const hows[] = { "directory", "symlink",
	    "symlink to nothing", "fifo", "too long", "mode", "owner" };
	static struct state st;
	size_t i;
	int fd;

	for (i = 0; i < 2 * COUNT(hows); i++) {
		const char *path = paths[i % 2], *how = hows[i / 2];

		(void)scratch_setup(state);
		fd = open_state();
		scratch_file(AT_FDCWD, "/run/scratch/there", 0644, "at 7\n");
		spoil(how, path);
		state_read_winddown(fd, &st);
		if (st.winddown_found != FOUND_BROKEN ||
		    st.winddown.message[0] != '\0' ||
		    st.winddown.deadline != NO_END)
			fail_msg("%s, %s: found %d, '%s'", path, how,
			    (int)st.winddown_found, st.winddown.message);
		state_free(&st);
		assert_int_equal(close(fd), 0);
	}
}

/* The longest file is one. */
static void
test_longest(void **state)
{
	static struct state st;
	int fd = open_state();

	(void)state;
	write_long(PATH_WINDDOWN, WINDDOWN_FILE_MAX);
	state_read_winddown(fd, &st);
	assert_int_equal(st.winddown_found, FOUND_GOOD);
	state_free(&st);
	assert_int_equal(close(fd), 0);
}


/* A process with that uid, which runs until it is ended. */
static pid_t
start_process(uid_t uid)
{
	int ready[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		/* A test that fails leaves nothing behind. */
		if (setresuid(uid, uid, uid) == 0 &&
		    prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
		    write(ready[1], "", 1) == 1)
			for (;;)
				(void)pause();
		_exit(1);
	}
	assert_int_equal(close(ready[1]), 0);
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(close(ready[0]), 0);
	return pid;
}

static void
end_process(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* One of this process, which is not the user's, as a login's is not. */
static struct session
enter(int fd, const char *user, uid_t uid, enum admitted by)
{
	struct session s = { .pid = getpid(), .uid = uid, .by = by };
	struct error err;

	assert_true(proc_start(s.pid, &s.start));
	strcpy(s.user, user);
	if (ledger_add(fd, &s, &err) == -1)
		fail_msg("%s", err.text);
	return s;
}

static int
ask(int fd, const struct session *own)
{
	struct error err;
	int r = present(fd, "alice", NOBODYS, own, &err);

	assert_true((r == -1) == (err.code != ERROR_NONE));
	return r;
}

/* Who has one of these sessions, and no process of their own. */
static const struct {
	const char *name;
	const char *user;
	uid_t off;		/* from theirs */
	enum admitted by;
	bool own, dead;
	int present;
} entries[] = {
	{ "lease", "alice", 0, ADMITTED_LEASE, false, false, 1 },
	{ "policy", "alice", 0, ADMITTED_POLICY, false, false, 1 },
	{ "permissive", "alice", 0, ADMITTED_PERMISSIVE, false, false,
	    1 },
	{ "kept", "alice", 0, ADMITTED_KEPT, false, false, 1 },
	{ "refused", "alice", 0, ADMITTED_NOT, false, false, 0 },
	{ "entering", "alice", 0, ADMITTED_ENTERING, false, false, 0 },
	{ "its own", "alice", 0, ADMITTED_LEASE, true, false, 0 },
	{ "dead", "alice", 0, ADMITTED_LEASE, false, true, 0 },
	{ "another user's", "bob", 0, ADMITTED_LEASE, false, false,
	    0 },
	{ "another uid's", "alice", 1, ADMITTED_LEASE, false, false, 0 },
};

static void
test_entries(void **state)
{
	struct session s;
	size_t i;
	int fd, r;

	for (i = 0; i < COUNT(entries); i++) {
		(void)scratch_setup(state);
		fd = open_state();
		assert_int_equal(ask(fd, NULL), 0);
		s = enter(fd, entries[i].user, NOBODYS + entries[i].off,
		    entries[i].by);
		if (entries[i].dead) {
			char name[SESSION_NAME_MAX], dead[SESSION_NAME_MAX];
			int dir = openat(fd, PATH_SESSIONS, O_RDONLY |
			    O_DIRECTORY | O_CLOEXEC);

			(void)session_name(name, &s);
			s.start++;
			assert_int_equal(renameat(dir, name, dir,
			    session_name(dead, &s)), 0);
			assert_int_equal(close(dir), 0);
		}
		r = ask(fd, entries[i].own ? &s : NULL);
		if (r != entries[i].present)
			fail_msg("%s: %d", entries[i].name, r);
		assert_int_equal(close(fd), 0);
	}
}

/* What can't be read may be theirs, unless they are seen all the same. */
static void
test_broken(void **state)
{
	struct session s;
	int fd = open_state();

	(void)state;
	s = enter(fd, "alice", NOBODYS, ADMITTED_ENTERING);
	scratch_file(AT_FDCWD, PATH_STATE "/" PATH_SESSIONS "/7-8", 0600, "");
	assert_int_equal(ask(fd, &s), -1);
	(void)enter(fd, "alice", NOBODYS, ADMITTED_LEASE);
	assert_int_equal(ask(fd, &s), 1);
	assert_int_equal(close(fd), 0);
}

static void
test_no_ledger(void **state)
{
	(void)state;
	assert_int_equal(close(open_state()), 0);
	assert_int_equal(ask(-1, NULL), 0);
}

static void
test_process(void **state)
{
	int fd = open_state();
	pid_t pid = start_process(NOBODYS);

	(void)state;
	assert_int_equal(ask(fd, NULL), 1);
	assert_int_equal(ask(-1, NULL), 1);
	(void)enter(fd, "alice", NOBODYS, ADMITTED_ENTERING);
	assert_int_equal(ask(fd, NULL), 1);
	end_process(pid);
	assert_int_equal(ask(fd, NULL), 0);
	assert_int_equal(close(fd), 0);
}

/* Of a session that was refused it does not count, as that is ended. */
static void
test_refused_process(void **state)
{
	int fd = open_state();
	pid_t pid = start_process(NOBODYS);

	(void)state;
	(void)enter(fd, "alice", NOBODYS, ADMITTED_NOT);
	assert_int_equal(ask(fd, NULL), 0);
	(void)enter(fd, "alice", NOBODYS, ADMITTED_LEASE);
	assert_int_equal(ask(fd, NULL), 1);
	end_process(pid);
	assert_int_equal(close(fd), 0);
}

/* What a user's own service manager has started goes on without them. */
static void
test_managed_process(void **state)
{
	char path[64], cgroup[128];
	pid_t pid;

	(void)state;
	assert_int_equal(close(open_state()), 0);
	pid = start_process(NOBODYS);
	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	(void)snprintf(cgroup, sizeof(cgroup), "0::/user.slice/user-%u.slice/"
	    "user@%u.service/app.slice/x.service\n", (unsigned int)NOBODYS,
	    (unsigned int)NOBODYS);
	scratch_file(AT_FDCWD, SCRATCH "/cgroup", 0444, cgroup);
	assert_int_equal(mount(SCRATCH "/cgroup", path, "", MS_BIND, NULL),
	    0);
	assert_int_equal(ask(-1, NULL), 0);
	assert_int_equal(umount(path), 0);
	assert_int_equal(ask(-1, NULL), 1);
	end_process(pid);
}

/* One that has ended and is not waited for is none. */
static void
test_zombie(void **state)
{
	siginfo_t info;
	pid_t pid;

	(void)state;
	assert_int_equal(close(open_state()), 0);
	pid = start_process(NOBODYS);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT),
	    0);
	assert_int_equal(ask(-1, NULL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static int
note(void *arg, pid_t pid, pid_t parent, uid_t uid)
{
	bool *seen = arg;

	assert_true(pid > 1);
	*seen = *seen || (uid == NOBODYS && parent == getpid());
	return 0;
}

/* Everybody's are seen; and only theirs, of one user. */
static void
test_each(void **state)
{
	bool seen = false;
	struct error err;
	pid_t pid;

	(void)state;
	assert_int_equal(close(open_state()), 0);
	pid = start_process(NOBODYS);
	assert_int_equal(present_each(NOBODYS + 1, note, &seen, &err), 0);
	assert_int_equal(present_each(0, note, &seen, &err), 0);
	assert_false(seen);
	assert_int_equal(present_each(PRESENT_ANYBODY, note, &seen, &err),
	    0);
	assert_true(seen);
	end_process(pid);
}

/* Presence is only asked for in a wind-down, and never of root. */
static void
test_asked(void **state)
{
	static struct state st;
	struct session s;
	int fd = open_state();

	(void)state;
	state_read(fd, "alice", NOBODYS, NULL, &st);
	assert_int_equal(st.winddown_found, FOUND_NOTHING);
	assert_int_equal(st.present_found, FOUND_NOTHING);
	s = enter(fd, "alice", NOBODYS, ADMITTED_LEASE);
	state_read(fd, "alice", NOBODYS, NULL, &st);
	assert_int_equal(st.present_found, FOUND_NOTHING);
	scratch_file(AT_FDCWD, PATH_WINDDOWN, 0644, "");
	state_read(fd, "alice", NOBODYS, NULL, &st);
	assert_int_equal(st.winddown_found, FOUND_GOOD);
	assert_int_equal(st.present_found, FOUND_GOOD);
	state_read(fd, "alice", NOBODYS, &s, &st);
	assert_int_equal(st.present_found, FOUND_NOTHING);
	state_read(fd, "root", 0, NULL, &st);
	assert_int_equal(st.present_found, FOUND_NOTHING);
	scratch_file(AT_FDCWD, PATH_STATE "/" PATH_SESSIONS "/7-8", 0600, "");
	state_read(fd, "alice", NOBODYS, &s, &st);
	assert_int_equal(st.present_found, FOUND_UNREADABLE);
	assert_int_equal(st.present_error.code, ERROR_BROKEN);
	state_free(&st);
	assert_int_equal(close(fd), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILES(test_files),
		WITH_FILES(test_spoiled),
		WITH_FILES(test_longest),
		WITH_FILES(test_entries),
		WITH_FILES(test_broken),
		WITH_FILES(test_no_ledger),
		WITH_FILES(test_process),
		WITH_FILES(test_refused_process),
		WITH_FILES(test_managed_process),
		WITH_FILES(test_zombie),
		WITH_FILES(test_each),
		WITH_FILES(test_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

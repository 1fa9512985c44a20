#include <errno.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hooked.h"
#include "lock.h"
#include "proc.h"
#include "scratch.h"
#include "verdict.h"

static uid_t alices_uid = 1001;	/* 0: there is none */

int
getpwnam_r(const char *name, struct passwd *pw, char *buffer, size_t size,
    struct passwd **found)
{
	(void)size;
	memset(pw, 0, sizeof(*pw));
	pw->pw_name = buffer;
	(void)strcpy(buffer, "alice");
	pw->pw_dir = buffer + 8;
	(void)strcpy(buffer + 8, "/home/al ice");
	pw->pw_uid = alices_uid;
	pw->pw_gid = 100;
	*found = strcmp(name, "alice") == 0 && alices_uid != 0 ? pw : NULL;
	return 0;
}

static char said[4096];

static void
note(void *arg, const char *name, bool is_stderr, const char *line)
{
	size_t len = strlen(said);

	(void)arg;
	(void)name;
	(void)is_stderr;
	(void)snprintf(said + len, sizeof(said) - len, "%s\n", line);
}

static struct policy policy = { .hook_timeout = 20, .presence_timeout = 20 };
static struct session session = { .pid = 4242, .start = 77, .user = "alice",
    .uid = 1001, .service = "sshd", .tty = "ssh", .rhost = "a'b\n$c",
    .by = ADMITTED_LEASE };
static struct session second;
static struct hooked hooked = { .session = &session, .expires = 1774087200,
    .policy = &policy, .line = note };
static struct hooked hooked_second = { .session = &second, .expires = NO_END,
    .policy = &policy, .line = note };

static void
put_hook(const char *phase, const char *text)
{
	char path[64];
	int fd;

	(void)mkdir("/etc/pamlease", 0755);
	(void)mkdir("/etc/pamlease/hooks", 0755);
	(void)snprintf(path, sizeof(path), "/etc/pamlease/hooks/%s.d", phase);
	(void)mkdir(path, 0755);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	(void)unlinkat(fd, "hook", 0);
	scratch_file(fd, "hook", 0755, text);
	assert_int_equal(close(fd), 0);
}

#define LEFT	"#!/bin/sh\necho \"$PAMLEASE_PHASE $PAMLEASE_SESSIONS_LEFT\"\n"

static const char *
opened(int dirfd, const struct hooked *h, int result)
{
	struct error err;

	said[0] = '\0';
	if (hooked_open(dirfd, h, &err) != result)
		fail_msg("not %d: %s", result, err.text);
	return said;
}

static const char *
closed(int dirfd, const struct session *s, int result)
{
	const struct hooked h = { .expires = NO_END, .policy = &policy,
	    .line = note };
	char name[SESSION_NAME_MAX];
	struct error err;

	said[0] = '\0';
	if (hooked_close(dirfd, session_name(name, s), &h, &err) != result)
		fail_msg("not %d: %s", result, err.text);
	return said;
}

static size_t
owed(int dirfd)
{
	struct ledger ledger;
	struct error err;
	size_t n;

	assert_int_equal(hooked_owed(dirfd, &ledger, &err), 0);
	n = ledger.n;
	ledger_free(&ledger);
	return n;
}

static void
test_environment(void **state)
{
	int fd = scratch_open();

	(void)state;
	put_hook("open", "#!/bin/sh\ntr '\\0' '\\n' </proc/$$/environ\n");
	assert_string_equal(opened(fd, &hooked, 0),
	    "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"
	    "PAMLEASE_PHASE=open\nPAMLEASE_USER=alice\nPAMLEASE_UID=1001\n"
	    "PAMLEASE_GID=100\nPAMLEASE_HOME=/home/al ice\n"
	    "PAMLEASE_SERVICE=sshd\nPAMLEASE_TTY=ssh\n"
	    "PAMLEASE_RHOST=a'b\n$c\n"
	    "PAMLEASE_EXPIRES_AT=2026-03-21T10:00:00Z\n"
	    "PAMLEASE_SESSION=4242-77\nPAMLEASE_SESSIONS_LEFT=0\n");
	assert_int_equal(close(fd), 0);
}

/* Only who closes last has nobody left, in whatever order they came. */
static void
test_left(void **state)
{
	int fd = scratch_open();

	(void)state;
	put_hook("open", LEFT);
	put_hook("close", LEFT);
	assert_string_equal(opened(fd, &hooked, 0), "open 0\n");
	assert_string_equal(opened(fd, &hooked_second, 0),
	    "open 1\n");
	assert_string_equal(closed(fd, &session, 0), "close 1\n");
	assert_string_equal(closed(fd, &second, 0),
	    "close 0\n");
	/* Once. */
	assert_string_equal(closed(fd, &session, 0), "");
	assert_int_equal(close(fd), 0);
}

/* What has not succeeded is still there for the next try. */
static void
test_failures(void **state)
{
	int fd = scratch_open();

	(void)state;
	put_hook("open", "#!/bin/sh\necho no\nexit 1\n");
	put_hook("close", LEFT);
	assert_string_equal(opened(fd, &hooked, -1),
	    "no\nclose 0\n");
	assert_string_equal(closed(fd, &session, 0), "");
	put_hook("open", LEFT);
	assert_string_equal(opened(fd, &hooked, 0), "open 0\n");
	put_hook("close", "#!/bin/sh\nexit 1\n");
	assert_string_equal(closed(fd, &session, -1), "");
	put_hook("close", LEFT);
	/* Also for a user who is gone by then, or another. */
	alices_uid = 0;
	assert_string_equal(opened(fd, &hooked_second, -1),
	    "close 1\n");
	assert_string_equal(closed(fd, &session, 0), "close 0\n");
	alices_uid = 1001;
	assert_int_equal(close(fd), 0);
}

static const struct {
	const char *program;
	bool silent_allows;
	int result;
} presences[] = {
	{ "echo yes", false, 0 },
	{ "echo no; exit 1", false, -1 },
	{ "echo no; exit 1", true, -1 },
	{ "exit 2", false, -1 },
	{ "exit 2", true, 0 },
};

/* Asked about who may be on one host only, and given up after the last one. */
static void
test_presence(void **state)
{
	int fd = scratch_open();
	struct hooked h = hooked;
	struct error err;
	char text[128];
	size_t i;

	(void)state;
	h.exclusive = true;
	assert_string_equal(opened(fd, &h, -1), "");
	policy.presence_command = "/etc/pamlease/hooks/presence.d/hook";
	for (i = 0; i < sizeof(presences) / sizeof(presences[0]); i++) {
		(void)snprintf(text, sizeof(text), "#!/bin/sh\n%s\n",
		    presences[i].program);
		put_hook("presence", text);
		policy.presence_silent_allows = presences[i].silent_allows;
		(void)opened(fd, &h, presences[i].result);
		put_hook("presence", "#!/bin/sh\n");
		assert_string_equal(closed(fd, &session, 0), "");
		assert_int_equal(owed(fd), 0);
	}
	put_hook("presence", LEFT);
	put_hook("close", LEFT);
	assert_int_equal(hooked_account(&h, &err), 0);
	assert_string_equal(said, "check 0\n");
	assert_string_equal(opened(fd, &h, 0), "claim 0\n");
	assert_string_equal(opened(fd, &hooked_second, 0), "");
	assert_string_equal(closed(fd, &session, 0), "close 1\n");
	/* What is not given up is tried again. */
	put_hook("presence", "#!/bin/sh\nexit 1\n");
	assert_string_equal(closed(fd, &second, -1), "close 0\n");
	put_hook("presence", LEFT);
	assert_string_equal(closed(fd, &second, 0), "close 0\nrelease 0\n");
	assert_int_equal(owed(fd), 0);
	policy.presence_command = NULL;
	assert_int_equal(close(fd), 0);
}

static void
test_refresh(void **state)
{
	struct session own = session, other = second;
	struct hooked h = hooked;
	struct ledger live;
	int fd = scratch_open();
	struct error err;

	(void)state;
	policy.presence_command = "/etc/pamlease/hooks/presence.d/hook";
	put_hook("presence", LEFT);
	own.pid = other.pid = getpid();
	assert_true(proc_start(own.pid, &own.start));
	other.start = own.start;
	other.number = 1;
	h.session = &own;
	(void)opened(fd, &h, 0);
	h.session = &other;
	(void)opened(fd, &h, 0);
	(void)opened(fd, &hooked, 0);
	said[0] = '\0';
	assert_int_equal(hooked_refresh(fd, &h, &err), 0);
	assert_string_equal(said, "refresh 0\n");
	/* Not of whose process is gone. */
	assert_int_equal(hooked_refresh(fd, &hooked, &err), 0);
	assert_string_equal(said, "refresh 0\n");
	assert_int_equal(hooked_live(fd, &live, &err), 0);
	assert_int_equal(live.n, 2);
	ledger_free(&live);
	put_hook("presence", "#!/bin/sh\nexit 1\n");
	assert_int_equal(hooked_refresh(fd, &h, &err), -1);
	/* One that hangs is no session that opens or closes. */
	put_hook("presence", "#!/bin/sh\nexec sleep 60\n");
	policy.presence_timeout = 1;
	assert_int_equal(hooked_refresh(fd, &h, &err), -1);
	policy.presence_timeout = 20;
	policy.presence_command = NULL;
	assert_int_equal(close(fd), 0);
}

/* What is not root's alone is not read, nor written. */
static void
test_broken(void **state)
{
	static const char *const dirs[] = { "hooks", "hooks/sessions" };
	char name[SESSION_NAME_MAX];
	int fd = scratch_open(), held, hooks;
	struct ledger ledger;
	struct error err;
	size_t i;

	(void)state;
	(void)session_name(name, &session);
	assert_int_equal(hooked_close(fd, name, &hooked, &err), 0);
	assert_int_equal(hooked_live(fd, &ledger, &err), 0);
	assert_int_equal(hooked_refresh(fd, &hooked, &err), 0);
	assert_string_equal(opened(fd, &hooked, 0), "");
	for (i = 0; i < 2; i++) {
		assert_int_equal(fchmodat(fd, dirs[i], 0777, 0), 0);
		assert_string_equal(opened(fd, &hooked, -1), "");
		assert_string_equal(closed(fd, &session, -1), "");
		assert_int_equal(hooked_owed(fd, &ledger, &err), -1);
		ledger_free(&ledger);
		assert_int_equal(hooked_live(fd, &ledger, &err), -1);
		ledger_free(&ledger);
		assert_int_equal(fchmodat(fd, dirs[i], 0700, 0), 0);
	}
	assert_int_equal(hooked_close(fd, "no name", &hooked, &err), -1);
	/* While another hook of the user's runs. */
	hooks = openat(fd, "hooks", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	held = lock_user(hooks, "alice", 0, &err);
	assert_int_not_equal(held, -1);
	policy.hook_timeout = 0;
	assert_string_equal(closed(fd, &session, -1), "");
	assert_string_equal(opened(fd, &hooked_second, -1), "");
	assert_int_equal(hooked_refresh(fd, &hooked, &err), 0);
	policy.hook_timeout = 20;
	assert_int_equal(close(held), 0);
	assert_int_equal(close(hooks), 0);
	/* The name is another user's by now. */
	alices_uid = 1002;
	assert_string_equal(opened(fd, &hooked_second, -1), "");
	assert_int_equal(hooked_account(&hooked, &err), -1);
	alices_uid = 1001;
	assert_string_equal(closed(fd, &session, 0), "");
	assert_int_equal(close(fd), 0);
}

/* Owed are those of who is dead, and of who was tried in vain. */
static void
test_owed(void **state)
{
	struct hooked h = hooked, watchdog = hooked;
	struct session own = session;
	char name[SESSION_NAME_MAX];
	int fd = scratch_open();
	struct error err;

	(void)state;
	watchdog.over = true;
	h.session = &own;
	own.pid = getpid();
	assert_true(proc_start(own.pid, &own.start));
	assert_int_equal(owed(fd), 0);
	put_hook("close", "#!/bin/sh\nexit 1\n");
	assert_string_equal(opened(fd, &h, 0), "");
	assert_int_equal(owed(fd), 0);
	assert_string_equal(opened(fd, &hooked, 0), "");
	assert_int_equal(owed(fd), 1);
	/* The watchdog closes nobody who is still in. */
	assert_int_equal(hooked_close(fd, session_name(name, &own),
	    &watchdog, &err), 0);
	assert_int_equal(owed(fd), 1);
	assert_string_equal(closed(fd, &own, -1), "");
	assert_int_equal(owed(fd), 2);
	/* Nor is one forgotten for another with its name. */
	assert_string_equal(opened(fd, &h, -1), "");
	put_hook("close", LEFT);
	assert_string_equal(closed(fd, &own, 0), "close 1\n");
	assert_string_equal(closed(fd, &session, 0), "close 0\n");
	assert_int_equal(owed(fd), 0);
	assert_int_equal(close(fd), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_environment, scratch_setup),
		cmocka_unit_test_setup(test_left, scratch_setup),
		cmocka_unit_test_setup(test_failures, scratch_setup),
		cmocka_unit_test_setup(test_broken, scratch_setup),
		cmocka_unit_test_setup(test_owed, scratch_setup),
		cmocka_unit_test_setup(test_presence, scratch_setup),
		cmocka_unit_test_setup(test_refresh, scratch_setup),
	};

	second = session;
	second.pid = 4243;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

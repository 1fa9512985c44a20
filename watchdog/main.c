#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "account.h"
#include "clock.h"
#include "last_run.h"
#include "lock.h"
#include "paths.h"
#include "purge.h"
#include "store.h"
#include "version.h"
#include "watchdog.h"

#define RUN_LOCK	".lock"		/* no user's: a name is not empty */
#define RUN_WAIT	40000		/* ms that another run may last */

static const char usage[] =
    "usage: pamlease-watchdog [--dry-run | --restore | --kill UID | "
    "--close SESSION | --present | --history | "
    "--metrics DIR | --hooks PHASE ARGUMENT... | --help | --version]\n";

/* Is anything due before the next run has begun? */
static bool
due_soon(const struct run *run)
{
	int64_t left = run->started + HORIZON - run->now.boot;

	return run->next_boot - run->now.boot < left ||
	    run->next_wall - run->now.wall < left;
}

/*
 * For who asks whether this is at work.  It stands in a directory of its own:
 * a change of the one with the leases may start a run, and wakes who waits.
 */
static void
leave_record(const struct run *run, int result)
{
	struct last_run last = { .result = result,
	    .failures = (int64_t)(run->failures + run->left) };
	struct moment now;
	struct error err;

	clock_now(&now);
	if (now.readable)
		last.ended = now.wall;
	if (last_run_write(run->dirfd, &last, &err) == -1)
		say(LOG_WARNING, "how this run went is not on record: %s",
		    shown(err.text));
}

static int
watch(struct run *run)
{
	struct waiter w = WAITER_INIT;
	struct error err;
	int r;

	while ((r = look(run)) == 0 && !run->dry && due_soon(run)) {
		r = waiter_wait(&w, run, &err);
		if (r == -1) {
			say(LOG_CRIT, "%s", err.text);
			break;
		}
	}
	/* Whatever failed: systemd kills who is at work when this one leaves. */
	(void)workers_reap(run, true);
	notes_finish(run);
	if (r == -1)
		run->failures++;
	r = run_result(run);
	if (!run->dry)
		leave_record(run, r);
	return r;
}

static void
restored(const char *user, const struct error *err)
{
	struct event event;

	switch (err->code) {
	case ERROR_NONE:
		event_init(&event, EVENT_RESTORED);
		event.text[EVENT_USER] = user;
		say_of(LOG_NOTICE, &event, "%s: kept lease put back",
		    shown(user));
		break;
	case ERROR_ABSENT:
		say(LOG_INFO, "%s: kept lease: %s", shown(user), err->text);
		break;
	case ERROR_BROKEN:
	case ERROR_INVALID:
	case ERROR_BUSY:
	case ERROR_SYSTEM:
		say(LOG_ERR, "%s: kept lease: %s", shown(user), err->text);
		break;
	}
}

static int
restore(struct run *run)
{
	clock_now(&run->now);
	if (!run->now.readable) {
		say(LOG_CRIT, "a clock can't be read");
		return EXIT_IO;
	}
	return lease_restore(run->dirfd, &run->now, restored) > 0 ?
	    EXIT_IO : EXIT_DONE;
}

/*
 * Keeps two runs apart, so that nobody is warned twice.  Without it, or when
 * the other one hangs, the work is done all the same: users have their locks.
 */
static int
run_lock(const struct run *run)
{
	struct error err;
	int lock = lock_file(run->dirfd, RUN_LOCK, 0, &err);

	if (lock == -1 && err.code == ERROR_BUSY) {
		say(LOG_INFO, "another run is at work: waiting for its end");
		lock = lock_file(run->dirfd, RUN_LOCK, RUN_WAIT, &err);
	}
	if (lock == -1)
		say(LOG_ERR, "going on beside another run: %s", err.text);
	return lock;
}

static int
run_all(struct run *run, int (*what)(struct run *))
{
	struct moment now;
	struct error err;
	int lock = -1, ret;

	/* Whatever fails below: systemd starts this while the file is there. */
	if (!run->dry)
		(void)unlink(PATH_STATE "/" PATH_WAKE);
	run->dirfd = state_make(&err);
	if (run->dirfd == -1) {
		say(LOG_CRIT, "%s", err.text);
		return EXIT_IO;
	}
	if (what == watch && !run->dry)
		lock = run_lock(run);
	clock_now(&now);
	run->started = now.boot;
	ret = what(run);
	state_free(&run->host);
	present_users_free(run);
	if (lock != -1)
		(void)close(lock);
	return ret;
}

/* What a run starts a unit for, because it may not do it itself. */
static int
kill_uid(char *const *argv)
{
	const char *text = argv[0];
	char *end;
	unsigned long uid;

	errno = 0;
	uid = strtoul(text, &end, 10);
	if (*text < '1' || *text > '9' || *end != '\0' || errno != 0 ||
	    uid >= UINT32_MAX || !account_leasable((uid_t)uid)) {
		say(LOG_ERR, "not a uid that may be ended: '%s'", shown(text));
		return EXIT_REFUSED;
	}
	if (purge_uid((uid_t)uid) == -1) {
		say(LOG_CRIT, "can't kill all of uid %lu: %s", uid,
		    strerror(errno));
		return EXIT_LEFT;
	}
	return EXIT_DONE;
}

static int
run_watch(char *const *argv)
{
	struct run run = { .dirfd = -1 };

	(void)argv;
	return run_all(&run, watch);
}

static int
run_dry(char *const *argv)
{
	struct run run = { .dirfd = -1, .dry = true };

	(void)argv;
	say_no_history();
	return run_all(&run, watch);
}

static int
run_restore(char *const *argv)
{
	struct run run = { .dirfd = -1 };

	(void)argv;
	return run_all(&run, restore);
}

/* What the program can be told to do, with so many arguments. */
static const struct mode {
	const char *name;
	int min, max;
	int (*run)(char *const *argv);	/* argv: ended by NULL */
} modes[] = {
	{ "watch", 0, 0, run_watch },	/* without an option */
	{ "dry-run", 0, 0, run_dry },
	{ "restore", 0, 0, run_restore },
	{ "kill", 1, 1, kill_uid },
	{ "close", 1, 1, closing_run },
	{ "present", 0, 0, closing_refresh },
	{ "hooks", 1, INT_MAX, login_hooks },
	{ "history", 0, 0, chronicle_write },
	{ "metrics", 1, 1, metrics_write },
};

#define MODES	(sizeof(modes) / sizeof(modes[0]))

int
main(int argc, char *argv[])
{
	struct option options[MODES + 2] = {
		[0] = { "help", no_argument, NULL, 'h' },
		[MODES] = { "version", no_argument, NULL, 'V' },
	};
	const struct mode *mode = &modes[0];
	size_t i;
	int c, k = 0, ret;

	for (i = 1; i < MODES; i++)
		options[i] = (struct option){ modes[i].name, no_argument, &k,
		    (int)i };
	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (c) {
		case 0:
			mode = &modes[k];
			break;
		case 'h':
			(void)fputs(usage, stdout);
			return EXIT_DONE;
		case 'V':
			(void)puts("pamlease-watchdog " PAMLEASE_VERSION);
			return EXIT_DONE;
		default:
			(void)fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (argc - optind < mode->min || argc - optind > mode->max) {
		(void)fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (geteuid() != 0) {
		say(LOG_ERR, "must be root");
		return EXIT_REFUSED;
	}
	(void)umask(077);
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	ret = mode->run(argv + optind);
	auditor_finish();
	return ret;
}

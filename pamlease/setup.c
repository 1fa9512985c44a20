#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "duration.h"
#include "lock.h"
#include "paths.h"
#include "setup.h"
#include "statedir.h"
#include "text.h"
#include "timestamp.h"

#define LOCK		".setup.lock"	/* below PATH_STATE */
#define SAYS_MAX	4096
#define RUN_MS		20000

bool
setup_run(const char *path, const char *const argv[])
{
	char says[SAYS_MAX];

	return child_output(path, argv, says, sizeof(says), RUN_MS);
}

int
setup_lock(struct hold *hold, int ms)
{
	struct error err;

	hold->lock = -1;
	hold->dirfd = state_make(&err);
	if (hold->dirfd == -1)
		return fail_error(&err);
	hold->lock = lock_file(hold->dirfd, LOCK, ms, &err);
	return hold->lock == -1 ? fail_error(&err) : EXIT_DONE;
}

int
setup_untried(int dirfd)
{
	static struct tried t;
	int r = tried_read(dirfd, &t);

	if (r == EXIT_NONE)
		return EXIT_DONE;
	tried_free(&t);
	return r != EXIT_DONE ? r : fail(EXIT_BUSY, "something is on trial: "
	    "pamlease setup --confirm, or pamlease unsetup --tried");
}

char *
setup_names(const struct changes *plan)
{
	char *names = NULL;
	size_t i;

	for (i = 0; i < plan->n; i++)
		if (!change_is_state(plan->list[i].service))
			text_join(&names, plan->list[i].service);
	return names;
}

void
setup_record(enum event_kind kind, const struct changes *plan,
    const char *detail)
{
	char shown[QUOTED_MAX], by[LEASE_NAME_MAX + 1];
	struct event event;
	size_t i;

	find_grantor(by);
	for (i = 0; i < plan->n; i++) {
		if (change_is_state(plan->list[i].service))
			continue;
		event_init(&event, kind);
		event.text[EVENT_SERVICE] = plan->list[i].service;
		event.text[EVENT_BY] = by;
		event.text[EVENT_DETAIL] = detail;
		record_done(&event, "%s: service=%s by=\"%s\" %s",
		    event_word(kind), plan->list[i].service, quote(shown, by),
		    detail);
	}
}

/*
 * Without these nobody would be warned or ended; but that keeps nobody from
 * loosening a stack.
 */
static int
start_units(bool permissive)
{
	static const char failed[] = "the watchdog's units can't be enabled "
	    "and started: see systemctl status pamlease-watchdog.timer";
	static const char *const argv[] = { "systemctl", "--quiet", "enable",
	    "--now", "pamlease-watchdog.timer", "pamlease-watchdog.path",
	    "pamlease-history.path", NULL };

	if (setup_run(PATH_SYSTEMCTL, argv))
		return EXIT_DONE;
	if (!permissive)
		return fail(EXIT_IO, "%s", failed);
	warning("%s", failed);
	return EXIT_DONE;
}

/* Sessions are known by the second: one by the new stacks is of a later one. */
static void
await_next_second(const struct moment *now)
{
	struct timespec left = {
		.tv_nsec = NANOSECONDS - now->boot % NANOSECONDS
	};

	if (left.tv_nsec == NANOSECONDS)
		left = (struct timespec){ .tv_sec = 1 };
	while (nanosleep(&left, &left) == -1 && errno == EINTR)
		;
}

static int
begin_trial(int dirfd, struct tried *t, int64_t seconds,
    const struct changes *plan)
{
	struct moment now;
	int r;

	if (host_clocks(&now) != EXIT_DONE)
		return EXIT_IO;
	t->began = wall_seconds(&now);
	t->began_boot = now.boot / NANOSECONDS;
	t->seconds = seconds;
	memcpy(t->boot_id, now.boot_id, sizeof(t->boot_id));
	find_grantor(t->by);
	t->plan = *plan;
	r = tried_write(dirfd, t);
	if (r == EXIT_DONE)
		r = trial_start(seconds);
	if (r == EXIT_DONE)
		await_next_second(&now);
	return r;
}

/* It is known how to take back what is going to be written. */
static int
keep(int dirfd, const struct changes *plan)
{
	size_t i;
	int r = EXIT_DONE;

	for (i = 0; r == EXIT_DONE && i < plan->n; i++)
		r = kept_write(dirfd, &plan->list[i]);
	return r;
}

/* Nothing of it came to be. */
static void
forget(int dirfd, const struct changes *plan, bool on_trial)
{
	size_t i;

	for (i = 0; i < plan->n; i++)
		(void)kept_settle(dirfd, &plan->list[i], plan->list[i].old);
	if (on_trial) {
		(void)tried_remove(dirfd);
		trial_stop();
	}
}

static int
install(const struct changes *plan, int64_t seconds, bool permissive,
    struct tried *t)
{
	struct hold hold = HOLD_INIT;
	int r = setup_lock(&hold, LOCK_WAIT_COMMAND), dirfd = -1;

	if (r == EXIT_DONE) {
		dirfd = kept_dir();
		r = dirfd == -1 ? EXIT_IO : setup_untried(dirfd);
	}
	if (r == EXIT_DONE)
		r = start_units(permissive);
	if (r == EXIT_DONE) {
		if (seconds > 0)
			r = begin_trial(dirfd, t, seconds, plan);
		if (r == EXIT_DONE)
			r = keep(dirfd, plan);
		if (r == EXIT_DONE)
			r = changes_apply(plan);
		if (r == EXIT_LEFT)
			(void)fail(r, "not all could be put back: %s",
			    seconds > 0 ? "it is still on trial, and the rest "
			    "is put back when that is over, or by pamlease "
			    "unsetup --tried" : "pamlease unsetup does so");
		else if (r != EXIT_DONE)
			forget(dirfd, plan, seconds > 0);
	}
	if (dirfd != -1)
		(void)close(dirfd);
	hold_release(&hold);
	return r;
}

static void
say_done(const struct changes *plan, bool permissive, const struct tried *t)
{
	char left[DURATION_TEXT_MAX], at[TIMESTAMP_TEXT_MAX];
	char *names = setup_names(plan);

	(void)printf(permissive ? "Set up: %s. Nobody is refused yet: see "
	    "pamlease history --would-deny.\n" : "Set up: %s.\n",
	    names != NULL ? names : "");
	free(names);
	if (t->seconds > 0)
		(void)printf("It is taken back at %s, in %s. To keep it, log in "
		    "anew from another\nterminal, and there: pamlease setup "
		    "--confirm\n", timestamp_local(at, host_zone(), t->began +
		    t->seconds, t->began), duration_format(left, t->seconds));
}

static int
take_duration(const struct args *args, int64_t *seconds)
{
	struct error err;

	*seconds = 0;
	if (args->value[OPT_TRY] == NULL)
		return EXIT_DONE;
	return duration_parse(args->value[OPT_TRY], seconds, &err) == 0 ?
	    EXIT_DONE : fail(EXIT_USAGE, "--try: %s", err.text);
}

/* What all services need changed; nothing is, where one can't be set up. */
static int
make_plan(struct changes *plan, const struct args *args, bool permissive)
{
	int r = EXIT_DONE;
	size_t i;

	if (args->value[OPT_ALL] != NULL)
		r = changes_setup_all(plan, permissive);
	for (i = 0; r == EXIT_DONE && i < args->nservices; i++)
		r = changes_setup(plan, args->services[i], permissive);
	if (r == EXIT_DONE)
		r = changes_check(plan, permissive);
	if (r != EXIT_DONE)
		return r;
	changes_drop_same(plan);
	return changes_show(plan);
}

static int
setup(const struct args *args)
{
	const bool permissive = args->value[OPT_PERMISSIVE] != NULL;
	static struct changes plan;
	static struct tried t;
	int64_t seconds;
	int r = take_duration(args, &seconds);

	if (r == EXIT_DONE)
		r = make_plan(&plan, args, permissive);
	if (r == EXIT_DONE && plan.n == 0)
		(void)puts("Nothing to change.");
	else if (r == EXIT_DONE) {
		r = changes_ask(args->value[OPT_YES] != NULL);
		if (r == EXIT_DONE)
			r = install(&plan, seconds, permissive, &t);
		if (r == EXIT_DONE) {
			setup_record(EVENT_SETUP, &plan, seconds > 0 ?
			    permissive ? "permissive, on trial" : "on trial" :
			    permissive ? "permissive" : "enforcing");
			say_done(&plan, permissive, &t);
			if (seconds == 0)
				all_tell(&plan);
		} else if (r == EXIT_LEFT)
			setup_record(EVENT_SETUP, &plan, "not all of it");
	}
	changes_free(&plan);
	return r;
}

int
cmd_setup(const struct args *args)
{
	const bool list = args->value[OPT_LIST] != NULL,
	    confirm = args->value[OPT_CONFIRM] != NULL,
	    all = args->value[OPT_ALL] != NULL,
	    change = args->value[OPT_PERMISSIVE] != NULL ||
	    args->value[OPT_TRY] != NULL || args->value[OPT_YES] != NULL;

	if (list + confirm + (args->nservices > 0 || all || change) > 1 ||
	    (all && args->nservices > 0))
		return fail(EXIT_USAGE, "services, --all, --confirm, or "
		    "--list?");
	if (args->value[OPT_JSON] != NULL && !list)
		return fail(EXIT_USAGE, "--json goes with --list");
	if (list)
		return setup_list(args->value[OPT_JSON] != NULL);
	if (confirm)
		return trial_confirm();
	if (args->nservices == 0 && !all)
		return fail(EXIT_USAGE, "which services? see pamlease setup "
		    "--list");
	return setup(args);
}

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger.h"
#include "lock.h"
#include "module_words.h"
#include "setup.h"

/* Without our lines, whoever has written them. */
static int
strip(struct change *c)
{
	char *text = c->new != NULL ? stripped(c->service, c->new) : NULL;

	if (c->new != NULL && text == NULL)
		return fail(EXIT_IO, "no memory");
	free(c->new);
	c->new = text;
	return EXIT_DONE;
}

/* As it was found, where it is still what setup has written. */
static int
plan_one(struct changes *plan, int dirfd, const char *service)
{
	struct change *c;
	struct kept kept;
	int r = changes_add(plan, service, NULL, &c);

	if (c == NULL)
		return r;
	r = kept_read(dirfd, service, &kept);
	if (r == EXIT_DONE && c->old != NULL && kept.new != NULL &&
	    strcmp(c->old, kept.new) == 0) {
		free(c->new);
		c->new = kept.old;
		c->mode = kept.mode;
		kept.old = NULL;
	}
	kept_free(&kept);
	return strip(c);
}

/* The same for one that somebody has typed. */
static int
plan_named(struct changes *plan, int dirfd, const char *service)
{
	struct service s;
	bool absent;

	if (!service_name_good(service) || !service_read(&s, service,
	    stack_open_host, NULL))
		return EXIT_USAGE;
	absent = s.stack.absent;
	stack_free(&s.stack);
	return absent ? fail(EXIT_REFUSED, "no such service: " PATH_STACKS
	    " has no %s", service) : plan_one(plan, dirfd, service);
}

/*
 * All whose own file has lines of ours, and what a setup of all has put in,
 * of which a link, say, that it has nothing in holds nothing up.
 */
static int
plan_all(struct changes *plan, int dirfd)
{
	static struct diagnosis report;
	char sshd[SERVICE_MAX];
	struct kept kept;
	int r = EXIT_DONE;
	size_t i, k;

	/* Out in the reverse of the order in which they got in. */
	for (i = ALL_FILES; r == EXIT_DONE && i > 0; i--) {
		r = kept_read(dirfd, all_files[i - 1], &kept);
		kept_free(&kept);
		r = r == EXIT_NONE ? EXIT_DONE :
		    plan_one(plan, dirfd, all_files[i - 1]);
	}
	check_sshd(&report, sshd);
	find_services(&report, sshd, stack_open_host, NULL);
	for (i = 0; r == EXIT_DONE && i < report.nservices; i++) {
		const struct service *s = &report.services[i];

		for (k = 0; r == EXIT_DONE && k < s->stack.n; k++) {
			const struct stack_line *line = &s->stack.lines[k];
			const char *name = strrchr(s->stack.files[
			    line->file].path, '/') + 1;

			if (stack_module(line, MODULE_FILE) &&
			    (line->file == 0 || all_has(name)))
				r = plan_one(plan, dirfd, name);
		}
	}
	diagnosis_free(&report);
	return r;
}

/* Taking out all needs no trial that can be read, and leaves none. */
static int
apply(int dirfd, const struct changes *plan, bool all)
{
	static struct tried t;
	struct hold hold = HOLD_INIT;
	int r = setup_lock(&hold, LOCK_WAIT_COMMAND);
	bool broken = false;
	size_t i;

	if (r == EXIT_DONE) {
		broken = all && tried_look(dirfd, &t) == EXIT_IO;
		tried_free(&t);
		if (!broken)
			r = setup_untried(dirfd);
	}
	if (r == EXIT_DONE)
		r = changes_apply(plan);
	for (i = 0; r == EXIT_DONE && i < plan->n; i++)
		r = kept_remove(dirfd, plan->list[i].service);
	for (i = 0; r == EXIT_DONE && all && i < ALL_FILES; i++)
		r = kept_remove(dirfd, all_files[i]);
	if (r == EXIT_DONE && broken) {
		r = tried_remove(dirfd);
		trial_stop();
		(void)puts("Forgotten: a trial whose record can't be read.");
	}
	hold_release(&hold);
	return r;
}

/* Who is in by one of them. */
static size_t
open_sessions(struct changes *plan)
{
	struct hold hold = HOLD_INIT;
	struct ledger ledger;
	struct error err;
	size_t i, n = 0;

	if (setup_lock(&hold, LOCK_WAIT_COMMAND) == EXIT_DONE &&
	    ledger_read(hold.dirfd, NULL, &ledger, &err) == 0) {
		ledger_drop_dead(&ledger);
		for (i = 0; i < ledger.n; i++)
			n += all_in(plan) || changes_find(plan,
			    ledger.list[i].service) != NULL;
		ledger_free(&ledger);
	}
	hold_release(&hold);
	return n;
}

static bool
asked_for(const struct args *args, const char *service)
{
	size_t i;

	for (i = 0; i < args->nservices; i++)
		if (strcmp(args->services[i], service) == 0)
			return true;
	return args->value[OPT_ALL] != NULL;
}

/* What includes another one that has lines of ours is gated by it still. */
static void
warn_gated(const struct args *args)
{
	static struct diagnosis report;
	char sshd[SERVICE_MAX];
	size_t i;

	check_sshd(&report, sshd);
	find_services(&report, sshd, stack_open_host, NULL);
	for (i = 0; i < report.nservices; i++) {
		const struct service *s = &report.services[i];

		if (s->gated && asked_for(args, s->name))
			warning("%s is gated still, by a file that it "
			    "includes", s->name);
	}
	diagnosis_free(&report);
}

static void
say_done(struct changes *plan)
{
	char *names = setup_names(plan);
	size_t n = open_sessions(plan);

	setup_record(EVENT_UNSETUP, plan, "taken out");
	(void)printf("No longer set up: %s.\n", names != NULL ? names : "");
	free(names);
	if (n > 0)
		(void)printf("%zu session%s that %s open end%s with what let "
		    "them in; new ones are not checked.\n", n, n > 1 ? "s" :
		    "", n > 1 ? "are" : "is", n > 1 ? "" : "s");
}

static int
unsetup(int dirfd, const struct args *args)
{
	const bool all = args->value[OPT_ALL] != NULL;
	static struct changes plan;
	int r = EXIT_DONE;
	size_t i;

	if (all)
		r = plan_all(&plan, dirfd);
	for (i = 0; r == EXIT_DONE && i < args->nservices; i++)
		r = plan_named(&plan, dirfd, args->services[i]);
	if (r == EXIT_DONE) {
		changes_drop_same(&plan);
		r = changes_show(&plan);
	}
	if (r == EXIT_DONE && plan.n > 0)
		r = changes_ask(args->value[OPT_YES] != NULL);
	if (r == EXIT_DONE && (plan.n > 0 || all))
		r = apply(dirfd, &plan, all);
	if (r == EXIT_DONE && plan.n > 0) {
		say_done(&plan);
		all_tell(&plan);
	} else if (r == EXIT_DONE)
		(void)puts("Nothing to change.");
	else if (r == EXIT_LEFT)
		setup_record(EVENT_UNSETUP, &plan, "not all of it");
	if (r == EXIT_DONE)
		warn_gated(args);
	changes_free(&plan);
	return r;
}

int
cmd_unsetup(const struct args *args)
{
	const bool tried = args->value[OPT_TRIED] != NULL,
	    all = args->value[OPT_ALL] != NULL;
	int dirfd, r;

	if (tried + all + (args->nservices > 0) != 1)
		return fail(EXIT_USAGE, "services, --all, or --tried?");
	if (tried)
		return trial_undo();
	dirfd = kept_dir();
	if (dirfd == -1)
		return EXIT_IO;
	r = unsetup(dirfd, args);
	(void)close(dirfd);
	return r;
}

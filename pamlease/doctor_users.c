#include <sys/stat.h>

#include <pwd.h>
#include <shadow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "doctor.h"
#include "paths.h"
#include "state.h"
#include "text.h"

#define USERS_MAX	5000	/* whose leases are looked at */
#define ENTRY_MAX	16384	/* bytes of one in the user database */
#define NAMES_MAX	5	/* that are told */

/* Who would be refused now. */
struct census {
	struct diagnosis *report;
	struct moment now;
	size_t users, refused;		/* at the first of the gated services */
	char *names;			/* of the first few refused */
	char whom[SERVICES_MAX][LEASE_NAME_MAX + 1];	/* by each, or "" */
};

/* Whatever name it goes by. */
static bool
is_sshd(const struct diagnosis *report, const char *service)
{
	return strcmp(service, report->sshd) == 0;
}

static const char *
tty_of(const struct diagnosis *report, const char *service)
{
	return is_sshd(report, service) ? "ssh" : "";
}

/* What a service would say of a user whose state is in st. */
static struct verdict
ask_service(const struct census *c, const struct state *st, const char *name,
    uid_t uid, const char *service)
{
	const struct request rq = { .user = name, .uid = uid, .known = true,
	    .service = service, .rhost = "",
	    .tty = tty_of(c->report, service) };

	return decide(&rq, st, &c->now);
}

static void
add_name(struct census *c, const char *name)
{
	if (c->refused++ < NAMES_MAX)
		text_join(&c->names, name);
}

static bool
in_force(const struct service *s)
{
	return s->gated && !s->permissive;
}

static void
count(struct census *c, const char *name, uid_t uid)
{
	const struct diagnosis *report = c->report;
	static struct state st;
	bool first = true;
	struct verdict v;
	size_t i;

	c->users++;
	state_read(-1, name, uid, NULL, &st);
	for (i = 0; i < report->nservices; i++) {
		const struct service *s = &report->services[i];

		if (!in_force(s))
			continue;
		v = ask_service(c, &st, name, uid, s->name);
		if (first && !verdict_admits(&v))
			add_name(c, name);
		first = false;
		/* Of who is to be asked about a try would ask. */
		if (v.kind == VERDICT_DENY && c->whom[i][0] == '\0')
			(void)text_copy(c->whom[i], sizeof(c->whom[i]), name);
	}
	state_free(&st);
}

static void
count_all(struct census *c)
{
	static char buffer[ENTRY_MAX];
	static struct passwd pw;
	struct passwd *entry;

	setpwent();
	while (c->users < USERS_MAX &&
	    getpwent_r(&pw, buffer, sizeof(buffer), &entry) == 0)
		if (account_leasable(pw.pw_uid))
			count(c, pw.pw_name, pw.pw_uid);
	endpwent();
}

static void
say_refused(const struct census *c, const char *service)
{
	if (c->refused == 0)
		diagnosis_note(c->report, "", text_of("nobody of %zu users would "
		    "be refused by %s now", c->users, service));
	else
		diagnosis_note(c->report, "", text_of("%zu of %zu users would be "
		    "refused by %s now: %s%s", c->refused, c->users, service,
		    c->names != NULL ? c->names : "", c->refused > NAMES_MAX ?
		    " and others" : ""));
}

/* Without a lease, that is; a password that is locked begins with one of these. */
static bool
root_password(void)
{
	static char buffer[ENTRY_MAX];
	struct spwd sp, *found;

	return getspnam_r("root", &sp, buffer, sizeof(buffer), &found) == 0 &&
	    found != NULL && strchr("!*", sp.sp_pwdp[0]) == NULL;
}

/* A host without sshd says nothing; a password may do for what goes by its name. */
static bool
root_can_ssh(const struct diagnosis *report)
{
	const char *root = report->root;

	if (strcmp(root, "no") == 0 ||
	    strcmp(root, "forced-commands-only") == 0 ||
	    !sshd_takes_user(report, "root"))
		return false;
	if (sshd_takes_roots_key(report))
		return true;
	return (root[0] == '\0' || strcmp(root, "yes") == 0) &&
	    sshd_takes_passwords(report) && root_password();
}

/* Has root what that service asks of who logs in? */
static bool
root_by(const struct diagnosis *report, const char *service)
{
	return is_sshd(report, service) ? root_can_ssh(report) :
	    service_inside(service) || root_password();
}

/*
 * Or another way in?  Who is to become root by sudo has to pass it as
 * themselves.
 */
static bool
root_can(const struct diagnosis *report, const char *service)
{
	return (strncmp(service, "sudo", 4) != 0 &&
	    root_by(report, service)) ||
	    (report->root[0] != '\0' && root_can_ssh(report));
}

/* Root is never refused, but where a rule names root. */
static void
say_root(const struct census *c)
{
	struct diagnosis *report = c->report;
	static struct state st;
	char *where = NULL, *more;
	struct verdict v;
	size_t i;

	state_read(-1, "root", 0, NULL, &st);
	for (i = 0; i < report->nservices; i++) {
		const struct service *s = &report->services[i];
		bool sshd = is_sshd(report, s->name);

		v = ask_service(c, &st, "root", 0, s->name);
		if (service_inside(s->name) ||
		    (in_force(s) && !verdict_admits(&v)) ||
		    !root_by(report, s->name))
			continue;
		more = text_of(sshd && report->root[0] != '\0' ?
		    "%s (PermitRootLogin %s)" : "%s", s->name, report->root);
		text_join(&where, more != NULL ? more : s->name);
		free(more);
	}
	state_free(&st);
	diagnosis_note(report, "", text_of("without a lease root gets in by: %s",
	    where != NULL ? where : "none that can be told"));
	free(where);
}

static bool
lets_in(const struct census *c, const char *name, uid_t uid,
    const char *service)
{
	static struct state st;
	struct verdict v;

	state_read(-1, name, uid, NULL, &st);
	v = ask_service(c, &st, name, uid, service);
	state_free(&st);
	return verdict_admits(&v);
}

bool
lets_root_in(struct diagnosis *report, const char *service)
{
	static struct census c;

	c.report = report;
	return host_clocks(&c.now) == EXIT_DONE &&
	    root_can(report, service) && lets_in(&c, "root", 0, service);
}

bool
lets_somebody_in(struct diagnosis *report, const char *service)
{
	static char buffer[ENTRY_MAX];
	static struct census c;
	static struct passwd pw;
	struct passwd *entry;
	bool in;

	c.report = report;
	if (host_clocks(&c.now) != EXIT_DONE)
		return false;
	in = lets_root_in(report, service);
	setpwent();
	for (c.users = 0; !in && c.users < USERS_MAX &&
	    getpwent_r(&pw, buffer, sizeof(buffer), &entry) == 0; c.users++)
		in = account_leasable(pw.pw_uid) &&
		    lets_in(&c, pw.pw_name, pw.pw_uid, service) &&
		    (!is_sshd(report, service) ||
		    sshd_takes_user(report, pw.pw_name));
	endpwent();
	return in;
}

static void
try_service(struct diagnosis *report, const struct service *s, const char *user)
{
	const struct stack_line *line = pam_harmful(&s->stack, STACK_ACCOUNT);
	const struct place place = { false, s->name, s->stack.files[0].path,
	    0 };

	if (s->permissive)
		diagnosis_note(report, s->name, text_of("a login without a lease "
		    "is let in, and logged"));
	else if (user[0] == '\0')
		diagnosis_note(report, s->name, text_of("there is nobody whom "
		    "pamlease refuses here now, so that no login was tried"));
	else if (line != NULL)
		diagnosis_note(report, s->name, text_of("no login was tried, as "
		    "it would run %s (%s:%u)", line->module,
		    s->stack.files[line->file].path, line->line));
	else
		switch (pam_try(s->name, user,
		    tty_of(report, s->name))) {
		case TRIAL_DENIED:
			diagnosis_note(report, s->name, text_of("a login of %s, "
			    "who has no lease, WOULD be denied", user));
			break;
		case TRIAL_ADMITTED:
			diagnosis_add(report, &place, "libpam was asked, and the "
			    "account phase let in who pamlease refuses",
			    text_of("a login of %s, who has no lease, WOULD BE "
			    "ADMITTED", user), text_of("mend what else is "
			    "found here, and see that the line of the module "
			    "is reached"));
			break;
		case TRIAL_FAILED:
			diagnosis_note(report, s->name, text_of("no login could "
			    "be tried"));
			break;
		}
}

void
check_users(struct diagnosis *report)
{
	static struct census c;
	const char *first = NULL;
	size_t i;

	c.report = report;
	if (host_clocks(&c.now) != EXIT_DONE) {
		report->failed = true;
		return;
	}
	count_all(&c);
	for (i = 0; i < report->nservices; i++) {
		const struct service *s = &report->services[i];

		if (!s->gated)
			continue;
		if (first == NULL && in_force(s))
			first = s->name;
		if ((s->needs & 1u << STACK_ACCOUNT) != 0)
			try_service(report, s, c.whom[i]);
	}
	if (first != NULL)
		say_refused(&c, first);
	say_root(&c);
	free(c.names);
}

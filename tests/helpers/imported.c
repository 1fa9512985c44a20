#include <sys/stat.h>

#include <security/pam_appl.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../pamlease/import.h"
#include "account.h"
#include "clock.h"
#include "decide.h"

/*
 * Makes rules for pam_time or pam_access and logins, and asks that module, and
 * the decision under the policy that the rules are imported to.  Says where
 * they differ, and at the end what it has tried.
 *
 *	usage: imported time|access DIR SEED FILES
 *
 * Or says "in" or "out", as the module does, of a login by sshd at that moment
 * in UTC (seconds) under the rules in DIR/rules; HOST is "-" for none.
 *
 *	usage: imported time|access DIR ask USER HOST AT
 */

#define EXPORT		__attribute__((visibility("default")))
#define LOGINS		10	/* of each file of rules */
#define RULES_MAX	4
#define DAY		86400
#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define PICK(table)	((table)[any(COUNT(table))])

struct login {
	const char *user, *service, *tty, *rhost;
	time_t at;
};

static struct {
	const char *dir;
	unsigned long random;
	time_t now;		/* for the module */
	char rules[8192];
	size_t len;
	int ends[64];		/* of windows over midnight, HHMM */
	size_t nends;
	char policy[POLICY_FILE_MAX + 1];
	struct state st;
	unsigned char zone[ZONE_FILE_MAX];
	unsigned long in, out, left_out, files;
} app;

static const char *const users[] = { "alice", "bob", "carol" };
static const char *const services[] = { "sshd", "login", "cron" };

/* libc's own would be the real time; pam_time asks this one. */
EXPORT time_t
time(time_t *t)
{
	if (t != NULL)
		*t = app.now;
	return app.now;
}

static void
stop(const char *what)
{
	perror(what);
	exit(99);
}

/* A number below n, the same in each run with that seed. */
static size_t
any(size_t n)
{
	app.random = app.random * 6364136223846793005UL + 1442695040888963407UL;
	return (app.random >> 33) % n;
}

static void __attribute__((format(printf, 1, 2)))
add(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	app.len += (size_t)vsnprintf(app.rules + app.len,
	    sizeof(app.rules) - app.len, fmt, ap);
	va_end(ap);
	if (app.len >= sizeof(app.rules))
		stop("rules");
}

static void
add_blank(void)
{
	static const char *const blanks[] = { "", "", "", " ", "  ", "\t",
	    " \\\n " };

	add("%s", PICK(blanks));
}

static void
add_operator(size_t i)
{
	static const char *const operators[] = { "|", "|", "&" };

	add_blank();
	if (i > 0) {
		add("%s", PICK(operators));
		add_blank();
	}
	if (any(3) == 0)
		add("!");
}

/* One of the names, or a pattern of it. */
static void
add_name(const char *const *names, size_t n)
{
	const char *name = names[any(n)];
	size_t len = strlen(name), head = any(len + 1), tail = any(3);

	switch (any(5)) {
	case 0:
		add("%.*s*", (int)head, name);
		break;
	case 1:
		add("%.*s*%s", (int)head, name, name + len - tail);
		break;
	case 2:
		add("*");
		break;
	default:
		add("%s", name);
	}
}

static void
add_names(const char *const *names, size_t n)
{
	size_t i, words = 1 + any(4);

	for (i = 0; i < words; i++) {
		add_operator(i);
		add_name(names, n);
	}
	add_blank();
	add(";");
}

static void
add_span(void)
{
	static const char *const days[] = { "Mo", "Tu", "We", "th", "Fr", "SA",
	    "Su", "Wk", "Wd", "Al", "Al", "Al" };
	static const int odd[] = { 0, 2400, 860, 1275, 2500, 2359, 1 };
	int hhmm[2];
	size_t i, n = 1 + any(3);

	for (i = 0; i < n; i++)
		add("%s", PICK(days));
	for (i = 0; i < 2; i++)
		hhmm[i] = any(6) == 0 ? PICK(odd) :
		    (int)(any(24) * 100 + any(4) * 15);
	if (hhmm[0] >= hhmm[1])
		app.ends[app.nends++] = hhmm[1];
	add("%04d-%04d", hhmm[0], hhmm[1]);
}

static void
make_time(void)
{
	static const char *const ttys[] = { "ssh", "tty1", "tty12", "pts/1",
	    ":0" };
	size_t i, n;

	add_names(services, COUNT(services));
	add_names(ttys, COUNT(ttys));
	add_names(users, COUNT(users));
	n = 1 + any(3);
	for (i = 0; i < n; i++) {
		add_operator(i);
		add_span();
	}
	add(any(4) == 0 ? " # for a reason\n" : "\n");
}

static void
add_list(const char *const *items, size_t n)
{
	size_t i, words = 1 + any(3), excepted = any(3);

	for (i = 0; i < words; i++)
		add("%s%s", i > 0 ? " " : "", items[any(n)]);
	for (i = 0; i < excepted; i++)
		add("%s%s", i > 0 ? "," : " EXCEPT ", items[any(n)]);
}

static void
make_access(void)
{
	static const char *const who[] = { "ALL", "alice", "bob", "carol",
	    "dave", "(devel)", "wheel", "devel", "(nosuch)", "ALL" };
	static const char *const from[] = { "ALL", "LOCAL", "tty1", "tty12",
	    "cron", "login", "myhost", "10.1.2.3", "10.0.0.0/8", "10.1.",
	    "10.1.0.0/255.255.0.0", ".example.org", "a.example.org",
	    "fd00::/8", "fd00::1", "192.0.2.", "10.1.2.99/26", ":0" };

	add("%s:", any(2) == 0 ? "+ " : "-");
	add_list(who, COUNT(who));
	add(":");
	add_list(from, COUNT(from));
	add("\n");
}

static void
write_file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", app.dir, name);
	f = fopen(path, "we");
	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF)
		stop(path);
}

/* The zone for both, from the same file. */
static void
set_zone(const char *name)
{
	struct error err;
	char path[256];
	size_t len;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	f = fopen(path, "re");
	if (f == NULL)
		stop(path);
	len = fread(app.zone, 1, sizeof(app.zone), f);
	(void)fclose(f);
	if (zone_parse(app.zone, len, &app.st.zone, &err) == -1)
		stop(err.text);
	app.st.zone_found = FOUND_GOOD;
	if (setenv("TZ", name, 1) == -1)
		stop("setenv");
	tzset();
}

static void
set_policy(void)
{
	struct error err;

	policy_free(&app.st.policy);
	if (import_policy(app.rules, app.len, app.policy, sizeof(app.policy),
	    &err) == -1 || policy_parse(app.policy, strlen(app.policy),
	    "policy", &app.st.policy, &err) == -1) {
		(void)printf("%s\n%s\n%s\n", app.rules, app.policy, err.text);
		exit(1);
	}
	app.st.policy_found = FOUND_GOOD;
}

static int
converse(int n, const struct pam_message **msg, struct pam_response **resp,
    void *data)
{
	(void)n;
	(void)msg;
	(void)data;
	*resp = NULL;
	return PAM_CONV_ERR;
}

static bool
module_admits(const struct login *l)
{
	const struct pam_conv conv = { converse, NULL };
	pam_handle_t *pamh = NULL;
	int code;

	app.now = l->at;
	if (pam_start_confdir(l->service, l->user, &conv, app.dir,
	    &pamh) != PAM_SUCCESS ||
	    (l->tty != NULL &&
	    pam_set_item(pamh, PAM_TTY, l->tty) != PAM_SUCCESS) ||
	    (l->rhost != NULL &&
	    pam_set_item(pamh, PAM_RHOST, l->rhost) != PAM_SUCCESS))
		stop("pam_start_confdir");
	code = pam_acct_mgmt(pamh, 0);
	if (code != PAM_SUCCESS && code != PAM_PERM_DENIED)
		stop(pam_strerror(pamh, code));
	(void)pam_end(pamh, code);
	return code == PAM_SUCCESS;
}

static bool
policy_admits(const struct login *l)
{
	struct request rq = { .user = l->user, .known = true,
	    .service = l->service, .tty = l->tty != NULL ? l->tty : "",
	    .rhost = l->rhost != NULL ? l->rhost : "" };
	struct moment now = { .readable = true,
	    .wall = (int64_t)l->at * NANOSECONDS, .boot_id = "x" };
	struct account account;
	struct error err;
	struct verdict v;
	char *text = NULL;

	if (account_by_name(l->user, &account, &err) == -1 ||
	    account_groups(l->user, &app.st.groups, &text, &err) == -1)
		stop(l->user);
	rq.uid = account.uid;
	app.st.groups_found = FOUND_GOOD;
	v = decide(&rq, &app.st, &now);
	free(text);
	return verdict_admits(&v);
}

/* pam_time lets a window over midnight last for the minute of its end. */
static bool
at_end(time_t at)
{
	struct tm tm;
	size_t i;

	if (localtime_r(&at, &tm) == NULL)
		stop("localtime_r");
	for (i = 0; i < app.nends; i++)
		if (tm.tm_hour * 100 + tm.tm_min == app.ends[i])
			return true;
	return false;
}

static void
compare(const struct login *l)
{
	bool in = module_admits(l);
	char when[64] = "";
	struct tm tm;

	if (at_end(l->at)) {
		app.left_out++;
		return;
	}
	if (in)
		app.in++;
	else
		app.out++;
	if (policy_admits(l) == in)
		return;
	if (localtime_r(&l->at, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%a %F %T %Z", &tm);
	(void)printf("%s\n%s\n%s by %s at %s from %s, %s: the module %s\n",
	    app.rules, app.policy, l->user, l->service,
	    l->tty != NULL ? l->tty : "-", l->rhost != NULL ? l->rhost : "-",
	    when, in ? "lets in" : "refuses");
	exit(1);
}

/* Two years, and some days with changes of the clocks. */
static time_t
any_time(void)
{
	static const time_t changes[] = { 1774746000, 1792890000, 1772953200,
	    1793512800, 1775314800, 1791039600 };

	if (any(4) == 0)
		return PICK(changes) - DAY / 4 + (time_t)any(DAY / 2);
	return 1767225600 + (time_t)(any(730) * DAY + any(DAY));
}

static struct login
login_time(void)
{
	static const char *const ttys[] = { "ssh", "tty1", "/dev/tty12",
	    "/dev/pts/1", ":0", "tty2" };

	return (struct login){ PICK(users), PICK(services), PICK(ttys), NULL,
	    any_time() };
}

static struct login
login_access(void)
{
	static const char *const ttys[] = { NULL, "tty1", "/dev/tty12", "cron",
	    ":0", "tty2" };
	static const char *const hosts[] = { NULL, NULL, NULL, "10.1.2.3",
	    "10.9.9.9", "10.1.2.70", "192.0.2.7", "fd00::1", "fd01::1",
	    "a.example.org", "b.example.org", "example.org", "myhost" };
	struct login l = { PICK(users), PICK(services), PICK(ttys),
	    PICK(hosts), any_time() };

	if (l.rhost != NULL)
		l.tty = "ssh";
	return l;
}

static const struct kind {
	const char *name, *stack;
	void (*make)(void);
	struct login (*login)(void);
} kinds[] = {
	{ "time", "account required pam_time.so noaudit conffile=", make_time,
	    login_time },
	{ "access", "account required pam_access.so noaudit accessfile=",
	    make_access, login_access },
};

static void
try_file(const struct kind *kind)
{
	static const char *const zones[] = { "Europe/Berlin", "UTC",
	    "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu" };
	size_t i, n = 1 + any(RULES_MAX);

	app.len = app.nends = 0;
	for (i = 0; i < n; i++)
		kind->make();
	write_file("rules", app.rules);
	set_policy();
	set_zone(PICK(zones));
	for (i = 0; i < LOGINS; i++) {
		const struct login l = kind->login();

		compare(&l);
	}
	app.files++;
}

static void
ask(char *argv[])
{
	const struct login l = { .user = argv[0], .service = "sshd",
	    .tty = "ssh", .rhost = strcmp(argv[1], "-") == 0 ? NULL : argv[1],
	    .at = strtol(argv[2], NULL, 10) };

	set_zone("UTC");
	(void)puts(module_admits(&l) ? "in" : "out");
}

int
main(int argc, char *argv[])
{
	const struct kind *kind = &kinds[0];
	char stack[512];
	size_t i;
	long n;

	if (argc != 5 && argc != 7)
		return 99;
	while (strcmp(kind->name, argv[1]) != 0)
		if (++kind == &kinds[COUNT(kinds)])
			return 99;
	app.dir = argv[2];
	app.random = strtoul(argv[3], NULL, 10);
	policy_init(&app.st.policy);
	(void)snprintf(stack, sizeof(stack), "%s%s/rules\n", kind->stack,
	    app.dir);
	for (i = 0; i < COUNT(services); i++)
		write_file(services[i], stack);
	if (argc == 7) {
		ask(argv + 4);
		return 0;
	}
	for (n = strtol(argv[4], NULL, 10); n > 0; n--)
		try_file(kind);
	(void)printf("%lu files, %lu cases: %lu let in, %lu refused, "
	    "%lu left out\n", app.files, app.in + app.out, app.in, app.out,
	    app.left_out);
	return 0;
}

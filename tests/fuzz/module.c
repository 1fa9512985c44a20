#include <security/pam_modules.h>

#include "../../pam_lease/module.h"
#include "../world/world.h"
#include "event.h"
#include "fuzz.h"
#include "match.h"
#include "name.h"
#include "paths.h"
#include "policy.h"
#include "reader.h"
#include "statedir.h"
#include "status_dir.h"
#include "verdict.h"
#include "window.h"
#include "winddown.h"

/*
 * The module in a world that the input makes: its files, clocks, user database
 * and PAM items, and what fails of them.  What it answers must be what
 * expect() works out from the world itself, no descriptor may be left over,
 * and what it logs and says must be a line each.
 */

/* The module only passes it on. */
struct pam_handle {
	int unused;
};

enum answer {
	NOBODY, BROKEN_HOST, REFUSED, ASKED, EXEMPT, LEASED
};

/* In its stead, as the world has no requests: nobody answers. */
void __wrap_ask(struct call *call);

void
__wrap_ask(struct call *call)
{
	must(call->phase == PHASE_ACCOUNT && call->verdict.why == WHY_ASK &&
	    call->verdict.line > 0);
	call->verdict = verdict_of(WHY_UNANSWERED);
}

/* The world has no programs either. */
void __wrap_hooks_account(struct call *call);

void
__wrap_hooks_account(struct call *call)
{
	must(call->phase == PHASE_ACCOUNT);
}

/* Nor a place for what users may know. */
int __wrap_status_write(const struct session *s, const struct status *status,
	    struct error *err);

int
__wrap_status_write(const struct session *s, const struct status *status,
    struct error *err)
{
	(void)s;
	(void)status;
	error_clear(err);
	return 0;
}

/* What the history would hear of is an event. */
int __wrap_spool_put(int dirfd, const struct event *e, struct error *err);

int
__wrap_spool_put(int dirfd, const struct event *e, struct error *err)
{
	static char data[EVENT_FILE_MAX], store[EVENT_FILE_MAX];
	ssize_t len = event_format(e, 0, data, sizeof(data));
	struct event again;
	int64_t wall;

	(void)dirfd;
	must(len > 0);
	must(event_parse(data, (size_t)len, &again, &wall, store, err) == 0);
	must(again.kind == EVENT_ADMITTED || again.kind == EVENT_DENIED);
	return 0;
}

/* Nothing is made on this machine. */
int __wrap_state_make(struct error *err);

int
__wrap_state_make(struct error *err)
{
	return state_open(err);
}

/* Directories have many links, and only the ledger is read. */
#define OF_DIRECTORY	((unsigned int)LINKS | (unsigned int)READ_FAILS)

/* 1: it can be read, 0: it is not there, -1: neither. */
static int
readable_one(enum file file, unsigned int forgiven)
{
	unsigned int bits = faults_of(file);

	bits &= ~((unsigned int)HARMLESS | forgiven);
	return (bits & ABSENT) != 0 ? 0 : bits != 0 ? -1 : 1;
}

static int
readable(enum file dir, enum file file)
{
	int there = readable_one(dir, OF_DIRECTORY);

	if (there != 1)
		return there;
	return readable_one(file, file == SESSIONS ? LINKS : 0);
}

static const char *
item(const char *value)
{
	return strcmp(value, "-") == 0 ? "" : value;
}

static bool
in_time(const struct lease *lease, const struct policy *policy)
{
	int64_t wall = world_clock(world.wall), boot = world_clock(world.boot);
	int64_t length = lease->expires_at - lease->issued_at, cut = 0;

	if (policy->max != 0 && length > policy->max)
		cut = length - policy->max;
	return wall < lease->expires_at - cut &&
	    boot < lease->expires_boottime - cut;
}

/* Can the local time be told? */
static bool
read_zone(struct zone *zone)
{
	unsigned int bits = faults_of(LOCALTIME) & (ABSENT | SYMLINK |
	    OPEN_FAILS | NO_DESCRIPTOR | READ_FAILS | OTHER_KIND);
	const char *data;
	size_t len = zone_content(&data);
	struct error err;

	return bits == 0 && zone_parse((const unsigned char *)data, len, zone,
	    &err) == 0;
}

static bool
clocks_readable(void)
{
	unsigned int bits = faults_of(BOOT_ID) & (ABSENT | SYMLINK |
	    OPEN_FAILS | NO_DESCRIPTOR | READ_FAILS);

	return world_clock(world.wall) >= 0 && world_clock(world.boot) >= 0 &&
	    bits == 0 && strlen(world.boot_id) >= LEASE_BOOT_ID_LEN;
}

/* 1: it is open, 0: it is not, -1: that can't be told. */
static int
in_window(const char *during)
{
	struct zone zone;

	if (!read_zone(&zone))
		return -1;
	return window_open(during, &zone, world_clock(world.wall)) ? 1 : 0;
}

static bool
matches(enum condition cond, const struct lease_list *items, const char *value)
{
	const struct list list = list_of_lease(items);
	const struct list one = list_of_one(value);

	return match(cond, &list, &one);
}

/* ASKED: it is missing or over, which some rule may ask about. */
static enum answer
expect_lease(const struct policy *policy)
{
	int there = readable(STATE, LEASE), open;
	char file[NAME_FILE_MAX];
	struct lease lease;
	struct error err;

	if ((faults_of(STATE) & ABSENT) != 0)
		return ASKED;
	if (!name_encode(file, sizeof(file), world.pw_name, SUFFIX_LEASE))
		return BROKEN_HOST;
	if (there == 0)
		return ASKED;
	if (there == -1 || lease_parse(world.lease, world.lease_len, &lease,
	    &err) == -1)
		return BROKEN_HOST;
	if (strcmp(lease.user, world.pw_name) != 0 || lease.uid != world_uid())
		return REFUSED;
	if (!clocks_readable())
		return BROKEN_HOST;
	if (strncmp(lease.boot_id, world.boot_id, LEASE_BOOT_ID_LEN) != 0)
		return REFUSED;
	if (!in_time(&lease, policy))
		return ASKED;
	if (lease.issued_at - 60 > world_clock(world.wall))
		return BROKEN_HOST;
	if (!matches(COND_SERVICE, &lease.services, item(world.service)) ||
	    !matches(COND_FROM, &lease.from, item(world.rhost)))
		return REFUSED;
	open = lease.during[0] == '\0' ? 1 : in_window(lease.during);
	return open == 1 ? LEASED : open == 0 ? REFUSED : BROKEN_HOST;
}

/* Somebody whom a rule may speak of. */
struct who {
	const char *value[CONDITIONS];
	bool root;
};

static bool
speaks(const struct rule *rule, enum condition cond, const struct who *who)
{
	const struct list one = list_of_one(who->value[cond] != NULL ?
	    who->value[cond] : "");

	return rule->cond[cond].n == 0 ||
	    match(cond, &rule->cond[cond], &one);
}

/* 1: it speaks of them, 0: it does not, -1: that can't be told. */
static int
fits(const struct rule *rule, const struct who *who)
{
	/* Nobody has a name that no account can have. */
	const bool account = name_valid(who->value[COND_USER]);
	const struct list none = { 0 };
	const struct list groups = account ? world_groups() : none;
	int unknown = who->root ? 0 : -1, open;

	if ((who->root && !rule->names_root) ||
	    !speaks(rule, COND_USER, who) ||
	    !speaks(rule, COND_SERVICE, who) ||
	    !speaks(rule, COND_TTY, who) || !speaks(rule, COND_FROM, who))
		return 0;
	if (rule->cond[COND_GROUP].n > 0) {
		if (account && (has(world.database, 'g') ||
		    has(world.database, 'l')))
			return unknown;
		if (!match(COND_GROUP, &rule->cond[COND_GROUP], &groups))
			return 0;
	}
	if (rule->during == NULL)
		return 1;
	open = clocks_readable() ? in_window(rule->during) : -1;
	return open == -1 ? unknown : open;
}

/* How many others of the rule's set are in. */
static unsigned int
count_in(const struct rule *rule, const struct session *list, int n)
{
	unsigned int count = 0;
	int i, k;

	for (i = 0; i < n; i++) {
		struct who who = { .value = { [COND_USER] = list[i].user,
		    [COND_SERVICE] = list[i].service,
		    [COND_FROM] = list[i].rhost } };

		for (k = 0; k < i; k++)
			if (strcmp(list[k].user, list[i].user) == 0)
				break;
		if (k < i || strcmp(list[i].user, world.pw_name) == 0)
			continue;
		count += fits(rule, &who) != 0;
	}
	return count;
}

/* The number of them, or -1: they can't be told. */
static int
read_peers(struct session list[PEERS - PEER])
{
	int there = readable(STATE, SESSIONS);

	if (there != 1)
		return there;
	return world_peers(list);
}

static enum answer
expect_limit(const struct policy *policy, const struct who *who,
    enum answer admitted)
{
	struct session list[PEERS - PEER];
	int n = read_peers(list), i, fit;
	size_t k;

	for (i = 0; i < n; i++)
		if (strcmp(list[i].user, world.pw_name) == 0)
			return admitted;
	for (k = 0; k < policy->nrules; k++) {
		const struct rule *rule = &policy->rules[k];

		if (rule->action != ACTION_LIMIT)
			continue;
		fit = fits(rule, who);
		if (fit == -1 || (fit == 1 && n == -1 && !who->root))
			return BROKEN_HOST;
		if (fit == 1 && n != -1 &&
		    count_in(rule, list, n) >= rule->limit)
			return REFUSED;
	}
	return admitted;
}

static struct who
who_asks(void)
{
	const struct who who = {
		.value = { [COND_USER] = world.pw_name,
		    [COND_SERVICE] = item(world.service),
		    [COND_TTY] = item(world.tty),
		    [COND_FROM] = item(world.rhost) },
		.root = world_uid() == 0,
	};

	return who;
}

static enum answer
expect_rules(const struct policy *policy)
{
	const struct who who = who_asks();
	enum answer answer = who.root ? EXEMPT : LEASED;
	bool asks = false;
	int fit = 0;
	size_t i;

	for (i = 0; i < policy->nrules && fit == 0; i++) {
		if (policy->rules[i].action >= ACTION_LIMIT)
			continue;
		fit = fits(&policy->rules[i], &who);
		if (fit == -1)
			return BROKEN_HOST;
		if (fit == 0)
			continue;
		if (policy->rules[i].action == ACTION_DENY)
			return REFUSED;
		answer = policy->rules[i].action == ACTION_ALLOW ? EXEMPT :
		    LEASED;
		asks = policy->rules[i].action == ACTION_ASK;
	}
	if (answer == LEASED)
		answer = expect_lease(policy);
	if (answer == ASKED && !asks)
		answer = REFUSED;
	return answer == LEASED || answer == EXEMPT || answer == ASKED ?
	    expect_limit(policy, &who, answer) : answer;
}

/* What a wind-down's file says, as far as it can be read: its deadline. */
static bool
read_winddown(enum file file, const char *data, size_t len,
    struct winddown *wd)
{
	int there = file == WINDDOWN ? readable_one(WINDDOWN, 0) :
	    readable(STATE, WINDDOWN_RUN);
	char text[WINDDOWN_FILE_MAX + 1];
	struct error err;

	winddown_init(wd);
	if (there == 0 || (file == WINDDOWN_RUN &&
	    readable_one(STATE, OF_DIRECTORY) != 1))
		return false;
	if (there == 1 && len <= WINDDOWN_FILE_MAX && !run.forgotten) {
		memcpy(text, data, len);
		(void)winddown_parse(text, len, wd, &err);
	}
	wd->message = "";
	return true;
}

static bool
is_over(const struct winddown *wd)
{
	if (wd->deadline == NO_END || !clocks_readable())
		return false;
	return world_clock(world.wall) >= wd->deadline ||
	    (strncmp(wd->boot_id, world.boot_id, LEASE_BOOT_ID_LEN) == 0 &&
	    world_clock(world.boot) >= wd->deadline_boot);
}

/* 1: they have a session, 0: they have none, -1: that can't be told. */
static int
has_session(bool *first_refused)
{
	int there = readable(STATE, SESSIONS), number, found = 0;
	struct session s;
	char mark;

	*first_refused = false;
	if (readable_one(STATE, OF_DIRECTORY) != 1 || there != 1)
		return readable_one(STATE, OF_DIRECTORY) == 1 ? there : 0;
	for (number = 0; peer_session(number, &s, &mark); number++) {
		bool own = strcmp(s.user, world.pw_name) == 0;

		if (mark == '?' || s.user[0] == '\0')
			found = found == 1 ? 1 : -1;
		else if (own && s.uid == world_uid() && mark == '\0')
			found = 1;
		else if (own && mark == '!' && number == 0)
			*first_refused = true;
	}
	return found;
}

/* The same of a process. */
static int
has_process(bool first_refused)
{
	const bool anybody = world_uid() == (uid_t)-1;
	/* As systemd.exec(5) has it of DynamicUser=. */
	const bool service = world_uid() >= 61184 && world_uid() <= 65519;
	const char *p;
	int found = 0;

	if (world.processes[0] == '\0' && !anybody)
		return 0;
	if (has(world.processes, 'h') || (faults_of(PROC) & (ABSENT |
	    OPEN_FAILS | SYMLINK | NO_DESCRIPTOR | READ_FAILS)) != 0)
		return -1;
	for (p = world.processes; *p != '\0'; p++) {
		if (strchr("zgm", *p) != NULL || (*p == 'o' && !anybody) ||
		    (*p == 'r' && first_refused) || (service && *p != 'u'))
			continue;
		if (*p != 'u')
			return 1;
		found = -1;
	}
	return found;
}

/* LEASED: it is no wind-down that refuses them. */
static enum answer
expect_winddown(const struct policy *policy)
{
	const struct who who = who_asks();
	struct winddown etc, other;
	bool first_refused, on;
	int session, process;
	size_t i;

	on = read_winddown(WINDDOWN, world.winddown, world.winddown_len, &etc);
	on = read_winddown(WINDDOWN_RUN, world.winddown_run,
	    world.winddown_run_len, &other) || on;
	if (!on || who.root)
		return LEASED;
	for (i = 0; i < policy->nrules; i++)
		if (policy->rules[i].action == ACTION_EXEMPT &&
		    fits(&policy->rules[i], &who) == 1)
			return LEASED;
	if (is_over(other.deadline < etc.deadline ? &other : &etc))
		return REFUSED;
	session = has_session(&first_refused);
	process = has_process(first_refused);
	if (session == 1 || process == 1)
		return LEASED;
	return session == 0 && process == 0 ? REFUSED : BROKEN_HOST;
}

static enum answer
expect(void)
{
	struct policy policy;
	enum answer answer = BROKEN_HOST;
	struct error err;
	int there;

	if (!name_valid(item(world.user)))
		return NOBODY;
	if (run.no_account || has(world.database, 'e'))
		return BROKEN_HOST;
	if (has(world.database, 'a') || !name_valid(world.pw_name))
		return NOBODY;
	there = readable(CONFIG, POLICY);
	policy_init(&policy);
	if (there == 1 && policy_parse(world.policy, world.policy_len, "f",
	    &policy, &err) == -1)
		there = -1;
	answer = expect_winddown(&policy);
	if (answer == LEASED && there != -1)
		answer = expect_rules(&policy);
	else if (answer == LEASED)
		answer = world_uid() == 0 ? EXEMPT : BROKEN_HOST;
	policy_free(&policy);
	return answer;
}

static int
code_of(enum answer answer, bool auth)
{
	bool permissive = has(world.options, 'p');

	if (auth && item(world.user)[0] == '\0')
		return PAM_AUTH_ERR;
	if (answer == NOBODY)
		return PAM_USER_UNKNOWN;
	if (answer == LEASED)
		return PAM_SUCCESS;
	if (answer == EXEMPT || permissive)
		return auth ? PAM_IGNORE : PAM_SUCCESS;
	if (auth)
		return answer == ASKED ? PAM_IGNORE : PAM_AUTH_ERR;
	return answer == REFUSED || answer == ASKED ? PAM_PERM_DENIED : PAM_SYSTEM_ERR;
}

/*
 * Without memory something can't be read: that lets nobody else in, and may
 * let root in whom a rule would not.  A wind-down is on, whatever its file
 * says, and refuses whom a rule may exempt.
 */
static enum answer
expect_starved(int r, bool auth, enum answer answer)
{
	if (!run.starved || r == code_of(answer, auth))
		return answer;
	run.forgotten = true;
	answer = expect();
	run.forgotten = false;
	if (r == code_of(answer, auth))
		return answer;
	if (!auth && r == PAM_PERM_DENIED && (faults_of(WINDDOWN) &
	    faults_of(WINDDOWN_RUN) & ABSENT) == 0)
		return REFUSED;
	return world_uid() == 0 && r == code_of(EXEMPT, auth) ? EXEMPT :
	    BROKEN_HOST;
}

/* Runs one phase, and looks at what it did. */
static void
phase(int (*function)(pam_handle_t *, int, int, const char **), bool auth)
{
	struct pam_handle handle;
	const char *argv[4];
	int argc = 0, r;
	int flags = has(world.options, 's') ? (int)PAM_SILENT : 0;
	enum answer answer;

	if (has(world.options, 'd'))
		argv[argc++] = "debug";
	if (has(world.options, 'q'))
		argv[argc++] = "quiet";
	if (has(world.options, 'p'))
		argv[argc++] = "permissive";
	if (has(world.options, 'u'))
		argv[argc++] = world.tty;
	handle.unused = 0;
	memset(&run, 0, sizeof(run));
	run.inside = true;
	r = function(&handle, flags, argc, argv);
	run.inside = false;
	answer = expect_starved(r, auth, expect());
	if (r != code_of(answer, auth))
		(void)fprintf(stderr, "returned %d, not %d\n", r,
		    code_of(answer, auth));
	must(r == code_of(answer, auth));
	must(run.opened == run.closed);
	must((run.said > 0) == (!auth && r != PAM_SUCCESS && flags == 0 &&
	    (answer == REFUSED || answer == BROKEN_HOST ||
	    answer == ASKED)));
	must(run.logged > 0 || answer == EXEMPT || answer == LEASED ||
	    (auth && answer == ASKED));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	char *copy = take_rest(&in);

	world_make(copy, size);
	phase(pam_sm_acct_mgmt, false);
	phase(pam_sm_authenticate, true);
	free(copy);
	return 0;
}

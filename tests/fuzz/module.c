#include <security/pam_modules.h>

#include "../world/world.h"
#include "fuzz.h"
#include "match.h"
#include "name.h"
#include "paths.h"
#include "policy.h"
#include "reader.h"

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
	NOBODY, BROKEN_HOST, REFUSED, EXEMPT, LEASED
};

/* 1: it can be read, 0: it is not there, -1: neither. */
static int
readable(enum file dir, enum file file)
{
	const enum file both[] = { dir, file };
	unsigned int bits;
	size_t i;

	for (i = 0; i < 2; i++) {
		bits = faults_of(both[i]) & ~(unsigned int)HARMLESS;
		/* Directories have many links, and are not read. */
		if (i == 0)
			bits &= ~(unsigned int)(LINKS | READ_FAILS);
		if ((bits & ABSENT) != 0)
			return 0;
		if (bits != 0)
			return -1;
	}
	return 1;
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
	return strlen(world.boot_id) >= LEASE_BOOT_ID_LEN &&
	    memcmp(world.boot_id, lease->boot_id, LEASE_BOOT_ID_LEN) == 0 &&
	    wall < lease->expires_at - cut &&
	    boot < lease->expires_boottime - cut;
}

static bool
matches(enum condition cond, const struct lease_list *items, const char *value)
{
	const struct list list = list_of_lease(items);
	const struct list one = list_of_one(value);

	return match(cond, &list, &one);
}

static enum answer
expect_lease(const struct policy *policy)
{
	unsigned int bits = faults_of(BOOT_ID) & (ABSENT | SYMLINK |
	    OPEN_FAILS | NO_DESCRIPTOR | READ_FAILS);
	bool clocks = world_clock(world.wall) >= 0 &&
	    world_clock(world.boot) >= 0 && bits == 0 &&
	    strlen(world.boot_id) >= LEASE_BOOT_ID_LEN;
	int there = readable(STATE, LEASE);
	char file[NAME_FILE_MAX];
	struct lease lease;
	struct error err;

	if ((faults_of(STATE) & ABSENT) != 0)
		return REFUSED;
	if (!name_encode(file, sizeof(file), world.pw_name, SUFFIX_LEASE))
		return BROKEN_HOST;
	if (there == 0)
		return REFUSED;
	if (there == -1 || lease_parse(world.lease, world.lease_len, &lease,
	    &err) == -1)
		return BROKEN_HOST;
	if (strcmp(lease.user, world.pw_name) != 0 || lease.uid != world_uid())
		return REFUSED;
	if (!clocks)
		return BROKEN_HOST;
	if (!in_time(&lease, policy))
		return REFUSED;
	if (lease.issued_at - 60 > world_clock(world.wall))
		return BROKEN_HOST;
	return matches(COND_SERVICE, &lease.services, item(world.service)) &&
	    matches(COND_FROM, &lease.from, item(world.rhost)) ? LEASED :
	    REFUSED;
}

static enum answer
expect(void)
{
	struct policy policy;
	struct error err;
	int there;

	if (!name_valid(item(world.user)))
		return NOBODY;
	if (run.no_account || has(world.database, 'e'))
		return BROKEN_HOST;
	if (has(world.database, 'a') || !name_valid(world.pw_name))
		return NOBODY;
	if (world_uid() == 0)
		return EXEMPT;
	there = readable(CONFIG, POLICY);
	policy_init(&policy);
	if (there == -1 || run.no_policy || (there == 1 && policy_parse(
	    world.policy, world.policy_len, "f", &policy, &err) == -1))
		return BROKEN_HOST;
	return expect_lease(&policy);
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
		return PAM_AUTH_ERR;
	return answer == REFUSED ? PAM_PERM_DENIED : PAM_SYSTEM_ERR;
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
	answer = expect();
	if (r != code_of(answer, auth))
		(void)fprintf(stderr, "returned %d, not %d\n", r,
		    code_of(answer, auth));
	must(r == code_of(answer, auth));
	must(run.opened == run.closed);
	must(run.said == (!auth && r != PAM_SUCCESS && flags == 0 &&
	    (answer == REFUSED || answer == BROKEN_HOST)));
	must(run.logged > 0 || answer == EXEMPT || answer == LEASED);
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

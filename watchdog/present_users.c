#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "account.h"
#include "present.h"
#include "text.h"
#include "watchdog.h"

/* Is anything to be said or done about the deadline in this run? */
static bool
near(const struct run *run)
{
	const struct policy *policy = &run->host.policy;
	const struct winddown *wd = &run->host.winddown;
	int64_t lead = policy->nleads > 0 ? policy->lead[0] : 0;
	struct moment then = run->now;

	then.wall += lead * NANOSECONDS + HORIZON;
	then.boot += lead * NANOSECONDS + HORIZON;
	return run->host.winddown_found != FOUND_NOTHING &&
	    winddown_over(wd, &then);
}

/* Fills in the name; false for a uid of nobody's, such as a container's. */
static bool
find_name(struct run *run, struct present_user *u)
{
	struct account account;
	struct error err;

	if (account_by_uid(u->uid, &account, &err) == 0)
		return text_copy(u->name, sizeof(u->name), account.name);
	if (err.code == ERROR_SYSTEM) {
		say(LOG_ERR, "uid %u: %s", (unsigned int)u->uid, err.text);
		run->failures++;
	}
	return false;
}

static int
add(void *arg, pid_t pid, pid_t parent, uid_t uid)
{
	struct run *run = arg;
	struct present_user *list;
	size_t i;

	(void)pid;
	(void)parent;
	for (i = 0; i < run->npresent; i++)
		if (run->present[i].uid == uid)
			return 0;
	if (!account_leasable(uid))
		return 0;
	list = reallocarray(run->present, run->npresent + 1, sizeof(*list));
	if (list == NULL)
		return -1;
	run->present = list;
	memset(&list[run->npresent], 0, sizeof(*list));
	list[run->npresent].uid = uid;
	if (find_name(run, &list[run->npresent]))
		run->npresent++;
	return 0;
}

void
present_users_free(struct run *run)
{
	free(run->present);
	run->present = NULL;
	run->npresent = 0;
}

void
present_users_find(struct run *run)
{
	struct error err;

	present_users_free(run);
	error_clear(&err);
	if (!near(run) || present_each(PRESENT_ANYBODY, add, run, &err) == 0)
		return;
	say(LOG_ERR, "who is present: %s", err.code != ERROR_NONE ? err.text :
	    strerror(ENOMEM));
	run->failures++;
}

struct present_user *
present_user_of(const struct run *run, const char *user)
{
	size_t i;

	for (i = 0; i < run->npresent; i++)
		if (strcmp(run->present[i].name, user) == 0)
			return &run->present[i];
	return NULL;
}

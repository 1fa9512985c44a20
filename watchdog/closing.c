#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "hooked.h"
#include "watchdog.h"

#define UNIT_MAX	(SESSION_NAME_MAX + 32)

/*
 * Hooks and the presence program may do what this program may not, and take
 * their time.  The latter is to hear of who is in once a run.
 */
void
closing_start(struct run *run, bool somebody)
{
	char name[UNITS_MAX][UNIT_MAX], entry[SESSION_NAME_MAX];
	const char *units[UNITS_MAX];
	struct ledger owed;
	struct error err;
	size_t n;

	if (hooked_owed(run->dirfd, &owed, &err) == -1 || owed.broken > 0) {
		run->failures++;
		if (!run->again)
			say(LOG_ERR, "hooks: %s", shown(err.text));
	}
	for (n = 0; n < owed.n && n < UNITS_MAX - 1; n++) {
		(void)snprintf(name[n], sizeof(name[n]),
		    "pamlease-close@%s.service",
		    session_name(entry, &owed.list[n]));
		units[n] = name[n];
	}
	ledger_free(&owed);
	if (somebody && !run->again &&
	    run->host.policy.presence_command != NULL)
		units[n++] = "pamlease-present.service";
	if (n > 0 && !units_start(units, n)) {
		run->failures++;
		say(LOG_ERR, "%s can't be started, so that close hooks are not "
		    "run, or the presence program", units[0]);
	}
}

static void
say_line(void *arg, const char *name, bool is_stderr, const char *line)
{
	(void)is_stderr;
	say(LOG_NOTICE, "%s: hook %s says: %s", (const char *)arg, name,
	    shown(line));
}

/* The presence program and close hooks, as the policy is now. */
static int
run_with_policy(const char *session,
    int (*what)(int dirfd, const char *session, const struct hooked *h,
    struct error *err))
{
	char text[SESSION_NAME_MAX];
	struct state st;
	struct hooked h = { .policy = &st.policy, .expires = NO_END,
	    .line = say_line, .arg = text };
	struct error err;
	int dirfd, r;

	(void)snprintf(text, sizeof(text), "%s", session);
	memset(&st, 0, sizeof(st));
	(void)state_read_policy_inside(&st);
	dirfd = state_open(&err);
	r = dirfd == -1 ? -1 : what(dirfd, text, &h, &err);
	if (dirfd != -1)
		(void)close(dirfd);
	state_free(&st);
	if (r == 0)
		return EXIT_DONE;
	say(LOG_ERR, "%s: %s", shown(text), err.text);
	return EXIT_IO;
}

int
closing_run(const char *entry)
{
	return run_with_policy(entry, hooked_close);
}

static int
refresh(int dirfd, const char *session, const struct hooked *h,
    struct error *err)
{
	(void)session;
	return h->policy->presence_command == NULL ? 0 :
	    hooked_refresh(dirfd, h, err);
}

int
closing_refresh(void)
{
	return run_with_policy("presence", refresh);
}

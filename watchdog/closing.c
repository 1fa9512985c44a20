#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "hooked.h"
#include "watchdog.h"

#define UNIT_MAX	(SESSION_NAME_MAX + 32)

/* Hooks may do what this program may not, and take their time. */
void
closing_start(struct run *run)
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
	for (n = 0; n < owed.n && n < UNITS_MAX; n++) {
		(void)snprintf(name[n], sizeof(name[n]),
		    "pamlease-close@%s.service",
		    session_name(entry, &owed.list[n]));
		units[n] = name[n];
	}
	ledger_free(&owed);
	if (n > 0 && !units_start(units, n)) {
		run->failures++;
		say(LOG_ERR, "%s can't be started: close hooks are not run",
		    units[0]);
	}
}

static void
say_line(void *arg, const char *name, bool is_stderr, const char *line)
{
	(void)is_stderr;
	say(LOG_NOTICE, "%s: hook %s says: %s", (const char *)arg, name,
	    shown(line));
}

int
closing_run(const char *entry)
{
	char session[SESSION_NAME_MAX];
	struct hooked h = { .expires = NO_END, .line = say_line,
	    .arg = session };
	struct error err;
	struct state st;
	int dirfd, r;

	memset(&st, 0, sizeof(st));
	(void)snprintf(session, sizeof(session), "%s", entry);
	(void)state_read_policy_inside(&st);
	h.limit = st.policy.hook_timeout * 1000;
	state_free(&st);
	dirfd = state_open(&err);
	r = dirfd == -1 ? -1 : hooked_close(dirfd, session, &h, &err);
	if (dirfd != -1)
		(void)close(dirfd);
	if (r == 0)
		return EXIT_DONE;
	say(LOG_ERR, "session %s: close hooks are to be tried again: %s",
	    shown(session), err.text);
	return EXIT_IO;
}

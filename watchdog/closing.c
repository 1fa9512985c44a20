#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "hooked.h"
#include "watchdog.h"

#define UNIT_MAX	(SESSION_NAME_MAX + 32)
#define UNITS_MAX	64	/* that are started by one look */

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
	size_t first = (size_t)(run->now.boot / NANOSECONDS), i, k, n = 0;
	struct error err;

	if (hooked_owed(run->dirfd, &owed, &err) == -1 || owed.broken > 0) {
		run->failures++;
		if (!run->again)
			say(LOG_ERR, "hooks: %s", shown(err.text));
	}
	/* One for a user, and where there are too many, others each time. */
	for (i = 0; i < owed.n && n < UNITS_MAX - 1; i++) {
		k = (i + first) % owed.n;
		if (k > 0 && strcmp(owed.list[k].user,
		    owed.list[k - 1].user) == 0)
			continue;
		(void)snprintf(name[n], sizeof(name[n]),
		    "pamlease-close@%s.service",
		    session_name(entry, &owed.list[k]));
		units[n] = name[n];
		n++;
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

/*
 * What a unit does for the user of a session, or (NULL) for each who is in, as
 * the policy is now.  A broken one does not say who is to hear of it.
 */
static int
run_unit(const char *entry, int (*what)(int dirfd, const char *entry,
    const struct hooked *h, struct state *st, struct error *err))
{
	static char who[] = "hooks";
	struct state st;
	struct hooked h = { .policy = &st.policy, .expires = NO_END,
	    .over = true, .line = say_line, .arg = who };
	struct error err;
	int dirfd, r;

	memset(&st, 0, sizeof(st));
	dirfd = state_open(&err);
	if (dirfd == -1)
		r = -1;
	else if (state_read_policy_inside(&st) == -1) {
		err = st.policy_error;
		r = -1;
	} else
		r = what(dirfd, entry, &h, &st, &err);
	if (dirfd != -1)
		(void)close(dirfd);
	state_free(&st);
	if (r == 0)
		return EXIT_DONE;
	say(LOG_ERR, "%s: %s", entry != NULL ? entry : "presence",
	    shown(err.text));
	return EXIT_IO;
}

/* Of all sessions of the same user's: they would wait for each other. */
static int
close_user(int dirfd, const char *entry, const struct hooked *h,
    struct state *st, struct error *err)
{
	char name[SESSION_NAME_MAX];
	struct session *own = NULL;
	struct ledger owed;
	struct error inner;
	size_t i;
	int r;

	(void)st;
	r = hooked_owed(dirfd, &owed, err);
	for (i = 0; i < owed.n && own == NULL; i++)
		if (strcmp(session_name(name, &owed.list[i]), entry) == 0)
			own = &owed.list[i];
	for (i = 0; own != NULL && i < owed.n; i++)
		if (strcmp(owed.list[i].user, own->user) == 0 &&
		    hooked_close(dirfd, session_name(name, &owed.list[i]), h,
		    &inner) == -1) {
			*err = inner;
			r = -1;
		}
	ledger_free(&owed);
	return r;
}

int
closing_run(char *const *argv)
{
	return run_unit(argv[0], close_user);
}

static int
refresh(int dirfd, const char *entry, const struct hooked *h,
    struct state *st, struct error *err)
{
	struct hooked own = *h;
	const char *last = "";
	struct ledger live;
	struct error inner;
	size_t i;
	int r;

	(void)entry;
	if (st->policy.presence_command == NULL)
		return 0;
	r = hooked_live(dirfd, &live, err);
	for (i = 0; i < live.n; i++) {
		own.session = &live.list[i];
		if (strcmp(last, live.list[i].user) == 0 ||
		    !session_exclusive(st, &live.list[i]))
			continue;
		last = live.list[i].user;
		if (hooked_refresh(dirfd, &own, &inner) == -1) {
			*err = inner;
			r = -1;
		}
	}
	ledger_free(&live);
	return r;
}

int
closing_refresh(char *const *argv)
{
	(void)argv;
	return run_unit(NULL, refresh);
}

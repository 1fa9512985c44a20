#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "clock.h"
#include "counted.h"
#include "dir.h"
#include "metrics.h"
#include "name.h"
#include "paths.h"
#include "watchdog.h"

/* What is read for them. */
struct survey {
	struct metrics *m;
	int dirfd;
	struct moment now;
	struct state host;
	struct ledger ledger;
	bool *seen;		/* entries of the ledger that were looked at */
	int64_t next;		/* seconds, or NO_END */
	size_t failures;
};

static void
fail(struct survey *s, const char *what, const struct error *err)
{
	s->failures++;
	say(LOG_ERR, "metrics: %s%s", what, shown(err->text));
}

/* As the next run will find it, but for what it says of it. */
static int
look_at(struct survey *s, const char *user)
{
	struct state st;
	struct marks marks = { .end = 0 };
	struct watched w = { .user = user, .state = &st, .marks = &marks,
	    .terminals = true, .run = s->now.boot };
	struct plan plan;
	bool *ends;

	w.sessions = ledger_find(&s->ledger, user, &w.nsessions);
	if (w.sessions != NULL)
		memset(s->seen + (w.sessions - s->ledger.list), true,
		    w.nsessions);
	ends = calloc(w.nsessions + 1, sizeof(*ends));
	if (ends == NULL)
		return -1;
	state_share(&s->host, &st);
	state_read_user(s->dirfd, user, &st);
	plan_user(&w, &s->now, &plan, ends);
	if (plan.end != PLAN_END_NONE || plan.remove)
		s->next = 0;
	else if (plan.left > 0 && plan.left < s->next)
		s->next = plan.left;
	state_free_user(&st);
	free(ends);
	return 0;
}

static int
look_at_lease(void *arg, int dirfd, const char *name)
{
	char user[LEASE_NAME_MAX + 1];
	struct survey *s = arg;

	(void)dirfd;
	if (!name_decode_file(user, sizeof(user), name, SUFFIX_LEASE))
		return 0;
	s->m->leases++;
	return look_at(s, user);
}

static void
count_sessions(struct survey *s)
{
	struct error err;
	size_t i;

	s->m->knows_sessions = ledger_read(s->dirfd, NULL, &s->ledger,
	    &err) == 0;
	if (!s->m->knows_sessions || s->ledger.broken > 0)
		fail(s, "ledger: ", &err);
	ledger_drop_dead(&s->ledger);
	for (i = 0; i < s->ledger.n; i++)
		s->m->sessions[s->ledger.list[i].by]++;
}

static void
find_next_end(struct survey *s)
{
	struct error err;
	size_t i;
	int r;

	/* What is wrong with these the watchdog says. */
	(void)state_read_policy_inside(&s->host);
	state_read_winddown(s->dirfd, &s->host);
	r = dir_each(s->dirfd, look_at_lease, s, &err);
	s->m->knows_leases = r == 0;
	for (i = 0; r == 0 && i < s->ledger.n; i++)
		if (!s->seen[i])
			r = look_at(s, s->ledger.list[i].user);
	if (r == -1 && err.code == ERROR_NONE)
		(void)error_system(&err, "users");
	if (r == -1)
		fail(s, "", &err);
	s->m->knows_end = r == 0 && s->next != NO_END;
	s->m->next_end = s->next;
	state_free(&s->host);
}

static void
read_state(struct survey *s)
{
	struct error err;

	count_sessions(s);
	s->seen = calloc(s->ledger.n + 1, sizeof(*s->seen));
	clock_now(&s->now);
	if (s->seen != NULL && s->now.readable)
		find_next_end(s);
	else {
		(void)error_set(&err, ERROR_SYSTEM, s->seen == NULL ?
		    "out of memory" : "a clock can't be read");
		fail(s, "", &err);
	}
	free(s->seen);
	ledger_free(&s->ledger);
	s->m->knows_run = last_run_read(s->dirfd, &s->m->run, &err) == 0;
	if (!s->m->knows_run && err.code != ERROR_ABSENT)
		fail(s, "", &err);
	if (counted_look(s->dirfd, &s->m->counters, &s->m->knows_counters,
	    &err) == -1)
		fail(s, "", &err);
}

size_t
metrics_read(struct metrics *m)
{
	struct survey s = { .m = m, .next = NO_END };
	struct error err;

	memset(m, 0, sizeof(*m));
	s.dirfd = state_make(&err);
	if (s.dirfd != -1) {
		read_state(&s);
		(void)close(s.dirfd);
	} else
		fail(&s, "", &err);
	return s.failures;
}

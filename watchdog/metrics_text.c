#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lease.h"
#include "metrics.h"

static void
head(FILE *out, const char *name, const char *type, const char *help)
{
	(void)fprintf(out, "# HELP pamlease_%s %s\n# TYPE pamlease_%s %s\n",
	    name, help, name, type);
}

static void
one(FILE *out, const char *name, const char *type, const char *help,
    int64_t value)
{
	head(out, name, type, help);
	(void)fprintf(out, "pamlease_%s %" PRId64 "\n", name, value);
}

/* Exact where a double would not be. */
static void
seconds(FILE *out, const char *name, int64_t ms)
{
	(void)fprintf(out, "pamlease_%s %" PRId64 ".%03d\n", name, ms / 1000,
	    (int)(ms % 1000));
}

static void
sessions(FILE *out, const struct metrics *m)
{
	int i;

	head(out, "sessions", "gauge",
	    "Sessions that are open, by what let them in.");
	for (i = 0; i < SESSION_WORDS; i++)
		(void)fprintf(out, "pamlease_sessions{by=\"%s\"} %" PRId64
		    "\n", admitted_word((enum admitted)i), m->sessions[i]);
}

/* Those that can come are there from the beginning, so that one is a change. */
static bool
is_expected(enum login_result result, int why)
{
	struct verdict v;

	if (why == WHYS)
		return true;
	v = verdict_of((enum why)why);
	return v.kind != VERDICT_NEXT && v.kind != VERDICT_ASK &&
	    (result == LOGIN_ADMITTED) == verdict_admits(&v);
}

static void
logins(FILE *out, const struct counters *c)
{
	const char *word;
	int i, k;

	head(out, "logins_total", "counter",
	    "Logins by what was decided, and why; permissive ones were denied "
	    "and let in.");
	for (i = 0; i < LOGIN_RESULTS; i++)
		for (k = 0; k <= WHYS; k++) {
			word = login_why_word(k);
			if (word == NULL || (c->logins[i][k] == 0 &&
			    !is_expected((enum login_result)i, k)))
				continue;
			(void)fprintf(out, "pamlease_logins_total{"
			    "result=\"%s\",why=\"%s\"} %" PRId64 "\n",
			    login_result_word((enum login_result)i), word,
			    c->logins[i][k]);
		}
}

static void
ends(FILE *out, const struct counters *c)
{
	static const char *const name = "ends_late_seconds";
	int64_t n = 0;
	int i;

	head(out, name, "histogram",
	    "How long after it was due an end was done.");
	for (i = 0; i < LATE_BOUNDS; i++) {
		n += c->late[i];
		(void)fprintf(out, "pamlease_%s_bucket{le=\"%g\"} %" PRId64
		    "\n", name, (double)late_bounds[i] / 1000, n);
	}
	n += c->late[LATE_BOUNDS];
	(void)fprintf(out, "pamlease_%s_bucket{le=\"+Inf\"} %" PRId64 "\n",
	    name, n);
	seconds(out, "ends_late_seconds_sum", c->late_ms);
	(void)fprintf(out, "pamlease_%s_count %" PRId64 "\n", name, n);
	one(out, "processes_swept_total", "counter",
	    "Processes that ignored SIGTERM at an end, and were killed.",
	    c->swept);
}

static void
last_run(FILE *out, const struct last_run *run)
{
	head(out, "last_run_timestamp_seconds", "gauge",
	    "When the watchdog's last run ended.");
	seconds(out, "last_run_timestamp_seconds",
	    run->ended / (NANOSECONDS / 1000));
	one(out, "last_run_result", "gauge",
	    "Exit status of that run; 0 is good.", run->result);
	one(out, "last_run_failures", "gauge",
	    "How much that run could not do.", run->failures);
}

char *
metrics_text(const struct metrics *m)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	bool good;

	if (out == NULL)
		return NULL;
	if (m->knows_leases)
		one(out, "leases", "gauge", "Leases on this host.",
		    m->leases);
	if (m->knows_sessions)
		sessions(out, m);
	if (m->knows_end)
		one(out, "next_end_seconds", "gauge",
		    "Time until the next lease or session ends; 0: it is over.",
		    m->next_end);
	if (m->knows_counters) {
		logins(out, &m->counters);
		ends(out, &m->counters);
	}
	if (m->knows_run)
		last_run(out, &m->run);
	good = ferror(out) == 0;
	if (fclose(out) == 0 && good)
		return text;
	free(text);
	return NULL;
}

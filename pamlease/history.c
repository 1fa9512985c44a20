#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "past.h"
#include "text.h"
#include "timestamp.h"

#define TICK	400	/* ms between two looks of --follow */
#define WHAT_MAX	2048

/* What is behind user, service and host, in this order. */
static const struct {
	enum event_field field;
	const char *before, *behind;
} details[] = {
	{ EVENT_BY, "by ", "" },
	{ EVENT_LET_IN_BY, "by ", "" },
	{ EVENT_WHY, "", "" },
	{ EVENT_DETAIL, "", "" },
	{ EVENT_REASON, "\"", "\"" },
	{ EVENT_REQUEST, "request ", "" },
	{ EVENT_EXPIRES, "until ", "" },
	{ EVENT_LEFT_S, "", " s left" },
	{ EVENT_TERMINALS, "", " terminals" },
	{ EVENT_STUCK, "", " of them stuck" },
	{ EVENT_FOUND, "", " processes" },
	{ EVENT_KILLED, "", " killed" },
	{ EVENT_LEFT, "", " left" },
	{ EVENT_TOOK_MS, "", " ms" },
	{ EVENT_LATE_MS, "", " ms late" },
	{ EVENT_PERMISSIVE, "let in all the same: ", "" },
};

#define NDETAILS	(sizeof(details) / sizeof(details[0]))

/* A fact as people read it: times in the host's zone. */
static const char *
fact(const struct past *p, enum event_field f, char *dst, size_t size)
{
	const cJSON *item = past_fact(p, f);
	int64_t t;

	dst[0] = '\0';
	if (cJSON_IsNumber(item))
		(void)snprintf(dst, size, "%.0f", item->valuedouble);
	else if (cJSON_IsTrue(item))
		(void)snprintf(dst, size, "yes");
	else if (past_time(p, f, &t))
		(void)timestamp_local_date(dst, host_zone(), t, true);
	else if (cJSON_IsString(item))
		(void)text_show(dst, size, item->valuestring,
		    strlen(item->valuestring));
	return dst;
}

static const char *
what(const struct past *p, char *dst, size_t size)
{
	char text[SHOWN_MAX];
	size_t i, len = 0;
	int n;

	dst[0] = '\0';
	for (i = 0; i < NDETAILS; i++) {
		if (fact(p, details[i].field, text, sizeof(text))[0] == '\0')
			continue;
		n = snprintf(dst + len, size - len, "%s%s%s%s",
		    len > 0 ? ", " : "", details[i].before, text,
		    details[i].behind);
		if (n < 0 || (size_t)n >= size - len)
			break;
		len += (size_t)n;
	}
	return dst;
}

static int
add_row(void *arg, const struct past *p)
{
	char at[TIMESTAMP_TEXT_MAX], text[WHAT_MAX];
	struct table *table = arg;

	table_add(table, timestamp_local_date(at, host_zone(), p->at, true));
	table_add(table, p->event);
	table_add(table, past_text(p, EVENT_USER));
	table_add(table, past_text(p, EVENT_SERVICE));
	table_add(table, past_text(p, EVENT_RHOST));
	table_add(table, what(p, text, sizeof(text)));
	return EXIT_DONE;
}

static int
print_line(void *arg, const struct past *p)
{
	char at[TIMESTAMP_TEXT_MAX], text[WHAT_MAX], user[SHOWN_MAX];
	char service[SHOWN_MAX], rhost[SHOWN_MAX], event[SHOWN_MAX];

	(void)arg;
	(void)printf("%s %-10s %s%s%s%s%s%s%s\n",
	    timestamp_local_date(at, host_zone(), p->at, true),
	    show(event, p->event), show(user, past_text(p, EVENT_USER)),
	    past_text(p, EVENT_SERVICE)[0] != '\0' ? " " : "",
	    show(service, past_text(p, EVENT_SERVICE)),
	    past_text(p, EVENT_RHOST)[0] != '\0' ? " from " : "",
	    show(rhost, past_text(p, EVENT_RHOST)),
	    what(p, text, sizeof(text))[0] != '\0' ? ": " : "", text);
	return EXIT_DONE;
}

static int
print_json(void *arg, const struct past *p)
{
	char *line = cJSON_PrintUnformatted(p->json);

	(void)arg;
	if (line == NULL)
		return fail(EXIT_IO, "out of memory");
	(void)puts(line);
	cJSON_free(line);
	return EXIT_DONE;
}

static int
print_table(const struct past_filter *filter)
{
	static const char *const heading[] = {
		"TIME", "EVENT", "USER", "SERVICE", "FROM", "WHAT"
	};
	struct table table;
	int r, printed;

	table_init(&table, heading, sizeof(heading) / sizeof(heading[0]));
	table.wraps = COLUMN(3) | COLUMN(5);
	r = past_each(filter, NULL, add_row, &table);
	if (r == EXIT_DONE && table.n == 0) {
		(void)puts("No events.");
		return r;
	}
	printed = table_print(&table);
	return r != EXIT_DONE ? r : printed;
}

/* From now on, until somebody ends it. */
static int
follow(const struct past_filter *filter, bool json)
{
	const struct timespec pause = { 0, TICK * 1000000L };
	struct history_place place = { .number = 0 };
	bool failed = false;
	int r = EXIT_DONE;

	while (r == EXIT_DONE) {
		/* It says what is wrong; what is there is shown all the same. */
		failed = past_collect(failed) != EXIT_DONE;
		r = past_each(filter, &place, json ? print_json : print_line,
		    NULL);
		if (r == EXIT_DONE && fflush(stdout) == EOF)
			break;
		(void)nanosleep(&pause, NULL);
	}
	return r;
}

static int
make_filter(const struct args *args, struct past_filter *f)
{
	const char *event = args->value[OPT_EVENT];
	const char *user = args->value[OPT_USER];
	char shown[QUOTED_MAX];
	struct moment now;
	int r;

	*f = (struct past_filter){ .event = event, .since = 0,
	    .until = INT64_MAX,
	    .would_deny = args->value[OPT_WOULD_DENY] != NULL };
	if (event != NULL && event_kind_of(event) == EVENT_KINDS)
		return fail(EXIT_USAGE, "no such event: '%s'; "
		    "pamlease-history(5) has them", quote(shown, event));
	if (user != NULL)
		(void)text_show(f->user, sizeof(f->user), user, strlen(user));
	if (host_clocks(&now) != EXIT_DONE)
		return EXIT_IO;
	r = past_limit("since", args->value[OPT_SINCE], wall_seconds(&now),
	    &f->since);
	return r != EXIT_DONE ? r : past_limit("until",
	    args->value[OPT_UNTIL], wall_seconds(&now), &f->until);
}

int
cmd_history(const struct args *args)
{
	const char *const *value = args->value;
	bool json = value[OPT_JSON] != NULL;
	struct past_filter filter;
	int r;

	if ((value[OPT_FOLLOW] != NULL) + (value[OPT_VERIFY] != NULL) +
	    (value[OPT_SUMMARY] != NULL) > 1)
		return fail(EXIT_USAGE, "one of --follow, --verify and "
		    "--summary at a time");
	if (value[OPT_SUMMARY] != NULL && (value[OPT_EVENT] != NULL ||
	    value[OPT_WOULD_DENY] != NULL))
		return fail(EXIT_USAGE, "--summary is of all events");
	r = make_filter(args, &filter);
	if (r != EXIT_DONE)
		return r;
	if (value[OPT_FOLLOW] != NULL)
		return follow(&filter, json);
	if (value[OPT_VERIFY] != NULL)
		return past_verify();
	if (past_collect(false) != EXIT_DONE)
		warning("what has happened last is missing");
	if (value[OPT_SUMMARY] != NULL)
		return past_summary(&filter, json);
	return json ? past_each(&filter, NULL, print_json, NULL) :
	    print_table(&filter);
}

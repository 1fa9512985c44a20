#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "past.h"
#include "state.h"
#include "text.h"
#include "timestamp.h"

#define TICK	400	/* ms between two looks of --follow */
#define DAY	86400
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

static const cJSON *
field(const cJSON *json, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(json, key);
}

static const char *
text_of(const cJSON *json, const char *key)
{
	const cJSON *item = field(json, key);

	return cJSON_IsString(item) ? item->valuestring : "";
}

const char *
past_text(const struct past *p, enum event_field f)
{
	return text_of(p->json, event_field_name(f));
}

bool
past_has(const struct past *p, enum event_field f)
{
	return field(p->json, event_field_name(f)) != NULL;
}

/* The seconds of an RFC 3339 time with a fraction; false: it is none. */
static bool
take_time(const char *text, int64_t *t)
{
	char seconds[TIMESTAMP_LEN + 1];

	if (strlen(text) < TIMESTAMP_LEN)
		return false;
	memcpy(seconds, text, TIMESTAMP_LEN - 1);
	seconds[TIMESTAMP_LEN - 1] = 'Z';
	return timestamp_parse(seconds, TIMESTAMP_LEN, t) == 0;
}

struct reading {
	const struct past_filter *filter;
	struct history_place place;	/* behind the last line */
	uint64_t after;		/* lines up to that one were read before */
	int (*each)(void *arg, const struct past *p);
	void *arg;
	size_t odd;		/* lines that are none */
};

static bool
is_wanted(const struct past_filter *f, const struct past *p)
{
	return p->at >= f->since && p->at <= f->until &&
	    (f->event == NULL || strcmp(p->event, f->event) == 0) &&
	    (f->user[0] == '\0' ||
	    strcmp(past_text(p, EVENT_USER), f->user) == 0);
}

static int
read_line(void *arg, const struct history_line *line)
{
	struct reading *r = arg;
	struct past p = { cJSON_ParseWithLength(line->text, line->len), 0,
	    NULL };
	char previous[CHAIN_HASH + 1];
	uint64_t number, last = r->place.number;
	int ret = EXIT_DONE;

	p.event = text_of(p.json, "event");
	if (!chain_read(line->text, line->len, &number, previous) ||
	    !take_time(text_of(p.json, "time"), &p.at))
		r->odd += !line->cut;
	else if (number > r->after) {
		if (number > last)
			last = number;
		if (is_wanted(r->filter, &p))
			ret = r->each(r->arg, &p);
	}
	r->place = line->next;
	r->place.number = last;
	cJSON_Delete(p.json);
	return ret;
}

int
past_each(const struct past_filter *filter, struct history_place *place,
    int (*each)(void *arg, const struct past *p), void *arg)
{
	struct reading r = { .filter = filter, .each = each, .arg = arg };
	struct error err;
	int ret;

	if (place != NULL) {
		r.place = *place;
		r.after = place->number;
	}
	ret = history_read(place, read_line, &r, &err);
	if (place != NULL)
		*place = r.place;
	if (ret == -1)
		return fail_error(&err);
	if (r.odd > 0)
		warning("%zu lines can't be read; see --verify", r.odd);
	return ret;
}

/* A fact as people read it: times in the host's zone. */
static const char *
fact(const struct past *p, enum event_field f, char *dst, size_t size)
{
	const cJSON *item = field(p->json, event_field_name(f));
	int64_t t;

	dst[0] = '\0';
	if (cJSON_IsNumber(item))
		(void)snprintf(dst, size, "%.0f", item->valuedouble);
	else if (cJSON_IsTrue(item))
		(void)snprintf(dst, size, "yes");
	else if (cJSON_IsString(item) &&
	    event_field_type(f) == EVENT_TIME &&
	    take_time(item->valuestring, &t))
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

/* What waits is written first, so that all is there that has happened. */
static int
collect(void)
{
	struct error err;
	int dirfd = state_open(&err), r = EXIT_DONE;

	if (dirfd == -1)
		return err.code == ERROR_ABSENT ? EXIT_DONE :
		    fail_error(&err);
	if (history_collect(dirfd, NULL, &err) == -1)
		r = fail_error(&err);
	(void)close(dirfd);
	return r;
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
	int r = EXIT_DONE;

	while (r == EXIT_DONE) {
		/* It says what is wrong; what is there is shown all the same. */
		(void)collect();
		r = past_each(filter, &place, json ? print_json : print_line,
		    NULL);
		if (r == EXIT_DONE && fflush(stdout) == EOF)
			break;
		(void)nanosleep(&pause, NULL);
	}
	return r;
}

/* A time without a date is the last one of it. */
static int
take_limit(const char *option, const char *text, int64_t now, int64_t *t)
{
	struct error err;

	if (text == NULL || timestamp_parse_input(text, host_zone(),
	    now - DAY, t, &err) == 0)
		return EXIT_DONE;
	return fail(EXIT_USAGE, "--%s: %s", option, err.text);
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
	    .until = INT64_MAX };
	if (event != NULL && event_kind_of(event) == EVENT_KINDS)
		return fail(EXIT_USAGE, "no such event: '%s'; "
		    "pamlease-history(5) has them", quote(shown, event));
	if (user != NULL)
		(void)text_show(f->user, sizeof(f->user), user, strlen(user));
	if (host_clocks(&now) != EXIT_DONE)
		return EXIT_IO;
	r = take_limit("since", args->value[OPT_SINCE], wall_seconds(&now),
	    &f->since);
	return r != EXIT_DONE ? r : take_limit("until",
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
	if (value[OPT_SUMMARY] != NULL && value[OPT_EVENT] != NULL)
		return fail(EXIT_USAGE, "--summary is of all events");
	r = make_filter(args, &filter);
	if (r != EXIT_DONE)
		return r;
	if (value[OPT_FOLLOW] != NULL)
		return follow(&filter, json);
	if (value[OPT_VERIFY] != NULL)
		return past_verify();
	if (collect() != EXIT_DONE)
		warning("what has happened last is missing");
	if (value[OPT_SUMMARY] != NULL)
		return past_summary(&filter, json);
	return json ? past_each(&filter, NULL, print_json, NULL) :
	    print_table(&filter);
}

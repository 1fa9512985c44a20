#include <string.h>
#include <unistd.h>

#include "past.h"
#include "state.h"
#include "timestamp.h"

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

const cJSON *
past_fact(const struct past *p, enum event_field f)
{
	return field(p->json, event_field_name(f));
}

const char *
past_text(const struct past *p, enum event_field f)
{
	return text_of(p->json, event_field_name(f));
}

bool
past_has(const struct past *p, enum event_field f)
{
	return past_fact(p, f) != NULL;
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

bool
past_time(const struct past *p, enum event_field f, int64_t *t)
{
	*t = 0;
	return event_field_type(f) == EVENT_TIME &&
	    take_time(past_text(p, f), t);
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
	    (!f->would_deny || (past_has(p, EVENT_PERMISSIVE) &&
	    strcmp(p->event, event_word(EVENT_DENIED)) == 0)) &&
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

int
past_collect(bool quiet)
{
	struct error err;
	int dirfd = state_open(&err), r;

	if (dirfd == -1)
		r = err.code == ERROR_ABSENT ? 0 : -1;
	else {
		r = history_collect(dirfd, NULL, &err);
		(void)close(dirfd);
	}
	if (r != -1)
		return EXIT_DONE;
	return quiet ? EXIT_IO : fail_error(&err);
}

int
past_limit(const char *option, const char *text, int64_t now, int64_t *t)
{
	struct error err;

	if (text == NULL || timestamp_parse_past(text, host_zone(), now,
	    t, &err) == 0)
		return EXIT_DONE;
	return fail(EXIT_USAGE, "--%s: %s", option, err.text);
}

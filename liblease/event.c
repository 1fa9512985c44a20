#include <string.h>

#include "event.h"
#include "record.h"

#define EVENT_VERSION	1

static const char *const kinds[] = {
	[EVENT_GRANTED] = "granted",
	[EVENT_EXTENDED] = "extended",
	[EVENT_REVOKED] = "revoked",
	[EVENT_RESTORED] = "restored",
	[EVENT_WINDDOWN_STARTED] = "winddown-started",
	[EVENT_WINDDOWN_STOPPED] = "winddown-stopped",
	[EVENT_SETUP] = "setup",
	[EVENT_UNSETUP] = "unsetup",
	[EVENT_REQUESTED] = "requested",
	[EVENT_ASKED] = "asked",
	[EVENT_APPROVED] = "approved",
	[EVENT_REFUSED] = "refused",
	[EVENT_ADMITTED] = "admitted",
	[EVENT_DENIED] = "denied",
	[EVENT_OPENED] = "opened",
	[EVENT_CLOSED] = "closed",
	[EVENT_WARNED] = "warned",
	[EVENT_NO_TERMINAL] = "no-terminal",
	[EVENT_DOUBTED] = "doubted",
	[EVENT_ENDED] = "ended",
	[EVENT_NOT_ENDED] = "not-ended",
	[EVENT_REMOVED] = "removed",
	[EVENT_PUT_ASIDE] = "put-aside",
	[EVENT_FAILED] = "failed",
	[EVENT_HEALED] = "healed",
};

static const struct {
	const char *name;
	enum event_type type;
} fields[] = {
	[EVENT_USER] = { "user", EVENT_TEXT },
	[EVENT_UID] = { "uid", EVENT_NUMBER },
	[EVENT_SERVICE] = { "service", EVENT_TEXT },
	[EVENT_TTY] = { "tty", EVENT_TEXT },
	[EVENT_RHOST] = { "rhost", EVENT_TEXT },
	[EVENT_PHASE] = { "phase", EVENT_TEXT },
	[EVENT_STEP] = { "step", EVENT_TEXT },
	[EVENT_WHY] = { "why", EVENT_TEXT },
	[EVENT_DETAIL] = { "detail", EVENT_TEXT },
	[EVENT_PERMISSIVE] = { "permissive", EVENT_FLAG },
	[EVENT_SESSION] = { "session", EVENT_TEXT },
	[EVENT_LET_IN_BY] = { "let_in_by", EVENT_TEXT },
	[EVENT_BY] = { "by", EVENT_TEXT },
	[EVENT_REASON] = { "reason", EVENT_TEXT },
	[EVENT_REQUEST] = { "request", EVENT_TEXT },
	[EVENT_EXPIRES] = { "expires", EVENT_TIME },
	[EVENT_LEFT_S] = { "left_s", EVENT_NUMBER },
	[EVENT_TERMINALS] = { "terminals", EVENT_NUMBER },
	[EVENT_STUCK] = { "stuck", EVENT_NUMBER },
	[EVENT_FOUND] = { "found", EVENT_NUMBER },
	[EVENT_KILLED] = { "killed", EVENT_NUMBER },
	[EVENT_LEFT] = { "left", EVENT_NUMBER },
	[EVENT_TOOK_MS] = { "took_ms", EVENT_NUMBER },
	[EVENT_LATE_MS] = { "late_ms", EVENT_NUMBER },
};

const char *
event_word(enum event_kind kind)
{
	return kinds[kind];
}

enum event_kind
event_kind_of(const char *word)
{
	int i;

	for (i = 0; i < EVENT_KINDS; i++)
		if (strcmp(word, kinds[i]) == 0)
			break;
	return (enum event_kind)i;
}

const char *
event_field_name(enum event_field field)
{
	return fields[field].name;
}

enum event_type
event_field_type(enum event_field field)
{
	return fields[field].type;
}

void
event_init(struct event *e, enum event_kind kind)
{
	int i;

	memset(e, 0, sizeof(*e));
	e->kind = kind;
	for (i = 0; i < EVENT_FIELDS; i++)
		e->number[i] = EVENT_UNSET;
}

void
event_session(struct event *e, const struct session *s, const char *name)
{
	e->text[EVENT_USER] = s->user;
	e->number[EVENT_UID] = (int64_t)s->uid;
	e->text[EVENT_SERVICE] = s->service;
	e->text[EVENT_TTY] = s->tty;
	e->text[EVENT_RHOST] = s->rhost;
	e->text[EVENT_SESSION] = name;
	e->text[EVENT_LET_IN_BY] = admitted_word(s->by);
}

const char *
event_cut(char cut[EVENT_TEXT_MAX + 1], const char *text)
{
	static const char more[] = "...";

	if (strlen(text) <= EVENT_TEXT_MAX)
		return text;
	memcpy(cut, text, EVENT_TEXT_MAX + 1 - sizeof(more));
	memcpy(cut + EVENT_TEXT_MAX + 1 - sizeof(more), more, sizeof(more));
	return cut;
}

/* One that does not fit is left out whole. */
static void
put_field(struct record *r, const struct event *e, enum event_field f)
{
	char cut[EVENT_TEXT_MAX + 1];
	size_t len = r->len;
	const char *text = e->text[f];

	if (text != NULL && text[0] != '\0')
		record_text(r, fields[f].name, event_cut(cut, text));
	else if (e->number[f] != EVENT_UNSET && e->number[f] >= 0)
		record_number(r, fields[f].name, e->number[f]);
	if (r->overflow) {
		r->len = len;
		r->overflow = false;
	}
}

ssize_t
event_format(const struct event *e, int64_t wall, char *data, size_t size)
{
	struct record r;
	int i;

	record_init(&r, data, size);
	record_number(&r, "version", EVENT_VERSION);
	record_number(&r, "time_us", wall / 1000);
	record_text(&r, "event", kinds[e->kind]);
	if (r.overflow)
		return -1;
	for (i = 0; i < EVENT_FIELDS; i++)
		put_field(&r, e, (enum event_field)i);
	return (ssize_t)r.len;
}

static bool
take_field(struct record_reader *r, struct event *e, enum event_field f,
    char **store)
{
	if (!record_at(r, fields[f].name))
		return true;
	if (fields[f].type != EVENT_TEXT)
		return record_take_number(r, fields[f].name, &e->number[f]);
	/* It is no longer than what it is read from, with its key. */
	if (!record_take(r, fields[f].name, *store, EVENT_TEXT_MAX + 1))
		return false;
	e->text[f] = *store;
	*store += strlen(*store) + 1;
	return true;
}

int
event_parse(const char *data, size_t len, struct event *e, int64_t *wall,
    char *store, struct error *err)
{
	struct record_reader r = { .p = data, .end = data + len };
	bool good;
	int64_t version;
	char word[32];
	int i;

	error_clear(err);
	event_init(e, EVENT_KINDS);
	good = record_take_number(&r, "version", &version) &&
	    version == EVENT_VERSION &&
	    record_take_number(&r, "time_us", wall) &&
	    *wall <= INT64_MAX / 1000 &&
	    record_take(&r, "event", word, sizeof(word));
	if (good)
		e->kind = event_kind_of(word);
	good = good && e->kind != EVENT_KINDS;
	for (i = 0; good && i < EVENT_FIELDS; i++)
		good = take_field(&r, e, (enum event_field)i, &store);
	if (!good || r.p != r.end)
		return error_set(err, ERROR_BROKEN, "not an event, wrong at "
		    "byte %zu", (size_t)(r.p - data));
	*wall *= 1000;
	return 0;
}

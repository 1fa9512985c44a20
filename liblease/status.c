#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "duration.h"
#include "inside.h"
#include "record.h"
#include "status.h"
#include "text.h"
#include "timestamp.h"

#define STATUS_VERSION	1
#define WORD_MAX	16
#define MINUTE		60
#define HOUR		3600
#define DAY		86400

static const struct {
	const char *word;
	const char *text;	/* the last line of what is said */
} untils[] = {
	[UNTIL_NOTHING] = { "nothing", "" },
	[UNTIL_LEASE] = { "lease", "" },
	[UNTIL_FINAL] = { "final", "That can't be extended.\n" },
	[UNTIL_WINDOW] = { "window", "That is when the times end at which you "
	    "may be here. To stay longer ask this host's administrator.\n" },
	[UNTIL_WINDDOWN] = { "winddown", "That is when this host goes offline "
	    "for maintenance.\n" },
	[UNTIL_OVER] = { "over", "" },
};

#define NUNTILS	(sizeof(untils) / sizeof(untils[0]))

static enum status_until
until(const struct verdict *v, const struct state *st)
{
	int64_t grace = st->policy.grace;

	if (v->end == NO_END)
		return UNTIL_NOTHING;
	if (st->winddown_found != FOUND_NOTHING &&
	    st->winddown.deadline != NO_END &&
	    v->end == st->winddown.deadline + grace)
		return UNTIL_WINDDOWN;
	if (v->kind != VERDICT_ADMIT_LEASE ||
	    v->end != lease_end(&st->lease, &st->policy) + grace)
		return UNTIL_WINDOW;
	return v->hard_end != NO_END && v->end == v->hard_end + grace ?
	    UNTIL_FINAL : UNTIL_LEASE;
}

bool
status_of(const struct session *s, const struct state *st,
    const struct moment *now, struct status *status)
{
	struct verdict v = session_verdict(s, st, now);

	memset(status, 0, sizeof(*status));
	status->end = status->end_boot = NO_END;
	if (!verdict_admits(&v))
		return false;
	status->end = v.end;
	status->end_boot = later(0, v.end_boot);
	status->until = until(&v, st);
	if (v.kind == VERDICT_ADMIT_LEASE) {
		status->by = ADMITTED_LEASE;
		(void)text_copy(status->granted_by,
		    sizeof(status->granted_by), st->lease.granted_by);
		(void)text_copy(status->reason, sizeof(status->reason),
		    st->lease.reason);
	} else
		status->by = s->by == ADMITTED_KEPT ||
		    s->by == ADMITTED_PERMISSIVE ? s->by : ADMITTED_POLICY;
	return true;
}

void
status_over(struct status *status)
{
	memset(status, 0, sizeof(*status));
	status->by = ADMITTED_POLICY;
	status->until = UNTIL_OVER;
}

ssize_t
status_format(const struct status *status, char *data, size_t size)
{
	struct record r;
	bool ends = status->until != UNTIL_NOTHING;

	record_init(&r, data, size);
	record_number(&r, "version", STATUS_VERSION);
	record_text(&r, "by", admitted_word(status->by));
	record_text(&r, "granted_by", status->granted_by);
	record_text(&r, "reason", status->reason);
	record_text(&r, "until", untils[status->until].word);
	record_number(&r, "end", ends ? status->end : 0);
	record_number(&r, "end_boot", ends ? status->end_boot : 0);
	return r.overflow ? -1 : (ssize_t)r.len;
}

static bool
take_by(struct record_reader *r, enum admitted *by)
{
	char word[WORD_MAX];

	return record_take(r, "by", word, sizeof(word)) &&
	    admitted_parse(word, by) && *by != ADMITTED_NOT &&
	    *by != ADMITTED_ENTERING;
}

static bool
take_until(struct record_reader *r, enum status_until *what)
{
	char word[WORD_MAX];
	size_t i;

	if (!record_take(r, "until", word, sizeof(word)))
		return false;
	for (i = 0; i < NUNTILS; i++)
		if (strcmp(word, untils[i].word) == 0) {
			*what = (enum status_until)i;
			return true;
		}
	return false;
}

/* A lease says by whom it is, and without an end there is no time. */
static bool
fits(const struct status *s)
{
	return (s->by == ADMITTED_LEASE) == (s->granted_by[0] != '\0') &&
	    (s->by == ADMITTED_LEASE || s->reason[0] == '\0') &&
	    (s->until != UNTIL_NOTHING || (s->end == 0 && s->end_boot == 0)) &&
	    s->end <= LEASE_TIME_MAX && s->end_boot <= LEASE_TIME_MAX;
}

int
status_parse(const char *data, size_t len, struct status *status,
    struct error *err)
{
	struct record_reader r = { .p = data, .end = data + len };
	struct status s = { .by = ADMITTED_NOT };
	int64_t version;

	error_clear(err);
	memset(status, 0, sizeof(*status));
	if (!record_take_number(&r, "version", &version) ||
	    version != STATUS_VERSION || !take_by(&r, &s.by) ||
	    !record_take(&r, "granted_by", s.granted_by,
	    sizeof(s.granted_by)) ||
	    !record_take(&r, "reason", s.reason, sizeof(s.reason)) ||
	    !take_until(&r, &s.until) ||
	    !record_take_number(&r, "end", &s.end) ||
	    !record_take_number(&r, "end_boot", &s.end_boot) ||
	    r.p != r.end || !fits(&s))
		return error_set(err, ERROR_BROKEN, "not a status, wrong at "
		    "byte %zu", (size_t)(r.p - data));
	if (s.until == UNTIL_NOTHING)
		s.end = s.end_boot = NO_END;
	*status = s;
	return 0;
}

/* Rounded up, because the next second has begun already. */
int64_t
status_left(const struct status *status, const struct moment *now)
{
	if (status->until == UNTIL_NOTHING)
		return NO_END;
	return later(0, earlier(status->end - now->wall / NANOSECONDS,
	    status->end_boot - now->boot / NANOSECONDS));
}

/* Adds to what is in dst, of STATUS_TEXT_MAX bytes. */
static void
add(char *dst, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
add(char *dst, const char *fmt, ...)
{
	size_t len = strlen(dst);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(dst + len, STATUS_TEXT_MAX - len, fmt, ap);
	va_end(ap);
}

static void
add_end(char *dst, int64_t left, const struct zone *zone,
    const struct moment *now)
{
	char words[DURATION_TEXT_MAX], at[TIMESTAMP_TEXT_MAX];
	int64_t t = now->wall / NANOSECONDS;

	if (left == NO_END)
		add(dst, "Your session has no end.\n");
	else if (left == 0)
		add(dst, "Your session ends now.\n");
	else
		add(dst, "Your session ends in %s (at %s).\n",
		    duration_words(words, left), timestamp_local(at, zone,
		    t + left, t));
}

static void
add_by(char *dst, const struct status *status)
{
	char who[2 * LEASE_NAME_MAX], reason[2 * LEASE_REASON_MAX];

	if (status->by == ADMITTED_KEPT)
		add(dst, "Admitted by a lease that was revoked; it may "
		    "stay.\n");
	else if (status->by == ADMITTED_PERMISSIVE)
		add(dst, "Admitted without a lease: this host refuses nobody "
		    "yet.\n");
	else if (status->by == ADMITTED_LEASE)
		add(dst, "Admitted by a lease of %s%s%s\n", text_show(who,
		    sizeof(who), status->granted_by,
		    strlen(status->granted_by)),
		    status->reason[0] != '\0' ? ": " : "",
		    text_show(reason, sizeof(reason), status->reason,
		    strlen(status->reason)));
	else
		add(dst, "Admitted by this host's policy, without a lease.\n");
}

char *
status_text(char *dst, const struct status *status, const struct zone *zone,
    const struct moment *now)
{
	char who[2 * LEASE_NAME_MAX];

	dst[0] = '\0';
	add_end(dst, status_left(status, now), zone, now);
	if (status->until == UNTIL_OVER)
		return dst;
	add_by(dst, status);
	if (status->until == UNTIL_LEASE)
		add(dst, "To stay longer ask %s.\n", text_show(who,
		    sizeof(who), status->granted_by,
		    strlen(status->granted_by)));
	else
		add(dst, "%s", untils[status->until].text);
	return dst;
}

/* As the words are rounded: from a minute on to those, from a day on to hours. */
char *
status_short(char *dst, const struct status *status, const struct moment *now)
{
	int64_t left = status_left(status, now);

	dst[0] = '\0';
	if (left == NO_END)
		return dst;
	if (left == 0) {
		(void)text_copy(dst, DURATION_TEXT_MAX, "0s");
		return dst;
	}
	if (left >= MINUTE)
		left = (left + MINUTE / 2) / MINUTE * MINUTE;
	if (left >= DAY)
		left = left / HOUR * HOUR;
	return duration_compact(dst, left);
}

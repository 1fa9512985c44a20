#include <string.h>

#include "report.h"

/* How many of a user's latest sessions an "ended" is looked for in. */
#define ENDED_MAX	256

static const char *
keep(struct report *r, const struct past *p, enum event_field f)
{
	return report_text(r, past_text(p, f));
}

/* The lease of that moment; NULL: there is none, or it has been ended. */
static struct report_lease *
lease_at(const struct report *r, const struct report_user *user, int64_t t)
{
	if (user->lease == REPORT_NONE || r->leases[user->lease].until < t ||
	    r->leases[user->lease].end[0] != '\0')
		return NULL;
	return &r->leases[user->lease];
}

static void
end_lease(struct report *r, const struct report_user *user,
    const struct past *p, const char *how)
{
	struct report_lease *lease = lease_at(r, user, p->at);

	if (lease == NULL)
		return;
	lease->until = p->at > lease->since ? p->at : lease->since;
	lease->end = how;
	lease->end_by = keep(r, p, EVENT_BY);
}

static void
take_granted(struct report *r, struct report_user *user, const struct past *p)
{
	struct report_lease *lease;

	end_lease(r, user, p, "replaced");
	lease = report_lease(r, user);
	if (lease == NULL)
		return;
	lease->since = p->at;
	if (!past_time(p, EVENT_EXPIRES, &lease->until) ||
	    lease->until < lease->since)
		lease->until = lease->since;
	lease->by = keep(r, p, EVENT_BY);
	lease->reason = keep(r, p, EVENT_REASON);
}

static void
take_extended(struct report *r, struct report_user *user,
    const struct past *p)
{
	struct report_lease *lease = lease_at(r, user, p->at);
	int64_t until;

	/* It was granted before the history begins. */
	if (lease == NULL) {
		take_granted(r, user, p);
		return;
	}
	if (past_time(p, EVENT_EXPIRES, &until) && until > lease->since)
		lease->until = until;
	lease->extended_by = keep(r, p, EVENT_BY);
}

static void
take_revoked(struct report *r, struct report_user *user, const struct past *p)
{
	end_lease(r, user, p, "revoked");
}

static void
take_removed(struct report *r, struct report_user *user, const struct past *p)
{
	end_lease(r, user, p, keep(r, p, EVENT_WHY));
}

static void
take_put_aside(struct report *r, struct report_user *user,
    const struct past *p)
{
	end_lease(r, user, p, "put aside");
}

static void
take_opened(struct report *r, struct report_user *user, const struct past *p)
{
	const struct report_lease *lease = lease_at(r, user, p->at);
	struct report_stay *stay = report_stay(r, user);

	if (stay == NULL)
		return;
	stay->since = stay->until = p->at;
	stay->name = keep(r, p, EVENT_SESSION);
	stay->service = keep(r, p, EVENT_SERVICE);
	stay->tty = keep(r, p, EVENT_TTY);
	stay->rhost = keep(r, p, EVENT_RHOST);
	stay->let_in_by = keep(r, p, EVENT_LET_IN_BY);
	if (lease != NULL && strcmp(stay->let_in_by, "lease") == 0)
		stay->lease = user->lease;
	if (past_opened(&r->open, p, r->nstays - 1) != EXIT_DONE)
		r->failed = true;
}

static void
close_stay(struct report *r, const struct past_session *s, int64_t until,
    enum stay_end end)
{
	struct report_stay *stay = &r->stays[s->of];

	if (until > stay->since)
		stay->until = until;
	stay->end = end;
}

static void
take_closed(struct report *r, struct report_user *user, const struct past *p)
{
	struct past_session s;

	(void)user;
	if (!past_closed(&r->open, p, &s))
		return;
	close_stay(r, &s, p->at, STAY_CLOSED);
	r->stays[s.of].detail = keep(r, p, EVENT_DETAIL);
}

/* Is it one of those words, between blanks? */
static bool
among(const char *words, const char *word)
{
	size_t len = strlen(word), n;

	for (; *words != '\0'; words += n + strspn(words + n, " ")) {
		n = strcspn(words, " ");
		if (n == len && strncmp(words, word, n) == 0)
			return true;
	}
	return false;
}

static void
take_ended(struct report *r, struct report_user *user, const struct past *p)
{
	const char *names = past_text(p, EVENT_SESSION);
	const char *why = keep(r, p, EVENT_WHY);
	size_t i = user->stay, n;

	for (n = 0; i != REPORT_NONE && n < ENDED_MAX; n++) {
		struct report_stay *stay = &r->stays[i];

		if (stay->ended[0] == '\0' && among(names, stay->name))
			stay->ended = why;
		i = stay->prev;
	}
}

static void
take_denied(struct report *r, const struct past *p)
{
	const char *why = past_text(p, EVENT_WHY);
	size_t reason = report_reason(r, why[0] != '\0' ? why : "not opened",
	    past_has(p, EVENT_PERMISSIVE));
	struct report_refusal *refusal = report_refusal(r);

	if (reason == REPORT_NONE || refusal == NULL)
		return;
	r->reasons[reason].n++;
	*refusal = (struct report_refusal){ p->at, reason,
	    keep(r, p, EVENT_USER), keep(r, p, EVENT_SERVICE),
	    keep(r, p, EVENT_RHOST), keep(r, p, EVENT_DETAIL) };
}

static void (*const takers[EVENT_KINDS])(struct report *r,
    struct report_user *user, const struct past *p) = {
	[EVENT_GRANTED] = take_granted,
	[EVENT_EXTENDED] = take_extended,
	[EVENT_REVOKED] = take_revoked,
	[EVENT_REMOVED] = take_removed,
	[EVENT_PUT_ASIDE] = take_put_aside,
	[EVENT_OPENED] = take_opened,
	[EVENT_CLOSED] = take_closed,
	[EVENT_ENDED] = take_ended,
};

static int
take_event(void *arg, const struct past *p)
{
	enum event_kind kind = event_kind_of(p->event);
	struct report_user *user;
	struct report *r = arg;

	if (kind == EVENT_DENIED && report_shows(r, p->at, p->at))
		take_denied(r, p);
	if (kind != EVENT_KINDS && takers[kind] != NULL) {
		user = report_user(r, past_text(p, EVENT_USER));
		if (user != NULL)
			takers[kind](r, user, p);
	}
	return r->failed ? fail(EXIT_IO, "out of memory") : EXIT_DONE;
}

static void
still_in(void *arg, const struct past_session *s)
{
	struct report *r = arg;

	close_stay(r, s, r->range.until, STAY_OPEN);
}

int
report_gather(struct report *r, int64_t since, int64_t now)
{
	const struct past_filter all = { .since = INT64_MIN,
	    .until = INT64_MAX };
	int ret;

	*r = (struct report){ .range = { .since = since, .until = now } };
	ret = past_each(&all, NULL, take_event, r);
	if (ret == EXIT_DONE)
		ret = past_live(&r->open, still_in, r);
	if (ret != EXIT_DONE)
		return ret;
	report_sum(r);
	return EXIT_DONE;
}

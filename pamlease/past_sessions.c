#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger.h"
#include "past.h"
#include "state.h"
#include "text.h"

static int
by_name(const void *a, const void *b)
{
	const struct past_session *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int
past_opened(struct past_sessions *s, const struct past *p, size_t of)
{
	struct past_session *new = calloc(1, sizeof(*new)), **there;

	if (new == NULL)
		return fail(EXIT_IO, "out of memory");
	new->since = p->at;
	new->of = of;
	if (!text_copy(new->name, sizeof(new->name),
	    past_text(p, EVENT_SESSION)) || new->name[0] == '\0') {
		free(new);
		return EXIT_DONE;
	}
	there = tsearch(new, &s->tree, by_name);
	if (there == NULL) {
		free(new);
		return fail(EXIT_IO, "out of memory");
	}
	/* The end of an earlier one of that name was lost. */
	if (*there != new) {
		free(*there);
		*there = new;
	}
	return EXIT_DONE;
}

static bool
take(struct past_sessions *s, const char *name, struct past_session *out)
{
	struct past_session key, **there, *found;

	if (!text_copy(key.name, sizeof(key.name), name))
		return false;
	there = tfind(&key, &s->tree, by_name);
	if (there == NULL)
		return false;
	found = *there;
	*out = *found;
	(void)tdelete(&key, &s->tree, by_name);
	free(found);
	return true;
}

bool
past_closed(struct past_sessions *s, const struct past *p,
    struct past_session *out)
{
	return take(s, past_text(p, EVENT_SESSION), out);
}

int
past_live(struct past_sessions *s,
    void (*each)(void *arg, const struct past_session *session), void *arg)
{
	char name[SESSION_NAME_MAX];
	struct past_session session;
	struct ledger ledger;
	struct error err;
	size_t i;
	int dirfd, r;

	dirfd = state_open(&err);
	if (dirfd == -1)
		return err.code == ERROR_ABSENT ? EXIT_DONE :
		    fail_error(&err);
	r = ledger_read(dirfd, NULL, &ledger, &err) == -1 ?
	    fail_error(&err) : EXIT_DONE;
	ledger_drop_dead(&ledger);
	for (i = 0; i < ledger.n; i++)
		if (take(s, session_name(name, &ledger.list[i]), &session))
			each(arg, &session);
	ledger_free(&ledger);
	(void)close(dirfd);
	return r;
}

void
past_sessions_free(struct past_sessions *s)
{
	tdestroy(s->tree, free);
	s->tree = NULL;
}

int64_t
past_within(const struct past_filter *f, int64_t from, int64_t to)
{
	if (from < f->since)
		from = f->since;
	if (to > f->until)
		to = f->until;
	return to > from ? to - from : 0;
}

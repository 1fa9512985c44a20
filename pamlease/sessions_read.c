#include <stdio.h>
#include <string.h>

#include "sessions.h"

int
sessions_read(struct sessions *in, struct error *err)
{
	int r = 0;

	error_clear(err);
	if (in->dirfd != -1) {
		r = ledger_read(in->dirfd, NULL, &in->ledger, err);
		if (in->ledger.broken > 0)
			r = -1;
		ledger_drop_dead(&in->ledger);
	}
	(void)state_read_policy_inside(&in->host);
	return r;
}

void
sessions_free(struct sessions *in)
{
	ledger_free(&in->ledger);
	state_free_user(&in->st);
	state_free(&in->host);
}

void
sessions_user(struct sessions *in, const char *user)
{
	state_free_user(&in->st);
	state_share(&in->host, &in->st);
	state_read_user(in->dirfd, user, &in->st);
	if (in->st.lease_found == FOUND_UNREADABLE)
		in->failed = true;
}

void
sessions_each(struct sessions *in, void (*each)(void *arg,
    const struct session *s, const struct verdict *verdict), void *arg)
{
	const char *user = "";
	size_t i;

	for (i = 0; i < in->ledger.n; i++) {
		const struct session *s = &in->ledger.list[i];
		struct verdict verdict;

		if (strcmp(user, s->user) != 0)
			sessions_user(in, s->user);
		user = s->user;
		verdict = session_verdict(s, &in->st, &in->now);
		each(arg, s, &verdict);
	}
}

bool
sessions_has_end(const struct session *s, const struct verdict *verdict)
{
	return s->uid != 0 && s->by != ADMITTED_NOT &&
	    (!verdict_admits(verdict) || verdict->end != NO_END);
}

char *
sessions_by(char dst[SESSIONS_BY_MAX], const struct sessions *in,
    const struct session *s)
{
	(void)snprintf(dst, SESSIONS_BY_MAX, s->by == ADMITTED_LEASE &&
	    in->st.lease_found == FOUND_GOOD ? "%s of %s" : "%s",
	    admitted_word(s->by), in->st.lease.granted_by);
	return dst;
}

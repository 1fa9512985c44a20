#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "cmd.h"
#include "leases.h"
#include "live.h"
#include "print.h"
#include "sessions.h"
#include "text.h"

/* What the rows are made from. */
struct looking {
	struct live_rows *rows;
	struct sessions in;
};

static void
trouble(struct live_rows *rows, const char *text)
{
	if (rows->trouble[0] == '\0')
		(void)text_show(rows->trouble, sizeof(rows->trouble), text,
		    strlen(text));
}

static void
show_in(char dst[LIVE_TEXT_MAX], const char *text)
{
	(void)text_show(dst, LIVE_TEXT_MAX, text, strlen(text));
}

static void
add_broken(void *arg, const char *user, const struct error *err)
{
	struct looking *l = arg;
	struct live_row *row;

	if (user == NULL) {
		trouble(l->rows, err->text);
		return;
	}
	row = live_add(l->rows, LIVE_BROKEN, user);
	if (row == NULL)
		return;
	l->rows->leases++;
	show_in(row->name, user);
	show_in(row->text, err->text);
}

static void
add_lease(struct looking *l, const struct lease *lease)
{
	const struct policy *policy = &l->in.host.policy;
	struct live_row *row = live_add(l->rows, LIVE_LEASE, lease->user);

	if (row == NULL)
		return;
	l->rows->leases++;
	show_in(row->name, lease->user);
	(void)left_text(row->left, lease, policy, &l->in.now);
	row->left_s = lease_left(lease, policy, &l->in.now);
	row->whole_s = lease_end(lease, policy) - lease->issued_at;
	(void)timestamp_local_date(row->end, host_zone(),
	    lease_end(lease, policy), false);
	show_in(row->text, lease->granted_by);
}

static void
add_session(void *arg, const struct session *s, const struct verdict *verdict)
{
	struct looking *l = arg;
	struct live_row *row = live_add(l->rows, LIVE_SESSION, s->user);
	char text[LIVE_TEXT_MAX], by[SESSIONS_BY_MAX];

	if (row == NULL)
		return;
	l->rows->sessions++;
	(void)snprintf(text, sizeof(text), "  %s %s%s%s", s->service, s->tty,
	    s->rhost[0] != '\0' ? " " : "", s->rhost);
	show_in(row->name, text);
	show_in(row->text, sessions_by(by, &l->in, s));
	if (!sessions_has_end(s, verdict))
		(void)strcpy(row->left, "-");
	else if (!verdict_admits(verdict))
		(void)strcpy(row->left, "over");
	else {
		row->left_s = seconds_left(verdict->end, verdict->end_boot,
		    &l->in.now);
		row->whole_s = verdict->end - s->opened;
		(void)duration_format(row->left, row->left_s);
		(void)timestamp_local_date(row->end, host_zone(), verdict->end,
		    false);
	}
}

static void
look(struct looking *l)
{
	struct leases leases = { .broken = add_broken, .arg = l };
	struct error err;
	size_t i;

	if (sessions_read(&l->in, &err) == -1)
		trouble(l->rows, err.text);
	if (l->in.host.policy_lost)
		trouble(l->rows, l->in.host.policy_error.text);
	leases_read(&leases);
	for (i = 0; i < leases.n; i++)
		add_lease(l, &leases.list[i]);
	free(leases.list);
	sessions_each(&l->in, add_session, l);
	if (l->rows->failed)
		trouble(l->rows, "no memory: not all is shown");
}

void
live_read(struct live_rows *rows)
{
	static struct looking l;
	struct error err;

	live_free(rows);
	memset(&l, 0, sizeof(l));
	l.rows = rows;
	clock_now(&l.in.now);
	l.in.dirfd = state_open(&err);
	if (!l.in.now.readable)
		trouble(rows, "the clocks can't be read");
	else if (l.in.dirfd == -1 && err.code != ERROR_ABSENT)
		trouble(rows, err.text);
	else
		look(&l);
	(void)timestamp_local_date(rows->clock, host_zone(),
	    wall_seconds(&l.in.now), true);
	live_sort(rows);
	sessions_free(&l.in);
	if (l.in.dirfd != -1)
		(void)close(l.in.dirfd);
}

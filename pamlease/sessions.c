#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "dir.h"
#include "name.h"
#include "paths.h"
#include "plan.h"
#include "print.h"
#include "sessions.h"
#include "target.h"
#include "timestamp.h"

struct view {
	struct sessions in;
	struct table table;
	cJSON *array;		/* NULL: a table is wanted */
	bool failed;		/* no memory, or not all could be read */
};

/* Of whom something must end, and how much of it is there. */
struct left {
	const char *user;
	uid_t uid;
	enum why why;
	size_t processes;
};

static void
add_row(const struct session *s, const struct verdict *verdict, struct view *v)
{
	char text[TIMESTAMP_TEXT_MAX], by[SESSIONS_BY_MAX];

	table_add(&v->table, s->user);
	table_add(&v->table, s->service);
	table_add(&v->table, s->tty);
	table_add(&v->table, s->rhost);
	table_add(&v->table, timestamp_local_date(text, host_zone(),
	    s->opened, false));
	table_add(&v->table, sessions_by(by, &v->in, s));
	if (!sessions_has_end(s, verdict))
		table_add(&v->table, "-");
	else if (!verdict_admits(verdict))
		table_add(&v->table, "over");
	else
		table_add(&v->table, timestamp_local_date(text, host_zone(),
		    verdict->end, false));
}

static void
add_object(const struct session *s, const struct verdict *verdict,
    struct view *v)
{
	cJSON *object = cJSON_CreateObject();

	if (!cJSON_AddItemToArray(v->array, object) ||
	    !json_string(object, "user", s->user) ||
	    !json_number(object, "uid", s->uid) ||
	    !json_number(object, "pid", s->pid) ||
	    !json_string(object, "service", s->service) ||
	    !json_string(object, "tty", s->tty) ||
	    !json_string(object, "from", s->rhost) ||
	    !json_time(object, "since", s->opened) ||
	    !json_string(object, "admitted_by", admitted_word(s->by)))
		v->failed = true;
	if (!sessions_has_end(s, verdict))
		return;
	if (s->by == ADMITTED_LEASE && v->in.st.lease_found == FOUND_GOOD &&
	    !json_string(object, "granted_by", v->in.st.lease.granted_by))
		v->failed = true;
	if (verdict_admits(verdict) ?
	    !json_time(object, "expires_at", verdict->end) :
	    !json_string(object, "over", why_word(verdict->why)))
		v->failed = true;
}

static void
add_session(void *arg, const struct session *s, const struct verdict *verdict)
{
	struct view *v = arg;

	if (v->array != NULL)
		add_object(s, verdict, v);
	else
		add_row(s, verdict, v);
}

static void
add_left(const struct left *left, struct view *v)
{
	char user[SHOWN_MAX];
	cJSON *object;

	if (left->processes == 0)
		return;
	if (v->array == NULL) {
		(void)printf("%s (uid %u): %s, processes left: %zu\n",
		    show(user, left->user), (unsigned int)left->uid,
		    why_text(left->why), left->processes);
		return;
	}
	object = cJSON_CreateObject();
	if (!cJSON_AddItemToArray(v->array, object) ||
	    !json_string(object, "user", left->user) ||
	    !json_number(object, "uid", left->uid) ||
	    !json_number(object, "left", (int64_t)left->processes) ||
	    !json_string(object, "over", why_word(left->why)))
		v->failed = true;
}

/* What the watchdog would end now; and does, unless it can't. */
static void
count_left(struct watched *w, bool *ends, struct view *v)
{
	struct left left = { .user = w->user };
	struct ending e = { 0 };
	struct plan plan;

	plan_user(w, &v->in.now, &plan, ends);
	if (plan.end == PLAN_END_NONE)
		return;
	left.uid = e.uid = plan.uid;
	left.why = plan.why;
	e.extent = plan.end == PLAN_END_ALL ? END_USER : END_SESSIONS;
	e.sessions = w->sessions;
	e.nsessions = w->nsessions;
	e.ends = ends;
	if (target_count(&e, &left.processes) == -1)
		v->failed = true;
	add_left(&left, v);
}

static void
look_at(const char *user, struct view *v)
{
	struct marks marks;
	struct watched w = {
		.user = user,
		.state = &v->in.st,
		.marks = &marks,
	};
	bool *ends;

	sessions_user(&v->in, user);
	if (v->in.st.lease_found == FOUND_NOTHING)
		w.revoked = lease_revoked(v->in.dirfd, user, &w.revoked_uid);
	marks_read(v->in.dirfd, user, &marks);
	w.sessions = ledger_find(&v->in.ledger, user, &w.nsessions);
	ends = calloc(w.nsessions + 1, sizeof(*ends));
	if (ends == NULL)
		v->failed = true;
	else
		count_left(&w, ends, v);
	free(ends);
}

static int
look_at_file(void *arg, int dirfd, const char *name)
{
	char user[LEASE_NAME_MAX + 1];
	struct view *v = arg;
	size_t n;

	(void)dirfd;
	if ((name_decode_file(user, sizeof(user), name, SUFFIX_LEASE) ||
	    name_decode_file(user, sizeof(user), name, SUFFIX_REVOKED)) &&
	    ledger_find(&v->in.ledger, user, &n) == NULL)
		look_at(user, v);
	return 0;
}

static void
look_at_all(struct view *v)
{
	struct error err;
	size_t i;

	for (i = 0; i < v->in.ledger.n; i++)
		if (i == 0 || strcmp(v->in.ledger.list[i - 1].user,
		    v->in.ledger.list[i].user) != 0)
			look_at(v->in.ledger.list[i].user, v);
	if (dir_each(v->in.dirfd, look_at_file, v, &err) == -1)
		v->failed = true;
}

static int
print_sessions(struct view *v)
{
	sessions_each(&v->in, add_session, v);
	if (v->array != NULL)
		return EXIT_DONE;
	if (v->in.ledger.n > 0)
		return table_print(&v->table);
	(void)puts("No sessions.");
	return EXIT_DONE;
}

static int
view_all(struct view *v)
{
	struct error err;
	int r, result;

	/* What can't be read of the ledger is told, and the rest shown. */
	result = sessions_read(&v->in, &err) == -1 ?
	    fail(EXIT_IO, "%s", err.text) : EXIT_DONE;
	r = print_sessions(v);
	if (r == EXIT_DONE)
		r = result;
	if (v->in.dirfd != -1)
		look_at_all(v);
	if (v->failed || v->in.failed)
		return fail(EXIT_IO, "not all could be looked at");
	if (v->array != NULL) {
		result = json_print(v->array);
		v->array = NULL;
	}
	return r != EXIT_DONE ? r : result;
}

int
cmd_sessions(const struct args *args)
{
	static const char *const heading[] = {
		"USER", "SERVICE", "TTY", "FROM", "SINCE", "ADMITTED BY",
		"EXPIRES"
	};
	struct error err;
	static struct view v;
	int r;

	table_init(&v.table, heading, sizeof(heading) / sizeof(heading[0]));
	v.table.wraps = COLUMN(1) | COLUMN(2) | COLUMN(5);
	if (host_clocks(&v.in.now) != EXIT_DONE)
		return EXIT_IO;
	v.in.dirfd = state_open(&err);
	if (v.in.dirfd == -1 && err.code != ERROR_ABSENT)
		return fail_error(&err);
	if (args->value[OPT_JSON] != NULL) {
		v.array = cJSON_CreateArray();
		v.failed = v.array == NULL;
	}
	r = view_all(&v);
	cJSON_Delete(v.array);
	sessions_free(&v.in);
	if (v.in.dirfd != -1)
		(void)close(v.in.dirfd);
	return r;
}

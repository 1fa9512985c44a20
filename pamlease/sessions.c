#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "dir.h"
#include "ledger.h"
#include "name.h"
#include "paths.h"
#include "inside.h"
#include "plan.h"
#include "print.h"
#include "state.h"
#include "target.h"
#include "timestamp.h"

struct view {
	int dirfd;
	struct state host;	/* what is everybody's */
	struct state st;	/* with what is the user's at hand */
	struct moment now;
	struct ledger ledger;
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

/* Is there a moment at which it ends, or is that over? */
static bool
has_end(const struct session *s, const struct verdict *verdict)
{
	return s->uid != 0 && s->by != ADMITTED_NOT &&
	    (!verdict_admits(verdict) || verdict->end != NO_END);
}

static void
add_row(const struct session *s, const struct verdict *verdict, struct view *v)
{
	char text[TIMESTAMP_TEXT_MAX], by[LEASE_NAME_MAX + 16];

	table_add(&v->table, s->user);
	table_add(&v->table, s->service);
	table_add(&v->table, s->tty);
	table_add(&v->table, s->rhost);
	table_add(&v->table, timestamp_local_date(text, host_zone(),
	    s->opened, false));
	(void)snprintf(by, sizeof(by), s->by == ADMITTED_LEASE &&
	    v->st.lease_found == FOUND_GOOD ? "%s of %s" : "%s",
	    admitted_word(s->by), v->st.lease.granted_by);
	table_add(&v->table, by);
	if (!has_end(s, verdict))
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
	if (!has_end(s, verdict))
		return;
	if (s->by == ADMITTED_LEASE && v->st.lease_found == FOUND_GOOD &&
	    !json_string(object, "granted_by", v->st.lease.granted_by))
		v->failed = true;
	if (verdict_admits(verdict) ?
	    !json_time(object, "expires_at", verdict->end) :
	    !json_string(object, "over", why_word(verdict->why)))
		v->failed = true;
}

static void
read_user(const char *user, struct view *v)
{
	state_free_user(&v->st);
	state_share(&v->host, &v->st);
	state_read_user(v->dirfd, user, &v->st);
	if (v->st.lease_found == FOUND_UNREADABLE)
		v->failed = true;
}

static void
add_all(struct view *v)
{
	const char *user = "";
	size_t i;

	for (i = 0; i < v->ledger.n; i++) {
		const struct session *s = &v->ledger.list[i];
		struct verdict verdict;

		if (strcmp(user, s->user) != 0)
			read_user(s->user, v);
		user = s->user;
		verdict = session_verdict(s, &v->st, &v->now);
		if (v->array != NULL)
			add_object(s, &verdict, v);
		else
			add_row(s, &verdict, v);
	}
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

	plan_user(w, &v->now, &plan, ends);
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
		.state = &v->st,
		.marks = &marks,
	};
	bool *ends;

	read_user(user, v);
	if (v->st.lease_found == FOUND_NOTHING)
		w.revoked = lease_revoked(v->dirfd, user, &w.revoked_uid);
	marks_read(v->dirfd, user, &marks);
	w.sessions = ledger_find(&v->ledger, user, &w.nsessions);
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
	    ledger_find(&v->ledger, user, &n) == NULL)
		look_at(user, v);
	return 0;
}

static void
look_at_all(struct view *v)
{
	struct error err;
	size_t i;

	for (i = 0; i < v->ledger.n; i++)
		if (i == 0 || strcmp(v->ledger.list[i - 1].user,
		    v->ledger.list[i].user) != 0)
			look_at(v->ledger.list[i].user, v);
	if (dir_each(v->dirfd, look_at_file, v, &err) == -1)
		v->failed = true;
}

/* What can't be read of the ledger is told, and the rest shown. */
static int
read_ledger(struct view *v)
{
	struct error err;

	error_clear(&err);
	if (ledger_read(v->dirfd, NULL, &v->ledger, &err) == -1 ||
	    v->ledger.broken > 0)
		return fail(EXIT_IO, "%s", err.text);
	ledger_drop_dead(&v->ledger);
	return EXIT_DONE;
}

static int
print_sessions(struct view *v)
{
	add_all(v);
	if (v->array != NULL)
		return EXIT_DONE;
	if (v->ledger.n > 0)
		return table_print(&v->table);
	(void)puts("No sessions.");
	return EXIT_DONE;
}

static int
view_all(struct view *v)
{
	int result = EXIT_DONE, r;

	if (v->dirfd != -1)
		result = read_ledger(v);
	(void)state_read_policy_inside(&v->host);
	r = print_sessions(v);
	if (r == EXIT_DONE)
		r = result;
	if (v->dirfd != -1)
		look_at_all(v);
	if (v->failed)
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
	v.table.wraps = COLUMN(1) | COLUMN(2) | COLUMN(3) | COLUMN(5);
	if (host_clocks(&v.now) != EXIT_DONE)
		return EXIT_IO;
	v.dirfd = state_open(&err);
	if (v.dirfd == -1 && err.code != ERROR_ABSENT)
		return fail_error(&err);
	if (args->value[OPT_JSON] != NULL) {
		v.array = cJSON_CreateArray();
		v.failed = v.array == NULL;
	}
	r = view_all(&v);
	cJSON_Delete(v.array);
	ledger_free(&v.ledger);
	state_free_user(&v.st);
	state_free(&v.host);
	if (v.dirfd != -1)
		(void)close(v.dirfd);
	return r;
}

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "ledger.h"
#include "plan.h"
#include "print.h"
#include "proc.h"
#include "state.h"
#include "timestamp.h"

struct view {
	int dirfd;
	struct state st;	/* with the lease of the user at hand */
	struct moment now;
	struct table table;
	cJSON *array;		/* NULL: a table is wanted */
	bool failed;		/* no memory */
};

static int64_t
end_of(const struct session *s, const struct view *v)
{
	if (s->by != ADMITTED_LEASE)
		return NO_END;
	return session_verdict(s, &v->st, &v->now).end;
}

static void
add_row(const struct session *s, struct view *v)
{
	char text[TIMESTAMP_TEXT_MAX];
	int64_t end = end_of(s, v);

	table_add(&v->table, s->user);
	table_add(&v->table, s->service);
	table_add(&v->table, s->tty);
	table_add(&v->table, s->rhost);
	table_add(&v->table, timestamp_local_date(text, host_zone(),
	    s->opened, false));
	table_add(&v->table, admitted_word(s->by));
	table_add(&v->table, end == NO_END ? "-" :
	    timestamp_local_date(text, host_zone(), end, false));
}

static void
add_object(const struct session *s, struct view *v)
{
	cJSON *object = cJSON_CreateObject();
	int64_t end = end_of(s, v);

	if (!cJSON_AddItemToArray(v->array, object) ||
	    !json_string(object, "user", s->user) ||
	    !json_number(object, "uid", s->uid) ||
	    !json_number(object, "pid", s->pid) ||
	    !json_string(object, "service", s->service) ||
	    !json_string(object, "tty", s->tty) ||
	    !json_string(object, "from", s->rhost) ||
	    !json_time(object, "since", s->opened) ||
	    !json_string(object, "admitted_by", admitted_word(s->by)) ||
	    (end != NO_END && !json_time(object, "expires_at", end)))
		v->failed = true;
}

static void
add_all(const struct ledger *ledger, struct view *v)
{
	const char *user = "";
	size_t i;

	for (i = 0; i < ledger->n; i++) {
		const struct session *s = &ledger->list[i];

		if (!proc_alive(s->pid, s->start))
			continue;
		if (strcmp(user, s->user) != 0)
			state_read_lease(v->dirfd, s->user, &v->st);
		user = s->user;
		if (v->array != NULL)
			add_object(s, v);
		else
			add_row(s, v);
	}
}

static int
print_view(struct view *v)
{
	if (v->failed) {
		cJSON_Delete(v->array);
		v->array = NULL;
		return json_print(NULL);
	}
	if (v->array != NULL)
		return json_print(v->array);
	if (v->table.n == 0 && !v->table.failed) {
		(void)puts("No sessions.");
		return EXIT_DONE;
	}
	return table_print(&v->table);
}

/* What can't be read of the ledger is told, and the rest shown. */
static int
read_ledger(int dirfd, struct ledger *ledger)
{
	struct error err;

	error_clear(&err);
	if (ledger_read(dirfd, NULL, ledger, &err) == -1 || ledger->broken > 0)
		return fail(EXIT_IO, "%s", err.text);
	return EXIT_DONE;
}

int
cmd_sessions(const struct args *args)
{
	static const char *const heading[] = {
		"USER", "SERVICE", "TTY", "FROM", "SINCE", "ADMITTED BY",
		"EXPIRES"
	};
	struct ledger ledger = { NULL, 0, 0 };
	int r, result = EXIT_DONE;
	struct error err;
	struct view v;

	memset(&v, 0, sizeof(v));
	table_init(&v.table, heading, sizeof(heading) / sizeof(heading[0]));
	if (host_clocks(&v.now) != EXIT_DONE)
		return EXIT_IO;
	v.dirfd = state_open(&err);
	if (v.dirfd == -1 && err.code != ERROR_ABSENT)
		return fail_error(&err);
	if (v.dirfd != -1)
		result = read_ledger(v.dirfd, &ledger);
	state_read_policy(&v.st);
	if (args->value[OPT_JSON] != NULL) {
		v.array = cJSON_CreateArray();
		v.failed = v.array == NULL;
	}
	add_all(&ledger, &v);
	r = print_view(&v);
	ledger_free(&ledger);
	if (v.dirfd != -1)
		(void)close(v.dirfd);
	return r != EXIT_DONE ? r : result;
}

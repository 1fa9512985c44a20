#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "dir.h"
#include "duration.h"
#include "leases.h"
#include "name.h"
#include "paths.h"
#include "print.h"
#include "state.h"
#include "timestamp.h"

#define LIVE	LIBEXECDIR "/pamlease-live"

/* What the table is of. */
struct shown {
	struct leases leases;
	int result;		/* EXIT_IO once one could not be read */
};

static int
add_lease(void *arg, int dirfd, const char *name)
{
	struct leases *leases = arg;
	char user[LEASE_NAME_MAX + 1];
	struct error err;

	if (!name_decode_file(user, sizeof(user), name, SUFFIX_LEASE))
		return 0;
	if (leases->n == leases->room) {
		size_t more = leases->room * 2 + 16;
		struct lease *list = reallocarray(leases->list, more,
		    sizeof(*list));

		if (list == NULL) {
			(void)error_set(&err, ERROR_SYSTEM, "no memory");
			leases->broken(leases->arg, NULL, &err);
			return 1;
		}
		leases->list = list;
		leases->room = more;
	}
	if (lease_read(dirfd, user, &leases->list[leases->n], &err) == 0)
		leases->n++;
	else if (err.code != ERROR_ABSENT)	/* revoked in the meantime */
		leases->broken(leases->arg, user, &err);
	return 0;
}

static int
by_user(const void *a, const void *b)
{
	const struct lease *x = a, *y = b;

	return strcmp(x->user, y->user);
}

void
leases_read(struct leases *leases)
{
	struct error err;
	int fd = state_open(&err);

	if (fd == -1) {
		if (err.code != ERROR_ABSENT)
			leases->broken(leases->arg, NULL, &err);
		return;
	}
	if (dir_each(fd, add_lease, leases, &err) == -1)
		leases->broken(leases->arg, NULL, &err);
	(void)close(fd);
	if (leases->n > 1)
		qsort(leases->list, leases->n, sizeof(*leases->list), by_user);
}

static void
tell(void *arg, const char *user, const struct error *err)
{
	struct shown *s = arg;

	s->result = user == NULL ? fail_error(err) :
	    fail(EXIT_IO, "%s", err->text);
}

static int
print_json(const struct leases *leases, const struct policy *policy,
    const struct moment *now)
{
	cJSON *array = cJSON_CreateArray(), *object;
	size_t i;

	for (i = 0; i < leases->n; i++) {
		object = json_lease(&leases->list[i], policy, now);
		if (object == NULL || !cJSON_AddItemToArray(array, object)) {
			cJSON_Delete(array);
			array = NULL;
			break;
		}
	}
	return json_print(array);
}

static void
add_user(struct table *table, const char *user)
{
	char text[LEASE_NAME_MAX + sizeof(" (unknown)")];
	struct account account;
	struct error err;

	(void)snprintf(text, sizeof(text), "%s%s", user,
	    find_user(user, &account, &err) == ERROR_ABSENT ?
	    " (unknown)" : "");
	table_add(table, text);
}

static int
print_table(const struct shown *s, const struct policy *policy,
    const struct moment *now)
{
	static const char *const heading[] = {
		"USER", "GRANTED BY", "EXPIRES AT", "TIME LEFT"
	};
	char at[TIMESTAMP_TEXT_MAX], left[DURATION_TEXT_MAX];
	const struct leases *leases = &s->leases;
	struct table table;
	size_t i;

	if (leases->n == 0) {
		if (s->result == EXIT_DONE)
			(void)puts("No active leases.");
		return EXIT_DONE;
	}
	table_init(&table, heading, sizeof(heading) / sizeof(heading[0]));
	table.wraps = COLUMN(1);
	for (i = 0; i < leases->n; i++) {
		const struct lease *lease = &leases->list[i];

		add_user(&table, lease->user);
		table_add(&table, lease->granted_by);
		table_add(&table, timestamp_local_date(at, host_zone(),
		    lease_end(lease, policy), false));
		table_add(&table, left_text(left, lease, policy, now));
	}
	return table_print(&table);
}

/* Becomes the program that looks on, which calls this one for what it does. */
static int
watch(const struct args *args)
{
	char self[PATH_MAX] = "";

	if (args->value[OPT_JSON] != NULL)
		return fail(EXIT_USAGE, "--watch or --json, not both");
	if (isatty(STDIN_FILENO) != 1 || isatty(STDOUT_FILENO) != 1)
		return fail(EXIT_USAGE, "--watch needs a terminal");
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) != -1)
		(void)execl(LIVE, "pamlease-live", self,
		    args->value[OPT_UTC] != NULL ? "--utc" : (char *)NULL,
		    (char *)NULL);
	return fail(EXIT_IO, "%s: %s", LIVE, strerror(errno));
}

int
cmd_list(const struct args *args)
{
	struct shown s = { .leases.broken = tell, .leases.arg = &s };
	struct moment now;
	struct policy policy;
	int r;

	if (args->value[OPT_WATCH] != NULL)
		return watch(args);
	if (host_clocks(&now) != EXIT_DONE)
		return EXIT_IO;
	leases_read(&s.leases);
	if (host_policy(&policy) != EXIT_DONE)
		s.result = EXIT_IO;
	r = args->value[OPT_JSON] != NULL ?
	    print_json(&s.leases, &policy, &now) :
	    print_table(&s, &policy, &now);
	free(s.leases.list);
	return r != EXIT_DONE ? r : s.result;
}

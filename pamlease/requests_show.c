#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "print.h"
#include "requests.h"
#include "state.h"
#include "timestamp.h"

#define TICK	400	/* ms between two looks of --follow */

static const char *
state_of(const struct asking *a)
{
	return a->waits ? "waiting" : "gone";
}

static cJSON *
json_request(const struct asking *a, const char *state)
{
	cJSON *object = cJSON_CreateObject();

	if (json_string(object, "id", a->id) &&
	    json_string(object, "user", a->user) &&
	    json_number(object, "uid", a->uid) &&
	    json_string(object, "service", a->service) &&
	    json_string(object, "tty", a->tty) &&
	    json_string(object, "from", a->rhost) &&
	    json_time(object, "since", a->since) &&
	    json_string(object, "state", state) &&
	    json_number(object, "duration", a->length) &&
	    json_string(object, "by", a->by))
		return object;
	cJSON_Delete(object);
	return NULL;
}

static int
print_json(const struct requests *requests)
{
	cJSON *array = cJSON_CreateArray(), *object;
	size_t i;

	for (i = 0; i < requests->n; i++) {
		object = json_request(&requests->list[i],
		    state_of(&requests->list[i]));
		if (object == NULL || !cJSON_AddItemToArray(array, object)) {
			cJSON_Delete(array);
			array = NULL;
			break;
		}
	}
	return json_print(array);
}

static int
print_table(const struct requests *requests)
{
	static const char *const heading[] = {
		"REQUEST", "USER", "SERVICE", "FROM", "SINCE", "LOGIN"
	};
	char at[TIMESTAMP_TEXT_MAX];
	struct table table;
	size_t i;

	if (requests->n == 0) {
		(void)puts("No requests.");
		return EXIT_DONE;
	}
	table_init(&table, heading, sizeof(heading) / sizeof(heading[0]));
	table.wraps = COLUMN(2);
	for (i = 0; i < requests->n; i++) {
		const struct asking *a = &requests->list[i];

		table_add(&table, a->id);
		table_add(&table, a->user);
		table_add(&table, a->service);
		table_add(&table, a->rhost);
		table_add(&table, timestamp_local_date(at, host_zone(),
		    a->since, true));
		table_add(&table, state_of(a));
	}
	return table_print(&table);
}

/* What can't be read is told once, and the rest is shown. */
static int
read_requests(struct requests *requests, size_t *broken)
{
	struct moment now;
	struct error err;
	int dirfd, r = EXIT_DONE;

	memset(requests, 0, sizeof(*requests));
	if (host_clocks(&now) != EXIT_DONE)
		return EXIT_IO;
	dirfd = state_open(&err);
	if (dirfd == -1)
		return err.code == ERROR_ABSENT ? EXIT_DONE :
		    fail_error(&err);
	if (requests_read(dirfd, &now, requests, &err) == -1)
		r = fail_error(&err);
	else if (requests->broken > *broken)
		warning("%s", err.text);
	*broken = requests->broken;
	(void)close(dirfd);
	return r;
}

static int
print_change(const struct asking *a, const char *state, bool json)
{
	char at[TIMESTAMP_TEXT_MAX], user[SHOWN_MAX], service[SHOWN_MAX];
	char rhost[SHOWN_MAX];
	struct moment now;

	if (json)
		return json_print(json_request(a, state));
	if (host_clocks(&now) != EXIT_DONE)
		return EXIT_IO;
	(void)printf("%s %s %s: %s%s%s%s%s\n", timestamp_local(at, host_zone(),
	    wall_seconds(&now), wall_seconds(&now)), a->id, state,
	    show(user, a->user), a->service[0] != '\0' ? " " : "",
	    show(service, a->service), a->rhost[0] != '\0' ? " from " : "",
	    show(rhost, a->rhost));
	return EXIT_DONE;
}

/* What is new in the one list against the other. */
static int
print_changes(const struct requests *old, const struct requests *now,
    bool json)
{
	int r = EXIT_DONE;
	size_t i;

	for (i = 0; r == EXIT_DONE && i < now->n; i++) {
		const struct asking *a = &now->list[i];
		const struct asking *before = requests_find(old, a->id);

		if (before == NULL || before->waits != a->waits)
			r = print_change(a, state_of(a), json);
	}
	for (i = 0; r == EXIT_DONE && i < old->n; i++)
		if (requests_find(now, old->list[i].id) == NULL)
			r = print_change(&old->list[i], "over", json);
	return r;
}

static int
follow(bool json)
{
	const struct timespec pause = { 0, TICK * 1000000L };
	struct requests old = { NULL, 0, 0 }, now;
	size_t broken = 0;
	int r;

	while ((r = read_requests(&now, &broken)) == EXIT_DONE) {
		r = print_changes(&old, &now, json);
		requests_free(&old);
		old = now;
		if (r != EXIT_DONE || fflush(stdout) == EOF)
			break;
		(void)nanosleep(&pause, NULL);
	}
	requests_free(&old);
	return r;
}

int
cmd_requests(const struct args *args)
{
	bool json = args->value[OPT_JSON] != NULL;
	struct requests requests;
	size_t broken = 0;
	int r;

	if (args->value[OPT_FOLLOW] != NULL)
		return follow(json);
	r = read_requests(&requests, &broken);
	if (r == EXIT_DONE)
		r = json ? print_json(&requests) : print_table(&requests);
	requests_free(&requests);
	return r != EXIT_DONE || broken == 0 ? r : EXIT_IO;
}

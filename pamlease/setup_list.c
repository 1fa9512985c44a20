#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "duration.h"
#include "module_words.h"
#include "setup.h"

/* What is shown of each service. */
struct row {
	const char *name, *state;
	bool by_setup;
};

static const char *
state_of(struct diagnosis *report, const struct service *s)
{
	size_t i;

	if (!s->gated)
		return "not gated";
	for (i = 0; i < report->n; i++)
		if (!report->findings[i].note &&
		    strcmp(report->findings[i].service, s->name) == 0)
			return "partly";
	return s->permissive ? "permissive" : "gated";
}

/* Which file of its stack has the lines of ours? */
static const char *
gated_by(const struct service *s)
{
	size_t i;

	for (i = 0; i < s->stack.n; i++)
		if (stack_module(&s->stack.lines[i], MODULE_FILE))
			return strrchr(s->stack.files[
			    s->stack.lines[i].file].path, '/') + 1;
	return s->name;
}

static int
fill(struct diagnosis *report, int dirfd, struct row rows[SERVICES_MAX])
{
	struct kept kept;
	size_t i;
	int r;

	for (i = 0; i < report->nservices; i++) {
		const struct service *s = &report->services[i];

		check_stack(report, s);
		r = kept_read(dirfd, gated_by(s), &kept);
		kept_free(&kept);
		if (r != EXIT_DONE && r != EXIT_NONE)
			return r;
		rows[i] = (struct row){ s->name, state_of(report, s),
		    r == EXIT_DONE && s->gated };
	}
	return EXIT_DONE;
}

static int
print_rows(const struct row *rows, size_t n)
{
	static const char *const heading[] = { "SERVICE", "STATE",
	    "BY SETUP" };
	struct table table;
	size_t i;

	table_init(&table, heading, 3);
	for (i = 0; i < n; i++) {
		table_add(&table, rows[i].name);
		table_add(&table, rows[i].state);
		table_add(&table, rows[i].by_setup ? "yes" : "-");
	}
	return table_print(&table);
}

static bool
json_rows(cJSON *object, const struct row *rows, size_t n)
{
	cJSON *array = cJSON_AddArrayToObject(object, "services"), *o;
	size_t i;

	for (i = 0; array != NULL && i < n; i++) {
		o = cJSON_CreateObject();
		if (!cJSON_AddItemToArray(array, o) ||
		    !json_string(o, "service", rows[i].name) ||
		    !json_string(o, "state", rows[i].state) ||
		    !json_bool(o, "by_setup", rows[i].by_setup))
			return false;
	}
	return array != NULL;
}

static bool
json_trial(cJSON *object, const struct tried *t, int64_t left)
{
	cJSON *o = cJSON_AddObjectToObject(object, "trial");
	cJSON *array = cJSON_AddArrayToObject(o, "services");
	size_t i;

	for (i = 0; array != NULL && i < t->plan.n; i++)
		if (!change_is_state(t->plan.list[i].service) &&
		    !cJSON_AddItemToArray(array, cJSON_CreateString(
		    t->plan.list[i].service)))
			return false;
	return array != NULL && json_string(o, "by", t->by) &&
	    json_number(o, "seconds_left", left);
}

static int
print_all(const struct row *rows, size_t n, const struct tried *t,
    int64_t left)
{
	char text[DURATION_TEXT_MAX], *names;
	int r = print_rows(rows, n);

	if (t->plan.n == 0)
		return r;
	names = setup_names(&t->plan);
	(void)printf("\nOn trial: %s; taken back in %s unless confirmed.\n",
	    names != NULL ? names : "", duration_format(text, left));
	free(names);
	return r;
}

static int
print_json(const struct row *rows, size_t n, const struct tried *t,
    int64_t left)
{
	cJSON *object = cJSON_CreateObject();

	if (json_rows(object, rows, n) &&
	    (t->plan.n == 0 || json_trial(object, t, left)))
		return json_print(object);
	cJSON_Delete(object);
	return json_print(NULL);
}

int
setup_list(bool json)
{
	static struct diagnosis report;
	static struct row rows[SERVICES_MAX];
	static struct tried t;
	char sshd[SERVICE_MAX];
	struct moment now;
	int dirfd = kept_dir(), r;

	if (dirfd == -1)
		return EXIT_IO;
	r = host_clocks(&now);
	check_sshd(&report, sshd);
	find_services(&report, sshd, stack_open_host, NULL);
	if (r == EXIT_DONE)
		r = fill(&report, dirfd, rows);
	if (r == EXIT_DONE)
		r = tried_read(dirfd, &t);
	if (r == EXIT_DONE || r == EXIT_NONE)
		r = (json ? print_json : print_all)(rows, report.nservices, &t,
		    t.plan.n > 0 ? tried_left(&t, &now) : 0);
	tried_free(&t);
	diagnosis_free(&report);
	(void)close(dirfd);
	return r;
}

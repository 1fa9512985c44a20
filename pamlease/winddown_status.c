#include <sys/stat.h>

#include <stdio.h>
#include <string.h>

#include "duration.h"
#include "print.h"
#include "text.h"
#include "timestamp.h"
#include "winddown_wait.h"

/* Seconds since a terminal was typed on, or -1. */
static int64_t
idle_seconds(const char *tty, const struct moment *now)
{
	char path[SESSION_ITEM_MAX + 8];
	struct stat st;
	int64_t idle;

	(void)snprintf(path, sizeof(path), "/dev/%s", tty);
	if (tty[0] == '\0' || strstr(tty, "..") != NULL ||
	    stat(tty[0] == '/' ? tty : path, &st) == -1 ||
	    !S_ISCHR(st.st_mode))
		return -1;
	idle = wall_seconds(now) - st.st_atim.tv_sec;
	return idle > 0 ? idle : 0;
}

/* The message with its lines; what is no text is escaped, to four bytes each. */
static const char *
message_shown(const struct winddown *wd)
{
	static char text[4 * WINDDOWN_MESSAGE_MAX + 1];
	const char *line = wd->message;
	size_t used = 0, len;

	text[0] = '\0';
	for (; *line != '\0'; line += len) {
		len = strcspn(line, "\n");
		(void)text_show(text + used, sizeof(text) - used, line, len);
		used += strlen(text + used);
		if (line[len] == '\0')
			break;
		text[used++] = '\n';
		text[used] = '\0';
		len++;
	}
	return text;
}

/* Each line below the one before. */
static void
print_message(const struct winddown *wd)
{
	static const char label[] = "Message:  ";
	const char *p = message_shown(wd);

	(void)printf("%s", label);
	for (; *p != '\0'; p++) {
		(void)putchar(*p);
		if (*p == '\n')
			(void)printf("%*s", (int)sizeof(label) - 1, "");
	}
	(void)puts("");
}

static void
print_head(const struct presence *p)
{
	const struct winddown *wd = &p->host.winddown;
	char text[SHOWN_MAX], left[DURATION_TEXT_MAX];

	if (p->host.winddown_found == FOUND_NOTHING) {
		(void)puts("Wind-down is off.");
		return;
	}
	(void)printf("Wind-down is on");
	if (wd->since != 0)
		(void)printf(" since %s", timestamp_local_date(text,
		    host_zone(), wd->since, true));
	if (wd->by[0] != '\0')
		(void)printf(" by %s", show(text, wd->by));
	(void)puts(".");
	if (p->host.winddown_error.code != ERROR_NONE)
		(void)printf("Can't be read: %s\n", show(text,
		    p->host.winddown_error.text));
	if (wd->message[0] != '\0')
		print_message(wd);
	if (wd->deadline == NO_END)
		return;
	(void)printf("Deadline: %s", timestamp_local_date(text, host_zone(),
	    wd->deadline, true));
	if (winddown_over(wd, &p->now))
		(void)puts(", has passed");
	else
		(void)printf(", in %s\n", duration_format(left,
		    seconds_left(wd->deadline, winddown_boot(wd, &p->now),
		    &p->now)));
}

static int
print_sessions(const struct presence *p)
{
	static const char *const heading[] = {
		"USER", "SERVICE", "TTY", "IDLE", "FROM", "SINCE"
	};
	char text[DURATION_TEXT_MAX + TIMESTAMP_TEXT_MAX];
	struct table table;
	size_t i;

	table_init(&table, heading, sizeof(heading) / sizeof(heading[0]));
	table.wraps = COLUMN(1) | COLUMN(2) | COLUMN(4);
	for (i = 0; i < p->ledger.n; i++) {
		const struct session *s = &p->ledger.list[i];
		const char *tty = presence_tty(p, s);
		int64_t idle = idle_seconds(tty, &p->now);

		if (!presence_session(p, i))
			continue;
		table_add(&table, s->user);
		table_add(&table, s->service);
		table_add(&table, tty);
		table_add(&table, idle == -1 ? "" :
		    duration_format(text, idle));
		table_add(&table, s->rhost);
		table_add(&table, timestamp_local_date(text, host_zone(),
		    s->opened, false));
	}
	return table_print(&table);
}

static int
print_processes(const struct presence *p)
{
	static const char *const heading[] = {
		"USER", "PID", "COMMAND", "SINCE"
	};
	char text[TIMESTAMP_TEXT_MAX];
	struct table table;
	size_t i;

	table_init(&table, heading, sizeof(heading) / sizeof(heading[0]));
	table.wraps = COLUMN(2);
	for (i = 0; i < p->n; i++) {
		if (!presence_process(p, i))
			continue;
		table_add(&table, p->list[i].user);
		(void)snprintf(text, sizeof(text), "%d", (int)p->list[i].pid);
		table_add(&table, text);
		table_add(&table, p->list[i].command);
		table_add(&table, timestamp_local_date(text, host_zone(),
		    p->list[i].began, false));
	}
	return table_print(&table);
}

int
winddown_print(const struct presence *p)
{
	int r = EXIT_DONE;

	print_head(p);
	if (p->sessions + p->processes == 0) {
		(void)puts("Nobody is present.");
		return r;
	}
	if (p->sessions > 0) {
		(void)puts("");
		r = print_sessions(p);
	}
	if (r == EXIT_DONE && p->processes > 0) {
		(void)puts("\nWithout a session:");
		r = print_processes(p);
	}
	return r;
}

static bool
json_head(cJSON *object, const struct presence *p)
{
	const struct winddown *wd = &p->host.winddown;
	const bool on = p->host.winddown_found != FOUND_NOTHING;

	return json_bool(object, "on", on) && (!on ||
	    ((wd->since == 0 || json_time(object, "since", wd->since)) &&
	    (wd->by[0] == '\0' || json_string(object, "by", wd->by)) &&
	    (wd->message[0] == '\0' || cJSON_AddStringToObject(object,
	    "message", message_shown(wd)) != NULL) &&
	    (wd->deadline == NO_END ||
	    json_time(object, "deadline", wd->deadline)) &&
	    (p->host.winddown_error.code == ERROR_NONE || json_string(object,
	    "error", p->host.winddown_error.text))));
}

static bool
json_session(cJSON *array, const struct presence *p, const struct session *s)
{
	const char *tty = presence_tty(p, s);
	int64_t idle = idle_seconds(tty, &p->now);
	cJSON *o = cJSON_CreateObject();

	return cJSON_AddItemToArray(array, o) &&
	    json_string(o, "user", s->user) &&
	    json_number(o, "uid", s->uid) && json_number(o, "pid", s->pid) &&
	    json_string(o, "service", s->service) &&
	    json_string(o, "tty", tty) && json_string(o, "from", s->rhost) &&
	    json_time(o, "since", s->opened) &&
	    (idle == -1 || json_number(o, "idle_seconds", idle));
}

static bool
json_process(cJSON *array, const struct process *process)
{
	cJSON *o = cJSON_CreateObject();

	return cJSON_AddItemToArray(array, o) &&
	    json_string(o, "user", process->user) &&
	    json_number(o, "uid", process->uid) &&
	    json_number(o, "pid", process->pid) &&
	    json_string(o, "command", process->command) &&
	    json_time(o, "since", process->began);
}

static int
print_json(const struct presence *p)
{
	cJSON *object = cJSON_CreateObject();
	bool good = json_head(object, p);
	cJSON *sessions = cJSON_AddArrayToObject(object, "sessions");
	cJSON *processes = cJSON_AddArrayToObject(object, "processes");
	size_t i;

	for (i = 0; i < p->ledger.n; i++)
		if (presence_session(p, i))
			good = json_session(sessions, p, &p->ledger.list[i]) &&
			    good;
	for (i = 0; i < p->n; i++)
		if (presence_process(p, i))
			good = json_process(processes, &p->list[i]) && good;
	if (good && processes != NULL)
		return json_print(object);
	cJSON_Delete(object);
	return json_print(NULL);
}

int
cmd_winddown_status(const struct args *args)
{
	static struct presence p;
	struct watch w;
	int r = watch_init(&w, args);

	if (r != EXIT_DONE)
		return r;
	if (w.wait && args->value[OPT_JSON] != NULL)
		return fail(EXIT_USAGE, "--json and --wait: one of them");
	if (w.wait)
		return watch_wait(&w);
	r = presence_read(&p);
	if (r == EXIT_DONE)
		r = args->value[OPT_JSON] != NULL ? print_json(&p) :
		    winddown_print(&p);
	if (r == EXIT_DONE && p.host.winddown_found == FOUND_NOTHING)
		r = EXIT_NONE;
	presence_free(&p);
	return r;
}

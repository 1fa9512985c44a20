#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "presence.h"
#include "statedir.h"
#include "text.h"
#include "timestamp.h"
#include "tty.h"
#include "winddown_place.h"
#include "winddown_wait.h"

/* A wind-down as it is going to be. */
struct start {
	enum place place;
	const char *message;	/* as it was given; NULL: it stays */
	int64_t deadline;	/* the same; 0: it stays */
	struct winddown wd;
	struct state before;	/* what wd may point into */
};

static int
take_message(const char *message, struct start *s)
{
	const char *line;

	s->message = message;
	if (message == NULL)
		return EXIT_DONE;
	if (strlen(message) > WINDDOWN_MESSAGE_MAX)
		return fail(EXIT_USAGE, "--message is longer than %d bytes",
		    WINDDOWN_MESSAGE_MAX);
	for (line = message; *line != '\0';) {
		size_t len = strcspn(line, "\n");

		if (!text_printable(line, len))
			return fail(EXIT_USAGE, "--message must be text "
			    "without control characters");
		line += len + (line[len] == '\n');
	}
	return EXIT_DONE;
}

static int
take_deadline(const char *at, struct start *s)
{
	struct moment now;
	struct error err;

	if (at == NULL)
		return EXIT_DONE;
	if (host_clocks(&now) != EXIT_DONE || host_clock_set(&now) != EXIT_DONE)
		return EXIT_IO;
	if (timestamp_parse_input(at, host_zone(), wall_seconds(&now),
	    &s->deadline, &err) == -1)
		return fail_error(&err);
	if (s->deadline <= wall_seconds(&now))
		return fail(EXIT_USAGE, "--deadline is not in the future");
	if (s->deadline > LEASE_TIME_MAX)
		return fail(EXIT_USAGE, "--deadline is after the year 2199");
	return EXIT_DONE;
}

/* What is not given stays as it was. */
static int
fill_in(struct start *s, const struct hold *hold)
{
	struct moment now;

	if (host_clocks(&now) != EXIT_DONE)
		return EXIT_IO;
	state_read_winddown(hold->dirfd, &s->before);
	s->wd = s->before.winddown;
	if (s->wd.since == 0)
		s->wd.since = wall_seconds(&now);
	find_grantor(s->wd.by);
	if (s->message != NULL)
		s->wd.message = s->message;
	if (s->deadline != 0) {
		s->wd.deadline = s->deadline;
		s->wd.boot_id[0] = '\0';
		s->wd.deadline_boot = winddown_boot(&s->wd, &now);
		(void)text_copy(s->wd.boot_id, sizeof(s->wd.boot_id),
		    now.boot_id);
	}
	return EXIT_DONE;
}

/* Under the lock: the log has one order with the file. */
static void
record_started(const struct start *s)
{
	char by[QUOTED_MAX], message[QUOTED_MAX], at[TIMESTAMP_TEXT_MAX];
	struct event event;

	event_init(&event, EVENT_WINDDOWN_STARTED);
	event.text[EVENT_BY] = s->wd.by;
	event.text[EVENT_REASON] = s->wd.message;
	if (s->wd.deadline != NO_END)
		event.number[EVENT_EXPIRES] = s->wd.deadline;
	record_done(&event, "winddown: on by=\"%s\" deadline=%s file=%s message=\"%s\"",
	    quote(by, s->wd.by), s->wd.deadline == NO_END ? "none" :
	    timestamp_format(at, s->wd.deadline), place_path(s->place),
	    quote(message, s->wd.message));
}

/* First the new one, then the other goes: there is always one. */
static int
store(struct start *s, const struct hold *hold)
{
	char data[WINDDOWN_FILE_MAX];
	ssize_t len = winddown_format(&s->wd, data, sizeof(data));
	int r;

	if (len == -1)
		return fail(EXIT_USAGE, "the message is too long");
	r = place_write(s->place, hold, data, (size_t)len);
	if (r != EXIT_DONE)
		return r;
	r = place_remove(s->place == LASTING ? PASSING : LASTING, hold);
	record_started(s);
	state_wake(hold->dirfd);
	if (r != EXIT_DONE && r != EXIT_NONE)
		return fail(r, "the wind-down is on by %s, and by the other "
		    "file as well", place_path(s->place));
	if (s->before.winddown_error.code != ERROR_NONE)
		warning("%s; it was written anew",
		    s->before.winddown_error.text);
	return EXIT_DONE;
}

static void
tell_user(void *arg, const char *user, uid_t uid)
{
	struct tty_count count;

	(void)user;
	tty_tell(uid, arg, &count);
}

/* Everybody who is present hears of it once. */
static void
tell_all(const struct start *s, const struct presence *p)
{
	char line[WINDDOWN_MESSAGE_MAX + 1], message[512];
	char at[TIMESTAMP_TEXT_MAX], end[128] = "";
	char text[1024];
	size_t i;

	(void)text_copy(line, sizeof(line), s->wd.message);
	for (i = 0; line[i] != '\0'; i++)
		if (line[i] == '\n')
			line[i] = ' ';
	(void)text_show(message, sizeof(message), line, i);
	if (s->wd.deadline != NO_END)
		(void)snprintf(end, sizeof(end), " You will be logged out at "
		    "%s.", timestamp_local(at, host_zone(), s->wd.deadline,
		    wall_seconds(&p->now)));
	(void)snprintf(text, sizeof(text), "*** pamlease: This host takes "
	    "no new users (going offline for maintenance).%s%s%s ***",
	    message[0] != '\0' ? " " : "", message, end);
	presence_users(p, tell_user, text);
}

/* Who has no way back but root's should know. */
static void
warn_starter(const struct start *s, const struct presence *p)
{
	char shown[QUOTED_MAX];
	struct account account;
	struct error err;

	if (account_by_name(s->wd.by, &account, &err) == 0 &&
	    presence_concerns(p, account.name, account.uid))
		warning("%s is not exempt: after leaving, only root gets in",
		    quote(shown, account.name));
}

static int
start(struct start *s)
{
	struct hold hold = HOLD_INIT;
	int r = hold_take(&hold, NULL);

	if (r == EXIT_DONE)
		r = fill_in(s, &hold);
	if (r == EXIT_DONE)
		r = store(s, &hold);
	hold_release(&hold);
	return r;
}

int
cmd_winddown_start(const struct args *args)
{
	static struct start s;
	static struct presence p;
	struct watch w = { .wait = false };
	int r;

	s.place = args->value[OPT_UNTIL_REBOOT] != NULL ? PASSING : LASTING;
	r = take_message(args->value[OPT_MESSAGE], &s);
	if (r == EXIT_DONE)
		r = take_deadline(args->value[OPT_DEADLINE], &s);
	if (r == EXIT_DONE)
		r = watch_init(&w, args);
	if (r == EXIT_DONE)
		r = start(&s);
	if (r == EXIT_DONE) {
		r = presence_read(&p);
		if (r == EXIT_DONE) {
			tell_all(&s, &p);
			warn_starter(&s, &p);
			r = w.wait ? EXIT_DONE : winddown_print(&p);
		} else
			(void)fail(r, "the wind-down is on, but nobody was "
			    "told of it");
		presence_free(&p);
	}
	state_free(&s.before);
	return r == EXIT_DONE && w.wait ? watch_wait(&w) : r;
}

int
cmd_winddown_stop(const struct args *args)
{
	char by[LEASE_NAME_MAX + 1], shown[QUOTED_MAX];
	struct hold hold = HOLD_INIT;
	int r = hold_take(&hold, NULL), passing;
	struct event event;

	(void)args;
	if (r != EXIT_DONE) {
		hold_release(&hold);
		return r;
	}
	r = place_remove(LASTING, &hold);
	passing = place_remove(PASSING, &hold);
	if (r == EXIT_NONE || (r == EXIT_DONE && passing != EXIT_NONE))
		r = passing;
	find_grantor(by);
	if (r == EXIT_DONE) {
		event_init(&event, EVENT_WINDDOWN_STOPPED);
		event.text[EVENT_BY] = by;
		record_done(&event, "winddown: off by=\"%s\"", quote(shown, by));
		state_wake(hold.dirfd);
		(void)puts("Wind-down is off.");
	} else if (r == EXIT_NONE)
		(void)fail(r, "there is no wind-down");
	hold_release(&hold);
	return r;
}

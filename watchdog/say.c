#include <sys/socket.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "journal.h"
#include "spool.h"
#include "statedir.h"
#include "text.h"
#include "watchdog.h"

#define LINE_MAX_BYTES	512

static bool no_history;

void
say_no_history(void)
{
	no_history = true;
}

/* To whatever reads it: a line that would wait is lost. */
static void
to_stderr(const char *line, size_t len)
{
	if (send(STDERR_FILENO, line, len, MSG_DONTWAIT | MSG_NOSIGNAL) == -1 &&
	    errno == ENOTSOCK)
		(void)!write(STDERR_FILENO, line, len);
}

static void
say_line(int priority, const struct event *event, const char *text)
{
	char line[LINE_MAX_BYTES + 32];
	int n;

	if (getenv("JOURNAL_STREAM") != NULL) {
		/* The unit, for journalctl -u: else journald looks for it when
		   the process may be gone. */
		if (journal_send(priority, "pamlease-watchdog",
		    getenv("PAMLEASE_UNIT"), event, text))
			return;
		/* The priority from the front: sd-daemon(3). */
		n = snprintf(line, sizeof(line), "<%d>%s\n", priority, text);
	} else if (priority <= LOG_NOTICE)
		n = snprintf(line, sizeof(line), "pamlease-watchdog: %s\n",
		    text);
	else
		return;
	to_stderr(line, (size_t)n);
}

static void
note(const struct event *event)
{
	char text[LINE_MAX_BYTES];
	struct error err;
	int dirfd, r;

	if (no_history || geteuid() != 0)
		return;
	auditor_tell(event);
	dirfd = state_make(&err);
	if (dirfd == -1)
		return;
	r = spool_put(dirfd, event, &err);
	(void)close(dirfd);
	if (r == 0)
		return;
	(void)snprintf(text, sizeof(text), "%s is missing in the history: %s",
	    event_word(event->kind), err.text);
	say_line(LOG_ERR, NULL, text);
}

void
say(int priority, const char *fmt, ...)
{
	char text[LINE_MAX_BYTES];
	struct event event;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (priority > LOG_ERR) {
		say_line(priority, NULL, text);
		return;
	}
	event_init(&event, EVENT_FAILED);
	event.text[EVENT_DETAIL] = text;
	say_line(priority, &event, text);
	note(&event);
}

void
say_of(int priority, const struct event *event, const char *fmt, ...)
{
	char text[LINE_MAX_BYTES];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say_line(priority, event, text);
	note(event);
}

const char *
shown(const char *user)
{
	static char text[4 * LEASE_NAME_MAX + 1];

	return text_escape(text, sizeof(text), user, strlen(user));
}

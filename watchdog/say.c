#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "text.h"
#include "watchdog.h"

#define JOURNAL		"/run/systemd/journal/socket"
#define LINE_MAX_BYTES	512
#define ENTRY_MAX	2048	/* bytes of a line with its fields */

/* One entry of the journal; what does not fit is left out, field by field. */
struct entry {
	char data[ENTRY_MAX];
	size_t len;
};

static void
add(struct entry *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
add(struct entry *e, const char *fmt, ...)
{
	size_t room = sizeof(e->data) - e->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(e->data + e->len, room, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < room)
		e->len += (size_t)n;
}

static void
add_sessions(struct entry *e, const struct event *event)
{
	char name[SESSION_NAME_MAX];
	size_t i;

	for (i = 0; i < event->nsessions; i++)
		if (event->ends == NULL || event->ends[i])
			add(e, "PAMLEASE_SESSION=%s\n",
			    session_name(name, &event->sessions[i]));
}

/* Values are escaped where they come from: none has a newline in it. */
static void
add_event(struct entry *e, const struct event *event)
{
	if (event == NULL)
		return;
	add(e, "PAMLEASE_EVENT=%s\nPAMLEASE_USER=%s\nPAMLEASE_UID=%u\n",
	    event->name, shown(event->user), (unsigned int)event->uid);
	if (event->why != NULL)
		add(e, "PAMLEASE_WHY=%s\n", event->why);
	if (event->ending != NULL)
		add(e, "PAMLEASE_FOUND=%zu\nPAMLEASE_KILLED=%zu\n"
		    "PAMLEASE_LEFT=%zu\nPAMLEASE_TOOK_MS=%lld\n",
		    event->ending->found, event->ending->swept,
		    event->ending->left, (long long)event->ending->took);
	add_sessions(e, event);
}

/*
 * The journal's own protocol, https://systemd.io/JOURNAL_NATIVE_PROTOCOL.  Not
 * sd_journal_send(3): that waits for a journald that hangs.
 */
static bool
to_journal(const struct entry *e)
{
	static const struct sockaddr_un to = { AF_UNIX, JOURNAL };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool sent;

	if (fd == -1)
		return false;
	sent = sendto(fd, e->data, e->len, MSG_DONTWAIT | MSG_NOSIGNAL,
	    (const struct sockaddr *)&to, sizeof(to)) == (ssize_t)e->len;
	(void)close(fd);
	return sent;
}

/* The same for whatever reads stderr: a line that would wait is lost. */
static void
to_stderr(const char *line, size_t len)
{
	if (send(STDERR_FILENO, line, len, MSG_DONTWAIT | MSG_NOSIGNAL) == -1 &&
	    errno == ENOTSOCK)
		(void)!write(STDERR_FILENO, line, len);
}

static void
vsay(int priority, const struct event *event, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

static void
vsay(int priority, const struct event *event, const char *fmt, va_list ap)
{
	const char *unit = getenv("PAMLEASE_UNIT");
	struct entry e = { .len = 0 };
	char text[LINE_MAX_BYTES], line[LINE_MAX_BYTES + 32];
	int n;

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	if (getenv("JOURNAL_STREAM") != NULL) {
		/* The unit, for journalctl -u: else journald looks for it when
		   the process may be gone. */
		add(&e, "MESSAGE=%s\nPRIORITY=%d\n"
		    "SYSLOG_IDENTIFIER=pamlease-watchdog\n"
		    "OBJECT_SYSTEMD_UNIT=%s\n", text, priority,
		    unit != NULL ? unit : "");
		add_event(&e, event);
		if (to_journal(&e))
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

void
say(int priority, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(priority, NULL, fmt, ap);
	va_end(ap);
}

void
say_of(int priority, const struct event *event, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(priority, event, fmt, ap);
	va_end(ap);
}

const char *
shown(const char *user)
{
	static char text[4 * LEASE_NAME_MAX + 1];

	return text_escape(text, sizeof(text), user, strlen(user));
}

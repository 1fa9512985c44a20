#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "audit_log.h"
#include "cmd.h"
#include "journal.h"
#include "spool.h"
#include "statedir.h"
#include "text.h"

#define AUDITS_MAX	4	/* events that wait; no command has more */

static const char *command;

void
message_command(const char *name)
{
	command = name;
}

static void __attribute__((format(printf, 1, 0)))
say(const char *fmt, va_list ap)
{
	char line[1024];

	(void)vsnprintf(line, sizeof(line), fmt, ap);
	if (command == NULL)
		(void)fprintf(stderr, "pamlease: %s\n", line);
	else
		(void)fprintf(stderr, "pamlease: %s: %s\n", command, line);
}

void
warning(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

int
fail(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	return code;
}

int
fail_error(const struct error *err)
{
	int code = EXIT_IO;

	if (err->code == ERROR_BUSY)
		code = EXIT_BUSY;
	else if (err->code == ERROR_INVALID)
		code = EXIT_USAGE;
	return fail(code, "%s", err->text);
}

/*
 * What is for the audit trail, which may hold the command up: until its end,
 * when it has no user's lock any more.
 */
static struct {
	char data[AUDITS_MAX][EVENT_FILE_MAX];
	size_t len[AUDITS_MAX], n;
} audits;

static void
audit_all(void)
{
	static char store[EVENT_FILE_MAX];
	struct event e;
	struct error err;
	int64_t wall;
	size_t i;

	for (i = 0; i < audits.n; i++)
		if (event_parse(audits.data[i], audits.len[i], &e, &wall, store,
		    &err) == -1 || audit_log(&e, &err) == -1)
			warning("missing in the audit trail: %s", err.text);
	audits.n = 0;
}

static void
audit_later(const struct event *e)
{
	static bool registered;
	ssize_t len;

	if (audits.n == AUDITS_MAX)
		audit_all();
	len = event_format(e, 0, audits.data[audits.n], EVENT_FILE_MAX);
	if (len == -1)
		return;
	audits.len[audits.n++] = (size_t)len;
	if (!registered)
		registered = atexit(audit_all) == 0;
	if (!registered)
		audit_all();
}

void
record_done(const struct event *e, const char *fmt, ...)
{
	char text[1024];
	struct error err;
	va_list ap;
	int dirfd;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!journal_send(LOG_NOTICE, "pamlease", NULL, e, text)) {
		openlog("pamlease", 0, LOG_AUTHPRIV);
		syslog(LOG_NOTICE, "%s", text);
		closelog();
	}
	dirfd = state_make(&err);
	if (dirfd == -1 || spool_put(dirfd, e, &err) == -1)
		warning("this is missing in the history: %s", err.text);
	if (dirfd != -1)
		(void)close(dirfd);
	audit_later(e);
}

char *
quote(char *dst, const char *s)
{
	return text_escape(dst, QUOTED_MAX, s, strlen(s));
}

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "text.h"
#include "watchdog.h"

#define LINE_MAX_BYTES	512

void
say(int priority, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	/* The journal takes the priority from the front: sd-daemon(3). */
	if (getenv("JOURNAL_STREAM") != NULL)
		(void)fprintf(stderr, "<%d>%s\n", priority, line);
	else if (priority <= LOG_NOTICE)
		(void)fprintf(stderr, "pamlease-watchdog: %s\n", line);
}

const char *
shown(const char *user)
{
	static char text[4 * LEASE_NAME_MAX + 1];

	return text_escape(text, sizeof(text), user, strlen(user));
}

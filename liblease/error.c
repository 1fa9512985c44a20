#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "error.h"

void
error_clear(struct error *err)
{
	err->code = ERROR_NONE;
	err->sys = 0;
	err->text[0] = '\0';
}

int
error_set(struct error *err, enum error_code code, const char *fmt, ...)
{
	va_list ap;

	err->code = code;
	err->sys = 0;
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return -1;
}

int
error_system(struct error *err, const char *fmt, ...)
{
	int saved_errno = errno;
	size_t used;
	va_list ap;

	err->code = ERROR_SYSTEM;
	err->sys = saved_errno;
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	used = strlen(err->text);
	/* Safe with threads in glibc since 2.32 and in musl. */
	(void)snprintf(err->text + used, sizeof(err->text) - used, ": %s",
	    strerror(saved_errno));
	return -1;
}

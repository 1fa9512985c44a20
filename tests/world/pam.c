#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <security/pam_modutil.h>

#include <libaudit.h>
#include <stdarg.h>
#include <syslog.h>

#include "../fuzz/fuzz.h"
#include "audit.h"
#include "text.h"
#include "world.h"

int
pam_get_item(const pam_handle_t *pamh, int type, const void **item)
{
	const char *value = NULL;

	(void)pamh;
	switch (type) {
	case PAM_USER:
		value = world.user;
		break;
	case PAM_SERVICE:
		value = world.service;
		break;
	case PAM_TTY:
		value = world.tty;
		break;
	case PAM_RHOST:
		value = world.rhost;
		break;
	default:
		return PAM_BAD_ITEM;
	}
	*item = strcmp(value, "-") == 0 ? NULL : value;
	return PAM_SUCCESS;
}

void
pam_syslog(const pam_handle_t *pamh, int priority, const char *format, ...)
{
	char line[1024];
	va_list ap;
	int n;

	(void)pamh;
	must(priority >= LOG_ALERT && priority <= LOG_INFO);
	va_start(ap, format);
	n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	must(n > 0 && (size_t)n < sizeof(line) && is_line(line));
	run.logged++;
}

int
pam_modutil_audit_write(pam_handle_t *pamh, int type, const char *message,
    int retval)
{
	(void)pamh;
	must(type >= AUDIT_FIRST_USER_MSG && is_line(message));
	must(world.tty == NULL || audit_plain(world.tty));
	must(world.rhost == NULL || audit_plain(world.rhost));
	return retval;
}

int
pam_prompt(pam_handle_t *pamh, int style, char **response, const char *format,
    ...)
{
	char line[1024];
	va_list ap;
	int n;

	(void)pamh;
	must(style == PAM_ERROR_MSG && response == NULL);
	va_start(ap, format);
	n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	must(n >= 0 && (size_t)n < sizeof(line));
	/* An administrator's message is text, and may have an empty line. */
	must(text_printable(line, (size_t)n) && (n > 0 || run.said > 0));
	run.said++;
	return PAM_SUCCESS;
}

int
pam_set_data(pam_handle_t *pamh, const char *name, void *data,
    void (*cleanup)(pam_handle_t *, void *, int))
{
	(void)pamh;
	(void)name;
	(void)data;
	(void)cleanup;
	abort();	/* neither phase does that */
}

int
pam_get_data(const pam_handle_t *pamh, const char *name, const void **data)
{
	(void)pamh;
	(void)name;
	(void)data;
	abort();
}

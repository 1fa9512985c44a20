#include <libaudit.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "audit.h"
#include "verdict.h"

static const struct {
	int type;
	bool failed;
} kinds[] = {
	[EVENT_GRANTED] = { AUDIT_USER_MGMT, false },
	[EVENT_EXTENDED] = { AUDIT_USER_MGMT, false },
	[EVENT_REVOKED] = { AUDIT_USER_MGMT, false },
	[EVENT_RESTORED] = { AUDIT_USER_MGMT, false },
	[EVENT_WINDDOWN_STARTED] = { AUDIT_USYS_CONFIG, false },
	[EVENT_WINDDOWN_STOPPED] = { AUDIT_USYS_CONFIG, false },
	[EVENT_SETUP] = { AUDIT_USYS_CONFIG, false },
	[EVENT_UNSETUP] = { AUDIT_USYS_CONFIG, false },
	[EVENT_REQUESTED] = { AUDIT_TRUSTED_APP, false },
	[EVENT_ASKED] = { AUDIT_TRUSTED_APP, false },
	[EVENT_APPROVED] = { AUDIT_USER_MGMT, false },
	[EVENT_REFUSED] = { AUDIT_USER_MGMT, false },
	[EVENT_ADMITTED] = { AUDIT_USER_ACCT, false },
	[EVENT_DENIED] = { AUDIT_USER_ACCT, true },
	[EVENT_OPENED] = { AUDIT_TRUSTED_APP, false },
	[EVENT_CLOSED] = { AUDIT_TRUSTED_APP, false },
	[EVENT_WARNED] = { AUDIT_TRUSTED_APP, false },
	[EVENT_NO_TERMINAL] = { AUDIT_TRUSTED_APP, true },
	[EVENT_DOUBTED] = { AUDIT_TRUSTED_APP, false },
	[EVENT_ENDED] = { AUDIT_RESP_TERM_ACCESS, false },
	[EVENT_NOT_ENDED] = { AUDIT_RESP_TERM_ACCESS, true },
	[EVENT_REMOVED] = { AUDIT_USER_MGMT, false },
	[EVENT_PUT_ASIDE] = { AUDIT_USER_MGMT, false },
	[EVENT_FAILED] = { AUDIT_TRUSTED_APP, true },
	[EVENT_HEALED] = { AUDIT_TRUSTED_APP, false },
};

/* Refusals that have a type of their own, as pam_time's and others' have. */
static const struct {
	enum why why;
	int type;
} anomalies[] = {
	{ WHY_DURING, AUDIT_ANOM_LOGIN_TIME },
	{ WHY_FROM, AUDIT_ANOM_LOGIN_LOCATION },
	{ WHY_LIMIT, AUDIT_ANOM_LOGIN_SESSIONS },
	{ WHY_PRESENT, AUDIT_ANOM_LOGIN_SESSIONS },
};

/* The field dictionary of audit has other names; NULL: not in the text. */
static const char *
field_name(enum event_field f)
{
	if (f == EVENT_TTY || f == EVENT_RHOST)
		return NULL;
	if (f == EVENT_USER)
		return "acct";
	return f == EVENT_UID ? "id" : event_field_name(f);
}

int
audit_type(const struct event *e)
{
	const char *why = e->text[EVENT_WHY];
	size_t i;

	for (i = 0; e->kind == EVENT_DENIED && why != NULL &&
	    i < sizeof(anomalies) / sizeof(anomalies[0]); i++)
		if (strcmp(why, why_word(anomalies[i].why)) == 0)
			return anomalies[i].type;
	return kinds[e->kind].type;
}

bool
audit_succeeded(const struct event *e)
{
	return !kinds[e->kind].failed || e->number[EVENT_PERMISSIVE] == 1;
}

/* The rule of audit_value_needs_encoding(3). */
bool
audit_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~' || *text == '"')
			return false;
	return true;
}

static void
add(char *dst, size_t *len, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* All of it, or nothing. */
static void
add(char *dst, size_t *len, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(dst + *len, AUDIT_TEXT_MAX - *len, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < AUDIT_TEXT_MAX - *len)
		*len += (size_t)n;
	dst[*len] = '\0';
}

static void
add_text(char *dst, size_t *len, const char *name, const char *text)
{
	char hex[2 * EVENT_TEXT_MAX + 1], cut[EVENT_TEXT_MAX + 1];
	size_t i;

	text = event_cut(cut, text);
	if (audit_plain(text)) {
		add(dst, len, " %s=\"%s\"", name, text);
		return;
	}
	for (i = 0; text[i] != '\0'; i++)
		(void)snprintf(hex + 2 * i, 3, "%02X", (unsigned char)text[i]);
	add(dst, len, " %s=%s", name, hex);
}

void
audit_format(const struct event *e, const char *head, char dst[AUDIT_TEXT_MAX])
{
	const char *name;
	size_t len = 0;
	int i;

	add(dst, &len, "%slease-%s", head, event_word(e->kind));
	for (i = 0; i < EVENT_FIELDS; i++) {
		name = field_name((enum event_field)i);
		if (name == NULL)
			continue;
		if (e->text[i] != NULL && e->text[i][0] != '\0')
			add_text(dst, &len, name, e->text[i]);
		else if (e->number[i] != EVENT_UNSET && e->number[i] >= 0)
			add(dst, &len, " %s=%lld", name,
			    (long long)e->number[i]);
	}
}

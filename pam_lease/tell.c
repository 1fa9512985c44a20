#include <security/pam_ext.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "duration.h"
#include "module.h"
#include "paths.h"
#include "text.h"
#include "timestamp.h"
#include "zone_host.h"

/* Bytes of what comes from outside in a log line, so that it stays one line. */
#define USER_SHOWN	144
#define RHOST_SHOWN	112
#define DETAIL_SHOWN	160

static const char *
verdict_word(enum verdict_kind kind)
{
	switch (kind) {
	case VERDICT_ADMIT:
	case VERDICT_ADMIT_LEASE:
		return "admit";
	case VERDICT_UNKNOWN_USER:
	case VERDICT_DENY:
		return "deny";
	case VERDICT_ERROR:
	case VERDICT_NEXT:
		break;
	}
	return "error";
}

/* Somebody has been at the files, or nobody can log in: that is an alert. */
static int
priority(const struct verdict *v)
{
	if (verdict_admits(v))
		return LOG_INFO;
	if (v->kind == VERDICT_ERROR || v->why == WHY_OTHER_USER)
		return LOG_ALERT;
	return LOG_NOTICE;
}

/* What is wrong, or else which rule decided. */
static const char *
detail(const struct call *call, char *dst, size_t size)
{
	if (call->verdict.why == WHY_ACCOUNT_UNREADABLE)
		return call->account_error.text;
	if (call->verdict.why == WHY_POLICY_BROKEN)
		return call->state.policy_error.text;
	if (call->verdict.why == WHY_GROUPS)
		return call->state.groups_error.text;
	if (call->verdict.why == WHY_LIMIT_UNKNOWN)
		return call->state.peers_error.text;
	if (call->verdict.why == WHY_LEASE_BROKEN ||
	    call->verdict.why == WHY_LEASE_UNREADABLE)
		return call->state.lease_error.text;
	if (call->verdict.why == WHY_ZONE ||
	    call->verdict.why == WHY_LEASE_ZONE)
		return PATH_LOCALTIME;
	if (call->verdict.line == 0)
		return "";
	(void)snprintf(dst, size, "%s/%s:%u", PATH_CONFIG, PATH_POLICY,
	    call->verdict.line);
	return dst;
}

/* An admitted login is one line, at open, or none with "quiet". */
static bool
worth_a_line(const struct call *call)
{
	if (!verdict_admits(&call->verdict) || call->options.debug)
		return true;
	return call->phase == PHASE_OPEN && !call->options.quiet;
}

static const char *
permissive(const struct call *call)
{
	return call->options.permissive ? " permissive=yes" : "";
}

static void
hint(const struct call *call)
{
	if (geteuid() != 0)
		pam_syslog(call->pamh, LOG_ERR, "leases are root's: not for "
		    "services that run without privileges");
}

void
tell_log(const struct call *call)
{
	const struct verdict *v = &call->verdict;
	char user[USER_SHOWN], rhost[RHOST_SHOWN], text[DETAIL_SHOWN];
	char where[DETAIL_SHOWN];
	const char *d = detail(call, where, sizeof(where));

	if (!worth_a_line(call))
		return;
	pam_syslog(call->pamh, priority(v),
	    "verdict=%s why=%s user=\"%s\" rhost=\"%s\"%s%s%s%s",
	    verdict_word(v->kind), why_word(v->why),
	    text_escape(user, sizeof(user), call->user, strlen(call->user)),
	    text_escape(rhost, sizeof(rhost), call->request.rhost,
	    strlen(call->request.rhost)),
	    d[0] != '\0' ? " detail=\"" : "",
	    text_escape(text, sizeof(text), d, strlen(d)),
	    d[0] != '\0' ? "\"" : "",
	    !verdict_admits(v) ? permissive(call) : "");
	if (v->kind == VERDICT_ERROR)
		hint(call);
}

void
tell_error(const struct call *call, const char *what, const struct error *err)
{
	char user[USER_SHOWN], text[DETAIL_SHOWN];

	pam_syslog(call->pamh, LOG_ERR, "%s: user=\"%s\" detail=\"%s\"%s",
	    what, text_escape(user, sizeof(user), call->user,
	    strlen(call->user)), text_escape(text, sizeof(text), err->text,
	    strlen(err->text)), permissive(call));
	hint(call);
}

/* Never why, who or when: that is for the administrator. */
void
tell_denied(const struct call *call)
{
	if (call->silent)
		return;
	if (call->verdict.why == WHY_LIMIT)
		(void)pam_error(call->pamh, "Access denied: as many users as "
		    "may be are on this host. Try again later.");
	else if (call->verdict.why == WHY_DENY)
		(void)pam_error(call->pamh, "Access denied: this host does not "
		    "let you in this way or at this time.");
	else if (call->verdict.why == WHY_DURING)
		(void)pam_error(call->pamh, "Access denied: your lease on this "
		    "host is not for this time.");
	else if (call->verdict.kind == VERDICT_DENY)
		(void)pam_error(call->pamh, "Access denied: you have no valid "
		    "lease on this host. Ask its administrator for one.");
	else if (call->verdict.kind == VERDICT_ERROR)
		(void)pam_error(call->pamh, "Access denied: this host can't "
		    "check your lease. Tell its administrator.");
}

void
tell_end(const struct call *call)
{
	char left[DURATION_TEXT_MAX], at[TIMESTAMP_TEXT_MAX];
	int64_t now = call->now.wall / NANOSECONDS;
	unsigned char *data;
	struct zone zone;

	if (call->silent || call->verdict.end == NO_END)
		return;
	data = zone_host(&zone);
	(void)pam_info(call->pamh, "Your session will expire in %s (at %s).",
	    duration_words(left, call->verdict.end - now),
	    timestamp_local(at, &zone, call->verdict.end, now));
	free(data);
}

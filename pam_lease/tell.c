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
#define MESSAGE_SHOWN	400	/* and of a line of a wind-down's message */

static const char *
verdict_word(enum verdict_kind kind)
{
	switch (kind) {
	case VERDICT_ADMIT:
	case VERDICT_ADMIT_LEASE:
		return "admit";
	case VERDICT_ASK:
		return "ask";
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

const char *
call_detail(const struct call *call, char *dst, size_t size)
{
	if (call->verdict.why == WHY_ACCOUNT_UNREADABLE)
		return call->account_error.text;
	if (call->verdict.step == STEP_WINDDOWN &&
	    call->verdict.why != WHY_PRESENT_UNKNOWN)
		return call->state.winddown_error.text;
	if (call->verdict.why == WHY_PRESENT_UNKNOWN)
		return call->state.present_error.text;
	if (call->verdict.why == WHY_POLICY_BROKEN)
		return call->state.policy_error.text;
	if (call->verdict.why == WHY_GROUPS)
		return call->state.groups_error.text;
	if (call->verdict.why == WHY_LIMIT_UNKNOWN)
		return call->state.peers_error.text;
	if (call->verdict.why == WHY_LEASE_BROKEN ||
	    call->verdict.why == WHY_LEASE_UNREADABLE)
		return call->state.lease_error.text;
	if (call->error.code != ERROR_NONE &&
	    !verdict_admits(&call->verdict))
		return call->error.text;
	if (call->asked[0] != '\0') {
		(void)snprintf(dst, size, "request %s", call->asked);
		return dst;
	}
	if (call->verdict.why == WHY_ZONE ||
	    call->verdict.why == WHY_LEASE_ZONE)
		return PATH_LOCALTIME;
	if (call->verdict.line == 0)
		return "";
	(void)snprintf(dst, size, "%s/%s:%u", PATH_CONFIG, PATH_POLICY,
	    call->verdict.line);
	return dst;
}

/* Who only authenticates has no line, and who is admitted none with "quiet". */
static bool
worth_a_line(const struct call *call)
{
	if (call->options.debug || (call->verdict.kind == VERDICT_ASK &&
	    call->phase == PHASE_AUTH))
		return call->options.debug;
	if (!verdict_admits(&call->verdict))
		return true;
	return call->phase != PHASE_AUTH && !call->options.quiet;
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
	char user[USER_SHOWN], rhost[RHOST_SHOWN], text[DETAIL_MAX];
	char where[DETAIL_MAX];
	const char *d = call_detail(call, where, sizeof(where));

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
	char user[USER_SHOWN], text[DETAIL_MAX];

	pam_syslog(call->pamh, LOG_ERR, "%s: user=\"%s\" detail=\"%s\"%s",
	    what, text_escape(user, sizeof(user), call->user,
	    strlen(call->user)), text_escape(text, sizeof(text), err->text,
	    strlen(err->text)), permissive(call));
	hint(call);
}

void
tell_closed(pam_handle_t *pamh, const struct session *s, const char *entry)
{
	char user[USER_SHOWN], rhost[RHOST_SHOWN];

	pam_syslog(pamh, LOG_INFO, "closed user=\"%s\" rhost=\"%s\" "
	    "session=%s", text_escape(user, sizeof(user), s->user,
	    strlen(s->user)), text_escape(rhost, sizeof(rhost), s->rhost,
	    strlen(s->rhost)), entry);
}

/* What is shown of a time, in the host's zone. */
static void
local_time(const struct call *call, int64_t t, char *dst)
{
	struct zone zone;
	unsigned char *data = zone_host(&zone);

	(void)timestamp_local(dst, &zone, t, call->now.wall / NANOSECONDS);
	free(data);
}

/* The administrator's message, a line at a time. */
static void
tell_message(const struct call *call, const char *message)
{
	char text[MESSAGE_SHOWN];

	while (*message != '\0') {
		size_t len = strcspn(message, "\n");

		(void)pam_error(call->pamh, "%s", text_show(text,
		    sizeof(text), message, len));
		message += len + (message[len] == '\n');
	}
}

static void
tell_winddown(const struct call *call)
{
	const struct winddown *wd = &call->state.winddown;
	char user[USER_SHOWN], at[TIMESTAMP_TEXT_MAX];

	(void)pam_error(call->pamh, "Access denied: user %s (uid=%u) does not "
	    "have an active session and this node is in wind-down mode (going "
	    "offline for maintenance).", text_escape(user, sizeof(user),
	    call->request.user, strlen(call->request.user)),
	    (unsigned int)call->request.uid);
	tell_message(call, wd->message);
	if (wd->deadline == NO_END)
		return;
	local_time(call, wd->deadline, at);
	(void)pam_error(call->pamh, "It goes offline at %s.", at);
}

static const struct {
	enum why why;
	const char *text;
} denials[] = {
	{ WHY_WINDDOWN_OVER, "Access denied: this node is in wind-down mode "
	    "(going offline for maintenance), and nobody may be in any more." },
	{ WHY_LIMIT, "Access denied: as many users as may be are on this host. "
	    "Try again later." },
	{ WHY_ASK_FULL, "Access denied: too many logins wait for approval. "
	    "Try again later." },
	{ WHY_HOOK, "Access denied: a check of this host's failed." },
	{ WHY_HOOK_FAILED, "Access denied: what goes with a login failed on "
	    "this host. Tell its administrator." },
	{ WHY_DENY, "Access denied: this host does not let you in this way or "
	    "at this time." },
	{ WHY_DURING, "Access denied: your lease on this host is not for this "
	    "time." },
};

#define NDENIALS	(sizeof(denials) / sizeof(denials[0]))

static const char *
denied_text(const struct verdict *v)
{
	size_t i;

	for (i = 0; i < NDENIALS; i++)
		if (v->why == denials[i].why)
			return denials[i].text;
	if (v->kind == VERDICT_DENY)
		return "Access denied: you have no valid lease on this host. "
		    "Ask its administrator for one.";
	return "Access denied: this host can't check your lease. Tell its "
	    "administrator.";
}

/* What came of asking, with the request's name to ask again by. */
static void
tell_asked(const struct call *call)
{
	char reason[MESSAGE_SHOWN];

	if (call->verdict.why == WHY_UNANSWERED)
		(void)pam_error(call->pamh, "Access denied: nobody has "
		    "approved request %s yet. Log in again when somebody has.",
		    call->asked);
	else
		(void)pam_error(call->pamh, "Access denied: request %s was "
		    "refused%s%s", call->asked, call->reason[0] != '\0' ? ": " : ".",
		    text_show(reason, sizeof(reason), call->reason,
		    strlen(call->reason)));
}

/* What a hook has said last is for the user. */
static void
tell_hook(const struct call *call)
{
	char line[MESSAGE_SHOWN];

	if (call->reason[0] != '\0')
		(void)pam_error(call->pamh, "Access denied: %s",
		    text_show(line, sizeof(line), call->reason,
		    strlen(call->reason)));
	else
		(void)pam_error(call->pamh, "%s", denied_text(&call->verdict));
}

/* Never why, who or when: that is for the administrator. */
void
tell_denied(const struct call *call)
{
	const struct verdict *v = &call->verdict;

	if (call->silent || v->kind == VERDICT_UNKNOWN_USER)
		return;
	if (v->why == WHY_WINDDOWN)
		tell_winddown(call);
	else if (v->why == WHY_HOOK)
		tell_hook(call);
	else if (v->why == WHY_UNANSWERED || v->why == WHY_ASK_REFUSED)
		tell_asked(call);
	else
		(void)pam_error(call->pamh, "%s", denied_text(v));
	if (v->why == WHY_WINDDOWN_OVER)
		tell_message(call, call->state.winddown.message);
}

void
tell_end(const struct call *call)
{
	char left[DURATION_TEXT_MAX], at[TIMESTAMP_TEXT_MAX];

	if (call->silent || call->verdict.end == NO_END)
		return;
	local_time(call, call->verdict.end, at);
	(void)pam_info(call->pamh, "Your session will expire in %s (at %s).",
	    duration_words(left, call->verdict.end -
	    call->now.wall / NANOSECONDS), at);
}

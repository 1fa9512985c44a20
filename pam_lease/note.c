#include <security/pam_ext.h>
#include <security/pam_modutil.h>

#include <syslog.h>
#include <unistd.h>

#include "audit.h"
#include "ledger.h"
#include "module.h"
#include "spool.h"
#include "statedir.h"

static const char *const phases[] = {
	[PHASE_AUTH] = "auth",
	[PHASE_ACCOUNT] = "account",
	[PHASE_OPEN] = "session",
};

static bool
plain(const char *text)
{
	return text == NULL || audit_plain(text);
}

/*
 * libpam adds user, terminal and host.  Of a user whom nobody knows it leaves
 * out the name, which may be a password; and where it can't write, it refuses
 * the login by itself.
 */
static void
audit(pam_handle_t *pamh, const struct event *e)
{
	struct event own = *e;
	char text[AUDIT_TEXT_MAX];
	int result = PAM_SUCCESS;

	if (!plain(e->text[EVENT_TTY]) || !plain(e->text[EVENT_RHOST])) {
		pam_syslog(pamh, LOG_ERR, "%s is missing in the audit trail, "
		    "which can't have such a host or terminal",
		    event_word(e->kind));
		return;
	}
	if (e->number[EVENT_UID] == EVENT_UNSET)
		result = PAM_USER_UNKNOWN;
	else if (!audit_succeeded(e))
		result = PAM_PERM_DENIED;
	own.text[EVENT_USER] = NULL;
	audit_format(&own, "", text);
	(void)pam_modutil_audit_write(pamh, audit_type(e), text, result);
}

/*
 * A login is not refused because the history can't hear of it.  Where there is
 * no state directory that can be used, the log says so already.
 */
static void
note(pam_handle_t *pamh, int dirfd, const struct event *e)
{
	int own = -1;
	struct error err;

	audit(pamh, e);
	if (dirfd == -1)
		own = dirfd = state_make(&err);
	if (dirfd == -1)
		return;
	if (spool_put(dirfd, e, &err) == -1)
		pam_syslog(pamh, LOG_ERR, "%s is missing in the history: %s",
		    event_word(e->kind), err.text);
	if (own != -1)
		(void)close(own);
}

static void
event_of(const struct call *call, enum event_kind kind, struct event *e)
{
	event_init(e, kind);
	e->text[EVENT_USER] = call->user;
	if (call->request.known) {
		e->text[EVENT_USER] = call->request.user;
		e->number[EVENT_UID] = (int64_t)call->request.uid;
	}
	e->text[EVENT_SERVICE] = call->request.service;
	e->text[EVENT_TTY] = call->request.tty;
	e->text[EVENT_RHOST] = call->request.rhost;
	e->text[EVENT_PHASE] = phases[call->phase];
}

static void
add_verdict(const struct call *call, char *where, size_t size,
    struct event *e)
{
	const struct verdict *v = &call->verdict;
	bool admits = verdict_admits(v);

	e->text[EVENT_STEP] = step_name(v->step);
	e->text[EVENT_WHY] = why_word(v->why);
	e->text[EVENT_DETAIL] = call_detail(call, where, size);
	e->text[EVENT_REQUEST] = call->asked;
	if (!admits && call_passes(call))
		e->number[EVENT_PERMISSIVE] = 1;
	if (admits && v->end != NO_END)
		e->number[EVENT_EXPIRES] = v->end;
}

void
note_verdict(const struct call *call)
{
	const struct verdict *v = &call->verdict;
	bool admits = verdict_admits(v);
	char where[DETAIL_MAX];
	struct event e;

	/* Who may pass here is heard of in the account phase. */
	if (call->phase == PHASE_AUTH && call_passes(call))
		return;
	event_of(call, admits ? EVENT_ADMITTED : EVENT_DENIED, &e);
	add_verdict(call, where, sizeof(where), &e);
	note(call->pamh, -1, &e);
}

void
note_opened(const struct call *call, const char *entry, enum admitted by)
{
	char where[DETAIL_MAX];
	struct event e;

	event_of(call, EVENT_OPENED, &e);
	add_verdict(call, where, sizeof(where), &e);
	e.text[EVENT_SESSION] = entry;
	e.text[EVENT_LET_IN_BY] = admitted_word(by);
	note(call->pamh, -1, &e);
}

void
note_failed(const struct call *call, bool refused, const struct error *err)
{
	struct event e;

	event_of(call, refused ? EVENT_DENIED : EVENT_FAILED, &e);
	e.text[EVENT_DETAIL] = err->text;
	note(call->pamh, -1, &e);
}

void
note_requested(const struct call *call, int dirfd)
{
	char where[DETAIL_MAX];
	struct event e;

	event_of(call, EVENT_REQUESTED, &e);
	add_verdict(call, where, sizeof(where), &e);
	note(call->pamh, dirfd, &e);
}

void
note_closed(pam_handle_t *pamh, int dirfd, const struct session *s)
{
	char name[SESSION_NAME_MAX];
	struct event e;

	event_init(&e, EVENT_CLOSED);
	event_session(&e, s, session_name(name, s));
	note(pamh, dirfd, &e);
}

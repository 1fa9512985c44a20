#include <security/pam_ext.h>
#include <security/pam_modules.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "clock.h"
#include "ledger.h"
#include "module.h"
#include "proc.h"
#include "state.h"
#include "status_dir.h"
#include "text.h"

#define DATA_ENTRY	"pam_lease.entry"	/* the ledger entry's name */
#define WAKE_BEFORE	40	/* s that the watchdog's next run may be away */
#define DATA_HARD_END	"systemd.runtime_max_sec"	/* pam_systemd(8) */

/* The one place in which a verdict becomes a PAM code. */
static int
pam_code(enum verdict_kind kind, enum phase phase)
{
	static const int unknown[] = {
		PAM_USER_UNKNOWN, PAM_USER_UNKNOWN, PAM_SESSION_ERR
	};
	static const int denied[] = {
		PAM_AUTH_ERR, PAM_PERM_DENIED, PAM_SESSION_ERR
	};
	static const int failed[] = {
		PAM_AUTH_ERR, PAM_SYSTEM_ERR, PAM_SESSION_ERR
	};

	switch (kind) {
	case VERDICT_ADMIT_LEASE:
		return PAM_SUCCESS;
	case VERDICT_ADMIT:
		/* Else a mistaken "sufficient" would ask for no password. */
		return phase == PHASE_AUTH ? PAM_IGNORE : PAM_SUCCESS;
	case VERDICT_UNKNOWN_USER:
		return unknown[phase];
	case VERDICT_ASK:
		/* Who only authenticates is asked about in the account phase. */
		return phase == PHASE_AUTH ? PAM_IGNORE : denied[phase];
	case VERDICT_DENY:
		return denied[phase];
	case VERDICT_ERROR:
	case VERDICT_NEXT:
		break;
	}
	return failed[phase];
}

/* What is returned: the verdict, or with "permissive" never a refusal. */
static int
answer(const struct call *call)
{
	if (call->user[0] == '\0' && call->phase == PHASE_AUTH)
		return PAM_AUTH_ERR;
	if (call->options.permissive && !verdict_admits(&call->verdict) &&
	    call->verdict.kind != VERDICT_UNKNOWN_USER)
		return pam_code(VERDICT_ADMIT, call->phase);
	return pam_code(call->verdict.kind, call->phase);
}

bool
call_passes(const struct call *call)
{
	int pamret = answer(call);

	return pamret == PAM_SUCCESS || pamret == PAM_IGNORE;
}

void
call_judge(struct call *call, int dirfd, const struct session *own)
{
	if (call->request.known)
		state_read(dirfd, call->request.user, call->request.uid, own,
		    &call->state);
	clock_now(&call->now);
	call->verdict = decide(&call->request, &call->state, &call->now);
}

EXPORT int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct call call;

	call_init(&call, pamh, PHASE_AUTH, flags, argc, argv);
	call_judge(&call, -1, NULL);
	tell_log(&call);
	note_verdict(&call);
	state_free(&call.state);
	return answer(&call);
}

EXPORT int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}

EXPORT int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct call call;
	int pamret;

	call_init(&call, pamh, PHASE_ACCOUNT, flags, argc, argv);
	call_judge(&call, -1, NULL);
	if (call.verdict.kind == VERDICT_ASK && !call.options.permissive)
		ask(&call);
	if (answer(&call) == PAM_SUCCESS)
		hooks_account(&call);
	tell_log(&call);
	note_verdict(&call);
	pamret = answer(&call);
	if (pamret != PAM_SUCCESS)
		tell_denied(&call);
	state_free(&call.state);
	return pamret;
}

static enum admitted
admitted_by(const struct call *call, int pamret)
{
	if (pamret != PAM_SUCCESS)
		return ADMITTED_NOT;
	switch (call->verdict.kind) {
	case VERDICT_ADMIT_LEASE:
		return ADMITTED_LEASE;
	case VERDICT_ADMIT:
		return ADMITTED_POLICY;
	case VERDICT_ASK:
	case VERDICT_DENY:
	case VERDICT_ERROR:
	case VERDICT_UNKNOWN_USER:
	case VERDICT_NEXT:
		break;
	}
	return ADMITTED_PERMISSIVE;
}

static void
free_data(pam_handle_t *pamh, void *data, int status)
{
	(void)pamh;
	(void)status;
	free(data);
}

static int
set_data(pam_handle_t *pamh, const char *key, const char *value)
{
	char *copy = strdup(value);

	if (copy == NULL)
		return PAM_BUF_ERR;
	if (pam_set_data(pamh, key, copy, free_data) != PAM_SUCCESS) {
		free(copy);
		return PAM_SYSTEM_ERR;
	}
	return PAM_SUCCESS;
}

/*
 * Describes the session for the ledger, in which its file name is that of this
 * process.  Returns 0, or -1 with err.
 */
static int
call_describe(const struct call *call, struct session *s, struct error *err)
{
	const struct request *rq = &call->request;

	memset(s, 0, sizeof(*s));
	s->pid = getpid();
	s->uid = rq->uid;
	s->opened = call->now.wall / NANOSECONDS;
	s->opened_boot = call->now.boot / NANOSECONDS;
	if (!proc_start(s->pid, &s->start))
		return error_set(err, ERROR_SYSTEM, "can't read own /proc");
	if (!text_copy(s->user, sizeof(s->user), rq->user) ||
	    !text_copy(s->service, sizeof(s->service), rq->service) ||
	    !text_copy(s->tty, sizeof(s->tty), rq->tty) ||
	    !text_copy(s->rhost, sizeof(s->rhost), rq->rhost))
		return error_set(err, ERROR_INVALID, "a PAM item is too long");
	return 0;
}

/*
 * Enters the session in the ledger.  A refused one too: some applications, sshd
 * with -N among them, go on after a refusal, and the watchdog ends those.
 */
static int
enter(const struct call *call, int dirfd, struct session *s,
    struct error *err)
{
	char name[SESSION_NAME_MAX];

	if (ledger_add(dirfd, s, err) == -1)
		return -1;
	if (set_data(call->pamh, DATA_ENTRY, session_name(name, s)) !=
	    PAM_SUCCESS) {
		struct error ignored;

		(void)ledger_remove(dirfd, name, &ignored);
		return error_set(err, ERROR_SYSTEM, "out of memory");
	}
	return 0;
}

/* So that systemd ends the session even if nothing of pamlease runs. */
static void
set_hard_end(const struct call *call)
{
	int64_t seconds = call->verdict.hard_end +
	    call->state.policy.grace - call->now.wall / NANOSECONDS;
	char text[32];

	if (call->verdict.hard_end == NO_END)
		return;
	(void)snprintf(text, sizeof(text), "%llds", (long long)seconds);
	if (set_data(call->pamh, DATA_HARD_END, text) != PAM_SUCCESS)
		pam_syslog(call->pamh, LOG_ERR, "can't tell systemd the end");
}

/* The entry says what let it in, once that is known and is something else. */
static int
settle(const struct call *call, int dirfd, int pamret, struct session *s,
    struct error *err)
{
	enum admitted by = admitted_by(call, pamret);

	if (by == s->by)
		return pamret;
	s->by = by;
	return ledger_replace(dirfd, s, err) == 0 ? pamret : PAM_SESSION_ERR;
}

/*
 * Decides, enters the ledger, and decides again: a revocation takes the lease
 * out of force first and reads the ledger then, so it is either seen here or
 * finds the session.  No lock, because a user can stop an application of theirs
 * that runs with root's rights, su for one, at any point, and hold it for good.
 * Where there are limits, only the second time is decided who comes first, and
 * in a wind-down nobody is let in by who is not yet in.
 */
static int
open_entered(struct call *call, struct error *err)
{
	char name[SESSION_NAME_MAX];
	struct session s;
	int dirfd, pamret;

	dirfd = state_make(err);
	call_judge(call, dirfd, NULL);
	if (dirfd == -1)
		return PAM_SESSION_ERR;
	pamret = answer(call);
	if (call_describe(call, &s, err) == -1) {
		(void)close(dirfd);
		return PAM_SESSION_ERR;
	}
	s.by = admitted_by(call, pamret);
	if (pamret == PAM_SUCCESS && (call->state.policy.uses_limit ||
	    call->state.winddown_found != FOUND_NOTHING))
		s.by = ADMITTED_ENTERING;
	if (enter(call, dirfd, &s, err) == -1)
		pamret = PAM_SESSION_ERR;
	else if (pamret == PAM_SUCCESS) {
		call_judge(call, dirfd, &s);
		pamret = settle(call, dirfd, answer(call), &s, err);
		if (pamret == PAM_SUCCESS) {
			hooks_open(call, session_name(name, &s));
			pamret = settle(call, dirfd, answer(call), &s, err);
		}
		if (pamret == PAM_SUCCESS)
			show_status(call, &s);
	}
	/*
	 * A refused session that goes on all the same is the watchdog's, and
	 * one that a window ends soon it does not yet know of.
	 */
	if (pamret != PAM_SUCCESS || call->verdict.end -
	    call->now.wall / NANOSECONDS < WAKE_BEFORE)
		state_wake(dirfd);
	(void)close(dirfd);
	return pamret;
}

/* The session's name in the ledger, or NULL where it is in none. */
static const char *
entry_name(pam_handle_t *pamh)
{
	const void *name = NULL;

	return pam_get_data(pamh, DATA_ENTRY, &name) == PAM_SUCCESS ? name :
	    NULL;
}

EXPORT int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc,
    const char **argv)
{
	struct call call;
	struct error err;
	int pamret = PAM_SESSION_ERR;

	error_clear(&err);
	call_init(&call, pamh, PHASE_OPEN, flags, argc, argv);
	if (call.request.known)
		pamret = open_entered(&call, &err);
	else
		call_judge(&call, -1, NULL);
	if (err.code != ERROR_NONE)
		tell_error(&call, "can't enter the session", &err);
	else
		tell_log(&call);
	/* For want of an entry root is not locked out. */
	if (call.request.known && (call.options.permissive ||
	    (call.request.uid == 0 && verdict_admits(&call.verdict))))
		pamret = PAM_SUCCESS;
	if (err.code != ERROR_NONE)
		note_failed(&call, pamret != PAM_SUCCESS, &err);
	if (pamret == PAM_SUCCESS) {
		set_hard_end(&call);
		note_opened(&call, entry_name(pamh), admitted_by(&call,
		    pamret));
		tell_end(&call);
	} else {
		if (err.code == ERROR_NONE)
			note_verdict(&call);
		if (call.verdict.step == STEP_HOOKS)
			tell_denied(&call);
	}
	state_free(&call.state);
	return pamret;
}

EXPORT int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc,
    const char **argv)
{
	const char *name = entry_name(pamh);
	struct options options;
	struct session s;
	struct error err;
	int dirfd, r;

	(void)flags;
	if (name == NULL)
		return PAM_SUCCESS;
	dirfd = state_open(&err);
	if (dirfd != -1) {
		hooks_close(pamh, dirfd, name);
		r = ledger_entry(dirfd, name, &s, &err);
		if (r == 0)
			status_remove(s.uid, name);
		/* One that was refused has not opened. */
		if (ledger_remove(dirfd, name, &err) == 0 && r == 0 &&
		    s.by != ADMITTED_NOT) {
			options_parse(pamh, argc, argv, &options);
			if (!options.quiet)
				tell_closed(pamh, &s, name);
			note_closed(pamh, dirfd, &s);
		}
		(void)close(dirfd);
	}
	if (err.code != ERROR_NONE && err.code != ERROR_ABSENT)
		pam_syslog(pamh, LOG_ERR, "can't close the ledger entry: %s",
		    err.text);
	return PAM_SUCCESS;
}

EXPORT int
pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	(void)argc;
	(void)argv;
	pam_syslog(pamh, LOG_ERR, "a password line is out of place: "
	    "leases have no password");
	return PAM_SERVICE_ERR;
}

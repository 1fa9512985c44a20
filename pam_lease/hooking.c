#include <security/pam_ext.h>

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "clock.h"
#include "hooked.h"
#include "module.h"
#include "state.h"
#include "text.h"

#define NAME_SHOWN	64	/* bytes in a line of the log, */
#define LINE_SHOWN	400	/* or on a terminal */

static bool
is_exclusive(const struct call *call)
{
	return decide_exclusive(&call->request, &call->state, &call->now);
}

/* Root is never locked out: for root there are none. */
static bool
has_hooks(const struct call *call)
{
	return call->request.known && call->request.uid != 0 &&
	    (hooked_any() || is_exclusive(call));
}

static void
log_line(pam_handle_t *pamh, const char *name, const char *line)
{
	char hook[NAME_SHOWN], text[LINE_SHOWN];

	pam_syslog(pamh, LOG_NOTICE, "hook=\"%s\" says=\"%s\"",
	    text_escape(hook, sizeof(hook), name, strlen(name)),
	    text_escape(text, sizeof(text), line, strlen(line)));
}

/* What is for the user, and what is for the log. */
static void
tell_line(void *arg, const char *name, bool is_stderr, const char *line)
{
	struct call *call = arg;
	char text[LINE_SHOWN];

	if (is_stderr) {
		log_line(call->pamh, name, line);
		return;
	}
	if (line[0] != '\0')
		(void)snprintf(call->reason, sizeof(call->reason), "%s", line);
	if (!call->silent)
		(void)pam_info(call->pamh, "%s", text_show(text, sizeof(text),
		    line, strlen(line)));
}

/* At a close there is nobody to tell. */
static void
tell_log_line(void *arg, const char *name, bool is_stderr, const char *line)
{
	(void)is_stderr;
	log_line(arg, name, line);
}

static struct hooked
hooked_of(struct call *call, const struct session *s)
{
	return (struct hooked){
		.session = s,
		.expires = call->verdict.end,
		.policy = &call->state.policy,
		.exclusive = is_exclusive(call),
		.line = tell_line,
		.arg = call,
	};
}

/* One that fails refuses; the others' failures are this host's. */
static void
refuse(struct call *call)
{
	/* What let it in stays what ends it. */
	if (call->options.permissive) {
		tell_error(call, "a hook would refuse it", &call->error);
		return;
	}
	call->verdict = verdict_of(call->error.code == ERROR_INVALID ?
	    WHY_HOOK : WHY_HOOK_FAILED);
}

void
hooks_account(struct call *call)
{
	struct session s;
	struct hooked h;

	if (!has_hooks(call))
		return;
	h = hooked_of(call, &s);
	if (call_describe(call, &s, &call->error) == -1 ||
	    hooked_account(&h, &call->error) == -1)
		refuse(call);
}

void
hooks_open(struct call *call, int dirfd, const struct session *s)
{
	struct hooked h;

	if (!has_hooks(call))
		return;
	h = hooked_of(call, s);
	if (hooked_open(dirfd, &h, &call->error) == -1)
		refuse(call);
	clock_now(&call->now);
}

void
hooks_close(pam_handle_t *pamh, int dirfd, const char *entry)
{
	struct hooked h = { .expires = NO_END, .line = tell_log_line,
	    .arg = pamh };
	struct state st;
	struct error err;

	if (!hooked_has(dirfd, entry))
		return;
	memset(&st, 0, sizeof(st));
	h.policy = &st.policy;
	/* A broken one does not say who is to hear of it. */
	if (state_read_policy_inside(&st) == -1)
		err = st.policy_error;
	else
		(void)hooked_close(dirfd, entry, &h, &err);
	if (err.code != ERROR_NONE) {
		char text[LINE_SHOWN];

		pam_syslog(pamh, LOG_ERR, "close hooks of %s are to be tried "
		    "again: detail=\"%s\"", entry, text_escape(text,
		    sizeof(text), err.text, strlen(err.text)));
		state_wake(dirfd);
	}
	state_free(&st);
}

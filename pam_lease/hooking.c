#include <security/pam_ext.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "clock.h"
#include "hook.h"
#include "module.h"
#include "paths.h"
#include "state.h"
#include "text.h"

/*
 * Hooks are run by a program of their own.  A user who has started the
 * application, su(1) for one, can stop it at any point: what has a lock, counts
 * sessions, or waits for a hook is not to be stopped with it.
 */
#define RUNNER		LIBEXECDIR "/pamlease-watchdog"
#define RUNNER_LIMIT	INT64_C(86400000)	/* ms; it has its own limits */
#define LINES_MAX	65536	/* it has limits for these, too */
#define LINE_SHOWN	400	/* bytes of a line in the log, or on a terminal */

/* What becomes of what the runner says. */
struct hearer {
	pam_handle_t *pamh;
	struct call *call;		/* NULL: there is nobody to tell */
	char last[LINE_SHOWN];		/* for the log: at the end what is wrong */
};

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
	    (access(PATH_CONFIG "/" PATH_HOOKS, F_OK) == 0 || errno != ENOENT ||
	    is_exclusive(call));
}

/* What is for the user, and what is for the log. */
static void
hear(void *arg, const char *name, bool is_stderr, const char *line)
{
	struct hearer *h = arg;
	char text[LINE_SHOWN];

	(void)name;
	if (is_stderr || h->call == NULL) {
		(void)text_escape(h->last, sizeof(h->last), line,
		    strlen(line));
		pam_syslog(h->pamh, LOG_NOTICE, "hooks: \"%s\"", h->last);
		return;
	}
	if (line[0] != '\0')
		(void)snprintf(h->call->reason, sizeof(h->call->reason), "%s",
		    line);
	if (!h->call->silent)
		(void)pam_info(h->pamh, "%s", text_show(text, sizeof(text),
		    line, strlen(line)));
}

/* Returns 0; or -1 with err, which is ERROR_INVALID where a hook said no. */
static int
run_hooks(const char *const *argv, struct hearer *h, struct error *err)
{
	static const char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
	    NULL };
	const struct hook_run run = { .env = env, .limit = RUNNER_LIMIT,
	    .hold = -1, .lines = LINES_MAX, .line = hear, .arg = h };
	int fd = hook_open_path(RUNNER, err), r;

	if (fd == -1) {
		if (err->code == ERROR_INVALID)
			err->code = ERROR_BROKEN;
		return -1;
	}
	r = hook_run(fd, argv, &run, err);
	(void)close(fd);
	if (r > 0)
		r = error_set(err, r == 1 ? ERROR_INVALID : ERROR_BROKEN, "%s",
		    h->last);
	return r;
}

static void
run_for(struct call *call, const char *const *argv)
{
	struct hearer h = { .pamh = call->pamh, .call = call };

	if (run_hooks(argv, &h, &call->error) == 0)
		return;
	/* With permissive what let it in stays what ends it. */
	if (call->options.permissive)
		tell_error(call, "a hook would refuse it", &call->error);
	else
		call->verdict = verdict_of(call->error.code == ERROR_INVALID ?
		    WHY_HOOK : WHY_HOOK_FAILED);
}

static const char *
number(char *dst, size_t size, int64_t n)
{
	(void)snprintf(dst, size, "%" PRId64, n);
	return dst;
}

void
hooks_account(struct call *call)
{
	const struct request *rq = &call->request;
	char uid[24], end[24];
	const char *const argv[] = { "pamlease-watchdog", "--hooks", "account",
	    number(end, sizeof(end), call->verdict.end), rq->user,
	    number(uid, sizeof(uid), rq->uid), rq->service, rq->tty, rq->rhost,
	    NULL };

	if (has_hooks(call))
		run_for(call, argv);
}

void
hooks_open(struct call *call, const char *entry)
{
	char end[24];
	const char *const argv[] = { "pamlease-watchdog", "--hooks", "open",
	    number(end, sizeof(end), call->verdict.end), entry, NULL };

	if (!has_hooks(call))
		return;
	run_for(call, argv);
	clock_now(&call->now);
}

void
hooks_close(pam_handle_t *pamh, int dirfd, const char *entry)
{
	const char *const argv[] = { "pamlease-watchdog", "--hooks", "close",
	    entry, NULL };
	struct hearer h = { .pamh = pamh };
	struct error err;
	char path[256];

	(void)snprintf(path, sizeof(path), PATH_HOOKED "/" PATH_SESSIONS "/%s",
	    entry);
	if ((faccessat(dirfd, path, F_OK, 0) == -1 && errno == ENOENT) ||
	    run_hooks(argv, &h, &err) == 0)
		return;
	pam_syslog(pamh, LOG_ERR, "close hooks of %s are to be tried again: "
	    "detail=\"%s\"", entry, err.text);
	state_wake(dirfd);
}

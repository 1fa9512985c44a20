#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "file.h"
#include "hooked.h"
#include "ledger.h"
#include "lock.h"
#include "paths.h"
#include "proc.h"
#include "timestamp.h"
#include "verdict.h"

#define VARIABLES	12
#define TEXT_MAX	4096	/* bytes of all variables */

/* What a hook gets. */
struct environment {
	const char *variable[VARIABLES + 1];	/* ended by NULL */
	size_t n, used;
	char text[TEXT_MAX];
};

static void
add(struct environment *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
add(struct environment *e, const char *fmt, ...)
{
	size_t room = sizeof(e->text) - e->used;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(e->text + e->used, room, fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= room || e->n == VARIABLES)
		return;
	e->variable[e->n++] = e->text + e->used;
	e->used += (size_t)len + 1;
}

/*
 * PAM items are as the application gave them; the account is the host's, and
 * what was opened for one that is gone is closed without a group and a home.
 */
static int
make_environment(struct environment *e, enum hook_phase phase,
    const struct hooked *h, size_t left, struct error *err)
{
	char at[TIMESTAMP_LEN + 1] = "", name[SESSION_NAME_MAX];
	char home[ACCOUNT_HOME_MAX + 1] = "", gid[16] = "";
	const struct session *s = h->session;
	struct account account;

	memset(e, 0, sizeof(*e));
	if (account_by_name(s->user, &account, err) == 0 &&
	    account.uid == s->uid) {
		(void)snprintf(gid, sizeof(gid), "%u",
		    (unsigned int)account.gid);
		if (account_home(s->user, home, err) == -1)
			return -1;
	} else if ((phase != HOOK_CLOSE && phase != HOOK_RELEASE) ||
	    err->code == ERROR_SYSTEM)
		return err->code != ERROR_NONE ? -1 : error_set(err,
		    ERROR_BROKEN, "there is another user of that name by now");
	if (h->expires != NO_END)
		timestamp_format(at, h->expires);
	add(e, "PATH=/usr/sbin:/usr/bin:/sbin:/bin");
	add(e, "PAMLEASE_PHASE=%s", hook_phase_word(phase));
	add(e, "PAMLEASE_USER=%s", s->user);
	add(e, "PAMLEASE_UID=%u", (unsigned int)s->uid);
	add(e, "PAMLEASE_GID=%s", gid);
	add(e, "PAMLEASE_HOME=%s", home);
	add(e, "PAMLEASE_SERVICE=%s", s->service);
	add(e, "PAMLEASE_TTY=%s", s->tty);
	add(e, "PAMLEASE_RHOST=%s", s->rhost);
	add(e, "PAMLEASE_EXPIRES_AT=%s", at);
	add(e, "PAMLEASE_SESSION=%s", phase == HOOK_ACCOUNT ? "" :
	    session_name(name, s));
	add(e, "PAMLEASE_SESSIONS_LEFT=%zu", left);
	return e->n == VARIABLES ? 0 : error_set(err, ERROR_SYSTEM,
	    "a PAM item is too long for a hook");
}

static int64_t
hook_limit(const struct hooked *h)
{
	return h->policy->hook_timeout * 1000;
}

static int
run_phase(enum hook_phase phase, const struct hooked *h, size_t left,
    int lock, struct error *err)
{
	bool of_site = phase >= HOOK_PHASES;
	struct environment e;
	const struct hook_run run = {
		.env = e.variable,
		.limit = of_site ? h->policy->presence_timeout * 1000 :
		    hook_limit(h),
		.hold = lock,
		.lines = HOOK_LINES_MAX,
		.line = h->line,
		.arg = h->arg,
	};

	if (make_environment(&e, phase, h, left, err) == -1)
		return -1;
	return of_site ? hooks_presence(h->policy->presence_command, &run, err) :
	    hooks_run(phase, &run, err);
}

/*
 * Who may be on one host only: is that this one?  No answer is what the policy
 * says, but not where this process could not ask: a user may have seen to that.
 */
static int
run_presence(enum hook_phase phase, const struct hooked *h, size_t left,
    int lock, struct error *err)
{
	if (!h->exclusive)
		return 0;
	if (h->policy->presence_command == NULL)
		return error_set(err, ERROR_BROKEN, "no presence-command");
	if (run_phase(phase, h, left, lock, err) == 0)
		return 0;
	if (err->code == ERROR_INVALID || err->code == ERROR_SYSTEM ||
	    !h->policy->presence_silent_allows)
		return -1;
	h->line(h->arg, "presence-command", true, err->text);
	return 0;
}

int
hooked_account(const struct hooked *h, struct error *err)
{
	if (run_presence(HOOK_CHECK, h, 0, -1, err) == -1)
		return -1;
	return run_phase(HOOK_ACCOUNT, h, 0, -1, err);
}

/* How many of the user's are entered besides this one; -1 with err. */
static ssize_t
count_others(int fd, const struct session *s, bool *own, struct error *err)
{
	struct ledger ledger;
	ssize_t others = 0;
	size_t i;

	*own = false;
	if (ledger_read(fd, s->user, &ledger, err) == -1)
		return -1;
	for (i = 0; i < ledger.n; i++)
		if (session_same(&ledger.list[i], s))
			*own = true;
		else
			others++;
	ledger_free(&ledger);
	return others;
}

/* Over by a failed try, or because its process is gone. */
static bool
is_over(const struct session *s)
{
	return s->by == ADMITTED_NOT || !proc_alive(s->pid, s->start);
}

/*
 * Who failed is marked as not admitted, and so tried again while its process
 * lives.
 */
static int
close_locked(int fd, int lock, const struct hooked *h, struct error *err)
{
	char name[SESSION_NAME_MAX];
	struct error ignored;
	struct session failed;
	ssize_t others;
	bool own;

	others = count_others(fd, h->session, &own, err);
	if (others == -1)
		return -1;
	/* As it is by now: its name may be that of another one. */
	if (!own || ledger_entry(fd, session_name(name, h->session), &failed,
	    err) == -1 || (h->over && !is_over(&failed)))
		return 0;
	if (run_phase(HOOK_CLOSE, h, (size_t)others, lock, err) == 0 &&
	    (others > 0 || h->policy->presence_command == NULL ||
	    run_phase(HOOK_RELEASE, h, 0, lock, err) == 0))
		return ledger_remove(fd, session_name(name, h->session), err);
	failed.by = ADMITTED_NOT;
	(void)ledger_replace(fd, &failed, &ignored);
	return -1;
}

static int
open_locked(int fd, int lock, const struct hooked *h, struct error *err)
{
	char name[SESSION_NAME_MAX];
	struct session before;
	struct error ignored;
	ssize_t others;
	bool own;

	others = count_others(fd, h->session, &own, err);
	if (others == -1)
		return -1;
	/* One that this process had before, maybe of another user's. */
	if (ledger_entry(fd, session_name(name, h->session), &before,
	    &ignored) == 0)
		return error_set(err, ERROR_BUSY, "close hooks of %s have yet "
		    "to be run", name);
	if (ledger_put(fd, h->session, err) == -1)
		return -1;
	if (run_presence(HOOK_CLAIM, h, (size_t)others, lock, err) == -1) {
		(void)ledger_remove(fd, session_name(name, h->session),
		    &ignored);
		return -1;
	}
	if (run_phase(HOOK_OPEN, h, (size_t)others, lock, err) == 0)
		return 0;
	(void)close_locked(fd, lock, h, &ignored);
	return -1;
}

static int
locked(int fd, int (*what)(int fd, int lock, const struct hooked *h,
    struct error *err), const struct hooked *h, int64_t wait,
    struct error *err)
{
	int lock = lock_user(fd, h->session->user, (int)wait, err), r;

	r = lock == -1 ? -1 : what(fd, lock, h, err);
	if (lock != -1)
		(void)close(lock);
	return r;
}

int
hooked_open(int dirfd, const struct hooked *h, struct error *err)
{
	int fd = dir_make_at(dirfd, PATH_HOOKED, err), r = -1;

	if (fd != -1) {
		r = locked(fd, open_locked, h, hook_limit(h), err);
		(void)close(fd);
	}
	return r;
}

/* No session has had hooks where there is no such directory. */
static int
open_hooked(int dirfd, struct error *err)
{
	int fd = dir_open_at(dirfd, PATH_HOOKED, DIR_PRIVATE, err);

	if (fd == -1 && err->code == ERROR_ABSENT)
		error_clear(err);
	return fd;
}

int
hooked_close(int dirfd, const char *name, const struct hooked *h,
    struct error *err)
{
	int fd = open_hooked(dirfd, err), r;
	struct hooked own = *h;
	struct session s;

	if (fd == -1)
		return err->code == ERROR_NONE ? 0 : -1;
	own.session = &s;
	r = ledger_entry(fd, name, &s, err);
	if (r == 0)
		r = locked(fd, close_locked, &own, hook_limit(h), err);
	else if (err->code == ERROR_ABSENT) {
		error_clear(err);
		r = 0;
	}
	(void)close(fd);
	return r;
}

/* Only while it is there: after it, nobody would say that the user has gone. */
static int
refresh_locked(int fd, int lock, const struct hooked *h, struct error *err)
{
	char name[SESSION_NAME_MAX];
	struct session s;

	if (ledger_entry(fd, session_name(name, h->session), &s, err) == -1 ||
	    is_over(&s))
		return 0;
	return run_phase(HOOK_REFRESH, h, 0, lock, err);
}

int
hooked_refresh(int dirfd, const struct hooked *h, struct error *err)
{
	int fd = open_hooked(dirfd, err), r;

	if (fd == -1)
		return err->code == ERROR_NONE ? 0 : -1;
	r = locked(fd, refresh_locked, h, 0, err);
	(void)close(fd);
	/* Who is opening or closing a session says it by that. */
	return r == -1 && err->code == ERROR_BUSY ? 0 : r;
}

int
hooked_live(int dirfd, struct ledger *ledger, struct error *err)
{
	int fd = open_hooked(dirfd, err), r;

	memset(ledger, 0, sizeof(*ledger));
	if (fd == -1)
		return err->code == ERROR_NONE ? 0 : -1;
	r = ledger_read(fd, NULL, ledger, err);
	(void)close(fd);
	ledger_drop_dead(ledger);
	return r;
}

int
hooked_owed(int dirfd, struct ledger *ledger, struct error *err)
{
	int fd = open_hooked(dirfd, err), r;
	size_t i, n = 0;

	memset(ledger, 0, sizeof(*ledger));
	if (fd == -1)
		return err->code == ERROR_NONE ? 0 : -1;
	r = ledger_read(fd, NULL, ledger, err);
	(void)close(fd);
	for (i = 0; i < ledger->n; i++)
		if (is_over(&ledger->list[i]))
			ledger->list[n++] = ledger->list[i];
	ledger->n = n;
	return r;
}

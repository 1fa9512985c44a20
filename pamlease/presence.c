#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "cmd.h"
#include "presence.h"
#include "present.h"
#include "text.h"

static int
by_pid(const void *a, const void *b)
{
	const struct process *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static struct process *
find(const struct presence *p, pid_t pid)
{
	const struct process key = { .pid = pid };

	if (p->n == 0)
		return NULL;
	return bsearch(&key, p->list, p->n, sizeof(*p->list), by_pid);
}

static int
add(void *arg, pid_t pid, pid_t parent, uid_t uid)
{
	struct presence *p = arg;

	if (p->n == p->room) {
		size_t more = p->room == 0 ? 256 : p->room * 2;
		struct process *list = reallocarray(p->list, more,
		    sizeof(*list));

		if (list == NULL)
			return -1;
		p->list = list;
		p->room = more;
	}
	memset(&p->list[p->n], 0, sizeof(*p->list));
	p->list[p->n].pid = pid;
	p->list[p->n].parent = parent;
	p->list[p->n++].uid = uid;
	return 0;
}

/* Is from an ancestor of pid, or the same? */
static bool
descends(const struct presence *p, pid_t pid, pid_t from)
{
	const struct process *process;
	size_t depth;

	for (depth = 0; depth < p->n && pid > 1; depth++) {
		if (pid == from)
			return true;
		process = find(p, pid);
		if (process == NULL)
			return false;
		pid = process->parent;
	}
	return false;
}

/* Are both in one session of logind's, which is that user's? */
static bool
together(pid_t a, pid_t b, uid_t uid)
{
	char one[PROC_SESSION_MAX], other[PROC_SESSION_MAX];

	return proc_session(a, uid, one) && proc_session(b, uid, other) &&
	    strcmp(one, other) == 0;
}

static bool
in_session(const struct presence *p, pid_t pid, const struct session *s)
{
	return descends(p, pid, s->pid) || together(pid, s->pid, s->uid);
}

/* Of somebody who has to go? */
static bool
concerned(const struct presence *p, const struct session *s)
{
	const struct request rq = request_of(s);
	struct state st;
	struct verdict v;

	if (!account_leasable(s->uid))
		return false;
	state_share(&p->host, &st);
	state_read_groups(s->user, &st);
	v = decide_step(STEP_WINDDOWN, &rq, &st, &p->now);
	state_free_user(&st);
	return v.why != WHY_EXEMPT;
}

bool
presence_concerns(const struct presence *p, const char *user, uid_t uid)
{
	struct session s = { .uid = uid };

	(void)text_copy(s.user, sizeof(s.user), user);
	return concerned(p, &s);
}

static void
look_at_session(struct presence *p, size_t i)
{
	const struct session *s = &p->ledger.list[i];
	size_t k;

	p->left_out[i] = true;
	if (s->by == ADMITTED_NOT || s->by == ADMITTED_ENTERING)
		return;
	p->left_out[i] = !concerned(p, s) || in_session(p, getpid(), s);
	p->sessions += !p->left_out[i];
	for (k = 0; k < p->n; k++)
		if (p->list[k].session == NULL &&
		    in_session(p, p->list[k].pid, s))
			p->list[k].session = s;
}

/* Whose it is; one look-up serves all of a uid. */
static int
identify(struct presence *p, struct process *process)
{
	const struct process *other;
	struct account account;
	struct error err;

	for (other = p->list; other < process; other++)
		if (other->uid == process->uid) {
			process->concerned = other->concerned;
			memcpy(process->user, other->user,
			    sizeof(process->user));
			return EXIT_DONE;
		}
	if (!account_leasable(process->uid))
		return EXIT_DONE;
	if (account_by_uid(process->uid, &account, &err) == -1)
		return err.code == ERROR_SYSTEM ? fail_error(&err) : EXIT_DONE;
	(void)text_copy(process->user, sizeof(process->user), account.name);
	process->concerned = presence_concerns(p, account.name, account.uid);
	return EXIT_DONE;
}

static int
look_at_process(struct presence *p, struct process *process)
{
	uint64_t start;
	int r = identify(p, process);

	process->left_out = true;
	if (r != EXIT_DONE || process->user[0] == '\0')
		return r;
	if (!proc_start(process->pid, &start) ||
	    !proc_command(process->pid, process->tty, process->command)) {
		p->fleeting = p->fleeting || (process->concerned &&
		    process->session == NULL &&
		    find(p, process->parent) == NULL);
		return r;
	}
	process->began = wall_seconds(&p->now) - (p->now.boot / NANOSECONDS -
	    (int64_t)start / sysconf(_SC_CLK_TCK));
	if (process->session != NULL || !process->concerned ||
	    descends(p, getpid(), process->pid) ||
	    together(getpid(), process->pid, process->uid))
		return r;
	process->left_out = false;
	p->processes++;
	return r;
}

static int
read_ledger(struct presence *p)
{
	struct error err;
	int dirfd = state_open(&err), r = 0;

	if (dirfd == -1 && err.code != ERROR_ABSENT)
		return fail_error(&err);
	state_read_winddown(dirfd, &p->host);
	if (dirfd != -1) {
		r = ledger_read(dirfd, NULL, &p->ledger, &err);
		(void)close(dirfd);
	}
	if (r == -1)
		return fail_error(&err);
	if (p->ledger.broken > 0)
		return fail(EXIT_IO, "%s", err.text);
	ledger_drop_dead(&p->ledger);
	return EXIT_DONE;
}

int
presence_read(struct presence *p)
{
	static bool warned;
	struct error err;
	size_t i;
	int r;

	memset(p, 0, sizeof(*p));
	if (host_clocks(&p->now) != EXIT_DONE)
		return EXIT_IO;
	if (state_read_policy_inside(&p->host) == -1 && !warned) {
		warning("%s; nobody counts as exempt",
		    p->host.policy_error.text);
		warned = true;	/* not at each look of --wait */
	}
	/* Rather wait for one too many than reboot on somebody. */
	p->host.policy_lost = false;
	r = read_ledger(p);
	if (r != EXIT_DONE)
		return r;
	error_clear(&err);
	p->left_out = calloc(p->ledger.n + 1, sizeof(*p->left_out));
	if (p->left_out == NULL ||
	    present_each(PRESENT_ANYBODY, add, p, &err) == -1)
		return fail(EXIT_IO, "who is present: %s",
		    err.code != ERROR_NONE ? err.text : strerror(ENOMEM));
	if (p->n > 0)
		qsort(p->list, p->n, sizeof(*p->list), by_pid);
	for (i = 0; i < p->ledger.n; i++)
		look_at_session(p, i);
	for (i = 0; r == EXIT_DONE && i < p->n; i++)
		r = look_at_process(p, &p->list[i]);
	return r;
}

void
presence_free(struct presence *p)
{
	state_free(&p->host);
	ledger_free(&p->ledger);
	free(p->left_out);
	free(p->list);
	memset(p, 0, sizeof(*p));
}

bool
presence_session(const struct presence *p, size_t i)
{
	return !p->left_out[i];
}

bool
presence_process(const struct presence *p, size_t i)
{
	return !p->list[i].left_out;
}

const char *
presence_tty(const struct presence *p, const struct session *s)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->list[i].session == s && p->list[i].tty[0] != '\0')
			return p->list[i].tty;
	return strcmp(s->tty, "ssh") == 0 ? "" : s->tty;
}

void
presence_users(const struct presence *p,
    void (*each)(void *arg, const char *user, uid_t uid), void *arg)
{
	uid_t *told = calloc(p->ledger.n + p->n + 1, sizeof(*told));
	size_t i, k, n = 0;

	for (i = 0; told != NULL && i < p->ledger.n + p->n; i++) {
		const bool session = i < p->ledger.n;
		const size_t j = session ? i : i - p->ledger.n;
		const uid_t uid = session ? p->ledger.list[j].uid :
		    p->list[j].uid;

		if (session ? !presence_session(p, j) :
		    !presence_process(p, j))
			continue;
		for (k = 0; k < n && told[k] != uid; k++)
			;
		if (k < n)
			continue;
		told[n++] = uid;
		each(arg, session ? p->ledger.list[j].user : p->list[j].user,
		    uid);
	}
	free(told);
}

#include <sys/syscall.h>

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "target.h"

static bool
session_ends(const struct ending *e, size_t i)
{
	return e->sessions[i].uid != 0 && (e->ends == NULL || e->ends[i]);
}

/* The session of logind's that this one is in, while its process is there. */
static bool
logind_session(const struct ending *e, size_t i, char id[PROC_SESSION_MAX])
{
	return proc_alive(e->sessions[i].pid, e->sessions[i].start) &&
	    proc_session(e->sessions[i].pid, e->uid, id);
}

/* With su, one of logind's has several of ours: some of them may stay. */
static bool
shared(const struct ending *e, const char *id)
{
	char other[PROC_SESSION_MAX];
	size_t i;

	for (i = 0; i < e->nsessions; i++)
		if (!session_ends(e, i) && logind_session(e, i, other) &&
		    strcmp(id, other) == 0)
			return true;
	return false;
}

int
target_init(struct target *t, const struct ending *e)
{
	size_t i;

	memset(t, 0, sizeof(*t));
	t->e = e;
	if (e->nsessions == 0)
		return 0;
	t->ids = calloc(e->nsessions, sizeof(*t->ids));
	if (t->ids == NULL)
		return -1;
	for (i = 0; i < e->nsessions; i++)
		if (session_ends(e, i) &&
		    logind_session(e, i, t->ids[t->nids]) &&
		    !shared(e, t->ids[t->nids]))
			t->nids++;
	return 0;
}

void
target_free(struct target *t)
{
	free(t->ids);
	free(t->members);
	memset(t, 0, sizeof(*t));
}

static bool
opened_session(const struct ending *e, pid_t pid)
{
	uint64_t start;
	size_t i;

	for (i = 0; i < e->nsessions; i++)
		if (e->sessions[i].pid == pid && session_ends(e, i))
			return proc_start(pid, &start) &&
			    start == e->sessions[i].start;
	return false;
}

static bool
in_logind_session(const struct target *t, pid_t pid)
{
	char id[PROC_SESSION_MAX];
	size_t i;

	if (t->nids == 0 || !proc_session(pid, t->e->uid, id))
		return false;
	for (i = 0; i < t->nids; i++)
		if (strcmp(id, t->ids[i]) == 0)
			return true;
	return false;
}

static bool
is_member(const struct target *t, pid_t pid)
{
	uint64_t start;
	size_t i;

	for (i = 0; i < t->nmembers; i++)
		if (t->members[i].pid == pid)
			return proc_start(pid, &start) &&
			    start == t->members[i].start;
	return false;
}

/* Out of memory: the next look sees it again, while its parent lives. */
static void
add_member(struct target *t, pid_t pid)
{
	if (t->nmembers == t->room) {
		size_t more = t->room == 0 ? 32 : t->room * 2;
		struct member *m = reallocarray(t->members, more, sizeof(*m));

		if (m == NULL)
			return;
		t->members = m;
		t->room = more;
	}
	t->members[t->nmembers].pid = pid;
	if (proc_start(pid, &t->members[t->nmembers].start))
		t->nmembers++;
}

static bool
belongs(struct target *t, pid_t pid, const struct proc_status *ps)
{
	const struct ending *e = t->e;

	if (ps->zombie || pid == getpid())
		return false;
	if (opened_session(e, pid) || is_member(t, pid))
		return true;
	if (e->extent == END_USER && (ps->real == e->uid ||
	    ps->effective == e->uid || ps->saved == e->uid))
		return true;
	/* The child of who opened a session may yet become the user. */
	if (!opened_session(e, ps->parent) && (e->extent == END_USER ||
	    (!in_logind_session(t, pid) && !is_member(t, ps->parent))))
		return false;
	add_member(t, pid);
	return true;
}

static void
look_at(struct target *t, pid_t pid, const struct proc_status *seen, int sig)
{
	struct proc_status ps;
	int fd;

	if (!belongs(t, pid, seen))
		return;
	t->alive++;
	if (sig == 0)
		return;
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd == -1)
		return;
	if (proc_status(pid, &ps) && belongs(t, pid, &ps))
		(void)syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0);
	(void)close(fd);
}

int
target_look(struct target *t, const int *sig, size_t n)
{
	DIR *dir = opendir("/proc");
	struct dirent *de;
	size_t i;
	int r = 0;

	if (dir == NULL)
		return -1;
	for (i = 0; i < n; i++)
		t[i].alive = 0;
	for (errno = 0; (de = readdir(dir)) != NULL; errno = 0) {
		struct proc_status ps;
		const pid_t pid = (pid_t)strtol(de->d_name, NULL, 10);

		if (pid <= 1)
			continue;
		/* Once for all targets: there may be many of both. */
		if (!proc_status(pid, &ps)) {
			if (!proc_gone())
				r = -1;
			continue;
		}
		for (i = 0; i < n; i++)
			look_at(&t[i], pid, &ps, sig[i]);
	}
	if (errno != 0)
		r = -1;
	(void)closedir(dir);
	return r;
}

int
target_count(const struct ending *e, size_t *count)
{
	const int none = 0;
	struct target t;
	int r;

	r = target_init(&t, e);
	if (r == 0)
		r = target_look(&t, &none, 1);
	*count = t.alive;
	target_free(&t);
	return r;
}

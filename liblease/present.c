#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "dir.h"
#include "ledger.h"
#include "present.h"
#include "proc.h"

/* What systemd gives to services with DynamicUser=, see systemd.exec(5). */
#define DYNAMIC_MIN	61184
#define DYNAMIC_MAX	65519

struct scan {
	uid_t uid;
	int (*each)(void *arg, pid_t pid, pid_t parent, uid_t uid);
	void *arg;
	bool missed;		/* not all could be seen */
};

static bool
is_service(uid_t uid)
{
	return uid >= DYNAMIC_MIN && uid <= DYNAMIC_MAX;
}

/*
 * Told without a look at it, proc(5): the files of a process are its effective
 * user's, who is its real one, or root's where it can't be dumped.
 */
static bool
is_others(int dirfd, const char *name, uid_t uid)
{
	struct stat st;

	return uid != PRESENT_ANYBODY &&
	    fstatat(dirfd, name, &st, 0) == 0 && st.st_uid != uid &&
	    st.st_uid != 0;
}

static int
look_at(void *arg, int dirfd, const char *name)
{
	struct scan *scan = arg;
	pid_t pid = (pid_t)strtol(name, NULL, 10);
	struct proc_status ps;

	if (pid <= 1 || is_others(dirfd, name, scan->uid))
		return 0;
	if (!proc_status(pid, &ps)) {
		scan->missed = scan->missed || !proc_gone();
		return 0;
	}
	if (ps.zombie || is_service(ps.real) || (scan->uid != PRESENT_ANYBODY &&
	    ps.real != scan->uid) || proc_managed(pid, ps.real))
		return 0;
	return scan->each(scan->arg, pid, ps.parent, ps.real);
}

/* One system call for who has no process at all, as most do who come in. */
static bool
has_none(uid_t uid)
{
	errno = 0;
	return uid != PRESENT_ANYBODY &&
	    getpriority(PRIO_USER, uid) == -1 && errno == ESRCH;
}

int
present_each(uid_t uid, int (*each)(void *arg, pid_t pid, pid_t parent,
    uid_t uid), void *arg, struct error *err)
{
	struct scan scan = { .uid = uid, .each = each, .arg = arg };
	uint64_t start;
	int fd, r;

	error_clear(err);
	if (has_none(uid))
		return 0;
	/* With hidepid= others' processes look as if they were not there. */
	if (!proc_start(1, &start))
		return error_set(err, ERROR_SYSTEM,
		    "can't see the processes of others in /proc");
	fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return error_system(err, "/proc");
	r = dir_each(fd, look_at, &scan, err);
	(void)close(fd);
	if (r == 0 && scan.missed)
		return error_set(err, ERROR_SYSTEM,
		    "not all processes in /proc could be seen");
	return r;
}

/* Has it been let in, and is it there? */
static bool
is_in(const struct session *s, const struct session *own)
{
	return s->by != ADMITTED_NOT && s->by != ADMITTED_ENTERING &&
	    (own == NULL || !session_same(s, own)) &&
	    proc_alive(s->pid, s->start);
}

/* A process that counts: not of a session that was refused, and goes on. */
static int
counts(void *arg, pid_t pid, pid_t parent, uid_t uid)
{
	const struct ledger *ledger = arg;
	size_t i;

	(void)uid;
	for (i = 0; i < ledger->n; i++) {
		const struct session *s = &ledger->list[i];

		if (s->by == ADMITTED_NOT && (s->pid == pid ||
		    s->pid == parent) && proc_alive(s->pid, s->start))
			return 0;
	}
	return 1;
}

static int
search(struct ledger *ledger, uid_t uid, const struct session *own,
    struct error *err)
{
	size_t i;

	for (i = 0; i < ledger->n; i++)
		if (ledger->list[i].uid == uid && is_in(&ledger->list[i], own))
			return 1;
	return present_each(uid, counts, ledger, err);
}

int
present(int dirfd, const char *name, uid_t uid, const struct session *own,
    struct error *err)
{
	struct ledger ledger = { NULL, 0, 0 };
	struct error broken;
	int r;

	error_clear(err);
	error_clear(&broken);
	if (dirfd != -1 && ledger_read(dirfd, name, &ledger, &broken) == -1)
		ledger.broken = 1;
	r = search(&ledger, uid, own, err);
	/* What could not be read may have been theirs. */
	if (r == 0 && ledger.broken > 0) {
		*err = broken;
		r = -1;
	}
	ledger_free(&ledger);
	return r;
}

#include <string.h>
#include <unistd.h>

#include "dir.h"
#include "file.h"
#include "proc.h"
#include "status_dir.h"
#include "status_own.h"

#define PARENTS_MAX	256	/* that are looked at; nobody has so many */

static int
read_status(int fd, const char *name, struct status *status,
    struct error *err)
{
	char data[STATUS_FILE_MAX + 1];
	struct error inner;
	ssize_t len = file_read(fd, name, FILE_PUBLIC, data, sizeof(data),
	    err);

	memset(status, 0, sizeof(*status));
	if (len == -1)
		return -1;
	if (status_parse(data, (size_t)len, status, &inner) == -1)
		return error_set(err, ERROR_BROKEN, "%s: %s", name,
		    inner.text);
	return 0;
}

/* The one that ends last, or first, and how many there are. */
struct choice {
	bool first;
	const struct session *of;	/* its process alone, or NULL */
	struct status status;
	size_t n;
	struct error error;	/* of one that can't be read */
};

/* One that is over is the first only where no other goes on. */
static bool
is_better(const struct choice *choice, const struct status *status)
{
	bool over = status->until == UNTIL_OVER;

	if (!choice->first)
		return status->end > choice->status.end;
	if (over != (choice->status.until == UNTIL_OVER))
		return !over;
	return status->end < choice->status.end;
}

static int
take(void *arg, int dirfd, const char *name)
{
	struct choice *choice = arg;
	struct session s;
	struct status status;
	struct error err;

	if (!session_name_parse(name, &s) || (choice->of != NULL &&
	    (s.pid != choice->of->pid || s.start != choice->of->start)))
		return 0;
	if (read_status(dirfd, name, &status, &err) == -1) {
		if (err.code != ERROR_ABSENT)	/* closed in the meantime */
			choice->error = err;
		return 0;
	}
	if (choice->n++ == 0 || is_better(choice, &status))
		choice->status = status;
	return 0;
}

static int
find(int fd, struct choice *choice, struct error *err)
{
	if (dir_each(fd, take, choice, err) == -1)
		return -1;
	if (choice->n > 0)
		return 0;
	*err = choice->error;
	return err->code != ERROR_NONE ? -1 : error_set(err, ERROR_ABSENT,
	    "no session");
}

/*
 * With hidepid= parents can't be seen, and then nothing is found.  A process may
 * have opened several.
 */
static int
of_parents(int fd, struct status *status, struct error *err)
{
	struct session s = { .pid = getpid() };
	struct choice last = { .of = &s };
	struct proc_status ps;
	int i;

	for (i = 0; i < PARENTS_MAX && s.pid > 0; i++) {
		if (!proc_start(s.pid, &s.start) || !proc_status(s.pid, &ps))
			break;
		if (find(fd, &last, err) == 0) {
			*status = last.status;
			return 0;
		}
		if (err->code != ERROR_ABSENT)
			return -1;
		s.pid = ps.parent;
	}
	return error_set(err, ERROR_ABSENT, "no parent opened a session");
}

int
status_own(uid_t uid, struct status *status, struct error *err)
{
	struct choice last = { .n = 0 };
	int fd = status_open(uid, err), r;

	memset(status, 0, sizeof(*status));
	if (fd == -1)
		return -1;
	r = find(fd, &last, err);
	if (r == 0 && (last.n > 1 || last.error.code != ERROR_NONE)) {
		r = of_parents(fd, &last.status, err);
		if (r == -1 && err->code == ERROR_ABSENT) {
			error_clear(err);
			r = 0;
		}
	}
	if (r == 0)
		*status = last.status;
	(void)close(fd);
	return r;
}

int
status_first(uid_t uid, struct status *status, struct error *err)
{
	struct choice first = { .first = true };
	int fd = status_open(uid, err), r;

	memset(status, 0, sizeof(*status));
	if (fd == -1)
		return -1;
	r = find(fd, &first, err);
	if (r == 0)
		*status = first.status;
	(void)close(fd);
	return r;
}

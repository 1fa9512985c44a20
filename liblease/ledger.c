#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "ledger.h"
#include "paths.h"
#include "proc.h"

static int
open_sessions(int dirfd, struct error *err)
{
	return dir_open_at(dirfd, PATH_SESSIONS, DIR_PRIVATE, err);
}

int
ledger_add(int dirfd, struct session *s, struct error *err)
{
	char data[SESSION_FILE_MAX], name[SESSION_NAME_MAX];
	struct draft d = { .dirfd = -1, .start = s->start };
	ssize_t len = session_format(s, data, sizeof(data));
	int fd = -1, r = -1;

	error_clear(err);
	if (len == -1)
		return error_set(err, ERROR_INVALID, "ledger entry too long");
	fd = dir_make_at(dirfd, PATH_SESSIONS, err);
	if (fd == -1 || draft_write(&d, fd, data, (size_t)len, err) == -1)
		goto out;
	for (s->number = 0; s->number <= SESSION_SAME_MAX; s->number++) {
		r = draft_commit(&d, session_name(name, s), true, err);
		if (r == 0 || err->code != ERROR_BUSY)
			break;
	}
out:
	draft_discard(&d);
	if (fd != -1)
		(void)close(fd);
	return r;
}

int
ledger_put(int dirfd, const struct session *s, struct error *err)
{
	int fd = dir_make_at(dirfd, PATH_SESSIONS, err);

	if (fd == -1)
		return -1;
	(void)close(fd);
	return ledger_replace(dirfd, s, err);
}

int
ledger_replace(int dirfd, const struct session *s, struct error *err)
{
	char data[SESSION_FILE_MAX], name[SESSION_NAME_MAX];
	ssize_t len = session_format(s, data, sizeof(data));
	int fd, r;

	if (len == -1)
		return error_set(err, ERROR_INVALID, "ledger entry too long");
	fd = open_sessions(dirfd, err);
	if (fd == -1)
		return -1;
	r = file_write(fd, session_name(name, s), data, (size_t)len, err);
	(void)close(fd);
	return r;
}

int
ledger_remove(int dirfd, const char *name, struct error *err)
{
	int fd = open_sessions(dirfd, err), r;

	if (fd == -1)
		return -1;
	r = file_remove(fd, name, err);
	(void)close(fd);
	return r;
}

static int
read_entry(int fd, const char *name, struct session *s, struct error *err)
{
	char data[SESSION_FILE_MAX + 1];
	struct error inner;
	ssize_t len = file_read(fd, name, FILE_PRIVATE, data, sizeof(data),
	    err);

	if (len == -1)
		return -1;
	if (session_parse(data, (size_t)len, s, &inner) == -1)
		return error_set(err, ERROR_BROKEN, "%s: %s", name,
		    inner.text);
	return 0;
}

int
ledger_entry(int dirfd, const char *name, struct session *s, struct error *err)
{
	int fd, r;

	memset(s, 0, sizeof(*s));
	if (!session_name_parse(name, s))
		return error_set(err, ERROR_INVALID, "not a ledger entry: %s",
		    name);
	fd = open_sessions(dirfd, err);
	if (fd == -1)
		return -1;
	r = read_entry(fd, name, s, err);
	(void)close(fd);
	return r;
}

static int
append(struct ledger *ledger, size_t *room, const struct session *s,
    struct error *err)
{
	if (ledger->n == *room) {
		size_t more = *room == 0 ? 16 : *room * 2;
		struct session *list = reallocarray(ledger->list, more,
		    sizeof(*list));

		if (list == NULL)
			return error_system(err, "ledger");
		ledger->list = list;
		*room = more;
	}
	ledger->list[ledger->n++] = *s;
	return 0;
}

static int
by_user(const void *a, const void *b)
{
	const struct session *x = a, *y = b;
	int r = strcmp(x->user, y->user);

	return r != 0 ? r : (x->start > y->start) - (x->start < y->start);
}

static int
read_dir(DIR *dir, const char *user, struct ledger *ledger, struct error *err)
{
	struct session s = { 0 };
	struct dirent *de;
	size_t room = 0;

	for (errno = 0; (de = readdir(dir)) != NULL; errno = 0) {
		struct error entry;

		if (de->d_name[0] == '.') {
			(void)draft_sweep(dirfd(dir), de->d_name);
			continue;
		}
		if (!session_name_parse(de->d_name, &s)) {
			ledger->broken++;
			(void)error_set(err, ERROR_BROKEN,
			    "not a ledger entry: %s", de->d_name);
		} else if (read_entry(dirfd(dir), de->d_name, &s, &entry) ==
		    -1) {
			if (entry.code == ERROR_ABSENT)
				continue;	/* closed in the meantime */
			ledger->broken++;
			*err = entry;
		} else if ((user == NULL || strcmp(user, s.user) == 0) &&
		    append(ledger, &room, &s, err) == -1)
			return -1;
	}
	return errno == 0 ? 0 : error_system(err, "ledger");
}

int
ledger_read(int dirfd, const char *user, struct ledger *ledger,
    struct error *err)
{
	DIR *dir;
	int fd, r;

	memset(ledger, 0, sizeof(*ledger));
	fd = open_sessions(dirfd, err);
	if (fd == -1) {
		if (err->code != ERROR_ABSENT)
			return -1;
		error_clear(err);
		return 0;
	}
	dir = fdopendir(fd);
	if (dir == NULL) {
		(void)error_system(err, "ledger");
		(void)close(fd);
		return -1;
	}
	r = read_dir(dir, user, ledger, err);
	(void)closedir(dir);
	if (r == -1)
		ledger_free(ledger);
	else if (ledger->n > 1)
		qsort(ledger->list, ledger->n, sizeof(*ledger->list), by_user);
	return r;
}

void
ledger_free(struct ledger *ledger)
{
	free(ledger->list);
	memset(ledger, 0, sizeof(*ledger));
}

void
ledger_drop_dead(struct ledger *ledger)
{
	size_t i, n = 0;

	for (i = 0; i < ledger->n; i++)
		if (proc_alive(ledger->list[i].pid, ledger->list[i].start))
			ledger->list[n++] = ledger->list[i];
	ledger->n = n;
}

struct session *
ledger_find(const struct ledger *ledger, const char *user, size_t *n)
{
	size_t low = 0, high = ledger->n;

	*n = 0;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(ledger->list[mid].user, user) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	while (low + *n < ledger->n &&
	    strcmp(ledger->list[low + *n].user, user) == 0)
		(*n)++;
	return *n > 0 ? &ledger->list[low] : NULL;
}

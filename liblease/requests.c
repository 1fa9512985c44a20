#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dir.h"
#include "file.h"
#include "paths.h"
#include "request_file.h"
#include "requests.h"
#include "text.h"

#define TRIES		8	/* IDs; that one is taken is one in millions */

/* All requests while they are read. */
struct reading {
	struct requests all;
	const struct moment *now;
	struct error *err;
};

static int
append(struct requests *requests, const struct asking *a, struct error *err)
{
	struct asking *list = reallocarray(requests->list, requests->n + 1,
	    sizeof(*list));

	if (list == NULL)
		return error_system(err, "requests");
	requests->list = list;
	list[requests->n++] = *a;
	return 0;
}

static int
read_file(void *arg, int fd, const char *name)
{
	struct reading *r = arg;
	const char *suffix = name + strcspn(name, ".");
	char id[ASKING_ID + 1] = "", word[ASKING_ID + 1] = "";
	struct asking a;
	struct error err;

	if (name[0] == '.') {
		(void)draft_sweep(fd, name);
		return 0;
	}
	if (suffix - name == ASKING_ID)
		memcpy(word, name, ASKING_ID);
	if (!asking_id_parse(id, word) || strcmp(id, word) != 0 ||
	    (suffix[0] != '\0' && strcmp(suffix, SUFFIX_STANDS) != 0 &&
	    strcmp(suffix, SUFFIX_REFUSED) != 0)) {
		r->all.broken++;
		(void)error_set(r->err, ERROR_BROKEN, "not a request: %s",
		    name);
		return 0;
	}
	if (request_read(fd, name, &a, &err) == -1) {
		if (err.code == ERROR_ABSENT)
			return 0;	/* answered in the meantime */
		r->all.broken++;
		*r->err = err;
		return 0;
	}
	(void)text_copy(a.id, sizeof(a.id), id);
	a.waits = suffix[0] == '\0';
	if (a.waits ? !request_held(fd, name) : asking_over(&a, r->now)) {
		(void)unlinkat(fd, name, 0);
		return 0;
	}
	return strcmp(suffix, SUFFIX_REFUSED) == 0 ? 0 :
	    append(&r->all, &a, r->err);
}

static int
by_age(const void *a, const void *b)
{
	return asking_before(a, b) ? -1 : 1;
}

int
requests_read(int dirfd, const struct moment *now, struct requests *requests,
    struct error *err)
{
	struct reading r = { .now = now, .err = err };
	int fd = request_dir(dirfd, err), ret;
	struct error listing;

	memset(requests, 0, sizeof(*requests));
	if (fd == -1) {
		if (err->code != ERROR_ABSENT)
			return -1;
		error_clear(err);
		return 0;
	}
	ret = dir_each(fd, read_file, &r, &listing);
	(void)close(fd);
	if (ret == -1) {
		if (listing.code != ERROR_NONE)
			*err = listing;
		requests_free(&r.all);
		return -1;
	}
	if (r.all.n > 1)
		qsort(r.all.list, r.all.n, sizeof(*r.all.list), by_age);
	*requests = r.all;
	return 0;
}

void
requests_free(struct requests *requests)
{
	free(requests->list);
	memset(requests, 0, sizeof(*requests));
}

struct asking *
requests_find(const struct requests *requests, const char *id)
{
	size_t i;

	for (i = 0; i < requests->n; i++)
		if (strcmp(requests->list[i].id, id) == 0)
			return &requests->list[i];
	return NULL;
}

/* Under an ID that is free, and locked before anybody can see it. */
static int
add(int fd, struct asking *a, struct draft *d, int *held, struct error *err)
{
	char name[REQUEST_NAME_MAX];
	uint64_t bits;
	int i;

	if (a->waits) {
		*held = request_lock(fd, d->name, LOCK_EX, err);
		if (*held == -1)
			return -1;
	}
	for (i = 0; i < TRIES; i++) {
		if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) !=
		    sizeof(bits))
			return error_system(err, "no ID");
		asking_id(a->id, bits);
		if (draft_commit(d, request_name(name, a), true, err) == 0)
			return 0;
		if (err->code != ERROR_BUSY)
			return -1;
	}
	return -1;
}

int
requests_add(int dirfd, struct asking *a, int *held, struct error *err)
{
	char data[ASKING_FILE_MAX];
	ssize_t len = asking_format(a, data, sizeof(data));
	struct draft d = DRAFT_INIT;
	int fd, r;

	*held = -1;
	error_clear(err);
	if (len == -1)
		return error_set(err, ERROR_INVALID, "the request is too long");
	fd = dir_make_at(dirfd, PATH_REQUESTS, err);
	if (fd == -1)
		return -1;
	r = draft_write(&d, fd, data, (size_t)len, err);
	if (r == 0)
		r = add(fd, a, &d, held, err);
	draft_discard(&d);
	if (r == -1 && *held != -1) {
		(void)close(*held);
		*held = -1;
	}
	(void)close(fd);
	return r;
}

int
requests_resume(int dirfd, struct asking *a, int *held, struct error *err)
{
	char name[REQUEST_NAME_MAX];
	int fd = request_dir(dirfd, err), r = -1;

	*held = -1;
	if (fd == -1)
		return -1;
	*held = request_lock(fd, request_name(name, a), LOCK_EX, err);
	if (*held != -1)
		r = file_rename(fd, name, a->id, err);
	(void)close(fd);
	if (r == 0)
		a->waits = true;
	else if (*held != -1) {
		(void)close(*held);
		*held = -1;
	}
	return r;
}

bool
requests_waits(int dirfd, const struct asking *a)
{
	struct error err;
	int fd = request_dir(dirfd, &err);
	bool there;

	if (fd == -1)
		return false;
	there = faccessat(fd, a->id, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	(void)close(fd);
	return there;
}

int
requests_stand(int dirfd, struct asking *a, struct error *err)
{
	char name[REQUEST_NAME_MAX];
	int fd = request_dir(dirfd, err), r;

	if (fd == -1)
		return -1;
	a->waits = false;
	r = file_rename(fd, a->id, request_name(name, a), err);
	(void)close(fd);
	return r;
}

bool
requests_refused(int dirfd, struct asking *a)
{
	char name[REQUEST_NAME_MAX];
	struct asking answer;
	struct error err;
	int fd = request_dir(dirfd, &err);
	bool refused;

	if (fd == -1)
		return false;
	refused = request_read(fd, request_refused_name(name, a), &answer, &err) == 0;
	if (refused) {
		(void)text_copy(a->reason, sizeof(a->reason), answer.reason);
		(void)unlinkat(fd, name, 0);
	}
	(void)close(fd);
	return refused;
}

int
requests_remove(int dirfd, const struct asking *a, struct error *err)
{
	char name[REQUEST_NAME_MAX];
	int fd = request_dir(dirfd, err), r;

	if (fd == -1)
		return -1;
	r = file_remove(fd, request_name(name, a), err);
	(void)close(fd);
	return r;
}

int
requests_drop(int dirfd, const char *user, const struct moment *now,
    struct error *err)
{
	struct requests requests;
	struct error inner;
	int r = requests_read(dirfd, now, &requests, err);
	size_t i;

	for (i = 0; i < requests.n; i++)
		if (strcmp(requests.list[i].user, user) == 0 &&
		    requests_remove(dirfd, &requests.list[i], &inner) == -1 &&
		    inner.code != ERROR_ABSENT) {
			*err = inner;
			r = -1;
		}
	requests_free(&requests);
	return r;
}

int
requests_tell(int dirfd, struct asking *a, struct error *err)
{
	char name[REQUEST_NAME_MAX];
	int fd = request_dir(dirfd, err), r = 0;

	if (fd == -1)
		return -1;
	if (fchmodat(fd, request_name(name, a), 0400, 0) == -1)
		r = errno == ENOENT ? error_set(err, ERROR_ABSENT, "no %s",
		    name) : error_system(err, "%s", name);
	a->told = r == 0;
	(void)close(fd);
	return r;
}

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "paths.h"
#include "record.h"
#include "setup.h"

/*
 * SERVICE is the file that setup found, byte for byte; none, where there was
 * none.  .SERVICE has what else there is to know, and .trial what is on trial:
 * records (record.h), behind which come the bytes of files.
 */
#define TRIAL		".trial"
#define VERSION		1
#define KEPT_MAX	((size_t)2 * STACK_FILE_MAX + 1024)
#define TRIAL_MAX	(SERVICES_MAX * KEPT_MAX)
#define ABSENT		INT64_C(999999)	/* the length of no file */

int
kept_dir(void)
{
	struct error err;
	int keptfd = dir_make(PATH_KEPT, &err), fd;

	fd = keptfd != -1 ? dir_make_at(keptfd, PATH_SETUP, &err) : -1;
	if (keptfd != -1)
		(void)close(keptfd);
	if (fd == -1)
		(void)fail_error(&err);
	else
		drafts_sweep(fd);
	return fd;
}

static const char *
hidden(char dst[SERVICE_MAX + 1], const char *service)
{
	(void)snprintf(dst, SERVICE_MAX + 1, ".%s", service);
	return dst;
}

static void
put_line(FILE *f, const char *key, const char *text, int64_t number)
{
	char data[1024];
	struct record r;

	record_init(&r, data, sizeof(data));
	if (text != NULL)
		record_text(&r, key, text);
	else
		record_number(&r, key, number);
	(void)fwrite(data, 1, r.len, f);
}

static int64_t
length(const char *text)
{
	return text != NULL ? (int64_t)strlen(text) : ABSENT;
}

/* What is in the stream goes into a file; it is closed, and *data freed. */
static int
store(int dirfd, const char *name, FILE *f, char **data, const size_t *len)
{
	bool failed = ferror(f) != 0;
	struct error err;
	int r = EXIT_DONE;

	if (fclose(f) == EOF || failed)
		r = fail(EXIT_IO, "no memory");
	else if (file_write(dirfd, name, *data, *len, &err) == -1)
		r = fail(EXIT_IO, PATH_KEPT "/" PATH_SETUP "/%s", err.text);
	free(*data);
	return r;
}

/* A file of the directory; *data is to be freed. */
static int
load(int dirfd, const char *name, size_t size, char **data, ssize_t *len)
{
	struct error err;

	*len = 0;
	*data = malloc(size);
	if (*data == NULL)
		return fail(EXIT_IO, "no memory");
	*len = file_read(dirfd, name, FILE_PRIVATE, *data, size, &err);
	if (*len != -1)
		return EXIT_DONE;
	free(*data);
	*data = NULL;
	return err.code == ERROR_ABSENT ? EXIT_NONE : fail(EXIT_IO,
	    PATH_KEPT "/" PATH_SETUP "/%s", err.text);
}

/* So many bytes behind the record as a string; of none NULL. */
static bool
take_bytes(struct record_reader *r, int64_t len, char **text)
{
	*text = NULL;
	if (len == ABSENT)
		return true;
	if (len > STACK_FILE_MAX || r->end - r->p < len)
		return false;
	*text = strndup(r->p, (size_t)len);
	r->p += len;
	return *text != NULL && strlen(*text) == (size_t)len;
}

static bool
take_kept(struct record_reader *r, struct kept *kept)
{
	int64_t version, mode, old, new;

	if (!record_take_number(r, "version", &version) || version != VERSION ||
	    !record_take_number(r, "mode", &mode) || mode > 07777 ||
	    !record_take_number(r, "old", &old) ||
	    !record_take_number(r, "new", &new))
		return false;
	kept->mode = (mode_t)mode;
	return take_bytes(r, old, &kept->old) && take_bytes(r, new, &kept->new);
}

void
kept_free(struct kept *kept)
{
	free(kept->old);
	free(kept->new);
	memset(kept, 0, sizeof(*kept));
}

int
kept_read(int dirfd, const char *service, struct kept *kept)
{
	char name[SERVICE_MAX + 1], *data;
	struct record_reader reader;
	ssize_t len;
	int r = load(dirfd, hidden(name, service), KEPT_MAX, &data, &len);

	memset(kept, 0, sizeof(*kept));
	if (r != EXIT_DONE)
		return r;
	reader = (struct record_reader){ data, data + len };
	if (!take_kept(&reader, kept)) {
		kept_free(kept);
		r = fail(EXIT_IO, PATH_KEPT "/" PATH_SETUP "/%s can't be read",
		    name);
	}
	free(data);
	return r;
}

static void
put_file(FILE *f, mode_t mode, const char *old, const char *new)
{
	put_line(f, "mode", NULL, mode);
	put_line(f, "old", NULL, length(old));
	put_line(f, "new", NULL, length(new));
	(void)fprintf(f, "%s%s", old != NULL ? old : "",
	    new != NULL ? new : "");
}

/* The copy that a person can put back. */
static int
write_plain(int dirfd, const char *service, const char *old)
{
	struct error err;

	if (old != NULL ? file_write(dirfd, service, old, strlen(old), &err) ==
	    0 : file_remove(dirfd, service, &err) == 0 ||
	    err.code == ERROR_ABSENT)
		return EXIT_DONE;
	return fail(EXIT_IO, PATH_KEPT "/" PATH_SETUP "/%s", err.text);
}

int
kept_write(int dirfd, const struct change *c)
{
	char name[SERVICE_MAX + 1], *data;
	struct kept kept;
	const char *old = c->old;
	size_t len;
	FILE *f;
	int r = kept_read(dirfd, c->service, &kept);

	if (r == EXIT_DONE && kept.new != NULL && c->old != NULL &&
	    strcmp(kept.new, c->old) == 0)
		old = kept.old;
	f = open_memstream(&data, &len);
	if (f == NULL)
		r = fail(EXIT_IO, "no memory");
	else {
		put_line(f, "version", NULL, VERSION);
		put_file(f, c->mode, old, c->new);
		r = write_plain(dirfd, c->service, old);
		if (r == EXIT_DONE)
			r = store(dirfd, hidden(name, c->service), f, &data,
			    &len);
		else {
			(void)fclose(f);
			free(data);
		}
	}
	kept_free(&kept);
	return r;
}

int
kept_remove(int dirfd, const char *service)
{
	char name[SERVICE_MAX + 1];
	struct error err;

	if ((file_remove(dirfd, hidden(name, service), &err) == -1 &&
	    err.code != ERROR_ABSENT) || (file_remove(dirfd, service, &err) ==
	    -1 && err.code != ERROR_ABSENT))
		return fail(EXIT_IO, PATH_KEPT "/" PATH_SETUP "/%s", err.text);
	return EXIT_DONE;
}

int
kept_settle(int dirfd, const struct change *c, const char *text)
{
	struct change back = *c;
	char *without = text != NULL ? stripped(c->service, text) : NULL;
	bool none = text == NULL || (without != NULL &&
	    strcmp(without, text) == 0), fits;
	struct kept kept;
	int r;

	free(without);
	if (none)
		return kept_remove(dirfd, c->service);
	/* The change may never have come so far as to be kept. */
	r = kept_read(dirfd, c->service, &kept);
	fits = r == EXIT_NONE || (r == EXIT_DONE && kept.new != NULL &&
	    strcmp(kept.new, text) == 0);
	kept_free(&kept);
	if (fits)
		return EXIT_DONE;
	back.old = c->new;
	back.new = c->old;
	return kept_write(dirfd, &back);
}

void
tried_free(struct tried *t)
{
	changes_free(&t->plan);
}

static bool
take_change(struct record_reader *r, struct changes *plan)
{
	struct change *c = &plan->list[plan->n];
	struct kept kept = { 0 };
	bool good;

	good = plan->n < SERVICES_MAX && record_take(r, "service", c->service,
	    sizeof(c->service)) && (all_has(c->service) ||
	    service_name_good(c->service)) && take_kept(r, &kept);
	if (!good) {
		kept_free(&kept);
		return false;
	}
	c->old = kept.old;
	c->new = kept.new;
	c->mode = kept.mode;
	plan->n++;
	return true;
}

static bool
take_tried(struct record_reader *r, struct tried *t)
{
	int64_t version;

	if (!record_take_number(r, "version", &version) || version != VERSION ||
	    !record_take_number(r, "began", &t->began) ||
	    !record_take_number(r, "began_boot", &t->began_boot) ||
	    !record_take_number(r, "seconds", &t->seconds) ||
	    !record_take(r, "boot_id", t->boot_id, sizeof(t->boot_id)) ||
	    !record_take(r, "by", t->by, sizeof(t->by)))
		return false;
	while (r->p < r->end)
		if (!take_change(r, &t->plan))
			return false;
	return true;
}

int
tried_look(int dirfd, struct tried *t)
{
	struct record_reader reader;
	char *data;
	ssize_t len;
	int r = load(dirfd, TRIAL, TRIAL_MAX, &data, &len);

	memset(t, 0, sizeof(*t));
	if (r != EXIT_DONE)
		return r;
	reader = (struct record_reader){ data, data + len };
	if (!take_tried(&reader, t)) {
		tried_free(t);
		r = EXIT_IO;
	}
	free(data);
	return r;
}

int
tried_read(int dirfd, struct tried *t)
{
	int r = tried_look(dirfd, t);

	return r != EXIT_IO ? r : fail(r, PATH_KEPT "/" PATH_SETUP "/" TRIAL
	    " can't be read: pamlease unsetup --all takes all back");
}

int
tried_write(int dirfd, const struct tried *t)
{
	char *data;
	size_t len, i;
	FILE *f = open_memstream(&data, &len);

	if (f == NULL)
		return fail(EXIT_IO, "no memory");
	put_line(f, "version", NULL, VERSION);
	put_line(f, "began", NULL, t->began);
	put_line(f, "began_boot", NULL, t->began_boot);
	put_line(f, "seconds", NULL, t->seconds);
	put_line(f, "boot_id", t->boot_id, 0);
	put_line(f, "by", t->by, 0);
	for (i = 0; i < t->plan.n; i++) {
		const struct change *c = &t->plan.list[i];

		put_line(f, "service", c->service, 0);
		put_line(f, "version", NULL, VERSION);
		put_file(f, c->mode, c->old, c->new);
	}
	return store(dirfd, TRIAL, f, &data, &len);
}

int
tried_remove(int dirfd)
{
	struct error err;

	return file_remove(dirfd, TRIAL, &err) == 0 ? EXIT_DONE :
	    fail_error(&err);
}

int64_t
tried_left(const struct tried *t, const struct moment *now)
{
	int64_t left = t->began_boot + t->seconds - now->boot / NANOSECONDS;

	return left > 0 && strcmp(t->boot_id, now->boot_id) == 0 ? left : 0;
}

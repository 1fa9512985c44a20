#include <sys/stat.h>
#include <sys/xattr.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "paths.h"
#include "setup.h"
#include "text.h"

#define XATTRS_MAX	4096	/* bytes of names, and of a value */

void
changes_free(struct changes *plan)
{
	size_t i;

	for (i = 0; i < plan->n; i++) {
		free(plan->list[i].old);
		free(plan->list[i].new);
	}
	plan->n = 0;
}

struct change *
changes_find(struct changes *plan, const char *service)
{
	size_t i;

	for (i = 0; i < plan->n; i++)
		if (strcmp(plan->list[i].service, service) == 0)
			return &plan->list[i];
	return NULL;
}

const char *
change_dir(const char *service)
{
	return change_is_state(service) ? PATH_PAM_STATE : PATH_STACKS;
}

const char *
change_file(const char *service)
{
	return change_is_state(service) ? strchr(service, ':') + 1 : service;
}

bool
change_is_state(const char *service)
{
	return strchr(service, ':') != NULL;
}

bool
service_name_good(const char *name)
{
	char shown[QUOTED_MAX];
	size_t i;

	for (i = 0; name[i] != '\0'; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "0123456789-_.+@", name[i]) == NULL)
			break;
	if (i > 0 && name[i] == '\0' && i < SERVICE_MAX && name[0] != '.')
		return true;
	(void)fail(EXIT_USAGE, "not the name of a service: '%s'",
	    quote(shown, name));
	return false;
}

/* Its bytes as a string; *err says why not. */
static char *
read_text(int dirfd, const char *name, struct error *err)
{
	char *text = malloc(STACK_FILE_MAX + 1);
	ssize_t len;

	if (text == NULL) {
		(void)error_system(err, "%s", name);
		return NULL;
	}
	len = file_read(dirfd, name, FILE_PUBLIC, text, STACK_FILE_MAX, err);
	if (len != -1) {
		text[len] = '\0';
		if (strlen(text) == (size_t)len)
			return text;
		(void)error_set(err, ERROR_BROKEN, "%s: a NUL byte", name);
	}
	free(text);
	return NULL;
}

/* What was read goes again where the file is not fit to be replaced. */
static void
check_stat(struct change *c, char **text, const struct stat *st,
    struct error *err)
{
	c->mode = st->st_mode & 07777;
	if (*text != NULL && st->st_gid != 0) {
		(void)error_set(err, ERROR_BROKEN, "%s: not of the group root",
		    c->service);
		free(*text);
		*text = NULL;
	}
	if (S_ISLNK(st->st_mode))
		(void)error_set(err, ERROR_BROKEN, "%s: a link, and may be "
		    "another service's file", c->service);
}

/* EXIT_NONE, without a word, where there is no such file. */
static int
read_in(const char *dir, struct change *c, char **text)
{
	struct stat st;
	struct error err;
	int dirfd = dir_open(dir, DIR_PUBLIC, &err);
	const char *name = change_file(c->service);

	*text = NULL;
	if (dirfd == -1)
		return err.code == ERROR_ABSENT ? EXIT_NONE :
		    fail(EXIT_REFUSED, "%s", err.text);
	*text = read_text(dirfd, name, &err);
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		check_stat(c, text, &st, &err);
	(void)close(dirfd);
	if (*text != NULL)
		return EXIT_DONE;
	return err.code == ERROR_ABSENT ? EXIT_NONE : fail(err.code ==
	    ERROR_SYSTEM ? EXIT_IO : EXIT_REFUSED, "%s/%s", dir, err.text);
}

int
change_read(struct change *c, const char *service, char **vendor)
{
	int r;

	memset(c, 0, sizeof(*c));
	if (vendor != NULL)
		*vendor = NULL;
	if (!text_copy(c->service, sizeof(c->service), service))
		return fail(EXIT_USAGE, "the name is too long");
	r = read_in(change_dir(service), c, &c->old);
	if (r == EXIT_NONE && vendor != NULL) {
		r = read_in(PATH_STACKS_VENDOR, c, vendor);
		if (r == EXIT_NONE)
			r = fail(EXIT_REFUSED, "no such service: %s has no "
			    "%s", PATH_STACKS, service);
	}
	if (c->old == NULL)
		return r == EXIT_NONE ? EXIT_DONE : r;
	c->new = strdup(c->old);
	if (c->new != NULL)
		return EXIT_DONE;
	free(c->old);
	c->old = NULL;
	return fail(EXIT_IO, "no memory");
}

int
change_read_copy(struct change *c, const char *root)
{
	char *dir = text_of("%s%s", root, change_dir(c->service));
	struct error err = { .code = ERROR_SYSTEM };
	int dirfd = dir != NULL ? dir_open(dir, DIR_PUBLIC, &err) : -1;

	free(dir);
	free(c->new);
	c->new = NULL;
	if (dirfd == -1)
		return fail_error(&err);
	c->new = read_text(dirfd, change_file(c->service), &err);
	(void)close(dirfd);
	return c->new != NULL || err.code == ERROR_ABSENT ? EXIT_DONE :
	    fail_error(&err);
}

int
changes_add(struct changes *plan, const char *service, char **vendor,
    struct change **c)
{
	int r;

	*c = NULL;
	if (changes_find(plan, service) != NULL)
		return EXIT_DONE;
	if (plan->n == SERVICES_MAX)
		return fail(EXIT_USAGE, "more than %d services", SERVICES_MAX);
	r = change_read(&plan->list[plan->n], service, vendor);
	if (r == EXIT_DONE)
		*c = &plan->list[plan->n++];
	return r;
}

bool
stack_open_plan(void *arg, const char *name, struct stack_source *source)
{
	static const char dir[] = PATH_STACKS "/";
	const struct change *c;

	c = changes_find(arg, strncmp(name, dir, sizeof(dir) - 1) == 0 ?
	    name + sizeof(dir) - 1 : name);
	if (c == NULL || c->new == NULL)
		return stack_open_host(NULL, name, source);
	memset(source, 0, sizeof(*source));
	source->path = text_of("%s%s", dir, c->service);
	source->data = strdup(c->new);
	if (source->path != NULL && source->data != NULL) {
		source->len = strlen(source->data);
		return true;
	}
	free(source->path);
	free(source->data);
	memset(source, 0, sizeof(*source));
	return false;
}

/*
 * Labels and access lists, as the file has them that is replaced.  Who may not
 * set one, as in a unit, leaves what the system gives a new file.
 */
static int
copy_xattrs(int from, int to)
{
	static char names[XATTRS_MAX], value[XATTRS_MAX];
	ssize_t n = flistxattr(from, names, sizeof(names)), len;
	const char *name;

	if (n == -1)
		return errno == ENOTSUP ? 0 : -1;
	for (name = names; name < names + n; name += strlen(name) + 1) {
		len = fgetxattr(from, name, value, sizeof(value));
		if (len == -1 || (fsetxattr(to, name, value, (size_t)len, 0) ==
		    -1 && errno != EPERM && errno != EACCES))
			return -1;
	}
	return 0;
}

/* Attributes of a draft, which are those of what it replaces. */
static int
dress(const struct draft *d, const struct change *c, struct error *err)
{
	struct stat st;
	int from, to, r = 0;

	error_clear(err);
	to = openat(d->dirfd, d->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	from = openat(d->dirfd, change_file(c->service), O_RDONLY | O_CLOEXEC |
	    O_NOFOLLOW | O_NONBLOCK);
	/* Who calls may be of another group, but some may not change it. */
	if (to == -1 || fstat(to, &st) == -1 ||
	    (st.st_gid != 0 && fchown(to, 0, 0) == -1) ||
	    (from != -1 && copy_xattrs(from, to) == -1) ||
	    fchmod(to, c->mode) == -1 || fsync(to) == -1)
		r = error_system(err, "%s", c->service);
	if (from != -1)
		(void)close(from);
	if (to != -1)
		(void)close(to);
	return r;
}

/* Puts a text in place, or, where it is NULL, takes the file away. */
static int
put_in(int dirfd, const struct change *c, const char *text, struct error *err)
{
	struct draft d = DRAFT_INIT;
	int r;

	if (text == NULL)
		return file_remove(dirfd, change_file(c->service), err);
	d.mode = c->mode;
	if (draft_write(&d, dirfd, text, strlen(text), err) == -1)
		return -1;
	r = dress(&d, c, err);
	if (r == 0)
		r = draft_commit(&d, change_file(c->service), false, err);
	draft_discard(&d);
	return r;
}

static int
put(const struct change *c, const char *text, struct error *err)
{
	int dirfd = dir_open(change_dir(c->service), DIR_PUBLIC, err), r;

	if (dirfd == -1)
		return -1;
	drafts_sweep(dirfd);
	r = put_in(dirfd, c, text, err);
	(void)close(dirfd);
	return r;
}

/* Is the file what the plan was made for? */
static bool
unchanged(const struct change *c, struct error *err)
{
	int dirfd = dir_open(change_dir(c->service), DIR_PUBLIC, err);
	char *text;
	bool same;

	if (dirfd == -1)
		return false;
	text = read_text(dirfd, change_file(c->service), err);
	(void)close(dirfd);
	same = text == NULL ? c->old == NULL && err->code == ERROR_ABSENT :
	    c->old != NULL && strcmp(text, c->old) == 0;
	if (!same && (text != NULL || err->code == ERROR_ABSENT))
		(void)error_set(err, ERROR_BUSY, "%s was changed meanwhile",
		    change_file(c->service));
	free(text);
	return same;
}

/* *at is the number of the one that failed. */
static int
put_all(const struct changes *plan, size_t *at, struct error *err)
{
	const struct change *list = plan->list;
	struct error failed;
	int r = EXIT_IO;
	size_t i;

	for (*at = 0; *at < plan->n; ++*at)
		if (!unchanged(&list[*at], err))
			return err->code == ERROR_BUSY ? EXIT_BUSY : EXIT_IO;
	for (*at = 0; *at < plan->n; ++*at)
		if (put(&list[*at], list[*at].new, err) == -1)
			break;
	if (*at == plan->n)
		return EXIT_DONE;
	/* The last may be in place, and only its directory not synced. */
	i = *at;
	do {
		if (!unchanged(&list[i], &failed) &&
		    put(&list[i], list[i].old, &failed) == -1) {
			warning("%s/%s could not be put back: %s",
			    change_dir(list[i].service),
			    change_file(list[i].service), failed.text);
			r = EXIT_LEFT;
		}
	} while (i-- > 0);
	return r;
}

int
changes_apply(const struct changes *plan)
{
	struct error err;
	size_t at;
	int r = put_all(plan, &at, &err);

	return r == EXIT_DONE ? r : fail(r, "%s: %s",
	    change_dir(plan->list[at].service), err.text);
}

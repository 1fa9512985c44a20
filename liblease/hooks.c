#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dir.h"
#include "file.h"
#include "hooks.h"
#include "paths.h"
#include "text.h"

#define FILE_NAME_MAX	255

/* The names in a directory. */
struct names {
	size_t n;
	char name[HOOKS_MAX][FILE_NAME_MAX + 1];
};

static const char *const words[HOOK_WORDS] = { "account", "open", "close",
    "check", "claim", "refresh", "release" };
static const char *const dirs[HOOK_PHASES] = { "account.d", "open.d",
    "close.d" };

const char *
hook_phase_word(enum hook_phase phase)
{
	return words[phase];
}

static bool
is_hook(const char *name)
{
	return name[0] != '.' && name[strlen(name) - 1] != '~' &&
	    strstr(name, ".dpkg-") == NULL && strstr(name, ".rpm") == NULL;
}

static int
take_name(void *arg, int dirfd, const char *name)
{
	struct names *names = arg;

	(void)dirfd;
	if (!is_hook(name))
		return 0;
	if (names->n == HOOKS_MAX || !text_copy(names->name[names->n],
	    sizeof(names->name[0]), name))
		return 1;
	names->n++;
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The directory of a phase; ERROR_ABSENT where there is none. */
static int
open_phase(enum hook_phase phase, struct error *err)
{
	const char *const below[] = { "pamlease", "hooks", dirs[phase] };
	int fd = dir_open("/etc", DIR_PUBLIC, err), next;
	size_t i;

	for (i = 0; fd != -1 && i < sizeof(below) / sizeof(below[0]); i++) {
		next = dir_open_at(fd, below[i], DIR_PUBLIC, err);
		(void)close(fd);
		fd = next;
	}
	return fd;
}

/* One of them; what is gone by now or put aside is none. */
static int
run_one(int dirfd, const char *name, const struct hook_run *run,
    struct error *err)
{
	const char *const argv[] = { name, NULL };
	int fd = hook_open(dirfd, name, err), r;

	if (fd == -1)
		return err->code == ERROR_ABSENT ||
		    err->code == ERROR_INVALID ? 0 : -1;
	r = hook_run(fd, argv, run, err);
	(void)close(fd);
	return r > 0 ? error_set(err, ERROR_INVALID, "%s: exit status %d", name,
	    r) : r;
}

static int
run_all(enum hook_phase phase, int dirfd, const struct names *names,
    const struct hook_run *run, struct error *err)
{
	bool back = phase == HOOK_CLOSE;
	struct error inner;
	int r = 0;
	size_t i;

	for (i = 0; i < names->n && (r == 0 || back); i++)
		if (run_one(dirfd, names->name[back ? names->n - 1 - i : i],
		    run, &inner) == -1) {
			*err = inner;
			r = -1;
		}
	return r;
}

int
hooks_run(enum hook_phase phase, const struct hook_run *run,
    struct error *err)
{
	int fd = open_phase(phase, err), r = -1;
	struct names *names = NULL;

	if (fd == -1) {
		if (err->code != ERROR_ABSENT)
			return -1;
		error_clear(err);
		return 0;
	}
	names = calloc(1, sizeof(*names));
	if (names == NULL)
		(void)error_system(err, "hooks");
	else {
		r = dir_each(fd, take_name, names, err);
		if (r == 1)
			r = error_set(err, ERROR_BROKEN, "%s has more than %d "
			    "hooks, or a name that is too long", dirs[phase],
			    HOOKS_MAX);
	}
	if (r == 0) {
		qsort(names->name, names->n, sizeof(names->name[0]), by_name);
		r = run_all(phase, fd, names, run, err);
	}
	free(names);
	(void)close(fd);
	return r;
}

int
hooks_presence(const char *path, const struct hook_run *run,
    struct error *err)
{
	const char *name = strrchr(path, '/') + 1;
	const char *const argv[] = { name, NULL };
	int fd = hook_open_path(path, err), r;

	if (fd == -1) {
		if (err->code == ERROR_INVALID)
			err->code = ERROR_BROKEN;
		return -1;
	}
	r = hook_run(fd, argv, run, err);
	(void)close(fd);
	if (r > 0)
		r = error_set(err, r == 1 ? ERROR_INVALID : ERROR_BROKEN,
		    "%s: exit status %d", name, r);
	return r;
}

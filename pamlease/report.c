#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "file.h"
#include "report.h"

/* Where the page goes: a name, and the directory that it is in. */
struct place {
	const char *path, *name;
	int dirfd;
};

/* Renamed over a device or a link it would take its place. */
static int
look_at(const struct place *place)
{
	char shown[QUOTED_MAX];
	struct stat st;

	if (fstatat(place->dirfd, place->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? EXIT_DONE : fail(EXIT_IO,
		    "%s: %s", quote(shown, place->path), strerror(errno));
	return S_ISREG(st.st_mode) ? EXIT_DONE : fail(EXIT_IO,
	    "not a regular file: '%s'", quote(shown, place->path));
}

static int
open_place(struct place *place, const char *path)
{
	const char *slash = strrchr(path, '/');
	char shown[QUOTED_MAX], *dir;

	place->path = path;
	place->name = slash != NULL ? slash + 1 : path;
	if (place->name[0] == '\0')
		return fail(EXIT_USAGE, "--html: want a file, not '%s'",
		    quote(shown, path));
	dir = slash == NULL ? strdup(".") :
	    strndup(path, (size_t)(slash - path + 1));
	if (dir == NULL)
		return fail(EXIT_IO, "out of memory");
	place->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (place->dirfd == -1)
		return fail(EXIT_IO, "%s: %s", quote(shown, path),
		    strerror(errno));
	return look_at(place);
}

static int
write_page(const struct place *place, const struct report *r)
{
	struct error err;
	size_t len = 0;
	char *page = report_page(r, &len);
	int ret = EXIT_DONE;

	if (page == NULL)
		return fail(EXIT_IO, "out of memory");
	if (file_write(place->dirfd, place->name, page, len, &err) == -1)
		ret = fail_error(&err);
	free(page);
	return ret;
}

static int
report(const struct place *place, int64_t since, int64_t now)
{
	char shown[QUOTED_MAX];
	struct report r;
	int ret = report_gather(&r, since, now);

	if (ret == EXIT_DONE)
		ret = write_page(place, &r);
	if (ret == EXIT_DONE)
		(void)printf("Report written: %zu sessions, %zu leases, "
		    "%zu refusals: %s\n", r.sum.stays, r.sum.leases,
		    r.nrefusals, quote(shown, place->path));
	report_free(&r);
	return ret;
}

int
cmd_report(const struct args *args)
{
	struct place place = { .dirfd = -1 };
	int64_t since = INT64_MIN;
	struct moment now;
	int r;

	if (args->value[OPT_HTML] == NULL)
		return fail(EXIT_USAGE, "--html FILE says where the page goes");
	if (host_clocks(&now) != EXIT_DONE)
		return EXIT_IO;
	r = past_limit("since", args->value[OPT_SINCE], wall_seconds(&now),
	    &since);
	if (r == EXIT_DONE && since > wall_seconds(&now))
		r = fail(EXIT_USAGE, "--since is in the future");
	if (r == EXIT_DONE)
		r = open_place(&place, args->value[OPT_HTML]);
	if (r == EXIT_DONE) {
		if (past_collect(false) != EXIT_DONE)
			warning("what has happened last is missing");
		r = report(&place, since, wall_seconds(&now));
	}
	if (place.dirfd != -1)
		(void)close(place.dirfd);
	return r;
}

#include <string.h>
#include <unistd.h>

#include "file.h"
#include "paths.h"
#include "winddown_place.h"

#define MODE	0644		/* anybody may read why */

/* Opens the directory of a place; name is the file's in it. */
static int
open_place(enum place place, const struct hold *hold, const char **name,
    struct error *err)
{
	*name = place == LASTING ? strrchr(PATH_WINDDOWN, '/') + 1 :
	    PATH_WINDDOWN_RUN;
	if (place == PASSING)
		return dir_open_at(hold->dirfd, ".", DIR_PRIVATE, err);
	return dir_open("/etc", DIR_PUBLIC, err);
}

const char *
place_path(enum place place)
{
	return place == LASTING ? PATH_WINDDOWN :
	    PATH_STATE "/" PATH_WINDDOWN_RUN;
}

int
place_write(enum place place, const struct hold *hold, const char *data,
    size_t len)
{
	struct draft d = DRAFT_INIT;
	struct error err;
	const char *name;
	int fd = open_place(place, hold, &name, &err), r;

	if (fd == -1)
		return fail_error(&err);
	d.mode = MODE;
	drafts_sweep(fd);
	r = draft_write(&d, fd, data, len, &err);
	if (r == 0)
		r = draft_commit(&d, name, false, &err);
	(void)close(fd);
	return r == 0 ? EXIT_DONE :
	    fail(EXIT_IO, "%s: %s", place_path(place), err.text);
}

int
place_remove(enum place place, const struct hold *hold)
{
	struct error err;
	const char *name;
	int fd = open_place(place, hold, &name, &err), r;

	if (fd == -1)
		return fail_error(&err);
	drafts_sweep(fd);
	r = file_remove(fd, name, &err);
	(void)close(fd);
	if (r == 0)
		return EXIT_DONE;
	return err.code == ERROR_ABSENT ? EXIT_NONE :
	    fail(EXIT_IO, "%s: %s", place_path(place), err.text);
}

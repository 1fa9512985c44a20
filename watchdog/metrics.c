#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "file.h"
#include "metrics.h"
#include "watchdog.h"

#define FILE_NAME	"pamlease.prom"

/* For who reads all of what ends in .prom, as another user. */
static int
put(const char *path, const char *text, struct error *err)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;
	struct draft d = DRAFT_INIT;

	if (dir == -1)
		return error_system(err, "%s", path);
	drafts_sweep(dir);
	d.mode = 0644;
	r = draft_write(&d, dir, text, strlen(text), err);
	if (r == 0)
		r = draft_commit(&d, FILE_NAME, false, err);
	draft_discard(&d);
	(void)close(dir);
	return r;
}

int
metrics_write(char *const *argv)
{
	struct metrics m;
	struct error err;
	size_t failures;
	char *text;
	int r;

	/* Twice a minute the same would stand there. */
	say_no_history();
	failures = metrics_read(&m);
	text = metrics_text(&m);
	if (text != NULL)
		r = put(argv[0], text, &err);
	else
		r = error_set(&err, ERROR_SYSTEM, "out of memory");
	free(text);
	if (r == -1)
		say(LOG_ERR, "metrics: %s/" FILE_NAME ": %s", argv[0],
		    shown(err.text));
	return r == -1 || failures > 0 ? EXIT_IO : EXIT_DONE;
}

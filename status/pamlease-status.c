/*
 * pamlease-status - says how long one's own session has
 *
 * For anybody, and for prompts: it has no rights, links libc only, and reads
 * what root has written for its user.  Nothing of the environment counts.
 */

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "clock.h"
#include "duration.h"
#include "status_own.h"
#include "version.h"
#include "zone_host.h"

/* Those of pamlease(8). */
enum {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1,
	EXIT_USAGE = 2,
	EXIT_NONE = 3,
	EXIT_IO = 4,
};

static const char usage[] =
    "usage: pamlease-status [--short | --help | --version]\n";

static int
fail(int code, const char *what)
{
	(void)fprintf(stderr, "pamlease-status: %s\n", what);
	return code;
}

static void
print(const struct status *status, const struct moment *now)
{
	char text[STATUS_TEXT_MAX];
	struct zone zone;
	unsigned char *data = zone_host(&zone);

	(void)fputs(status_text(text, status, &zone, now), stdout);
	free(data);
}

static int
tell(bool brief)
{
	char word[DURATION_TEXT_MAX];
	struct status status;
	struct moment now;
	struct error err;

	if (status_own(getuid(), &status, &err) == -1) {
		if (err.code != ERROR_ABSENT)
			return fail(EXIT_IO, err.text);
		return brief ? EXIT_NONE : fail(EXIT_NONE, "no session of "
		    "yours was let in by pamlease");
	}
	clock_now(&now);
	if (!now.readable)
		return fail(EXIT_IO, "a clock can't be read");
	if (!brief)
		print(&status, &now);
	else if (status.until != UNTIL_NOTHING)
		(void)puts(status_short(word, &status, &now));
	return EXIT_DONE;
}

int
main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "short", no_argument, NULL, 's' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int c = getopt_long(argc, argv, "+", options, NULL), r = EXIT_DONE;

	if (getauxval(AT_SECURE) != 0)
		return fail(EXIT_REFUSED, "must not be setuid or setgid");
	if (c == '?' || optind != argc) {
		(void)fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (c == 'h')
		(void)fputs(usage, stdout);
	else if (c == 'V')
		(void)puts("pamlease-status " PAMLEASE_VERSION);
	else
		r = tell(c == 's');
	if (fflush(stdout) == EOF || ferror(stdout) != 0)
		return fail(EXIT_IO, "standard output can't be written");
	return r;
}

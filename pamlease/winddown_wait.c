#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "duration.h"
#include "print.h"
#include "timestamp.h"
#include "winddown_wait.h"

#define TICK	400		/* ms between two looks of --wait */
#define LOOKS	10		/* in a row that find nobody: one can miss who
				   forks and leaves faster than it reads; */
#define LOOK_TICK	25	/* ms between those */

int
watch_init(struct watch *w, const struct args *args)
{
	struct error err;

	memset(w, 0, sizeof(*w));
	w->wait = args->value[OPT_WAIT] != NULL;
	if (args->value[OPT_TIMEOUT] == NULL)
		return EXIT_DONE;
	if (!w->wait)
		return fail(EXIT_USAGE, "--timeout is for --wait");
	return duration_parse(args->value[OPT_TIMEOUT], &w->timeout, &err) ==
	    0 ? EXIT_DONE : fail_error(&err);
}

struct names {
	char *text;
	size_t size;
	FILE *file;
	size_t n;
};

static void
add_name(void *arg, const char *user, uid_t uid)
{
	struct names *names = arg;
	char shown[SHOWN_MAX];

	(void)uid;
	(void)fprintf(names->file, "%s%s", names->n++ > 0 ? ", " : "",
	    show(shown, user));
}

/* Who is present, on a line that is to be freed; NULL without memory. */
static char *
list_names(const struct presence *p)
{
	struct names names = { NULL, 0, NULL, 0 };

	names.file = open_memstream(&names.text, &names.size);
	if (names.file == NULL)
		return NULL;
	presence_users(p, add_name, &names);
	if (fclose(names.file) == EOF) {
		free(names.text);
		return NULL;
	}
	return names.text;
}

/*
 * On a terminal (ECMA-48): to the top left corner, the rest of the screen
 * erased, and the list.
 */
static int
show_list(const struct presence *p)
{
	(void)printf("\033[H\033[J");
	return winddown_print(p);
}

/* One line, when another is to be said than the last time. */
static int
show_line(const struct presence *p, char **last)
{
	char *names = list_names(p), at[TIMESTAMP_TEXT_MAX];

	if (names == NULL)
		return fail(EXIT_IO, "no memory");
	if (*last != NULL && strcmp(*last, names) == 0) {
		free(names);
		return EXIT_DONE;
	}
	free(*last);
	*last = names;
	if (names[0] != '\0')
		(void)printf("%s still present: %s\n", timestamp_local(at,
		    host_zone(), wall_seconds(&p->now), wall_seconds(&p->now)),
		    names);
	return EXIT_DONE;
}

static void
pause_ms(long ms)
{
	const struct timespec ts = { 0, ms * 1000000 };

	(void)nanosleep(&ts, NULL);
}

static int
read_surely(struct presence *p)
{
	unsigned int n = 0;
	int r;

	presence_free(p);
	while ((r = presence_read(p)) == EXIT_DONE &&
	    p->sessions + p->processes == 0 && !p->fleeting &&
	    ++n < LOOKS) {
		presence_free(p);
		pause_ms(LOOK_TICK);
	}
	return r;
}

/* One look; EXIT_LEFT: somebody is there. */
static int
look(struct presence *p, bool terminal, char **last)
{
	int r = read_surely(p);

	if (r != EXIT_DONE)
		return r;
	if (p->host.winddown_found == FOUND_NOTHING)
		return fail(EXIT_NONE, "there is no wind-down");
	if (p->sessions + p->processes == 0 && p->fleeting)
		return EXIT_LEFT;
	r = terminal ? show_list(p) : show_line(p, last);
	if (r != EXIT_DONE)
		return r;
	if (fflush(stdout) == EOF)
		return EXIT_IO;
	return p->sessions + p->processes > 0 ? EXIT_LEFT : EXIT_DONE;
}

int
watch_wait(const struct watch *w)
{
	const int64_t end = monotonic_ms() + w->timeout * 1000;
	const bool terminal = isatty(STDOUT_FILENO) == 1;
	static struct presence p;
	char *last = NULL;
	int r;

	while ((r = look(&p, terminal, &last)) == EXIT_LEFT &&
	    (w->timeout == 0 || monotonic_ms() < end))
		pause_ms(TICK);
	presence_free(&p);
	free(last);
	if (r == EXIT_DONE && !terminal)
		(void)puts("Nobody is present.");
	return r == EXIT_LEFT ? fail(r, "not all have left") : r;
}

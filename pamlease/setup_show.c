#include <sys/mman.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "paths.h"
#include "setup.h"

#define DIFF_MAX	((size_t)4 * STACK_FILE_MAX)
#define DIFF_MS		10000
#define FD_PATH_MAX	64

/* A text as a file without a name, and its path for another process. */
static int
as_file(const char *text, char path[FD_PATH_MAX])
{
	size_t len = text != NULL ? strlen(text) : 0;
	int fd = memfd_create("pamlease", MFD_CLOEXEC);

	if (fd == -1 || write(fd, text, len) != (ssize_t)len) {
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	(void)snprintf(path, FD_PATH_MAX, "/proc/%d/fd/%d", (int)getpid(), fd);
	return fd;
}

/* Of a change: how diff(1) says it, which exits with 1. */
static bool
show_change(const struct change *c, char *says)
{
	static const char none[] = "/dev/null";
	char *label = text_of("%s/%s", change_dir(c->service),
	    change_file(c->service));
	char a[FD_PATH_MAX], b[FD_PATH_MAX];
	int from = as_file(c->old, a), to = as_file(c->new, b);
	const char *const argv[] = { "diff", "-u", "--label",
	    c->old != NULL ? label : none, "--label", c->new != NULL ? label :
	    none, a, b, NULL };

	says[0] = '\0';
	if (label != NULL && from != -1 && to != -1)
		(void)child_output(PATH_DIFF, argv, says, DIFF_MAX, DIFF_MS);
	if (from != -1)
		(void)close(from);
	if (to != -1)
		(void)close(to);
	free(label);
	return strncmp(says, "--- ", 4) == 0;
}

int
changes_show(const struct changes *plan)
{
	char *says = malloc(DIFF_MAX);
	int r = EXIT_DONE;
	size_t i;

	if (says == NULL)
		return fail(EXIT_IO, "no memory");
	for (i = 0; r == EXIT_DONE && i < plan->n; i++)
		if (show_change(&plan->list[i], says))
			(void)fputs(says, stdout);
		else
			r = fail(EXIT_IO, PATH_DIFF " failed");
	free(says);
	/* main() says why; nothing is changed that nobody has seen. */
	return r == EXIT_DONE && (fflush(stdout) == EOF || ferror(stdout) !=
	    0) ? EXIT_IO : r;
}

int
changes_ask(bool yes)
{
	char answer[8];

	if (yes)
		return EXIT_DONE;
	if (isatty(STDIN_FILENO) == 0)
		return fail(EXIT_REFUSED, "nothing is changed without a yes: "
		    "use a terminal, or --yes");
	(void)fputs("Change these files? [y/N] ", stdout);
	(void)fflush(stdout);
	if (fgets(answer, sizeof(answer), stdin) != NULL &&
	    (strcmp(answer, "y\n") == 0 || strcmp(answer, "Y\n") == 0 ||
	    strcmp(answer, "yes\n") == 0))
		return EXIT_DONE;
	return fail(EXIT_REFUSED, "nothing was changed");
}

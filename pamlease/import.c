#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "import.h"

/* Reads at most size bytes, of stdin for "-"; returns how many, or -1. */
static ssize_t
read_all(const char *file, char *data, size_t size)
{
	int fd = STDIN_FILENO, saved;
	size_t len = 0;
	ssize_t n;

	if (strcmp(file, "-") != 0)
		fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		return -1;
	do {
		n = read(fd, data + len, size - len);
		if (n > 0)
			len += (size_t)n;
	} while ((n > 0 && len < size) || (n == -1 && errno == EINTR));
	saved = errno;
	if (fd != STDIN_FILENO)
		(void)close(fd);
	errno = saved;
	return n == -1 ? -1 : (ssize_t)len;
}

static int
import(const char *file, char *data, char *out)
{
	char shown[QUOTED_MAX];
	struct error err;
	ssize_t len;

	len = read_all(file, data, IMPORT_FILE_MAX + 1);
	if (len == -1)
		return fail(EXIT_IO, "'%s': %s", quote(shown, file),
		    strerror(errno));
	if (import_policy(data, (size_t)len, out, POLICY_FILE_MAX + 1,
	    &err) == -1)
		return fail(err.code == ERROR_SYSTEM ? EXIT_IO : EXIT_REFUSED,
		    "'%s': %s", quote(shown, file), err.text);
	(void)fputs(out, stdout);
	return EXIT_DONE;
}

int
cmd_policy_import(const struct args *args)
{
	char *data = malloc(IMPORT_FILE_MAX + 1);
	char *out = malloc(POLICY_FILE_MAX + 1);
	int r;

	if (data == NULL || out == NULL)
		r = fail(EXIT_IO, "no memory");
	else
		r = import(args->file, data, out);
	free(data);
	free(out);
	return r;
}

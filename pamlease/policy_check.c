#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "file.h"
#include "paths.h"
#include "policy_file.h"
#include "print.h"

/* A policy that is checked. */
struct source {
	const char *name;
	char *data;
	size_t len;
};

/* Any file, whosever it is: it may become the policy. */
static int
read_any(struct source *s)
{
	char shown[QUOTED_MAX];
	FILE *f = fopen(s->name, "re");
	int r = EXIT_DONE;

	if (f == NULL)
		return fail(EXIT_IO, "%s: %s", quote(shown, s->name),
		    strerror(errno));
	s->len = fread(s->data, 1, POLICY_FILE_MAX + 1, f);
	if (ferror(f) != 0)
		r = fail(EXIT_IO, "%s: %s", quote(shown, s->name),
		    strerror(errno));
	else if (s->len > POLICY_FILE_MAX)
		r = fail(EXIT_REFUSED, "%s: larger than %d bytes",
		    quote(shown, s->name), POLICY_FILE_MAX);
	(void)fclose(f);
	return r;
}

/* The one in force, as the module reads it. */
static int
read_own(struct source *s)
{
	struct error err;
	int fd = dir_open(PATH_CONFIG, DIR_PUBLIC, &err);
	ssize_t len = -1;

	if (fd != -1) {
		len = file_read(fd, PATH_POLICY, FILE_PUBLIC, s->data,
		    POLICY_FILE_MAX + 1, &err);
		(void)close(fd);
	}
	if (len == -1)
		return err.code == ERROR_ABSENT ? fail(EXIT_NONE,
		    "there is no %s", s->name) : fail_error(&err);
	s->len = (size_t)len;
	return EXIT_DONE;
}

/* The line of the problem, and a caret below the byte. */
static void
print_problem(void *arg, const struct problem *problem)
{
	const struct source *s = arg;
	const char *p = s->data, *end = s->data + s->len, *nl;
	char shown[SHOWN_MAX];
	unsigned int n;

	(void)printf("%s:%u:%zu: %s\n", show(shown, s->name), problem->line,
	    problem->column, problem->text);
	for (n = 1; n < problem->line; n++)
		p = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
	nl = memchr(p, '\n', (size_t)(end - p));
	(void)fputs("    ", stdout);
	for (; p < (nl != NULL ? nl : end); p++)
		(void)putchar(*p == '\t' ? ' ' :
		    *p >= ' ' && *p <= '~' ? *p : '?');
	(void)printf("\n    %*s\n", (int)problem->column, "^");
}

static void
print_warning(void *arg, unsigned int line, const char *text)
{
	const struct source *s = arg;
	char shown[SHOWN_MAX];

	(void)printf("%s:%u: warning: %s\n", show(shown, s->name), line, text);
}

static int
check(struct source *s)
{
	struct policy policy;
	char shown[SHOWN_MAX];
	size_t warnings;

	errno = 0;
	if (policy_parse_all(s->data, s->len, &policy, print_problem, s) == -1)
		return errno == ENOMEM ? fail(EXIT_IO, "no memory") :
		    EXIT_REFUSED;
	warnings = policy_warn(&policy, print_warning, s);
	(void)printf("%s: good, rules: %zu, warnings: %zu\n",
	    show(shown, s->name), policy.nrules, warnings);
	policy_free(&policy);
	return EXIT_DONE;
}

int
cmd_policy_check(const struct args *args)
{
	struct source s = {
		.name = args->file != NULL ? args->file :
		    PATH_CONFIG "/" PATH_POLICY,
		.data = malloc(POLICY_FILE_MAX + 1),
	};
	int r;

	if (s.data == NULL)
		return fail(EXIT_IO, "no memory");
	r = args->file != NULL ? read_any(&s) : read_own(&s);
	if (r == EXIT_DONE)
		r = check(&s);
	free(s.data);
	return r;
}

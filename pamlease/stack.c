#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "stack.h"

static const char *const types[STACK_TYPES] = {
	[STACK_AUTH] = "auth",
	[STACK_ACCOUNT] = "account",
	[STACK_SESSION] = "session",
	[STACK_PASSWORD] = "password",
};

const char *
stack_type_word(enum stack_type type)
{
	return types[type];
}

const char *
stack_our_control(enum stack_type type)
{
	static const char *const controls[STACK_TYPES] = {
		[STACK_AUTH] = "required",
		[STACK_ACCOUNT] = "required",
		[STACK_SESSION] = "requisite",
		[STACK_PASSWORD] = "",
	};

	return controls[type];
}

bool
stack_module(const struct stack_line *line, const char *module)
{
	const char *slash = strrchr(line->module, '/');

	return !line->fails && !line->substack &&
	    strcmp(slash != NULL ? slash + 1 : line->module, module) == 0;
}

const char *
stack_arg(const char **p, size_t *len)
{
	const char *arg = *p + strspn(*p, STACK_BLANKS);

	*len = strcspn(arg, STACK_BLANKS);
	*p = arg + *len;
	return *len > 0 ? arg : NULL;
}

bool
stack_has_arg(const struct stack_line *line, const char *wanted)
{
	const char *p = line->args, *arg;
	size_t len;

	while ((arg = stack_arg(&p, &len)) != NULL)
		if (strlen(wanted) == len && memcmp(arg, wanted, len) == 0)
			return true;
	return false;
}

/* Reads all of an open file; false where that fails or it is too large. */
static bool
read_all(int fd, struct stack_source *source)
{
	ssize_t n = 0;
	struct stat st;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return false;
	source->open_to_all = file_untrusted(&st, S_IFREG, 0, FILE_PUBLIC) !=
	    NULL;
	source->data = malloc(STACK_FILE_MAX + 1);
	if (source->data == NULL)
		return false;
	do {
		n = read(fd, source->data + source->len,
		    STACK_FILE_MAX + 1 - source->len);
		source->len += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	return n == 0 && source->len <= STACK_FILE_MAX;
}

static bool
open_in(const char *dir, const char *name, struct stack_source *source)
{
	bool good;
	int fd;

	memset(source, 0, sizeof(*source));
	if (asprintf(&source->path, "%s%s%s", dir, dir[0] != '\0' ? "/" : "",
	    name) == -1) {
		source->path = NULL;
		return false;
	}
	fd = open(source->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	good = fd != -1 && read_all(fd, source);
	if (fd != -1)
		(void)close(fd);
	if (!good) {
		free(source->data);
		free(source->path);
		memset(source, 0, sizeof(*source));
	}
	return good;
}

bool
stack_open_host(void *arg, const char *name, struct stack_source *source)
{
	(void)arg;
	if (name[0] == '/')
		return open_in("", name, source);
	return open_in(PATH_STACKS, name, source) ||
	    open_in(PATH_STACKS_VENDOR, name, source);
}

void
stack_free(struct stack *stack)
{
	size_t i;

	for (i = 0; i < stack->n; i++)
		free(stack->lines[i].text);
	free(stack->lines);
	for (i = 0; i < stack->nfiles; i++)
		free(stack->files[i].path);
	memset(stack, 0, sizeof(*stack));
}

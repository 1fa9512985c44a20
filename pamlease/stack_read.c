#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "stack.h"

#define LINES_MORE	50

/*
 * gcc's analyzer takes a write to one line for one that may change where the
 * lines are, and so for their loss; valgrind and sanitizers see them freed.
 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

/* A file as it is read. */
struct reading {
	enum stack_type wanted;		/* STACK_ANY: all */
	unsigned int level;
	unsigned int top;		/* 0: it is the service's own file */
	size_t file, top_file;
	struct stack_text text;
	char *data;			/* all of it */
	char *line;			/* room for one */
};

/* Files within each other. */
struct reader {
	struct stack *stack;
	stack_open_fn *open_file;
	void *arg;
	size_t depth;
	struct reading files[STACK_DEPTH_MAX];
};

static struct reading *
innermost(struct reader *r)
{
	return &r->files[r->depth - 1];
}

/* A new line of that type, which fails until it is known not to. */
static struct stack_line *
add_line(struct reader *r, enum stack_type type)
{
	const struct reading *file = innermost(r);
	struct stack *stack = r->stack;
	struct stack_line *line = stack->lines;

	if (stack->n == STACK_LINES_MAX) {
		stack->failed = true;
		return NULL;
	}
	if (stack->n % LINES_MORE == 0) {
		line = reallocarray(line, stack->n + LINES_MORE,
		    sizeof(*line));
		if (line == NULL) {
			stack->failed = true;
			return NULL;
		}
		stack->lines = line;
	}
	line += stack->n++;
	*line = (struct stack_line){ .type = type, .fails = true,
	    .level = file->level, .file = file->file, .line = file->text.line,
	    .top_file = file->top_file, .top = file->top != 0 ? file->top :
	    file->text.line, .module = "", .args = "" };
	(void)stack_control("required", false, line->action);
	return line;
}

static void
set_text(const struct reader *r, struct stack_line *line, const char *text)
{
	line->text = strdup(text);
	if (line->text == NULL)
		r->stack->failed = true;
}

/* One for each type that is wanted, with what the line is about. */
static void
add_failing(struct reader *r, enum stack_type wanted, enum stack_fault fault,
    const char *word)
{
	struct stack_line *line;
	enum stack_type type;

	for (type = 0; type < STACK_TYPES; type++) {
		if (wanted != STACK_ANY && wanted != type)
			continue;
		line = add_line(r, type);
		if (line == NULL)
			return;
		line->fault = fault;
		set_text(r, line, word);
		line->module = line->text != NULL ? line->text : "";
	}
}

/* The file's number among those of the stack; its path is kept or freed. */
static size_t
file_number(struct stack *stack, const struct stack_source *source)
{
	size_t i;

	for (i = 0; i < stack->nfiles; i++)
		if (strcmp(stack->files[i].path, source->path) == 0) {
			free(source->path);
			return i;
		}
	stack->files[stack->nfiles++] = (struct stack_file){ source->path,
	    source->open_to_all };
	return i;
}

/* Begins to read a file within those that are read; false where it can't be. */
static bool
enter_file(struct reader *r, const char *name, struct reading file)
{
	struct stack *stack = r->stack;
	struct stack_source source;

	stack->failed |= stack->nfiles == STACK_FILES_MAX ||
	    stack->opened++ == STACK_OPENED_MAX;
	if (stack->failed || !r->open_file(r->arg, name, &source))
		return false;
	file.file = file_number(stack, &source);
	if (r->depth == 0)
		file.top_file = file.file;
	file.data = source.data;
	file.text = (struct stack_text){ .p = source.data,
	    .end = source.data + source.len };
	file.line = malloc(source.len + 1);
	stack->failed |= file.line == NULL;
	r->files[r->depth++] = file;
	return true;
}

/* What another file has of one type, or of all that are wanted. */
static void
include(struct reader *r, enum stack_type type, bool substack, char *rest)
{
	const struct reading *outer = innermost(r);
	bool ignored;
	const char *name = stack_word(&rest, &ignored);
	struct stack_line *line;

	if (substack) {
		line = add_line(r, type);
		if (line == NULL)
			return;
		line->substack = true;
		line->fails = false;
	}
	if (name == NULL)
		add_failing(r, type, FAULT_NO_MODULE, "");
	else if (r->depth == STACK_DEPTH_MAX)
		add_failing(r, type, FAULT_DEPTH, name);
	else if (!enter_file(r, name, (struct reading){ .wanted = type,
	    .level = outer->level + substack, .top_file = outer->top_file,
	    .top = outer->top != 0 ? outer->top : outer->text.line }))
		add_failing(r, type, FAULT_NO_FILE, name);
}

/* What comes behind the type. */
static void
read_module(struct reader *r, enum stack_type type, const char *text,
    size_t at)
{
	struct stack_line *line = add_line(r, type);
	char *rest, *word;
	bool brackets;

	if (line == NULL)
		return;
	set_text(r, line, text + at);
	if (line->text == NULL)
		return;
	rest = line->text;
	word = stack_word(&rest, &brackets);
	if (word == NULL) {
		line->fault = FAULT_NO_CONTROL;
		return;
	}
	if (!stack_control(word, brackets, line->action))
		line->fault = FAULT_CONTROL;
	word = stack_word(&rest, &brackets);
	if (word == NULL) {
		line->fault = FAULT_NO_MODULE;
		return;
	}
	line->module = word;
	line->args = rest + strspn(rest, STACK_BLANKS);
	line->fails = false;
}

/* The file that a line behind its type includes, or NULL; *substack: as one. */
static char *
included(char *rest, bool *substack)
{
	size_t len;

	rest += strspn(rest, STACK_BLANKS);
	len = strcspn(rest, STACK_BLANKS);
	*substack = len == 8 && strncasecmp(rest, "substack", len) == 0;
	return *substack || (len == 7 &&
	    strncasecmp(rest, "include", len) == 0) ? rest + len : NULL;
}

static enum stack_type
type_of(const char *word)
{
	enum stack_type type;

	for (type = 0; type < STACK_TYPES; type++)
		if (strcasecmp(word, stack_type_word(type)) == 0)
			break;
	return type;
}

static void
read_line(struct reader *r, char *text)
{
	const enum stack_type wanted = innermost(r)->wanted;
	char *rest = text, *word, *file;
	enum stack_type type;
	bool brackets, substack;

	word = stack_word(&rest, &brackets);
	if (word == NULL)
		return;
	if (strcasecmp(word, "@include") == 0) {
		include(r, wanted, false, rest);
		return;
	}
	type = type_of(word + (*word == '-'));
	if (type == STACK_TYPES)
		/* libpam takes it for the one that is most sensitive. */
		add_failing(r, wanted == STACK_ANY ? STACK_AUTH : wanted,
		    FAULT_TYPE, word);
	else if (wanted == STACK_ANY || wanted == type) {
		file = included(rest, &substack);
		if (file != NULL)
			include(r, type, substack, file);
		else
			read_module(r, type, text, (size_t)(rest - text));
	}
}

/* All of a service's file, and of those within it. */
static bool
read_service(struct reader *r, const char *service, enum stack_type wanted)
{
	if (!enter_file(r, service, (struct reading){ .wanted = wanted }))
		return false;
	while (r->depth > 0) {
		struct reading *file = innermost(r);
		int got = r->stack->failed ? 0 :
		    stack_take(&file->text, file->line);

		if (got == 1) {
			read_line(r, file->line);
			continue;
		}
		if (got == -1)
			add_failing(r, file->wanted, FAULT_CUT, "");
		free(file->line);
		free(file->data);
		r->depth--;
	}
	return true;
}

void
stack_read(struct stack *stack, const char *service,
    stack_open_fn *open_file, void *arg)
{
	struct reader r = { .stack = stack, .open_file = open_file,
	    .arg = arg };
	bool has[STACK_TYPES] = { false };
	enum stack_type type;
	size_t i;

	memset(stack, 0, sizeof(*stack));
	stack->absent = !read_service(&r, service, STACK_ANY);
	for (i = 0; i < stack->n; i++)
		has[stack->lines[i].type] = true;
	for (type = 0; type < STACK_TYPES; type++)
		if (!has[type])
			(void)read_service(&r, "other", type);
}

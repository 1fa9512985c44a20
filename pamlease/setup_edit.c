#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "module_words.h"
#include "setup_edit.h"

#define TAB	8

/* A line as libpam takes it may be several of the file, counted from 1. */
struct span {
	unsigned int first, last;
};

/* The spans of a text, one after the other. */
struct spans {
	struct stack_text text;
	char *line;
};

static bool
spans_init(struct spans *s, const char *text)
{
	size_t len = strlen(text);

	s->text = (struct stack_text){ .p = text, .end = text + len };
	s->line = malloc(len + 1);
	return s->line != NULL;
}

static bool
spans_next(struct spans *s, struct span *span)
{
	bool more = stack_take(&s->text, s->line) == 1;

	*span = (struct span){ s->text.line, s->text.next };
	return more;
}

static const char *
line_end(const char *p)
{
	p += strcspn(p, "\n");
	return p + (*p == '\n');
}

/* Where that line begins; behind the last one the end. */
static const char *
line_at(const char *text, unsigned int line)
{
	while (--line > 0)
		text = line_end(text);
	return text;
}

/* Is it of the service's own file, whatever it brings? */
static bool
own(const struct stack_line *line)
{
	return line->top_file == 0;
}

/* The line of ours that begins there, or NULL. */
static const struct stack_line *
ours_at(const struct stack *stack, unsigned int first)
{
	size_t i;

	for (i = 0; i < stack->n; i++) {
		const struct stack_line *line = &stack->lines[i];

		if (own(line) && line->file == 0 && line->line == first &&
		    stack_module(line, MODULE_FILE))
			return line;
	}
	return NULL;
}

/* Where the words of a line stand, so that another can be like it. */
struct layout {
	const char *line;
	unsigned int indent;		/* bytes */
	unsigned int control, module;	/* columns */
	bool control_tabs, module_tabs;
};

static unsigned int
column(const char *from, const char *to)
{
	unsigned int n = 0;

	for (; from < to; from++)
		n += *from == '\t' ? TAB - n % TAB : 1;
	return n;
}

/* The same of a line; false for one with brackets, or that names no type. */
static bool
layout_of(struct layout *l, const char *line, const char *type)
{
	const char *p = line + strspn(line, " \t"), *gap;

	l->line = line;
	l->indent = (unsigned int)(p - line);
	p += *p == '-';
	if (*p == '@' || (type != NULL && strncasecmp(p, type, strlen(type)) !=
	    0))
		return false;
	gap = p + strcspn(p, " \t\n");
	p = gap + strspn(gap, " \t");
	l->control = column(line, p);
	l->control_tabs = memchr(gap, '\t', (size_t)(p - gap)) != NULL;
	if (*p == '[')
		return false;
	gap = p + strcspn(p, " \t\n");
	p = gap + strspn(gap, " \t");
	l->module = column(line, p);
	l->module_tabs = memchr(gap, '\t', (size_t)(p - gap)) != NULL;
	return *p != '\n' && *p != '\0';
}

static unsigned int
distance(unsigned int a, unsigned int b)
{
	return a > b ? a - b : b - a;
}

/* Of the line of that type that is nearest, or else of any. */
static struct layout
find_layout(const struct stack *stack, const char *text, enum stack_type type,
    unsigned int at)
{
	const char *const types[] = { stack_type_word(type), NULL };
	struct layout l, found = { .line = NULL };
	unsigned int nearest = UINT_MAX, far;
	size_t i, k;

	for (k = 0; k < 2 && found.line == NULL; k++)
		for (i = 0; i < stack->n; i++) {
			const struct stack_line *line = &stack->lines[i];

			far = distance(line->top, at);
			if (!own(line) || far >= nearest || !layout_of(&l,
			    line_at(text, line->top), types[k]))
				continue;
			nearest = far;
			found = l;
		}
	if (found.line == NULL)
		found.line = "";
	return found;
}

/* At least one blank, up to that column. */
static unsigned int
pad(FILE *f, unsigned int at, unsigned int wanted, bool tabs)
{
	do {
		(void)fputc(tabs ? '\t' : ' ', f);
		at += tabs ? TAB - at % TAB : 1;
	} while (at < wanted);
	return at;
}

static void
put_line(FILE *f, const struct stack *stack, const char *text,
    enum stack_type type, unsigned int line, bool permissive)
{
	const struct layout l = find_layout(stack, text, type, line);
	unsigned int at = column(l.line, l.line + l.indent);

	(void)fprintf(f, "%.*s%s", (int)l.indent, l.line,
	    stack_type_word(type));
	at += (unsigned int)strlen(stack_type_word(type));
	at = pad(f, at, l.control, l.control_tabs);
	(void)fputs(stack_our_control(type), f);
	at += (unsigned int)strlen(stack_our_control(type));
	(void)pad(f, at, l.module, l.module_tabs);
	(void)fprintf(f, MODULE_FILE "%s\n",
	    permissive ? " " OPTION_PERMISSIVE : "");
}

/*
 * The comment right above a line belongs to it, and so ours goes above that;
 * but not above the one that the file begins with.
 */
static unsigned int
above_comment(const char *text, unsigned int line)
{
	unsigned int n = line;
	const char *p;

	while (n > 1) {
		p = line_at(text, n - 1);
		if (p[strspn(p, " \t")] != '#')
			return n;
		n--;
	}
	return line;
}

static unsigned int
below(const char *text, unsigned int line)
{
	struct span span = { 0, line };
	struct spans s;

	if (!spans_init(&s, text))
		return 0;
	while (spans_next(&s, &span) && span.first != line)
		;
	free(s.line);
	return span.last + 1;
}

/*
 * The number of the line that ours goes above of; 0: the file has no line of
 * that type, or there is no memory.
 */
static unsigned int
place(const struct stack *stack, const char *text, enum stack_type type)
{
	unsigned int first = 0, last = 0, other = 0, systemd = 0;
	size_t i;

	for (i = 0; i < stack->n; i++) {
		const struct stack_line *line = &stack->lines[i];

		if (line->type != type || !own(line))
			continue;
		if (first == 0)
			first = line->top;
		last = line->top;
		if (other == 0 && line->file != 0)
			other = line->top;
		if (systemd == 0 && stack_module(line, "pam_systemd.so"))
			systemd = line->top;
	}
	if (first == 0)
		return 0;
	if (type == STACK_ACCOUNT)
		return above_comment(text, first);
	if (type == STACK_SESSION && (systemd != 0 || other != 0))
		return above_comment(text, systemd != 0 ? systemd : other);
	return below(text, last);
}

/* The whole text, with a line of each type above the one of that number. */
static void
put_all(FILE *f, const struct stack *stack, const char *text,
    const unsigned int at[STACK_PASSWORD], bool permissive)
{
	enum stack_type type;
	const char *p = text, *end;
	unsigned int n;

	for (n = 1; ; n++, p = end) {
		for (type = 0; type < STACK_PASSWORD; type++)
			if (at[type] == n)
				put_line(f, stack, text, type, n,
				    permissive);
		if (*p == '\0')
			break;
		end = line_end(p);
		(void)fwrite(p, 1, (size_t)(end - p), f);
		if (end[-1] != '\n')
			(void)fputc('\n', f);
	}
}

/* What was written, or NULL when that failed. */
static char *
finish(FILE *f, char **text)
{
	bool failed = ferror(f) != 0;

	if (fclose(f) == EOF || failed) {
		free(*text);
		*text = NULL;
	}
	return *text;
}

char *
edit_add(const struct stack *stack, const char *text, unsigned int needs,
    bool permissive, const char **why)
{
	static const char *const none[STACK_PASSWORD] = {
		[STACK_ACCOUNT] = "the file has no account line",
		[STACK_SESSION] = "the file has no session line",
	};
	unsigned int at[STACK_PASSWORD] = { 0 };
	enum stack_type type;
	char *new = NULL;
	size_t len;
	FILE *f;

	*why = NULL;
	/* Who is not asked for an account is asked for no password. */
	if ((needs & 1u << STACK_ACCOUNT) != 0)
		needs |= 1u << STACK_AUTH;
	for (type = 0; type < STACK_PASSWORD; type++) {
		if ((needs & 1u << type) == 0)
			continue;
		at[type] = place(stack, text, type);
		if (at[type] == 0 && type != STACK_AUTH) {
			*why = none[type];
			return NULL;
		}
	}
	f = open_memstream(&new, &len);
	if (f == NULL)
		return NULL;
	put_all(f, stack, text, at, permissive);
	return finish(f, &new);
}

/* Writes a line of ours as it is to be; none: it goes. */
typedef void put_span(FILE *f, const char *from, const char *to,
    const struct stack_line *line);

static char *
edit_each(const struct stack *stack, const char *text, put_span *put)
{
	const struct stack_line *line;
	const char *done = text, *from;
	struct span span;
	struct spans s;
	char *new = NULL;
	size_t len;
	FILE *f;

	if (!spans_init(&s, text))
		return NULL;
	f = open_memstream(&new, &len);
	while (f != NULL && spans_next(&s, &span)) {
		line = ours_at(stack, span.first);
		if (line == NULL)
			continue;
		from = line_at(text, span.first);
		(void)fwrite(done, 1, (size_t)(from - done), f);
		done = line_at(text, span.last + 1);
		if (put != NULL)
			put(f, from, done, line);
	}
	free(s.line);
	if (f == NULL)
		return NULL;
	(void)fputs(done, f);
	return finish(f, &new);
}

char *
edit_strip(const struct stack *stack, const char *text)
{
	return edit_each(stack, text, NULL);
}

/* The end of what counts in the line at p. */
static const char *
content_end(const char *p)
{
	const char *end = p + strcspn(p, "#\n");

	while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return end;
}

static void
put_permissive(FILE *f, const char *from, const char *to,
    const struct stack_line *line)
{
	const char *p, *end = from;

	if (!stack_has_arg(line, OPTION_PERMISSIVE))
		for (p = from; p < to; p = line_end(p))
			if (content_end(p) > p)
				end = content_end(p);
	(void)fprintf(f, "%.*s%s%.*s", (int)(end - from), from,
	    end > from ? " " OPTION_PERMISSIVE : "", (int)(to - end), end);
}

/* The words from p on, each with what is before it, but for the option. */
static void
put_words(FILE *f, const char *p, const char *end)
{
	static const char word[] = OPTION_PERMISSIVE;
	const size_t len = sizeof(word) - 1;
	const char *gap;

	while (p < end) {
		gap = p;
		p += strspn(p, " \t");
		if ((size_t)(end - p) >= len && memcmp(p, word, len) == 0 &&
		    ((size_t)(end - p) == len || p[len] == ' ' ||
		    p[len] == '\t')) {
			p += len;
			continue;
		}
		while (p < end && *p != ' ' && *p != '\t')
			p++;
		(void)fwrite(gap, 1, (size_t)(p - gap), f);
	}
}

/*
 * One that goes on in further lines becomes one: with the option a last line
 * may go, and what then is next would be taken for more of it.
 */
static void
put_enforcing(FILE *f, const char *from, const char *to,
    const struct stack_line *line)
{
	const bool joined = line_end(from) < to;
	const char *p, *end;

	if (!stack_has_arg(line, OPTION_PERMISSIVE)) {
		(void)fwrite(from, 1, (size_t)(to - from), f);
		return;
	}
	for (p = from; p < to; p = line_end(p)) {
		end = content_end(p);
		if (joined && end > p && end[-1] == '\\') {
			put_words(f, p, end - 1);
			(void)fputc(' ', f);
			continue;
		}
		put_words(f, p, end);
		if (!joined)
			(void)fwrite(end, 1, (size_t)(to - end), f);
	}
	if (joined)
		(void)fputc('\n', f);
}

char *
edit_permissive(const struct stack *stack, const char *text, bool permissive)
{
	return edit_each(stack, text, permissive ? put_permissive :
	    put_enforcing);
}

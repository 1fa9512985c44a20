#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "import.h"
#include "name.h"
#include "text.h"

static const char beginning[] =
    "# A line of it that the old module ignored, or took for another rule than\n"
    "# it says, stands below in a comment, above what it became.\n"
    "# LOOK: a policy can't say just that, and the rule below says less or more.\n"
    "# Root is left alone, but by rules whose user list has root in it.\n";

static const struct format {
	const char *name;
	bool (*is)(const char *line, size_t len);
	bool (*run)(struct import *im);
	const char *note;
} formats[] = {
	{ "access.conf", import_is_access, import_access,
	    "# pam_access also took the names of groups for users' (unless its\n"
	    "# line said nodefgroup), did not tell large letters from small, and\n"
	    "# looked up addresses of host names; here that is not so.\n" },
	{ "pam-accesscontrol.conf", import_is_accesscontrol,
	    import_accesscontrol,
	    "# A user is closed out first, asked about next, and let in last, in\n"
	    "# whatever order the old lines stood.\n" },
	{ "time.conf", import_is_time, import_time,
	    "# The first rule that matches refuses; who is refused by none is in.\n"
	},
};

#define NFORMATS	(sizeof(formats) / sizeof(formats[0]))

bool
import_next(struct import *im)
{
	size_t left = (size_t)(im->end - im->p);
	const char *newline;

	if (left == 0)
		return false;
	newline = memchr(im->p, '\n', left);
	im->line.number += im->line.lines;
	im->line.lines = 1;
	im->line.text = im->p;
	im->line.len = newline != NULL ? (size_t)(newline - im->p) : left;
	im->line.ended = newline != NULL;
	im->line.shown = false;
	im->p = newline != NULL ? newline + 1 : im->end;
	return true;
}

bool
import_join(struct import *im)
{
	struct old_line first = im->line;
	bool joined = import_next(im);

	if (joined) {
		first.len = (size_t)(im->line.text - first.text) + im->line.len;
		first.ended = im->line.ended;
		first.lines++;
	}
	im->line = first;
	return joined;
}

void
import_put(struct import *im, const char *fmt, ...)
{
	size_t room = im->size - im->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(im->out + im->len, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room) {
		im->out[im->len] = '\0';
		im->full = true;
		return;
	}
	im->len += (size_t)n;
}

void
import_rule(struct import *im, const char *action)
{
	im->rules++;
	im->full = im->full || im->rules > POLICY_RULES_MAX;
	import_put(im, "%s", action);
}

char *
import_quote(char dst[IMPORT_SHOWN], const char *s, size_t len)
{
	return text_escape(dst, IMPORT_SHOWN, s, len);
}

void
import_show(struct import *im)
{
	char shown[IMPORT_SHOWN];

	if (!im->line.shown)
		import_put(im, "# line %u: %s\n", im->line.number,
		    import_quote(shown, im->line.text, im->line.len));
	im->line.shown = true;
}

void
import_note(struct import *im, const char *fmt, ...)
{
	char text[2 * IMPORT_SHOWN];
	va_list ap;

	import_show(im);
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	import_put(im, "#\t%s\n", text);
}

bool
import_in(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

bool
import_word(const char *s, size_t len, const char *word)
{
	return len == strlen(word) && strncasecmp(s, word, len) == 0;
}

bool
import_nobody(const char *name, size_t len)
{
	char copy[LEASE_NAME_MAX + 1];

	if (len > LEASE_NAME_MAX)
		return true;
	memcpy(copy, name, len);
	copy[len] = '\0';
	return !name_valid(copy);
}

/* That is for the policy's own reader to say. */
bool
import_fits(enum condition cond, const char *item, size_t len)
{
	char line[LEASE_NAME_MAX + 32];
	struct error err = { .code = ERROR_NONE };
	struct policy policy;
	bool fits;

	if (len == 0 || len > LEASE_NAME_MAX || item[0] == '!' ||
	    memchr(item, '"', len) != NULL || !text_printable(item, len))
		return false;
	(void)snprintf(line, sizeof(line), "deny %s \"%.*s\"",
	    condition_word(cond), (int)len, item);
	fits = policy_parse(line, strlen(line), "", &policy, &err) == 0;
	policy_free(&policy);
	return fits;
}

void
import_item(struct import_list *list, bool negated, const char *item,
    size_t len)
{
	const char *quote = "";
	size_t i;

	for (i = 0; i < len; i++)
		if (import_in(item[i], " \t#"))
			quote = "\"";
	if (list->im != NULL && list->n == 0)
		import_put(list->im, " %s ", condition_word(list->cond));
	if (list->im != NULL)
		import_put(list->im, "%s%s%s%.*s%s", list->n > 0 ? "," : "",
		    negated ? "!" : "", quote, (int)len, item, quote);
	list->n++;
}

/* What no old file may have, whatever it is. */
static int
check(struct import im, struct error *err)
{
	if ((size_t)(im.end - im.p) > IMPORT_FILE_MAX)
		return error_set(err, ERROR_INVALID, "longer than %d bytes",
		    IMPORT_FILE_MAX);
	while (import_next(&im)) {
		if (memchr(im.line.text, '\0', im.line.len) != NULL)
			return error_set(err, ERROR_INVALID,
			    "a NUL byte in line %u", im.line.number);
		if (im.line.len > IMPORT_LINE_MAX)
			return error_set(err, ERROR_INVALID,
			    "line %u is longer than %d bytes", im.line.number,
			    IMPORT_LINE_MAX);
	}
	return 0;
}

static const struct format *
format_of(const struct old_line *line)
{
	size_t i, n = 0;

	while (n < line->len && import_in(line->text[n], " \t"))
		n++;
	if (n == line->len || line->text[n] == '#')
		return NULL;
	for (i = 0; i < NFORMATS; i++)
		if (formats[i].is(line->text + n, line->len - n))
			return &formats[i];
	return NULL;
}

/* One line that is unmistakable is enough, but they must agree. */
static const struct format *
find_format(struct import im, struct error *err)
{
	const struct format *first = NULL, *format;
	unsigned int number = 0;

	while (import_next(&im)) {
		format = format_of(&im.line);
		if (first != NULL && format != NULL && format != first) {
			(void)error_set(err, ERROR_INVALID, "line %u is as in "
			    "%s, but line %u as in %s", number, first->name,
			    im.line.number, format->name);
			return NULL;
		}
		if (first == NULL) {
			first = format;
			number = im.line.number;
		}
	}
	if (first == NULL)
		(void)error_set(err, ERROR_INVALID, "no rule as in time.conf, "
		    "access.conf or pam-accesscontrol.conf in it");
	return first;
}

long
import_policy(const char *data, size_t len, char *out, size_t size,
    struct error *err)
{
	struct import im = { .p = data, .end = data + len, .out = out,
	    .size = size, .line = { .lines = 1 } };
	const struct format *format;

	error_clear(err);
	out[0] = '\0';
	format = check(im, err) == 0 ? find_format(im, err) : NULL;
	if (format == NULL)
		return -1;
	import_put(&im, "# Made from an old %s.\n%s%s\n", format->name, beginning,
	    format->note);
	if (!format->run(&im))
		return error_system(err, "importing");
	if (im.full)
		return error_set(err, ERROR_INVALID, "too much for one policy: "
		    "more than %d rules or %d bytes", POLICY_RULES_MAX,
		    POLICY_FILE_MAX);
	return (long)im.len;
}

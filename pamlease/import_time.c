#include <stdlib.h>
#include <string.h>

#include "import_time.h"

#define FIELDS	4		/* services;ttys;users;times */

/* A line of time.conf. */
struct time_line {
	struct import *im;
	char *text;		/* without what continues it, and comment */
	char *field[FIELDS];
	struct names service, tty, user;
	struct times times;
	const struct way *way[3];	/* of the rule that is written */
};

static size_t
count(const char *s, size_t len, char c)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++)
		n += s[i] == c ? 1 : 0;
	return n;
}

/* Some write another one than ';', and all the rest is unmistakable. */
static char
other_separator(const char *s, size_t len)
{
	static const char others[] = ":,|";
	const char *p, *last;

	for (p = others; *p != '\0'; p++) {
		last = memrchr(s, *p, len);
		if (count(s, len, *p) == FIELDS - 1 && last != NULL &&
		    times_is_span(last + 1, (size_t)(s + len - last - 1)))
			return *p;
	}
	return '\0';
}

bool
import_is_time(const char *line, size_t len)
{
	const char *comment = memchr(line, '#', len);

	if (comment != NULL)
		len = (size_t)(comment - line);
	return memchr(line, ';', len) != NULL ||
	    other_separator(line, len) != '\0';
}

/* The next line, and those that a '\' continues it with. */
static bool
next_line(struct time_line *t)
{
	struct import *im = t->im;
	size_t len = 0, from = 0, n;
	bool more, comment = false;

	t->text[0] = '\0';
	if (!import_next(im))
		return false;
	do {
		const char *p = im->line.text + from;

		n = im->line.len - from;
		comment = memchr(p, '#', n) != NULL;
		if (comment)
			n = (size_t)((const char *)memchr(p, '#', n) - p);
		more = !comment && im->line.ended && n > 0 && p[n - 1] == '\\';
		if (more)
			n--;
		memcpy(t->text + len, p, n);
		len += n;
		from = im->line.len + 1;
	} while (more && import_join(im));
	t->text[len] = '\0';
	if (!im->line.ended && !comment && strchr(t->text, ';') != NULL)
		import_note(im, "the newline at its end is missing: pam_time "
		    "refused all whom it names, always");
	return true;
}

/* Takes the first field of all that is left. */
static char *
take_field(char **p, char separator)
{
	char *field = *p, *end = strchrnul(field, separator);

	*p = *end != '\0' ? end + 1 : end;
	*end = '\0';
	return field + strspn(field, " \t");
}

/* What of the line pam_time takes for a rule; NULL when nothing. */
static char *
find_rule(struct time_line *t, char *separator)
{
	char *p = t->text, *last;
	size_t i, n = count(p, strlen(p), ';') + 1;

	*separator = ';';
	last = strrchr(p, ';');
	if (n == 1) {
		*separator = other_separator(p, strlen(p));
		if (*separator == '\0')
			return NULL;
		import_note(t->im, "pam_time wants ';' between the fields, "
		    "and ignored the line");
		return p;
	}
	if (n == FIELDS + 1 && last[1 + strspn(last + 1, " \t\r")] == '\0') {
		*last = '\0';
		import_note(t->im, "pam_time wants no ';' at the end, and "
		    "ignored the line");
		return p;
	}
	for (; n > FIELDS; n -= FIELDS) {
		for (i = 0; i < FIELDS; i++)
			(void)take_field(&p, ';');
		import_note(t->im, "pam_time ignored the first four fields, "
		    "and went on with the next");
	}
	return n == FIELDS ? p : NULL;
}

static void
put_rule(void *arg, const char *during)
{
	struct time_line *t = arg;

	import_rule(t->im, "deny");
	(void)names_put(&t->user, t->way[2], t->im);
	(void)names_put(&t->service, t->way[0], t->im);
	(void)names_put(&t->tty, t->way[1], t->im);
	import_put(t->im, "%s%s\n", during[0] != '\0' ? " during " : "",
	    during);
}

/* A rule for each way in which all three fields can match. */
static void
put_rules(struct time_line *t)
{
	const struct names *all[] = { &t->service, &t->tty, &t->user };
	size_t i, total = 1, way, rest;

	for (i = 0; i < 3; i++)
		total *= all[i]->nways;
	if (total == 0)
		import_note(t->im, "it matches nobody");
	for (way = 0; way < total && !t->im->full; way++) {
		for (rest = way, i = 0; i < 3; i++) {
			t->way[i] = &all[i]->way[rest % all[i]->nways];
			rest /= all[i]->nways;
		}
		if (times_put(&t->times, put_rule, t) == 0) {
			import_note(t->im, "it refuses nobody");
			break;
		}
	}
}

static void
take_rule(struct time_line *t)
{
	char separator, *p;
	size_t i;

	if (t->text[strspn(t->text, " \t\r\v\f")] == '\0')
		return;
	p = find_rule(t, &separator);
	if (p == NULL) {
		import_note(t->im, "pam_time wants SERVICES;TTYS;USERS;TIMES, "
		    "and ignored it; so does this policy");
		return;
	}
	for (i = 0; i < FIELDS; i++)
		t->field[i] = take_field(&p, separator);
	names_read(&t->service, t->im, t->field[0], COND_SERVICE);
	names_read(&t->tty, t->im, t->field[1], COND_TTY);
	names_read(&t->user, t->im, t->field[2], COND_USER);
	times_read(&t->times, t->im, t->field[3]);
	put_rules(t);
}

bool
import_time(struct import *im)
{
	struct time_line *t = calloc(1, sizeof(*t));
	bool done = false;

	if (t == NULL)
		return false;
	t->im = im;
	t->text = malloc((size_t)(im->end - im->p) + 1);
	if (t->text == NULL)
		goto out;
	while (!im->full && next_line(t))
		take_rule(t);
	import_rule(im, "allow");
	import_put(im, "\n");
	done = true;
out:
	free(t->text);
	free(t);
	return done;
}

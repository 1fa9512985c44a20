#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"
#include "words.h"

#define SHOWN	64	/* bytes of a word in a problem, before escapes */

static bool
blank(char ch)
{
	return ch == ' ' || ch == '\t';
}

bool
words_next(struct words *w)
{
	bool quoted = false;
	char *p, last;

	while (w->p < w->end && blank(*w->p))
		w->p++;
	w->word = w->p;
	for (p = w->p; p < w->end && *p != '\0' &&
	    (quoted || (!blank(*p) && *p != '#')); p++)
		quoted = quoted != (*p == '"');
	last = p < w->end ? *p : ' ';
	*p = '\0';
	if ((p < w->end && last == '\0') || quoted) {
		words_bad_word(w, quoted ? "a quote is not closed" :
		    "a NUL byte behind");
		w->word = p;
		w->p = w->end;
		return false;
	}
	/* What is behind a '#' is no longer seen. */
	w->p = last == '#' || p == w->end ? w->end : p + 1;
	return w->word[0] != '\0';
}

static void
report(struct words *w, const char *at, const char *text)
{
	const struct problem problem = {
		.line = w->line,
		.column = (size_t)(at - w->start) + 1,
		.text = text,
	};

	w->problems++;
	w->report(w->arg, &problem);
}

void
words_bad(struct words *w, const char *at, const char *fmt, ...)
{
	char text[PROBLEM_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	report(w, at, text);
}

void
words_bad_word(struct words *w, const char *fmt, ...)
{
	char text[PROBLEM_MAX], shown[2 * SHOWN];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	n = strlen(text);
	(void)snprintf(text + n, sizeof(text) - n, ": '%s'",
	    text_escape(shown, sizeof(shown), w->word,
	    strnlen(w->word, SHOWN + 1)));
	report(w, w->word, text);
}

bool
words_need(struct words *w, const char *key, const char *what)
{
	size_t before = w->problems;

	if (words_next(w))
		return true;
	if (w->problems == before)
		words_bad(w, w->word, "%s needs %s", key, what);
	return false;
}

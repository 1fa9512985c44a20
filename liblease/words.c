#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"
#include "words.h"

#define MARK	"\xef\xbb\xbf"	/* of byte order, from some editors */
#define SHOWN	64	/* bytes of a word in a problem, before escapes */

static bool
blank(char ch)
{
	return ch == ' ' || ch == '\t';
}

void
words_begin(struct words *w, char *line, size_t len)
{
	w->start = w->p = line;
	w->end = line + len;
	w->line++;
	w->lost = false;
	if (w->line == 1 && len >= strlen(MARK) &&
	    memcmp(line, MARK, strlen(MARK)) == 0) {
		words_bad(w, line, "a byte order mark, want a file without");
		w->p += strlen(MARK);
	}
}

static bool
control(char ch)
{
	return (unsigned char)ch < ' ' || ch == '\x7f';
}

/* Quotes are taken out later: one may part the two bytes of it. */
static bool
has_no_break_space(const char *word)
{
	while ((word = strchr(word, 0xc2)) != NULL) {
		word++;
		if (word[strspn(word, "\"")] == '\xa0')
			return true;
	}
	return false;
}

/* What is in no word, of one that ends at p; NULL when all is well. */
static const char *
unfit(const struct words *w, const char *p, char last)
{
	const char *at;

	if (p < w->end && last == '\0')
		return "a NUL byte behind";
	if (p == w->end && p > w->word && p[-1] == '\r')
		return "a line ends in LF, not in CR LF";
	for (at = w->word; at < p; at++)
		if (control(*at))
			return "a control character";
	return has_no_break_space(w->word) ? "a no-break space" : NULL;
}

bool
words_next(struct words *w)
{
	bool quoted = false;
	char *p, last = ' ';
	const char *what;

	while (w->p < w->end && blank(*w->p))
		w->p++;
	w->word = w->p;
	for (p = w->p; p < w->end && *p != '\0' &&
	    (quoted || (!blank(*p) && *p != '#')); p++)
		quoted = quoted != (*p == '"');
	if (p < w->end)
		last = *p;
	*p = '\0';
	what = unfit(w, p, last);
	if (what == NULL && quoted)
		what = "a quote is not closed";
	/* What is behind a '#' is no longer seen. */
	w->p = what != NULL || last == '#' || p == w->end ? w->end : p + 1;
	if (what == NULL)
		return w->word[0] != '\0';
	words_bad_word(w, "%s", what);
	w->word = p;
	w->lost = true;
	return false;
}

static void
report(struct words *w, const char *at, const char *text)
{
	const struct problem problem = {
		.line = w->line,
		.column = (size_t)(at - w->start) + 1,
		.text = text,
	};

	if (w->lost)
		return;
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
	if (words_next(w))
		return true;
	words_bad(w, w->word, "%s needs %s", key, what);
	return false;
}

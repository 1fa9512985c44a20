#include <string.h>

#include "report_page.h"
#include "text.h"

static const char *
entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void
html_text(FILE *f, const char *text)
{
	char shown[SHOWN_MAX];
	const char *p;

	/* Nor control characters, nor bytes that are no UTF-8. */
	for (p = show(shown, text); *p != '\0'; p++)
		if (entity(*p) != NULL)
			(void)fputs(entity(*p), f);
		else
			(void)putc(*p, f);
}

void
html_between(FILE *f, const char *before, const char *text,
    const char *behind)
{
	(void)fputs(before, f);
	html_text(f, text);
	(void)fputs(behind, f);
}

void
html_time(FILE *f, int64_t t, bool seconds)
{
	char text[TIMESTAMP_TEXT_MAX];

	(void)fprintf(f, "<time>%s</time>", timestamp_local_date(text,
	    host_zone(), t, seconds));
}

#include <string.h>

#include "stack.h"

char *
stack_word(char **p, bool *brackets)
{
	char *word = *p + strspn(*p, STACK_BLANKS), *from, *to;

	*brackets = *word == '[';
	*p = word;
	if (*word == '\0')
		return NULL;
	if (!*brackets) {
		*p = word + strcspn(word, STACK_BLANKS);
		if (**p != '\0')
			*(*p)++ = '\0';
		return word;
	}
	for (from = to = ++word; *from != '\0' && *from != ']'; from++) {
		if (from[0] == '\\' && from[1] == ']')
			from++;
		*to++ = *from;
	}
	*p = *from == ']' ? from + 1 : from;
	*to = '\0';
	return word;
}

/* What of the next line of the file counts; *more: it goes on in another. */
static const char *
take_piece(struct stack_text *r, size_t *len, bool *more)
{
	const char *nl = memchr(r->p, '\n', (size_t)(r->end - r->p));
	const char *p = r->p, *stop = nl != NULL ? nl : r->end, *mark;

	r->p = nl != NULL ? nl + 1 : r->end;
	r->next++;
	while (p < stop && (*p == ' ' || *p == '\t'))
		p++;
	mark = memchr(p, '#', (size_t)(stop - p));
	if (mark != NULL)
		stop = mark;
	while (stop > p && (stop[-1] == ' ' || stop[-1] == '\t'))
		stop--;
	*len = (size_t)(stop - p);
	if (stop != p)
		*more = mark == NULL && stop[-1] == '\\';
	return p;
}

int
stack_take(struct stack_text *text, char *line)
{
	bool more = false, first = true;
	const char *piece;
	size_t used = 0, len;

	while (text->p < text->end) {
		piece = take_piece(text, &len, &more);
		if (len == 0)
			continue;
		if (first)
			text->line = text->next;
		first = false;
		memcpy(line + used, piece, len);
		used += len;
		if (more)
			line[used - 1] = ' ';
		line[used] = '\0';
		if (!more)
			return 1;
	}
	return more ? -1 : 0;
}

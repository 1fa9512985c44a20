#include <string.h>

#include "import_time.h"

struct glob
glob_of(const char *text, size_t len)
{
	const char *star = memchr(text, '*', len);
	struct glob g = { .head = text, .headlen = len };

	if (star == NULL)
		return g;
	g.star = true;
	g.headlen = (size_t)(star - text);
	g.tail = star + 1;
	g.taillen = len - g.headlen - 1;
	g.many = memchr(g.tail, '*', g.taillen) != NULL;
	return g;
}

static bool
starts(const char *s, size_t len, const char *head, size_t headlen)
{
	return len >= headlen && memcmp(s, head, headlen) == 0;
}

static bool
ends(const char *s, size_t len, const char *tail, size_t taillen)
{
	return len >= taillen &&
	    memcmp(s + len - taillen, tail, taillen) == 0;
}

bool
glob_narrow(struct glob *a, const struct glob *b)
{
	struct glob old = *a;

	if (b->many || a->many) {
		/* Too much rather than too little. */
		if (a->many)
			*a = *b;
		return true;
	}
	if (!a->star && !b->star)
		return a->headlen == b->headlen &&
		    memcmp(a->head, b->head, a->headlen) == 0;
	if (!a->star || !b->star) {
		if (a->star)
			*a = *b;
		b = old.star ? &old : b;
		return starts(a->head, a->headlen, b->head, b->headlen) &&
		    ends(a->head, a->headlen, b->tail, b->taillen);
	}
	if (b->headlen > a->headlen) {
		a->head = b->head;
		a->headlen = b->headlen;
	}
	if (b->taillen > a->taillen) {
		a->tail = b->tail;
		a->taillen = b->taillen;
	}
	return starts(a->head, a->headlen, b->head, b->headlen) &&
	    starts(a->head, a->headlen, old.head, old.headlen) &&
	    ends(a->tail, a->taillen, b->tail, b->taillen) &&
	    ends(a->tail, a->taillen, old.tail, old.taillen);
}

/* The two parts and what joins them as one item. */
static void
put_parts(struct import_list *list, bool negated, const struct glob *g,
    const char *star, size_t skip)
{
	char item[LEASE_NAME_MAX + 1];
	size_t len = g->headlen + strlen(star) + g->taillen - skip;

	if (len >= sizeof(item))
		return;
	memcpy(item, g->head, g->headlen);
	memcpy(item + g->headlen, star, strlen(star));
	memcpy(item + len - (g->taillen - skip), g->tail + skip,
	    g->taillen - skip);
	if (import_fits(list->cond, item, len))
		import_item(list, negated, item, len);
}

/* A policy's '*' lets nothing overlap: what does follows by name. */
void
glob_put(struct import_list *list, bool negated, const struct glob *g)
{
	size_t k;

	if (!g->star) {
		import_item(list, negated, g->head, g->headlen);
		return;
	}
	put_parts(list, negated, g, "*", 0);
	for (k = 1; k <= g->headlen && k <= g->taillen && !g->many; k++)
		if (memcmp(g->head + g->headlen - k, g->tail, k) == 0)
			put_parts(list, negated, g, "", k);
}

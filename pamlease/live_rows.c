#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "live.h"
#include "text.h"

#define LEFT_WIDTH	9	/* "364d 23h" */
#define END_WIDTH	16	/* "2026-03-21 11:30" */
#define NAME_MIN	8
#define NAME_MAX_WIDTH	32
#define BAR_MAX		24

struct live_row *
live_add(struct live_rows *rows, enum live_kind kind, const char *user)
{
	struct live_row *row;

	if (rows->n == rows->room) {
		size_t more = rows->room * 2 + 16;
		struct live_row *list = reallocarray(rows->list, more,
		    sizeof(*list));

		rows->failed |= list == NULL;
		if (list == NULL)
			return NULL;
		rows->list = list;
		rows->room = more;
	}
	row = &rows->list[rows->n];
	memset(row, 0, sizeof(*row));
	row->kind = kind;
	row->number = rows->n++;
	(void)text_copy(row->user, sizeof(row->user), user);
	return row;
}

static int
in_order(const void *a, const void *b)
{
	const struct live_row *x = a, *y = b;
	int r = strcmp(x->user, y->user);

	if (r != 0)
		return r;
	if ((x->kind == LIVE_SESSION) != (y->kind == LIVE_SESSION))
		return x->kind == LIVE_SESSION ? 1 : -1;
	return x->number < y->number ? -1 : x->number > y->number;
}

void
live_sort(struct live_rows *rows)
{
	if (rows->n > 1)
		qsort(rows->list, rows->n, sizeof(*rows->list), in_order);
}

void
live_free(struct live_rows *rows)
{
	free(rows->list);
	memset(rows, 0, sizeof(*rows));
}

/*
 * Length of the character at s, and its columns; one that this locale has not
 * is shown as a question mark.
 */
static size_t
character(const char *s, size_t len, size_t *columns, bool *known)
{
	unsigned int point;
	size_t n = text_utf8(s, len, &point);
	int width = n == 0 ? -1 : wcwidth((wchar_t)point);

	*known = width >= 0;
	*columns = width >= 0 ? (size_t)width : 1;
	return n == 0 ? 1 : n;
}

/* How much of the text fits into the columns: its length, and what it takes. */
static size_t
fitting(const char *text, size_t columns, size_t *taken)
{
	size_t at, n, width, len = strlen(text);
	bool known;

	*taken = 0;
	for (at = 0; at < len; at += n) {
		n = character(text + at, len - at, &width, &known);
		if (*taken + width > columns)
			break;
		*taken += width;
	}
	return at;
}

static char *
put(char *dst, const char *end, const char *s, size_t n)
{
	if (n > (size_t)(end - dst))
		return dst;
	memcpy(dst, s, n);
	return dst + n;
}

static char *
put_text(char *dst, const char *end, const char *s, size_t len)
{
	size_t n, width;
	bool known;

	for (; len > 0; s += n, len -= n) {
		n = character(s, len, &width, &known);
		dst = known ? put(dst, end, s, n) : put(dst, end, "?", 1);
	}
	return dst;
}

char *
live_cut(char *dst, size_t size, const char *text, size_t columns)
{
	const char *mark = wcwidth(L'\u2026') == 1 ? "\u2026" : "~";
	const char *end = dst + size - 1;
	size_t taken, len = fitting(text, columns, &taken);
	char *to = dst;

	if (text[len] != '\0' && columns > 0) {
		len = fitting(text, columns - 1, &taken);
		to = put_text(to, end, text, len);
		to = put(to, end, mark, strlen(mark));
		taken++;
	} else
		to = put_text(to, end, text, len);
	for (; taken < columns; taken++)
		to = put(to, end, " ", 1);
	*to = '\0';
	return dst;
}

char *
live_bar(char *dst, size_t cells, int64_t left, int64_t whole)
{
	size_t n = 0;

	if (left >= whole)
		n = cells;
	else if (left > 0)
		n = (size_t)((left * (int64_t)cells + whole - 1) / whole);
	memset(dst, '#', n);
	memset(dst + n, '-', cells - n);
	dst[cells] = '\0';
	return dst;
}

/* Each but the first stands behind two blanks; what has no room is left out. */
static size_t
take(size_t *width, size_t wanted)
{
	if (*width < wanted + 2)
		return 0;
	*width -= wanted + 2;
	return wanted;
}

void
live_columns(struct live_columns *c, size_t width)
{
	size_t bar = width / 6;

	memset(c, 0, sizeof(*c));
	c->name = width * 3 / 10;
	if (c->name < NAME_MIN)
		c->name = NAME_MIN;
	if (c->name > NAME_MAX_WIDTH)
		c->name = NAME_MAX_WIDTH;
	if (c->name > width)
		c->name = width;
	width -= c->name;
	c->left = take(&width, LEFT_WIDTH);
	if (c->left != 0 && bar > 3)
		c->bar = take(&width, bar > BAR_MAX ? BAR_MAX : bar);
	if (c->bar != 0)
		c->end = take(&width, END_WIDTH);
	if (width > 2)
		c->text = take(&width, width - 2);
}

static void
column(char *dst, const char *text, size_t columns)
{
	size_t len = strlen(dst);

	if (columns == 0)
		return;
	if (len > 0 && len + 2 < LIVE_LINE_MAX) {
		(void)memcpy(dst + len, "  ", 3);
		len += 2;
	}
	(void)live_cut(dst + len, LIVE_LINE_MAX - len, text, columns);
}

static const struct live_row heading = {
	.name = "USER", .left = "TIME LEFT", .end = "EXPIRES AT",
	.text = "GRANTED BY"
};

char *
live_line(char *dst, const struct live_row *row, const struct live_columns *c)
{
	char bar[BAR_MAX + 1] = "";
	size_t columns[] = { c->left, c->bar, c->end, c->text }, all = 0, i;

	dst[0] = '\0';
	if (row == NULL)
		row = &heading;
	column(dst, row->name, c->name);
	if (row->kind == LIVE_BROKEN) {		/* why has all the room */
		for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
			all += columns[i] > 0 ? columns[i] + 2 : 0;
		column(dst, row->text, all > 2 ? all - 2 : 0);
		return dst;
	}
	column(dst, row->left, c->left);
	if (row->whole_s > 0)
		(void)live_bar(bar, c->bar, row->left_s, row->whole_s);
	column(dst, bar, c->bar);
	column(dst, row->end, c->end);
	column(dst, row->text, c->text);
	return dst;
}

size_t
live_find(const struct live_rows *rows, const struct live_row *chosen,
    size_t place)
{
	size_t i, same = SIZE_MAX;

	for (i = 0; i < rows->n; i++) {
		const struct live_row *row = &rows->list[i];

		if (strcmp(row->user, chosen->user) != 0)
			continue;
		if (row->kind == chosen->kind &&
		    strcmp(row->name, chosen->name) == 0)
			return i;
		if (same == SIZE_MAX)
			same = i;
	}
	if (same != SIZE_MAX)
		return same;
	return place < rows->n ? place : rows->n - (rows->n > 0);
}

size_t
live_top(size_t top, size_t chosen, size_t n, size_t height)
{
	if (height == 0 || n <= height)
		return 0;
	if (chosen < top)
		return chosen;
	if (chosen >= top + height)
		top = chosen - height + 1;
	return top > n - height ? n - height : top;
}

#include <sys/ioctl.h>

#include <curses.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "live.h"

#define ESCAPE_WAIT	50	/* ms until an escape is no key's beginning */
#define AROUND		3	/* lines around the rows */

enum { PLENTY = 1, SOON, LAST };	/* pairs of colours of bars */

static SCREEN *terminal;
static bool colours;

int
live_begin(void)
{
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	/* Not initscr(), which exits. */
	terminal = newterm(NULL, stdout, stdin);
	if (terminal == NULL)
		return -1;
	(void)set_escdelay(ESCAPE_WAIT);
	(void)cbreak();
	(void)noecho();
	(void)typeahead(-1);
	(void)nodelay(stdscr, TRUE);
	(void)keypad(stdscr, TRUE);
	(void)curs_set(0);
	colours = getenv("NO_COLOR") == NULL && has_colors() &&
	    start_color() == OK && use_default_colors() == OK &&
	    init_pair(PLENTY, COLOR_GREEN, -1) == OK &&
	    init_pair(SOON, COLOR_YELLOW, -1) == OK &&
	    init_pair(LAST, COLOR_RED, -1) == OK;
	return 0;
}

void
live_end(void)
{
	if (terminal == NULL)
		return;
	(void)endwin();
	delscreen(terminal);
	terminal = NULL;
}

void
live_resize(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
	    size.ws_row > 0 && size.ws_col > 0)
		(void)resizeterm(size.ws_row, size.ws_col);
}

size_t
live_page(void)
{
	return LINES > AROUND ? (size_t)(LINES - AROUND) : 0;
}

/* A whole line; in the last column of the last one a terminal may scroll. */
static void
put_line(int y, const char *text, attr_t attributes)
{
	char line[LIVE_LINE_MAX];
	size_t width = (size_t)COLS - (y == LINES - 1);

	if (y < 0 || y >= LINES)
		return;
	(void)attrset((int)attributes);
	(void)mvaddstr(y, 0, live_cut(line, sizeof(line), text, width));
	(void)attrset(A_NORMAL);
}

static short
colour_of(const struct live_row *row)
{
	if (row->left_s * 10 <= row->whole_s)
		return LAST;
	return row->left_s * 3 <= row->whole_s ? SOON : PLENTY;
}

static void
put_row(int y, const struct live_row *row, const struct live_columns *c,
    bool chosen)
{
	char line[LIVE_LINE_MAX];

	put_line(y, live_line(line, row, c), chosen ? A_REVERSE : A_NORMAL);
	if (colours && row->whole_s > 0 && c->bar > 0)
		(void)mvchgat(y, (int)(c->name + c->left + 4), (int)c->bar,
		    chosen ? A_REVERSE : A_NORMAL, colour_of(row), NULL);
}

static void
put_head(const struct live_screen *s, const struct live_columns *c)
{
	char text[LIVE_TEXT_MAX + 128], line[LIVE_LINE_MAX];

	(void)snprintf(text, sizeof(text), "Leases: %zu  Sessions: %zu  %s%s%s",
	    s->rows.leases, s->rows.sessions, s->rows.clock,
	    s->rows.trouble[0] != '\0' ? "  " : "", s->rows.trouble);
	put_line(0, text, A_NORMAL);
	put_line(1, live_line(line, NULL, c), A_BOLD);
}

void
live_draw(struct live_screen *s)
{
	struct live_columns c;
	size_t i, page = live_page();

	live_columns(&c, (size_t)COLS);
	s->top = live_top(s->top, s->chosen, s->rows.n, page);
	(void)erase();
	if (LINES > 1)
		put_head(s, &c);
	for (i = 0; i < page && s->top + i < s->rows.n; i++)
		put_row((int)i + 2, &s->rows.list[s->top + i], &c,
		    s->top + i == s->chosen);
	put_line(LINES - 1, s->line, A_NORMAL);
	(void)refresh();
}

static const struct {
	int code;
	enum live_key key;
} keys[] = {
	{ KEY_UP, LIVE_UP }, { KEY_DOWN, LIVE_DOWN },
	{ KEY_PPAGE, LIVE_PAGE_UP }, { KEY_NPAGE, LIVE_PAGE_DOWN },
	{ KEY_HOME, LIVE_FIRST }, { KEY_END, LIVE_LAST },
	{ KEY_ENTER, LIVE_ENTER }, { '\n', LIVE_ENTER }, { '\r', LIVE_ENTER },
	{ 27, LIVE_ESCAPE }, { KEY_BACKSPACE, LIVE_ERASE },
	{ '\b', LIVE_ERASE }, { 127, LIVE_ERASE }, { ERR, LIVE_NONE },
};

enum live_key
live_key(char *c)
{
	int code;
	size_t i;

	/* Nobody has typed that, and it answers nothing. */
	do
		code = getch();
	while (code == KEY_RESIZE);
	*c = '\0';
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].code == code)
			return keys[i].key;
	if (code < ' ' || code > '~')
		return LIVE_OTHER;
	*c = (char)code;
	return LIVE_CHARACTER;
}

void
live_flush(void)
{
	(void)flushinp();
}

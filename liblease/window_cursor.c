#include "window_cursor.h"

#define DIGITS_MAX	8

void
window_note(struct window_cursor *c, const char *at, const char *why)
{
	if (c->r->why != NULL)
		return;
	c->r->why = why;
	c->r->at = at;
}

bool
window_lost(struct window_cursor *c, const char *at, const char *why)
{
	c->r->why = why;
	c->r->at = at;
	c->r->lost = true;
	return false;
}

bool
window_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
window_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char
window_peek(struct window_cursor *c)
{
	for (; c->p < c->end && (*c->p == ' ' || *c->p == '\t'); c->p++)
		window_note(c, c->p, "a list has no blanks");
	if (c->p == c->end)
		return '\0';
	return *c->p;
}

bool
window_take(struct window_cursor *c, char want)
{
	if (window_peek(c) != want)
		return false;
	c->p++;
	return true;
}

size_t
window_number(struct window_cursor *c, int *n)
{
	size_t digits = 0;

	*n = 0;
	(void)window_peek(c);
	for (; c->p < c->end && window_is_digit(*c->p) && digits < DIGITS_MAX;
	    digits++)
		*n = *n * 10 + (*c->p++ - '0');
	return digits;
}

bool
window_time(struct window_cursor *c, unsigned int which)
{
	static const char why[] = "times are HHMM or HH:MM";
	struct window_reading *r = c->r;
	int hours, minutes = 0;
	const char *at;
	bool colon;
	size_t n;

	(void)window_peek(c);
	at = c->p;
	n = window_number(c, &hours);
	colon = n > 0 && n <= 2 && window_take(c, ':');
	if (n == 0 || n > 4 || (colon && window_number(c, &minutes) != 2))
		return window_lost(c, at, why);
	if (n != (colon ? 2 : 4))
		window_note(c, at, why);
	if (n > 2) {
		minutes = hours % 100;
		hours /= 100;
	}
	if (hours > 24)
		return window_lost(c, at, "hours are 00 to 24");
	if (minutes > 59)
		return window_lost(c, at, "minutes are 00 to 59");
	if (hours == 24 && minutes > 0)
		return window_lost(c, at, "a day ends at 24:00");
	if (hours == 24 && which == 0)
		return window_lost(c, at, "24:00 can only be an end");
	if (r->times == 0)
		r->colon = colon;
	else if (colon != r->colon)
		window_note(c, at, "one item has HHMM or HH:MM, not both");
	r->times |= 1u << which;
	r->minutes[which] = hours * 60 + minutes;
	return true;
}

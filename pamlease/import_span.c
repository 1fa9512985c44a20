#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "import_time.h"
#include "window_days.h"

static const struct {
	const char *name;
	unsigned int days;
} names[] = {
	{ "mo", 1u << 1 }, { "tu", 1u << 2 }, { "we", 1u << 3 },
	{ "th", 1u << 4 }, { "fr", 1u << 5 }, { "sa", 1u << 6 },
	{ "su", 1u << 0 }, { "wk", 0x3e }, { "wd", 0x41 },
	{ "al", WINDOW_DAYS_ALL },
};

#define NNAMES	(sizeof(names) / sizeof(names[0]))

/* A word while it is read, and what pam_time made of it. */
struct reading {
	const char *p, *end;
	const struct span *before;
	struct span *span;
	bool range;		/* it knows no Mo-Fr, */
	bool times;		/* nothing but HHMM-HHMM, */
	bool days;		/* and no times without days */
	bool minutes;		/* it took 8 for 0008 */
	bool odd;		/* 0860, 2500 */
};

static bool
at_digit(const struct reading *r)
{
	return r->p < r->end && *r->p >= '0' && *r->p <= '9';
}

static bool
take(struct reading *r, const char *set)
{
	bool there = r->p < r->end && import_in(*r->p, set);

	if (there)
		r->p++;
	return there;
}

/* The name's number; NNAMES when there is none. */
static size_t
take_day(struct reading *r)
{
	size_t i;

	for (i = 0; i < NNAMES; i++)
		if (r->end - r->p >= 2 &&
		    strncasecmp(r->p, names[i].name, 2) == 0) {
			r->p += 2;
			break;
		}
	return i;
}

/* The rest of Mo-Fr, unless it is a time that follows. */
static bool
take_range(struct reading *r, size_t first)
{
	size_t last, i;

	if (r->end - r->p < 2 || r->p[0] != '-' ||
	    (r->p[1] >= '0' && r->p[1] <= '9'))
		return true;
	r->p++;
	last = take_day(r);
	if (first > 6 || last > 6)
		return false;
	r->range = true;
	for (i = first; i != last; i = (i + 1) % 7)
		r->span->days |= names[i].days;
	r->span->days |= names[last].days;
	return true;
}

/* A day that comes twice is none.  Without days it's those before. */
static bool
take_days(struct reading *r)
{
	size_t day;

	if (at_digit(r)) {
		r->days = true;
		r->span->days = r->before != NULL ? r->before->days :
		    WINDOW_DAYS_ALL;
		return true;
	}
	do {
		day = take_day(r);
		if (day == NNAMES)
			return false;
		r->span->days ^= names[day].days;
		if (!take_range(r, day))
			return false;
	} while (r->p < r->end && !at_digit(r) && *r->p != '-');
	return true;
}

/*
 * HHMM, but also 800, 8, 08:00 and nothing; as the number that pam_time
 * compares, or -1.
 */
static int
take_time(struct reading *r, size_t *digits)
{
	int n = 0, minutes = 0;
	size_t i;

	for (*digits = 0; at_digit(r) && *digits < 4; (*digits)++)
		n = n * 10 + (*r->p++ - '0');
	if (*digits > 0 && *digits <= 2)
		n *= 100;
	if (!take(r, ":."))
		return n;
	r->times = true;
	if (*digits == 0 || *digits > 2)
		return -1;
	for (i = 0; i < 2; i++) {
		if (!at_digit(r))
			return -1;
		minutes = minutes * 10 + (*r->p++ - '0');
	}
	return n + minutes;
}

/* Minutes after midnight for hours * 100 + minutes. */
static int
minutes_of(struct reading *r, int n)
{
	int hours = n / 100, minutes = n % 100;

	if (minutes > 59) {
		r->odd = true;
		minutes = 0;
		hours++;
	}
	r->odd = r->odd || n > 2400;
	return hours < 24 ? hours * 60 + minutes : DAY_MINUTES;
}

static bool
take_times(struct reading *r)
{
	size_t first, last;
	int start, end;

	r->span->end = DAY_MINUTES;
	if (r->p == r->end) {
		r->times = r->span->bare = true;
		return true;
	}
	start = take_time(r, &first);
	if (start == -1 || !take(r, "-"))
		return false;
	end = take_time(r, &last);
	if (end == -1 || last == 0 || r->p != r->end)
		return false;
	r->times = r->times || last != 4;
	r->minutes = !r->times && (first == 1 || first == 2);
	r->span->over = start >= end;
	r->span->start = minutes_of(r, start);
	r->span->end = minutes_of(r, end);
	return true;
}

static bool
read_word(struct reading *r, const char *word, size_t len,
    const struct span *before, struct span *span)
{
	memset(r, 0, sizeof(*r));
	r->p = word;
	r->end = word + len;
	r->before = before;
	r->span = span;
	return take_days(r) && take_times(r);
}

static void
say(struct import *im, const struct reading *r, const char *word)
{
	if (r->days)
		import_note(im, "pam_time wants days before times, and took "
		    "'%s' for never", word);
	else if (r->range || r->times)
		import_note(im, "pam_time wants MoTuWeHHMM-HHMM, and took '%s' "
		    "for always", word);
	else if (r->minutes)
		import_note(im, "pam_time took the start of '%s' for minutes "
		    "after midnight", word);
	if (r->odd)
		import_note(im, "there is no such time as in '%s'", word);
	if (r->span->days == 0)
		import_note(im, "a day that comes twice is none, so that '%s' "
		    "is never", word);
	else if (r->span->over && !r->range && !r->times)
		import_note(im, "pam_time let '%s' last one minute longer",
		    word);
}

void
span_read(struct span *span, const struct span *before, struct import *im,
    const char *word, size_t len)
{
	char shown[IMPORT_SHOWN];
	struct reading r;

	if (read_word(&r, word, len, before, span))
		say(im, &r, import_quote(shown, word, len));
	else {
		span->unknown = true;
		import_note(im, "LOOK: '%s' is no time, and is taken for "
		    "never", import_quote(shown, word, len));
	}
}

bool
times_is_span(const char *field, size_t len)
{
	const char *end = field + len, *last;
	struct span span = { .days = 0 };
	struct reading r;

	while (field < end && import_in(*field, " \t!"))
		field++;
	for (last = field; last < end && !import_in(*last, " \t\r"); last++)
		;
	return field < end && (*field < '0' || *field > '9') &&
	    read_word(&r, field, (size_t)(last - field), NULL, &span);
}

#include "report_page.h"

#define BUCKETS_MAX	64
#define LINES_MAX	48	/* leaves room for the ends */
#define COLOURS		8	/* the last one is for all others */

/* Refusals in each stretch of time, by the colour of their reason. */
struct bars {
	const struct report *r;
	int64_t edge[BUCKETS_MAX + 1];
	size_t n;
	unsigned int count[BUCKETS_MAX][COLOURS], sum[BUCKETS_MAX];
	size_t reason[COLOURS];		/* or none */
	unsigned int top;
};

static size_t
colour_of(const struct bars *bars, size_t reason)
{
	size_t i;

	for (i = 0; i < COLOURS - 1; i++)
		if (bars->reason[i] == reason)
			break;
	return i;
}

/* The most frequent ones have a colour of their own. */
static void
choose_colours(struct bars *bars)
{
	const struct report *r = bars->r;
	size_t c, i;

	for (c = 0; c < COLOURS; c++)
		bars->reason[c] = REPORT_NONE;
	for (c = 0; c < COLOURS - 1; c++)
		for (i = 0; i < r->nreasons; i++)
			if (colour_of(bars, i) == COLOURS - 1 &&
			    (bars->reason[c] == REPORT_NONE ||
			    r->reasons[i].n > r->reasons[bars->reason[c]].n))
				bars->reason[c] = i;
}

static void
cut_time(struct bars *bars, const struct scale *s)
{
	int64_t step = scale_step(s, LINES_MAX), t = s->from;
	int64_t end = bars->r->range.until;

	do {
		bars->edge[bars->n++] = t;
		t = scale_next(s, t, step);
	} while (t < end && bars->n < BUCKETS_MAX);
	bars->edge[bars->n] = end;
}

/* A round number of that many or a few more, and so is half of it. */
static unsigned int
round_top(unsigned int most)
{
	static const unsigned int digits[] = { 1, 2, 4 };
	unsigned int ten = 1, i = 1, unit;

	while (digits[i] * ten < most / 5 + (most % 5 > 0))
		if (++i == sizeof(digits) / sizeof(digits[0])) {
			i = 0;
			ten *= 10;
		}
	unit = digits[i] * ten;
	return (most / unit + (most % unit > 0)) * unit;
}

static void
count(struct bars *bars)
{
	const struct report *r = bars->r;
	unsigned int most = 1;
	size_t i, k;

	for (i = 0; i < r->nrefusals; i++) {
		for (k = bars->n - 1; k > 0; k--)
			if (bars->edge[k] <= r->refusals[i].at)
				break;
		bars->count[k][colour_of(bars, r->refusals[i].reason)]++;
		if (++bars->sum[k] > most)
			most = bars->sum[k];
	}
	bars->top = round_top(most);
}

static void
put_reason(FILE *f, const struct bars *bars, size_t c)
{
	if (bars->reason[c] == REPORT_NONE)
		(void)fputs("other reasons", f);
	else
		facts_reason(f, &bars->r->reasons[bars->reason[c]]);
}

static void
put_bar(FILE *f, const struct bars *bars, const struct scale *s, size_t k)
{
	size_t c;

	chart_bar(f, s, "c", bars->edge[k], bars->edge[k + 1]);
	(void)fputs("\">", f);
	for (c = 0; c < COLOURS; c++)
		if (bars->count[k][c] > 0)
			(void)fprintf(f, "<b class=k%zu style=\"height:%.2f%%"
			    "\"></b>", c, 100.0 * bars->count[k][c] /
			    bars->top);
	(void)fprintf(f, "<span><b>%u refused</b><br>", bars->sum[k]);
	html_time(f, bars->edge[k], false);
	(void)fputs(" to ", f);
	html_time(f, bars->edge[k + 1], false);
	for (c = 0; c < COLOURS; c++)
		if (bars->count[k][c] > 0) {
			(void)fprintf(f, "<br>%u ", bars->count[k][c]);
			put_reason(f, bars, c);
		}
	(void)fputs("</span></i>", f);
}

/* The words, what they say, and how often. */
static void
put_key(FILE *f, const struct bars *bars)
{
	unsigned int sum;
	size_t c, k;

	(void)fputs("<ul class=key>", f);
	for (c = 0; c < COLOURS; c++) {
		for (sum = 0, k = 0; k < bars->n; k++)
			sum += bars->count[k][c];
		if (sum == 0)
			continue;
		(void)fprintf(f, "<li><b class=k%zu></b>%u ", c, sum);
		put_reason(f, bars, c);
		if (bars->reason[c] != REPORT_NONE &&
		    bars->r->reasons[bars->reason[c]].text[0] != '\0')
			html_between(f, " <small>", bars->r->reasons[
			    bars->reason[c]].text, "</small>");
		(void)fputs("</li>", f);
	}
	(void)fputs("</ul>\n", f);
}

void
chart_refusals(FILE *f, const struct report *r, const struct scale *s)
{
	struct bars bars = { .r = r };
	size_t k;

	choose_colours(&bars);
	cut_time(&bars, s);
	count(&bars);
	put_key(f, &bars);
	(void)fputs("<div class=chart>\n", f);
	(void)fprintf(f, "<div class=plot><div class=top>%u</div>"
	    "<div class=half>%u</div><div class=rows>", bars.top,
	    bars.top / 2);
	chart_lines(f, r, s);
	(void)fputs("<div class=track>", f);
	for (k = 0; k < bars.n; k++)
		if (bars.sum[k] > 0)
			put_bar(f, &bars, s, k);
	(void)fputs("</div></div></div>\n", f);
	chart_axis(f, s);
	(void)fputs("</div>\n", f);
}

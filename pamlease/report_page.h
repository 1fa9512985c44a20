#ifndef PAMLEASE_REPORT_PAGE_H
#define PAMLEASE_REPORT_PAGE_H

#include <stdint.h>
#include <stdio.h>

#include "report.h"
#include "timestamp.h"
#include "zone.h"

/* How a report becomes a page. */

/* report_html.c: writes a hostile text as text, between tags or in quotes. */
void	html_text(FILE *f, const char *text);

/* The same between two tags, which are ours. */
void	html_between(FILE *f, const char *before, const char *text,
	    const char *behind);

/* A time in the host's zone. */
void	html_time(FILE *f, int64_t t, bool seconds);

/* report_scale.c: where a moment is, and where lines are drawn. */
struct scale {
	int64_t from, to;	/* from is before to */
	const struct zone *zone;
};

/* From 0 to 100; what is outside is at the edge. */
double	scale_at(const struct scale *s, int64_t t);

/* Seconds between two lines, so that there are at most so many. */
int64_t	scale_step(const struct scale *s, int max);

/*
 * The first line after t: a round time of day, or midnight, in the zone; of
 * weeks that of a Monday.
 */
int64_t	scale_next(const struct scale *s, int64_t t, int64_t step);

/* report_chart.c: who was in; report_bars.c: who was refused. */
void	chart_lines(FILE *f, const struct report *r, const struct scale *s);
void	chart_axis(FILE *f, const struct scale *s);
void	chart_users(FILE *f, const struct report *r, const struct scale *s);
void	chart_refusals(FILE *f, const struct report *r, const struct scale *s);

/* A bar up to its style, which is open, and which "> ends; </i> ends the bar. */
void	chart_bar(FILE *f, const struct scale *s, const char *kind,
	    int64_t since, int64_t until);

/* report_facts.c: the same words for a bar and for a row of a table. */
void	facts_from(FILE *f, const struct report_stay *stay);
void	facts_let_in(FILE *f, const struct report *r,
	    const struct report_stay *stay);
void	facts_stay_end(FILE *f, const struct report_stay *stay);
void	facts_granted(FILE *f, const struct report_lease *lease);
void	facts_lease_end(FILE *f, const struct report *r,
	    const struct report_lease *lease);
void	facts_reason(FILE *f, const struct report_reason *reason);

/* report_table.c */
void	table_stays(FILE *f, const struct report *r);
void	table_leases(FILE *f, const struct report *r);
void	table_refusals(FILE *f, const struct report *r);

/* report_style.c: the style sheet, ended by NULL. */
extern const char *const report_style[];

#endif

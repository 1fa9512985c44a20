#include "civil.h"
#include "duration.h"
#include "report_page.h"

#define LINES_MAX	8

/* Short: the whole date stands above the page, and with each bar. */
static void
put_label(FILE *f, const struct scale *s, int64_t t, int64_t step)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu",
	    "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr",
	    "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct civil c;

	civil_from_seconds(t + zone_offset(s->zone, t), &c);
	if (step < SECONDS_DAY && (c.hour != 0 || c.minute != 0))
		(void)fprintf(f, "%02d:%02d", c.hour, c.minute);
	else if (s->to - s->from < 300 * SECONDS_DAY)
		(void)fprintf(f, "%s <b>%d %s</b>", days[c.weekday], c.day,
		    months[c.month - 1]);
	else
		(void)fprintf(f, "%d %s <b>%d</b>", c.day,
		    months[c.month - 1], c.year);
}

void
chart_axis(FILE *f, const struct scale *s)
{
	int64_t step = scale_step(s, LINES_MAX), t;

	(void)fputs("<div class=axis>", f);
	for (t = scale_next(s, s->from - 1, step); t < s->to;
	    t = scale_next(s, t, step)) {
		double at = scale_at(s, t);

		/* It would stand out of the page; on a phone soon. */
		if (at > 95)
			break;
		(void)fprintf(f, "<span style=\"left:%.2f%%\"%s>", at,
		    at < 5 || at > 92 ? " class=edge" : "");
		put_label(f, s, t, step);
		(void)fputs("</span>", f);
	}
	(void)fputs("</div>\n", f);
}

void
chart_lines(FILE *f, const struct report *r, const struct scale *s)
{
	int64_t step = scale_step(s, LINES_MAX), t;

	(void)fputs("<div class=lines>", f);
	for (t = scale_next(s, s->from - 1, step); t < s->to;
	    t = scale_next(s, t, step))
		(void)fprintf(f, "<u style=\"left:%.2f%%\"></u>",
		    scale_at(s, t));
	(void)fprintf(f, "<u class=now style=\"left:%.2f%%\"><b>now</b></u>"
	    "</div>\n", scale_at(s, r->range.until));
}

void
chart_bar(FILE *f, const struct scale *s, const char *kind, int64_t since,
    int64_t until)
{
	double left = scale_at(s, since), width = scale_at(s, until) - left;

	(void)fprintf(f, "<i tabindex=-1 class=\"%s%s\" style=\"left:%.2f%%;"
	    "width:%.2f%%", kind, left + width / 2 > 50 ? " r" : "", left,
	    width);
}

static void
put_span(FILE *f, int64_t since, int64_t until, bool known)
{
	char text[DURATION_TEXT_MAX];

	(void)fputs("<br>", f);
	html_time(f, since, true);
	if (!known)
		return;
	(void)fputs(" to ", f);
	html_time(f, until, true);
	(void)fprintf(f, " (%s)", duration_format(text, until - since));
}

static void
put_lease(FILE *f, const struct report *r, const struct scale *s,
    const struct report_lease *lease)
{
	chart_bar(f, s, lease->until > s->to ? "l on" : "l", lease->since,
	    lease->until);
	html_between(f, "\"><span><b>Lease of ", lease->user->name, "</b>");
	put_span(f, lease->since, lease->until, true);
	(void)fputs("<br>granted by ", f);
	facts_granted(f, lease);
	if (lease->reason[0] != '\0')
		html_between(f, ": ", lease->reason, "");
	(void)fputs("<br>", f);
	facts_lease_end(f, r, lease);
	(void)fputs("</span></i>", f);
}

static void
put_stay(FILE *f, const struct report *r, const struct scale *s,
    const struct report_stay *stay)
{
	static const char *const kinds[] = {
		[STAY_UNKNOWN] = "s u",
		[STAY_CLOSED] = "s",
		[STAY_OPEN] = "s in",
	};

	chart_bar(f, s, kinds[stay->end], stay->since, stay->until);
	(void)fprintf(f, ";--l:%zu\"><span>", stay->lane);
	html_between(f, "<b>", stay->user->name, "</b> ");
	html_text(f, stay->service);
	if (stay->rhost[0] != '\0' || stay->tty[0] != '\0') {
		(void)fputs(stay->rhost[0] != '\0' ? " from " : " on ", f);
		facts_from(f, stay);
	}
	put_span(f, stay->since, stay->until, stay->end == STAY_CLOSED);
	(void)fputs("<br>by ", f);
	facts_let_in(f, r, stay);
	(void)fputs(stay->end == STAY_UNKNOWN ? "<br>its end is " : "<br>", f);
	facts_stay_end(f, stay);
	(void)fputs("</span></i>", f);
}

static void
put_user(FILE *f, const struct report *r, const struct scale *s,
    const struct report_user *user)
{
	char text[DURATION_TEXT_MAX];
	size_t i;

	(void)fprintf(f, "<div class=row style=\"--n:%zu\">", user->lanes > 0 ?
	    user->lanes : 1);
	html_between(f, "<div class=who title=\"", user->name, "\"><b>");
	html_between(f, "", user->name, "</b><small>");
	if (user->logins > 0)
		(void)fprintf(f, "%zu &times; %s", user->logins,
		    duration_format(text, user->seconds));
	else
		(void)fputs("never in", f);
	(void)fputs("</small></div><div class=track>", f);
	for (i = user->lease; i != REPORT_NONE; i = r->leases[i].prev)
		if (report_shows(r, r->leases[i].since, r->leases[i].until))
			put_lease(f, r, s, &r->leases[i]);
	for (i = user->stay; i != REPORT_NONE && i >= REPORT_FIRST_STAY(r);
	    i = r->stays[i].prev)
		if (report_shows(r, r->stays[i].since, r->stays[i].until))
			put_stay(f, r, s, &r->stays[i]);
	(void)fputs("</div></div>\n", f);
}

void
chart_users(FILE *f, const struct report *r, const struct scale *s)
{
	size_t i;

	(void)fputs("<ul class=key><li><i class=l></i>lease</li>"
	    "<li><i class=s></i>session</li><li><i class=\"s in\"></i>"
	    "still in</li><li><i class=\"s u\"></i>session whose end is not "
	    "known</li></ul>\n<div class=chart>\n", f);
	chart_axis(f, s);
	(void)fputs("<div class=rows>\n", f);
	chart_lines(f, r, s);
	for (i = 0; i < r->nusers; i++)
		if (r->users[i]->shown)
			put_user(f, r, s, r->users[i]);
	(void)fputs("</div></div>\n", f);
}

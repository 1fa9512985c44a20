#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "duration.h"
#include "report_page.h"
#include "text.h"
#include "version.h"

#define SPAN_MIN	300	/* seconds: of less nothing can be seen */
#define CHANGES_MAX	2	/* of the zone's offset, in the heading */

/*
 * Nothing is loaded, from anywhere, and nothing runs, whatever the history has
 * in it.
 */
#define POLICY		"default-src 'none'; style-src 'unsafe-inline'; " \
			    "base-uri 'none'; form-action 'none'"

/* The first and the last of all times that the page says. */
static int64_t
first_of(const struct report *r)
{
	int64_t first = r->range.since;
	size_t i;

	for (i = 0; i < r->nleases; i++)
		if (r->leases[i].since < first && report_shows(r,
		    r->leases[i].since, r->leases[i].until))
			first = r->leases[i].since;
	for (i = REPORT_FIRST_STAY(r); i < r->nstays; i++)
		if (r->stays[i].since < first && report_shows(r,
		    r->stays[i].since, r->stays[i].until))
			first = r->stays[i].since;
	return first;
}

static int64_t
last_of(const struct report *r)
{
	int64_t last = r->range.until;
	size_t i;

	for (i = 0; i < r->nleases; i++)
		if (r->leases[i].until > last)
			last = r->leases[i].until;
	return last;
}

/* What is now stands a little before the end; leases may go on a bit. */
static struct scale
scale_of(const struct report *r)
{
	int64_t now = r->range.until, last = last_of(r), span, room;

	span = now - r->range.since;
	if (span < SPAN_MIN)
		span = SPAN_MIN;
	room = last - now < span / 6 ? last - now : span / 6;
	return (struct scale){ now - span,
	    now + (room > span / 30 ? room : span / 30), host_zone() };
}

/*
 * "Europe/Berlin, UTC+01:00", and from when on it is another in that time; the
 * name, where /etc/localtime is a link to it.
 */
static void
put_zone(FILE *f, int64_t first, int64_t last)
{
	const struct zone *zone = host_zone();
	int32_t now, offset = zone_offset(zone, first);
	char link[PATH_MAX], text[OFFSET_TEXT_MAX];
	const char *name = host_zone_name(link);
	int changes = 0;
	int64_t t;

	if (*name != '\0')
		html_between(f, "", name, ", ");
	(void)fputs(offset_text(text, offset), f);
	for (t = zone_change(zone, first); t <= last;
	    t = zone_change(zone, t)) {
		now = zone_offset(zone, t);
		if (now == offset)
			continue;
		if (++changes > CHANGES_MAX) {
			(void)fputs(", and so on", f);
			break;
		}
		(void)fputs(", from ", f);
		html_time(f, t, false);
		(void)fputs(" on ", f);
		(void)fputs(offset_text(text, now), f);
		offset = now;
	}
}

static void
put_head(FILE *f, const struct report *r, const char *host)
{
	const char *const *style;

	(void)fputs("<!DOCTYPE html>\n<html lang=en>\n<head>\n"
	    "<meta charset=utf-8>\n"
	    "<meta http-equiv=Content-Security-Policy content=\"" POLICY
	    "\">\n<meta name=viewport content=\"width=device-width, "
	    "initial-scale=1\">\n<meta name=color-scheme content=\"light dark"
	    "\">\n<meta name=referrer content=no-referrer>\n", f);
	html_between(f, "<title>Access to ", host, "</title>\n<style>\n");
	for (style = report_style; *style != NULL; style++)
		(void)fputs(*style, f);
	html_between(f, "</style>\n</head>\n<body>\n<header><h1>Access to ",
	    host, "</h1>\n<p>");
	html_time(f, r->range.since, false);
	(void)fputs(" to ", f);
	html_time(f, r->range.until, false);
	(void)fputs(", ", f);
	put_zone(f, first_of(r), last_of(r));
	(void)fputs("</p>\n", f);
}

static void
put_sum(FILE *f, const char *name, size_t n)
{
	(void)fprintf(f, "<div><dt>%s</dt><dd>%zu</dd></div>\n", name, n);
}

static void
put_sums(FILE *f, const struct report *r, const struct report_sum *sum)
{
	char text[DURATION_TEXT_MAX];

	(void)fputs("<dl class=sums>\n", f);
	put_sum(f, "Users", sum->users);
	put_sum(f, "Leases", sum->leases);
	put_sum(f, "Sessions", sum->stays);
	(void)fprintf(f, "<div><dt>Time in sessions</dt><dd>%s</dd></div>\n",
	    duration_format(text, sum->seconds));
	put_sum(f, "Still in", sum->open);
	put_sum(f, "Refusals", r->nrefusals);
	(void)fputs("</dl></header>\n", f);
}

static void
put_body(FILE *f, const struct report *r)
{
	const struct report_sum *sum = &r->sum;
	const struct scale scale = scale_of(r);

	(void)fputs("<main>\n<section><h2>Who was in</h2>\n", f);
	if (sum->users > 0)
		chart_users(f, r, &scale);
	if (sum->stays == 0)
		(void)fputs("<p>No logins.</p>\n", f);
	(void)fputs("</section>\n<section><h2>Who was refused</h2>\n", f);
	if (r->nrefusals > 0)
		chart_refusals(f, r, &scale);
	else
		(void)fputs("<p>Nobody.</p>\n", f);
	(void)fputs("</section>\n", f);
	if (sum->stays > 0)
		table_stays(f, r);
	if (sum->leases > 0)
		table_leases(f, r);
	if (r->nrefusals > 0)
		table_refusals(f, r);
	(void)fputs("</main>\n", f);
}

char *
report_page(const struct report *r, size_t *len)
{
	char host[HOST_NAME_MAX + 1] = "", *page = NULL;
	FILE *f = open_memstream(&page, len);
	bool failed;

	if (f == NULL)
		return NULL;
	if (gethostname(host, sizeof(host)) == -1 || host[0] == '\0')
		(void)text_copy(host, sizeof(host), "this host");
	host[HOST_NAME_MAX] = '\0';
	put_head(f, r, host);
	put_sums(f, r, &r->sum);
	put_body(f, r);
	(void)fputs("<footer>pamlease " PAMLEASE_VERSION ". The history is the "
	    "source: <code>pamlease history --verify</code> says whether it "
	    "is whole.</footer>\n</body>\n</html>\n", f);
	failed = ferror(f) != 0;
	if (fclose(f) == EOF || failed) {
		free(page);
		return NULL;
	}
	return page;
}

#include "duration.h"
#include "report_page.h"

/* Anybody may make as many as they like: the page has an end. */
#define REFUSALS_MAX	1000	/* the heading says so */

static void
head(FILE *f, const char *name, const char *const *columns, size_t n)
{
	size_t i;

	(void)fprintf(f, "<section><h2>%s</h2>\n<div class=scroll tabindex=0 "
	    "role=region aria-label=\"%s\"><table><thead><tr>", name, name);
	for (i = 0; i < n; i++)
		(void)fprintf(f, "<th scope=col>%s</th>", columns[i]);
	(void)fputs("</tr></thead>\n<tbody>\n", f);
}

#define HEAD(f, name, columns) \
	head(f, name, columns, sizeof(columns) / sizeof((columns)[0]))

static void
foot(FILE *f)
{
	(void)fputs("</tbody></table></div></section>\n", f);
}

static void
cell_time(FILE *f, int64_t t)
{
	(void)fputs("</td><td>", f);
	html_time(f, t, true);
}

static void
row_of_stay(FILE *f, const struct report *r, const struct report_stay *stay)
{
	char text[DURATION_TEXT_MAX];

	html_between(f, "<tr><th scope=row>", stay->user->name, "</th><td>");
	html_text(f, stay->service);
	(void)fputs("</td><td>", f);
	facts_from(f, stay);
	cell_time(f, stay->since);
	if (stay->end == STAY_CLOSED)
		cell_time(f, stay->until);
	else
		(void)fputs("</td><td>-", f);
	(void)fprintf(f, "</td><td class=n>%s</td><td>",
	    stay->end == STAY_UNKNOWN ? "-" :
	    duration_format(text, stay->until - stay->since));
	facts_let_in(f, r, stay);
	(void)fputs("</td><td>", f);
	facts_stay_end(f, stay);
	(void)fputs("</td></tr>\n", f);
}

void
table_stays(FILE *f, const struct report *r)
{
	static const char *const columns[] = { "User", "Service", "From",
	    "Since", "Until", "How long", "Let in by", "End" };
	size_t i = REPORT_FIRST_STAY(r);

	HEAD(f, i > 0 ? "Sessions, the latest 10000" : "Sessions", columns);
	for (; i < r->nstays; i++)
		if (report_shows(r, r->stays[i].since, r->stays[i].until))
			row_of_stay(f, r, &r->stays[i]);
	foot(f);
}

static void
row_of_lease(FILE *f, const struct report *r,
    const struct report_lease *lease)
{
	html_between(f, "<tr><th scope=row>", lease->user->name, "</th><td>");
	facts_granted(f, lease);
	html_between(f, "</td><td>", lease->reason[0] != '\0' ?
	    lease->reason : "-", "");
	cell_time(f, lease->since);
	cell_time(f, lease->until);
	(void)fputs("</td><td>", f);
	facts_lease_end(f, r, lease);
	(void)fputs("</td></tr>\n", f);
}

void
table_leases(FILE *f, const struct report *r)
{
	static const char *const columns[] = { "User", "Granted by", "Reason",
	    "Since", "Until", "End" };
	size_t i;

	HEAD(f, "Leases", columns);
	for (i = 0; i < r->nleases; i++)
		if (report_shows(r, r->leases[i].since, r->leases[i].until))
			row_of_lease(f, r, &r->leases[i]);
	foot(f);
}

void
table_refusals(FILE *f, const struct report *r)
{
	static const char *const columns[] = { "User", "Service", "From",
	    "When", "Reason", "Detail" };
	size_t i = r->nrefusals > REFUSALS_MAX ? r->nrefusals - REFUSALS_MAX :
	    0;

	HEAD(f, i > 0 ? "Refusals, the latest 1000" : "Refusals", columns);
	for (; i < r->nrefusals; i++) {
		const struct report_refusal *n = &r->refusals[i];

		html_between(f, "<tr><th scope=row>", n->user, "</th><td>");
		html_between(f, "", n->service, "</td><td>");
		html_text(f, n->rhost[0] != '\0' ? n->rhost : "-");
		cell_time(f, n->at);
		(void)fputs("</td><td>", f);
		facts_reason(f, &r->reasons[n->reason]);
		html_between(f, "</td><td>", n->detail[0] != '\0' ?
		    n->detail : "-", "</td></tr>\n");
	}
	foot(f);
}

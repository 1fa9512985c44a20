#include "duration.h"
#include "report_page.h"

void
facts_from(FILE *f, const struct report_stay *stay)
{
	if (stay->rhost[0] != '\0')
		html_text(f, stay->rhost);
	else
		html_text(f, stay->tty[0] != '\0' ? stay->tty : "-");
}

void
facts_let_in(FILE *f, const struct report *r, const struct report_stay *stay)
{
	const struct report_lease *lease;

	html_text(f, stay->let_in_by[0] != '\0' ? stay->let_in_by : "-");
	if (stay->lease == REPORT_NONE)
		return;
	lease = &r->leases[stay->lease];
	html_between(f, " of ", lease->by, "");
	if (lease->reason[0] != '\0')
		html_between(f, ": ", lease->reason, "");
}

void
facts_stay_end(FILE *f, const struct report_stay *stay)
{
	if (stay->ended[0] != '\0')
		html_between(f, "ended: ", stay->ended,
		    stay->end == STAY_OPEN ? ", still in" : "");
	else if (stay->end == STAY_OPEN)
		(void)fputs("still in", f);
	else if (stay->end == STAY_UNKNOWN)
		(void)fputs("not known", f);
	else
		html_text(f, stay->detail[0] != '\0' ? stay->detail :
		    "logged out");
}

void
facts_granted(FILE *f, const struct report_lease *lease)
{
	html_text(f, lease->by[0] != '\0' ? lease->by : "-");
	if (lease->extended_by[0] != '\0')
		html_between(f, ", extended by ", lease->extended_by, "");
}

void
facts_lease_end(FILE *f, const struct report *r,
    const struct report_lease *lease)
{
	if (lease->end[0] != '\0')
		html_text(f, lease->end);
	else
		(void)fputs(lease->until > r->range.until ? "not over" :
		    "ran out", f);
	if (lease->end[0] != '\0' && lease->end_by[0] != '\0')
		html_between(f, " by ", lease->end_by, "");
}

void
facts_reason(FILE *f, const struct report_reason *reason)
{
	html_text(f, reason->word);
	if (reason->permissive)
		(void)fputs(", let in all the same", f);
}

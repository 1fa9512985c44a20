#include <stdlib.h>
#include <string.h>

#include "report.h"

bool
report_shows(const struct report *r, int64_t since, int64_t until)
{
	return until >= r->range.since && since <= r->range.until;
}

/* Without --since it begins with what is there. */
static void
find_since(struct report *r)
{
	int64_t first = r->range.until;
	size_t i;

	for (i = 0; i < r->nleases; i++)
		if (r->leases[i].since < first)
			first = r->leases[i].since;
	for (i = 0; i < r->nstays; i++)
		if (r->stays[i].since < first)
			first = r->stays[i].since;
	for (i = 0; i < r->nrefusals; i++)
		if (r->refusals[i].at < first)
			first = r->refusals[i].at;
	r->range.since = first;
}

/* The first lane that is free, with room for what is too short to see. */
static void
choose_lane(struct report *r, struct report_stay *stay)
{
	int64_t room = (r->range.until - r->range.since) / 300;
	struct report_user *user = stay->user;
	size_t i;

	for (i = 0; i < REPORT_LANES - 1; i++)
		if (i >= user->lanes || user->lane_until[i] <= stay->since)
			break;
	user->lane_until[i] = stay->until > stay->since + room ?
	    stay->until : stay->since + room;
	if (i >= user->lanes)
		user->lanes = i + 1;
	stay->lane = i;
}

static int
in_order(const void *a, const void *b)
{
	struct report_user *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static void
sum_stay(struct report *r, struct report_stay *stay)
{
	int64_t seconds = past_within(&r->range, stay->since, stay->until);

	choose_lane(r, stay);
	stay->user->shown = true;
	stay->user->logins++;
	stay->user->seconds += seconds;
	r->sum.stays++;
	r->sum.open += stay->end == STAY_OPEN;
	r->sum.seconds += seconds;
}

void
report_sum(struct report *r)
{
	size_t i;

	if (r->range.since == INT64_MIN)
		find_since(r);
	for (i = 0; i < r->nleases; i++)
		if (report_shows(r, r->leases[i].since, r->leases[i].until)) {
			r->leases[i].user->shown = true;
			r->sum.leases++;
		}
	for (i = 0; i < r->nstays; i++)
		if (report_shows(r, r->stays[i].since, r->stays[i].until))
			sum_stay(r, &r->stays[i]);
	for (i = 0; i < r->nusers; i++)
		r->sum.users += r->users[i]->shown;
	if (r->nusers > 1)
		qsort(r->users, r->nusers, sizeof(struct report_user *),
		    in_order);
}

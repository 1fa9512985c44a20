#include "late.h"

static int64_t
since(int64_t end, int64_t end_boot, const struct moment *now)
{
	if (end_boot != NO_END && now->boot >= end_boot * NANOSECONDS)
		return now->boot - end_boot * NANOSECONDS;
	if (end != NO_END && now->wall >= end * NANOSECONDS)
		return now->wall - end * NANOSECONDS;
	return -1;
}

static int64_t
with_grace(int64_t end, const struct state *st)
{
	return end == NO_END ? NO_END : end + st->policy.grace;
}

int64_t
lease_late(const struct state *st, const struct moment *now)
{
	if (st->lease_found != FOUND_GOOD)
		return -1;
	return since(with_grace(lease_end(&st->lease, &st->policy), st),
	    with_grace(lease_end_boot(&st->lease, &st->policy), st), now);
}

/*
 * Until when would it have been let in as it opened, or as its lease was
 * granted if that was later?  It is the window that has closed since then.
 */
static int64_t
window_late(const struct session *s, const struct state *st,
    const struct moment *now)
{
	struct moment then = *now;
	struct verdict v;

	then.wall = s->opened * NANOSECONDS;
	then.boot = s->opened_boot * NANOSECONDS;
	if (st->lease_found == FOUND_GOOD && st->lease.issued_at > s->opened) {
		then.wall += (st->lease.issued_at - s->opened) * NANOSECONDS;
		then.boot += (st->lease.issued_at - s->opened) * NANOSECONDS;
	}
	v = session_verdict(s, st, &then);
	return verdict_admits(&v) ? since(v.end, v.end_boot, now) : -1;
}

int64_t
session_late(const struct session *s, enum why why, const struct state *st,
    const struct moment *now)
{
	const struct winddown *wd = &st->winddown;

	if (why == WHY_EXPIRED || why == WHY_EXPIRED_BOOT)
		return lease_late(st, now);
	if (why == WHY_WINDDOWN_OVER)
		return since(with_grace(wd->deadline, st),
		    with_grace(winddown_boot(wd, now), st), now);
	return window_late(s, st, now);
}

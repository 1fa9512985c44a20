#include <stdio.h>

#include "duration.h"
#include "watchdog.h"

void
dry_run(const struct view *v)
{
	const struct plan *p = &v->plan;
	char left[DURATION_TEXT_MAX];
	size_t i;

	if (p->warn)
		printf("%s: warn, %s left\n", shown(v->user),
		    duration_format(left, p->left));
	if (p->end == PLAN_END_ALL)
		printf("%s: end everything of uid %u, %s\n", shown(v->user),
		    (unsigned int)p->uid, why_text(p->why));
	for (i = 0; p->end == PLAN_END_SOME && i < v->nsessions; i++)
		if (v->ends[i])
			printf("%s: end session of process %d, %s\n",
			    shown(v->user), (int)v->sessions[i].pid,
			    why_text(p->why));
	if (p->remove)
		printf("%s: remove the lease, %s\n", shown(v->user),
		    why_text(p->why));
	if (p->mark && !p->warn && p->end == PLAN_END_NONE)
		printf("%s: the clocks differ, look again\n", shown(v->user));
}

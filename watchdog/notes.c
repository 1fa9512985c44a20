#include <stdio.h>

#include "child.h"
#include "list.h"
#include "match.h"
#include "watchdog.h"

#define UNIT_MAX	40	/* bytes of a unit's name */

_Static_assert(NOTED_MAX <= UNITS_MAX, "more notes than units");

/* Display managers say so by their service or, as "terminal", the display. */
bool
on_desktop(const struct view *v)
{
	const struct list desktop = list_of_one("@desktop");
	size_t i;

	for (i = 0; i < v->nsessions; i++) {
		const struct list service =
		    list_of_one(v->sessions[i].service);

		if (v->sessions[i].tty[0] == ':' ||
		    match(COND_SERVICE, &desktop, &service))
			return true;
	}
	return false;
}

void
notes_add(struct run *run, const struct view *v)
{
	if (run->nnoted < NOTED_MAX && view_uid(v) != 0 && on_desktop(v))
		run->noted[run->nnoted++] = view_uid(v);
}

/*
 * One that is still at it hangs.  What is shown is the unit's to find out, as
 * the user: the watchdog trusts neither their bus nor logind with its time.
 */
void
notes_start(struct run *run)
{
	char names[NOTED_MAX][UNIT_MAX];
	const char *units[NOTED_MAX];
	size_t i;

	if (run->nnoted == 0)
		return;
	if (run->noting > 0 && child_poll(run->noting) == 1)
		child_kill(run->noting);
	for (i = 0; i < run->nnoted; i++) {
		(void)snprintf(names[i], sizeof(names[i]),
		    "pamlease-note@%u.service", (unsigned int)run->noted[i]);
		units[i] = names[i];
	}
	run->noting = units_begin(units, run->nnoted);
	run->nnoted = 0;
}

void
notes_finish(struct run *run)
{
	if (run->noting > 0)
		(void)units_wait(run->noting);
	run->noting = 0;
}

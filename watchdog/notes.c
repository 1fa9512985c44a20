#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "child.h"
#include "clock.h"
#include "inside.h"
#include "list.h"
#include "match.h"
#include "watchdog.h"

#define UNIT_MAX	40	/* bytes of a unit's name */

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
	uid_t *noted;

	if (view_uid(v) == 0 || !on_desktop(v))
		return;
	noted = reallocarray(run->noted, run->nnoted + 1, sizeof(*noted));
	if (noted == NULL) {
		say(LOG_ERR, "%s: no memory for a note", shown(v->user));
		return;
	}
	run->noted = noted;
	noted[run->nnoted++] = view_uid(v);
}

/* Is it still at it, and not for so long that it hangs? */
static bool
is_busy(struct run *run)
{
	if (run->noting > 0 && child_poll(run->noting) != 1)
		run->noting = 0;
	return run->noting > 0 && run->now.boot < run->noting_until;
}

/*
 * What is shown is the unit's to find out, as the user: the watchdog trusts
 * neither their bus nor logind with its time.
 */
void
notes_start(struct run *run)
{
	char (*names)[UNIT_MAX];
	const char **units;
	struct moment now;
	size_t i;

	if (is_busy(run)) {
		/* Who waits for it does not do so for long. */
		run->next_boot = earlier(run->next_boot, run->nnoted == 0 ?
		    run->noting_until : earlier(run->noting_until,
		    run->now.boot + NANOSECONDS / 10));
		return;
	}
	if (run->nnoted == 0)
		return;
	if (run->noting > 0)
		child_kill(run->noting);
	names = calloc(run->nnoted, sizeof(*names));
	units = calloc(run->nnoted, sizeof(*units));
	for (i = 0; names != NULL && units != NULL && i < run->nnoted; i++) {
		(void)snprintf(names[i], sizeof(names[i]),
		    "pamlease-note@%u.service", (unsigned int)run->noted[i]);
		units[i] = names[i];
	}
	run->noting = i > 0 ? units_begin(units, i) : -1;
	if (run->noting == -1)
		say(LOG_ERR, "no note can be shown: %s", strerror(errno));
	clock_now(&now);
	run->noting_until = (now.readable ? now.boot : run->now.boot) +
	    NANOSECONDS + (int64_t)i * (NANOSECONDS / 20);
	run->next_boot = earlier(run->next_boot, run->noting_until);
	free(units);
	free(names);
	free(run->noted);
	run->noted = NULL;
	run->nnoted = 0;
}

void
notes_finish(struct run *run)
{
	do {
		if (run->noting > 0)
			(void)units_wait(run->noting);
		run->noting = 0;
		notes_start(run);
	} while (run->noting > 0);
}

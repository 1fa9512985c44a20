#include <stdlib.h>
#include <syslog.h>

#include "status_dir.h"
#include "watchdog.h"

/*
 * What users may know is found as they are looked at, and written when all that
 * was due is done, so that no end waits for it.
 */

struct standing {
	const struct ledger *ledger;
	struct {
		struct status status;
		bool seen;	/* looked at: what is written must be so */
		bool known;
	} entry[];		/* one for each of the ledger */
};

struct standing *
standing_of(const struct ledger *ledger)
{
	struct standing *standing = calloc(1, sizeof(*standing) +
	    ledger->n * sizeof(standing->entry[0]));

	if (standing != NULL)
		standing->ledger = ledger;
	return standing;
}

void
standing_note(struct standing *standing, size_t first, const struct run *run,
    const struct view *v)
{
	size_t i;

	for (i = 0; standing != NULL && i < v->nsessions; i++) {
		struct status *status = &standing->entry[first + i].status;
		enum admitted by = v->sessions[i].by;
		bool known = status_of(&v->sessions[i], &v->state, &run->now,
		    status);

		if (v->plan.end != PLAN_END_NONE && v->ends[i]) {
			status_over(status);
			known = true;
		}
		standing->entry[first + i].known = known;
		/*
		 * Who enters may be in, and told so, since it was read.  Who
		 * stays for want of certainty keeps what was said.
		 */
		standing->entry[first + i].seen = by != ADMITTED_NOT &&
		    by != ADMITTED_ENTERING && (known || v->ends[i]);
	}
}

void
standing_write(struct standing *standing, const struct run *run)
{
	char name[SESSION_NAME_MAX];
	struct error err, last;
	/* What is left over is of before this run, or of those it ended. */
	static bool sweeps = true;
	size_t i, failed = 0, over = 0;

	if (standing == NULL)
		return;
	for (i = 0; i < standing->ledger->n; i++) {
		const struct session *s = &standing->ledger->list[i];

		if (!standing->entry[i].seen)
			continue;
		over += standing->entry[i].status.until == UNTIL_OVER;
		if (!standing->entry[i].known)
			status_remove(s->uid, session_name(name, s));
		else if (status_write(s, &standing->entry[i].status,
		    &err) == -1) {
			status_remove(s->uid, session_name(name, s));
			last = err;
			failed++;
		}
	}
	if (failed > 0 && !run->again)
		say(LOG_WARNING, "users of %zu sessions can't see their end: "
		    "%s", failed, last.text);
	if (sweeps || over > 0)
		status_sweep(run->dirfd);
	sweeps = over > 0;
	free(standing);
}

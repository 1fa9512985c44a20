#include <poll.h>
#include <syslog.h>
#include <unistd.h>

#include "history.h"
#include "spool.h"
#include "watchdog.h"

#define SETTLE	500	/* ms in which more may come */
#define AGAIN	10000	/* ms until what could not be written is tried again */
#define LATE	120	/* s after which an event should stand there */

void
chronicle_look(struct run *run)
{
	static const char *const unit = "pamlease-history.path";
	struct spool s = SPOOL_INIT;
	struct error err;
	size_t late;

	if (spool_open(run->dirfd, &s, &err) == -1) {
		run->failures++;
		if (!run->again)
			say(LOG_WARNING, "history: %s", shown(err.text));
		return;
	}
	late = spool_older(&s, LATE);
	spool_close(&s);
	if (late == 0)
		return;
	run->failures++;
	/* In case it has triggered too often for systemd. */
	(void)units_start(&unit, 1);
	/* No error, as those are events themselves. */
	if (!run->again)
		say(LOG_WARNING, "the history is not written: %zu events wait, see "
		    "pamlease-history.service", late);
}

int
chronicle_write(char *const *argv)
{
	struct error err;
	int dirfd = state_open(&err), r = -1;
	bool left = false;

	(void)argv;
	/* Whoever tries to log in again and again starts this no faster. */
	(void)poll(NULL, 0, SETTLE);
	/* What it can't write is not to wait for itself. */
	say_no_history();
	if (dirfd != -1) {
		r = history_collect(dirfd, &left, &err);
		(void)close(dirfd);
	} else if (err.code == ERROR_ABSENT)
		r = 0;
	if (r == -1)
		say(LOG_ERR, "history: %s", shown(err.text));
	/* systemd starts this at once again while something waits. */
	if (r == -1 || left)
		(void)poll(NULL, 0, AGAIN);
	return r == 0 ? EXIT_DONE : EXIT_IO;
}

#ifndef PAMLEASE_WINDDOWN_WAIT_H
#define PAMLEASE_WINDDOWN_WAIT_H

#include "cmd.h"
#include "presence.h"

/*
 * winddown_status.c: prints a wind-down and who is present.  Returns an exit
 * code.
 */
int	winddown_print(const struct presence *p);

/* Waiting for the last to leave: --wait and --timeout. */
struct watch {
	bool wait;
	int64_t timeout;	/* seconds; 0: for ever */
};

/* Returns EXIT_DONE, or EXIT_USAGE after it has said what is wrong. */
int	watch_init(struct watch *w, const struct args *args);

/*
 * Waits until nobody is present, and shows who is: on a terminal the list, else
 * a line whenever it changes.  Returns EXIT_DONE; EXIT_LEFT when the time is
 * over, EXIT_NONE when there is no wind-down (any more), EXIT_IO.
 */
int	watch_wait(const struct watch *w);

#endif

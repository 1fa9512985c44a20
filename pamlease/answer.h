#ifndef PAMLEASE_ANSWER_H
#define PAMLEASE_ANSWER_H

#include "cmd.h"

/* Who says yes or no. */
struct answerer {
	char name[LEASE_NAME_MAX + 1];
	bool desk;		/* in a window on a desk, by who has this uid; */
	uid_t uid;		/* else whoever is root now */
};

/*
 * Answers the request of that ID, and reports it on stdout.  duration and
 * reason are NULL and "" where nothing was said.  Returns an exit code and has
 * said what is wrong.
 */
int	answer_yes(const char *id, const struct answerer *who,
	    const char *duration);
int	answer_no(const char *id, const struct answerer *who,
	    const char *reason);

#endif

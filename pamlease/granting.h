#ifndef PAMLEASE_GRANTING_H
#define PAMLEASE_GRANTING_H

#include "cmd.h"

/*
 * A lease on its way to the disk, for "grant" and for "approve".  The functions
 * return an exit code and have said what is wrong.
 */
struct grant {
	struct lease lease;
	struct policy policy;	/* without its rules */
	int64_t seconds;	/* how long, as it was asked for: */
	int64_t until;		/* one of the two is 0 */
	bool force;		/* in place of one that is in force */
	bool keep;		/* put it back at boot */
	struct moment now;
};

/* Reads the policy, and who grants it. */
int	grant_init(struct grant *g);

/* Whose it is to be: a user who may have one. */
int	grant_user(struct grant *g, const char *user);

/* Sets its times; what can be refused is, and nothing on disk is touched. */
int	grant_check(struct grant *g);

/* Writes it below dirfd, under the user's lock, where all that may be new. */
int	grant_store(struct grant *g, int dirfd);

/* Says so on stdout. */
void	grant_report(const struct grant *g);

#endif

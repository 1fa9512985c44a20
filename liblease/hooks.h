#ifndef LEASE_HOOKS_H
#define LEASE_HOOKS_H

#include "error.h"
#include "hook.h"

/* The hooks of one phase: all programs in a directory below PATH_HOOKS. */

enum hook_phase {
	HOOK_ACCOUNT,
	HOOK_OPEN,
	HOOK_CLOSE,		/* in reverse: what came last goes first */
	HOOK_PHASES,
	HOOK_CHECK = HOOK_PHASES,	/* these are for the presence program */
	HOOK_CLAIM,
	HOOK_REFRESH,
	HOOK_RELEASE,
	HOOK_WORDS
};

#define HOOKS_MAX	64

/* "account", "open", "close"; "check", "claim", "refresh", "release". */
const char	*hook_phase_word(enum hook_phase phase);

/*
 * Runs them in the order of their names, until one fails; those of HOOK_CLOSE
 * all, backwards.  Names with a '.' at the start or a '~' at the end, and what
 * a package manager has put aside, are none; nor is what is not executable.
 * Every directory on the way must be root's and writable by nobody else.
 * Returns 0, also where there are none, or -1 with err: which hook, and its exit
 * status (ERROR_INVALID), or what is wrong.
 */
int	hooks_run(enum hook_phase phase, const struct hook_run *run,
	    struct error *err);

/*
 * Asks the presence program of that path.  Returns 0 for a yes; or -1 with err,
 * which is ERROR_INVALID for a no (exit status 1), else it did not answer.
 */
int	hooks_presence(const char *path, const struct hook_run *run,
	    struct error *err);

#endif

#ifndef LEASE_RULE_H
#define LEASE_RULE_H

#include "policy.h"
#include "words.h"

/*
 * Reads what follows the action of a rule: all conditions, and what else goes
 * with it.  Reports each problem, and goes on with the next word that it knows.
 */
void	rule_take(struct words *w, struct rule *rule);

/* Is the last word a duration?  Else that is a problem. */
bool	rule_duration(struct words *w, int64_t *seconds);

/* Takes the next word for the duration of what. */
bool	rule_take_duration(struct words *w, const char *what,
	    int64_t *seconds);

#endif

#ifndef LEASE_MEANT_H
#define LEASE_MEANT_H

#include "words.h"

/* Words of a policy that are not known, and what may have been meant. */

/* Reports the last word, which stands where a line begins. */
void	meant_first(struct words *w);

/* Reports the last word, of a rule; after_list: right behind a list. */
void	meant_condition(struct words *w, bool after_list);

#endif

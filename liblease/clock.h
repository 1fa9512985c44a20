#ifndef LEASE_CLOCK_H
#define LEASE_CLOCK_H

#include "lease.h"

/*
 * Reads both clocks and the boot's id.  When one of them can't be read,
 * now->readable is false, and nothing in it counts.
 */
void	clock_now(struct moment *now);

/* For how long something takes: milliseconds of CLOCK_MONOTONIC. */
int64_t	monotonic_ms(void);

#endif

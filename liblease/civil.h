#ifndef LEASE_CIVIL_H
#define LEASE_CIVIL_H

#include <stdint.h>

/* What the time zone code needs of the calendar beyond zone.h. */

#define SECONDS_DAY	INT64_C(86400)

/* Days of a month (1 to 12). */
int	civil_month_days(int year, int month);

/* The nearest t whose year fits an int, with room for any offset. */
int64_t	civil_clamp(int64_t t);

#endif

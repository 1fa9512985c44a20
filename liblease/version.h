#ifndef LEASE_VERSION_H
#define LEASE_VERSION_H

#define PAMLEASE_VERSION	"0.1.0"

/* UTC seconds: a clock that shows less was not set since the host booted. */
#define PAMLEASE_RELEASED	INT64_C(1795219200)

#endif

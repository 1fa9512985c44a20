#ifndef LEASE_LEASE_H
#define LEASE_LEASE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One user's permission to be logged in until a moment.  The file format is
 * pamlease.lease(5).
 */

#define LEASE_VERSION		1
#define LEASE_NAME_MAX		128	/* bytes of a user name */
#define LEASE_REASON_MAX	200	/* bytes of a reason */
#define LEASE_ITEM_MAX		64	/* bytes of a service or a host */
#define LEASE_LIST_MAX		16	/* items of a list */
#define LEASE_DURING_MAX	255	/* bytes of a list of windows */
#define LEASE_FILE_MAX		4096	/* bytes of a lease file */
#define LEASE_BOOT_ID_LEN	36	/* a UUID as the kernel prints it */
#define LEASE_SECONDS_MAX	(366 * (int64_t)86400)	/* of any lease */
#define LEASE_TIME_MAX		INT64_C(7258118400)	/* 2200-01-01, so that
					   nanoseconds fit into 64 bits */
#define LEASE_FUTURE_MAX	60	/* seconds issued_at may lie ahead */

/* A comma list of the command line, an array of strings in a lease. */
struct lease_list {
	size_t n;		/* none means any */
	char item[LEASE_LIST_MAX][LEASE_ITEM_MAX + 1];
};

struct lease {
	char user[LEASE_NAME_MAX + 1];		/* pw_name */
	uid_t uid;
	char granted_by[LEASE_NAME_MAX + 1];
	char reason[LEASE_REASON_MAX + 1];	/* empty: none was given */
	int64_t issued_at;			/* UTC seconds */
	int64_t expires_at;			/* the same */
	char boot_id[LEASE_BOOT_ID_LEN + 1];	/* boot that counts below */
	int64_t expires_boottime;		/* CLOCK_BOOTTIME seconds */
	struct lease_list services;
	struct lease_list from;
	char during[LEASE_DURING_MAX + 1];	/* empty: always */
	bool final;				/* it can't be extended */
};

/* A moment, on both clocks.  Filled in by clock_now(). */
struct moment {
	bool readable;		/* false: a clock could not be read */
	int64_t wall;		/* CLOCK_REALTIME, nanoseconds */
	int64_t boot;		/* CLOCK_BOOTTIME, nanoseconds */
	char boot_id[LEASE_BOOT_ID_LEN + 1];
};

#define NANOSECONDS	INT64_C(1000000000)

#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "name.h"
#include "paths.h"
#include "state.h"
#include "store.h"
#include "writer.h"

/*
 * Writes leases for a day: one for NAME, or, with COUNT, one each for NAME1,
 * NAME2 and so on, whose uids follow each other.
 */

#define DAY	86400

static int
write_lease(int dirfd, struct lease *lease, struct error *err)
{
	char file[NAME_FILE_MAX];
	char *text = lease_format(lease, err);
	int r;

	if (text == NULL)
		return -1;
	if (name_encode(file, sizeof(file), lease->user, SUFFIX_LEASE))
		r = file_write(dirfd, file, text, strlen(text), err);
	else
		r = error_set(err, ERROR_INVALID, "not a user name");
	free(text);
	return r;
}

static int
write_all(const char *name, uid_t uid, unsigned int count, struct error *err)
{
	struct lease lease = { .granted_by = "root", .reason = "INC-1234" };
	int dirfd = state_make(err), r = 0;
	struct moment now;
	unsigned int i;

	if (dirfd == -1)
		return -1;
	clock_now(&now);
	lease.issued_at = now.wall / NANOSECONDS;
	lease_set_end(&lease, &now, lease.issued_at + DAY);
	for (i = 1; r == 0 && i <= (count > 0 ? count : 1); i++) {
		lease.uid = uid + i - 1;
		(void)snprintf(lease.user, sizeof(lease.user),
		    count > 0 ? "%s%u" : "%s", name, i);
		r = write_lease(dirfd, &lease, err);
	}
	(void)close(dirfd);
	return r;
}

int
main(int argc, char *argv[])
{
	struct error err;

	if (argc < 3 || argc > 4) {
		(void)fputs("usage: leases NAME UID [COUNT]\n", stderr);
		return 2;
	}
	if (write_all(argv[1], (uid_t)strtoul(argv[2], NULL, 10),
	    argc > 3 ? (unsigned int)strtoul(argv[3], NULL, 10) : 0,
	    &err) == -1) {
		(void)fprintf(stderr, "leases: %s\n", err.text);
		return 1;
	}
	return 0;
}

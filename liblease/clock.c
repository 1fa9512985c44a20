#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "paths.h"

_Static_assert(sizeof(time_t) >= sizeof(int64_t), "a clock that ends in 2038: "
    "build with -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64");

static bool
read_clock(clockid_t id, int64_t *ns)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) == -1 || ts.tv_sec < 0)
		return false;
	*ns = (int64_t)ts.tv_sec * NANOSECONDS + ts.tv_nsec;
	return true;
}

static bool
read_boot_id(char id[LEASE_BOOT_ID_LEN + 1])
{
	int fd = open(PATH_BOOT_ID, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n;

	if (fd == -1)
		return false;
	do
		n = read(fd, id, LEASE_BOOT_ID_LEN);
	while (n == -1 && errno == EINTR);
	(void)close(fd);
	id[LEASE_BOOT_ID_LEN] = '\0';
	return n == LEASE_BOOT_ID_LEN;
}

void
clock_now(struct moment *now)
{
	memset(now, 0, sizeof(*now));
	now->readable = read_clock(CLOCK_REALTIME, &now->wall) &&
	    read_clock(CLOCK_BOOTTIME, &now->boot) &&
	    read_boot_id(now->boot_id);
}

int64_t
monotonic_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}

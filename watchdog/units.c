#include <poll.h>
#include <syslog.h>

#include "child.h"
#include "paths.h"
#include "watchdog.h"

#define START_PAUSE	10	/* ms between two looks at systemctl */
#define START_MAX	100	/* of those */

pid_t
units_begin(const char *const *units, size_t n)
{
	const char *argv[UNITS_MAX + 4] = { "systemctl", "--no-block", "start" };
	size_t k;

	for (k = 0; k < n && k < UNITS_MAX; k++)
		argv[k + 3] = units[k];
	return child_start(PATH_SYSTEMCTL, argv);
}

bool
units_wait(pid_t pid)
{
	int i, r = pid == -1 ? -1 : child_poll(pid);

	for (i = 0; i < START_MAX && r == 1; i++) {
		(void)poll(NULL, 0, START_PAUSE);
		r = child_poll(pid);
	}
	if (r == 1)
		child_kill(pid);
	return r == 0;
}

bool
units_start(const char *const *units, size_t n)
{
	return units_wait(units_begin(units, n));
}

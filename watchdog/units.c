#include <poll.h>
#include <syslog.h>

#include "child.h"
#include "paths.h"
#include "watchdog.h"

#define START_PAUSE	10	/* ms between two looks at systemctl */
#define START_MAX	100	/* of those */

bool
units_start(const char *const *units, size_t n)
{
	const char *argv[UNITS_MAX + 4] = { "systemctl", "--no-block", "start" };
	int i, r = -1;
	pid_t pid;
	size_t k;

	for (k = 0; k < n && k < UNITS_MAX; k++)
		argv[k + 3] = units[k];
	pid = child_start(PATH_SYSTEMCTL, argv);
	if (pid != -1)
		r = 1;
	for (i = 0; i < START_MAX && r == 1; i++) {
		(void)poll(NULL, 0, START_PAUSE);
		r = child_poll(pid);
	}
	if (r == 1)
		child_kill(pid);
	return r == 0;
}

#include <poll.h>
#include <stdlib.h>

#include "child.h"
#include "paths.h"
#include "watchdog.h"

#define START_PAUSE	10	/* ms between two looks at systemctl */
#define START_MAX	100	/* of those */

pid_t
units_begin(const char *const *units, size_t n)
{
	const char **argv = calloc(n + 4, sizeof(*argv));
	size_t k;
	pid_t pid;

	if (argv == NULL)
		return -1;
	argv[0] = "systemctl";
	argv[1] = "--no-block";
	argv[2] = "start";
	for (k = 0; k < n; k++)
		argv[k + 3] = units[k];
	pid = child_start(PATH_SYSTEMCTL, argv);
	free(argv);
	return pid;
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

#include <sys/inotify.h>
#include <sys/timerfd.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "paths.h"
#include "watchdog.h"

#define CROWD	50	/* ms in which changes are taken together */
#define WORKERS	50	/* ms between two looks at who has been ended */

#define CHANGES	(IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | \
		    IN_DELETE)

static int
waiter_init(struct waiter *w, int dirfd, struct error *err)
{
	char dir[64];

	w->wall = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	w->boot = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	w->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->wall == -1 || w->boot == -1)
		return error_system(err, "timers");
	(void)snprintf(dir, sizeof(dir), "/proc/self/fd/%d", dirfd);
	/* The clocks alone end in time; the next run sees what changed. */
	if (w->notify == -1 ||
	    inotify_add_watch(w->notify, dir, CHANGES) == -1)
		say(LOG_ERR, "changes are seen late: inotify: %s",
		    strerror(errno));
	/* Made by the first login; until then its making is a change above. */
	(void)inotify_add_watch(w->notify, PATH_STATE "/" PATH_SESSIONS,
	    CHANGES);
	/* A warning may be waiting for a terminal. */
	(void)inotify_add_watch(w->notify, "/dev/pts", IN_CREATE | IN_ATTRIB);
	return 0;
}

/* INT64_MAX disarms it; a moment that is past fires at once. */
static int
arm(int fd, int64_t when, int flags)
{
	struct itimerspec its = { { 0, 0 }, { 0, 0 } };

	if (when != INT64_MAX) {
		its.it_value.tv_sec = when / NANOSECONDS;
		its.it_value.tv_nsec = when % NANOSECONDS;
		if (when <= 0)
			its.it_value.tv_nsec = 1;
	}
	return timerfd_settime(fd, TFD_TIMER_ABSTIME | flags, &its, NULL);
}

static void
drain(int fd)
{
	char data[4096];

	while (read(fd, data, sizeof(data)) > 0)
		;
}

int
waiter_wait(struct waiter *w, struct run *run, struct error *err)
{
	struct pollfd fds[] = {
		{ .fd = w->wall, .events = POLLIN },
		{ .fd = w->boot, .events = POLLIN },
		{ .fd = w->notify, .events = POLLIN },
	};
	size_t i;
	int r;

	error_clear(err);
	if (w->wall == -1)
		return waiter_init(w, run->dirfd, err);
	/* A wall clock that is set wakes us, also if it was during the look. */
	if (arm(w->wall, run->next_wall, TFD_TIMER_CANCEL_ON_SET) == -1)
		return errno == ECANCELED ? 0 : error_system(err, "timers");
	if (arm(w->boot, run->next_boot, 0) == -1)
		return error_system(err, "timers");
	do
		r = poll(fds, sizeof(fds) / sizeof(fds[0]),
		    workers_missed(run) ? WORKERS : -1);
	while ((r == -1 && errno == EINTR) ||
	    (r == 0 && !workers_reap(run, false)));
	if (r == -1)
		return error_system(err, "poll");
	/* Changes come in crowds, and a user can make some: not each counts. */
	if (r > 0 && fds[0].revents == 0 && fds[1].revents == 0)
		(void)poll(NULL, 0, CROWD);
	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		drain(fds[i].fd);
	return 0;
}

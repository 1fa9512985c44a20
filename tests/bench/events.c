#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "audit_log.h"
#include "spool.h"
#include "statedir.h"

/*
 * What it takes to tell the history of a login, beside the same bytes appended
 * to a file that is open, and to tell the audit trail.  Prints three medians,
 * microseconds.  usage: events ROUNDS
 */

#define ROUNDS_MAX	10000
#define TIMES		3

static double times[TIMES][ROUNDS_MAX];

static double
microseconds(void)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int
by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
fill(struct event *e)
{
	event_init(e, EVENT_ADMITTED);
	e->text[EVENT_USER] = "alice";
	e->number[EVENT_UID] = 1001;
	e->text[EVENT_SERVICE] = "sshd";
	e->text[EVENT_TTY] = "ssh";
	e->text[EVENT_RHOST] = "192.0.2.7";
	e->text[EVENT_PHASE] = "account";
	e->text[EVENT_STEP] = "lease";
	e->text[EVENT_WHY] = "lease";
	e->number[EVENT_EXPIRES] = 1774092600;
}

/* As the module does it: with the directory looked up and checked each time. */
static int
put(const struct event *e)
{
	struct error err;
	int dirfd = state_make(&err), r = -1;

	if (dirfd != -1) {
		r = spool_put(dirfd, e, &err);
		(void)close(dirfd);
	}
	if (r == -1)
		(void)fprintf(stderr, "events: %s\n", err.text);
	return r;
}

int
main(int argc, char *argv[])
{
	size_t rounds = argc == 2 ? strtoul(argv[1], NULL, 10) : 0, i;
	int fd = open("/run/pamlease/.appended", O_WRONLY | O_CREAT |
	    O_APPEND | O_CLOEXEC, 0600);
	char data[EVENT_FILE_MAX];
	struct event e;
	struct error err;
	ssize_t len;
	double at;

	if (rounds == 0 || rounds > ROUNDS_MAX || fd == -1)
		return EXIT_FAILURE;
	fill(&e);
	len = event_format(&e, 0, data, sizeof(data));
	for (i = 0; i < rounds; i++) {
		at = microseconds();
		if (put(&e) == -1)
			return EXIT_FAILURE;
		times[0][i] = microseconds() - at;
		at = microseconds();
		if (write(fd, data, (size_t)len) != len)
			return EXIT_FAILURE;
		times[1][i] = microseconds() - at;
		at = microseconds();
		if (audit_log(&e, &err) == -1)
			return EXIT_FAILURE;
		times[2][i] = microseconds() - at;
	}
	for (i = 0; i < TIMES; i++) {
		qsort(times[i], rounds, sizeof(times[i][0]), by_value);
		(void)printf("%.2f\n", times[i][rounds / 2]);
	}
	return EXIT_SUCCESS;
}

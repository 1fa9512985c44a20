#include <sys/timerfd.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * Clocks that a test moves: linked into the programs by --wrap.  FAKED holds two
 * words, for the wall and for the boot clock: how many seconds that one is ahead
 * of the real one, or "fails".  Without the file both are right.
 */

#define FAKED	"/run/pamlease-clock"
#define SECOND	INT64_C(1000000000)

int	__real_clock_gettime(clockid_t id, struct timespec *ts);
int	__wrap_clock_gettime(clockid_t id, struct timespec *ts);
int	__real_timerfd_settime(int fd, int flags, const struct itimerspec *new,
	    struct itimerspec *old);
int	__wrap_timerfd_settime(int fd, int flags, const struct itimerspec *new,
	    struct itimerspec *old);

static int
ahead(clockid_t id, int64_t *ns)
{
	char text[64] = "", word[2][24] = { "", "" };
	int fd = open(FAKED, O_RDONLY | O_CLOEXEC);
	long long n = 0;

	if (fd != -1) {
		(void)!read(fd, text, sizeof(text) - 1);
		(void)close(fd);
	}
	(void)sscanf(text, "%23s %23s", word[0], word[1]);
	if (strcmp(word[id == CLOCK_BOOTTIME], "fails") == 0)
		return -1;
	(void)sscanf(word[id == CLOCK_BOOTTIME], "%lld", &n);
	*ns = n * SECOND;
	return 0;
}

static struct timespec
moved(const struct timespec *ts, int64_t by)
{
	int64_t ns = ts->tv_sec * SECOND + ts->tv_nsec + by;
	struct timespec sum = { ns / SECOND, ns % SECOND };

	return sum;
}

int
__wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	int64_t by;

	if (id != CLOCK_REALTIME && id != CLOCK_BOOTTIME)
		return __real_clock_gettime(id, ts);
	if (ahead(id, &by) == -1) {
		errno = EINVAL;
		return -1;
	}
	if (__real_clock_gettime(id, ts) == -1)
		return -1;
	*ts = moved(ts, by);
	return 0;
}

/* Only a timer of the wall clock can be cancelled by its setting. */
int
__wrap_timerfd_settime(int fd, int flags, const struct itimerspec *new,
    struct itimerspec *old)
{
	struct itimerspec its = *new;
	int64_t by = 0;

	if ((flags & TFD_TIMER_ABSTIME) != 0 && (its.it_value.tv_sec != 0 ||
	    its.it_value.tv_nsec != 0)) {
		(void)ahead((flags & TFD_TIMER_CANCEL_ON_SET) != 0 ?
		    CLOCK_REALTIME : CLOCK_BOOTTIME, &by);
		its.it_value = moved(&its.it_value, -by);
		/* What is past fires at once, and 0 would disarm it. */
		if (its.it_value.tv_sec < 0 || (its.it_value.tv_sec == 0 &&
		    its.it_value.tv_nsec <= 0))
			its.it_value = (struct timespec){ 0, 1 };
	}
	return __real_timerfd_settime(fd, flags, &its, old);
}

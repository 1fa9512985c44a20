/* Else read() is an inline function of the header. */
#undef _FORTIFY_SOURCE

#include <sys/stat.h>

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

/*
 * For LD_PRELOAD: each read and write of a regular file on disk takes one byte,
 * and each second one is interrupted first.
 */

#define EXPORT __attribute__((visibility("default")))

ssize_t	__read(int fd, void *data, size_t size);
ssize_t	__write(int fd, const void *data, size_t size);

/* Files in /proc have no size, and are read at once. */
static bool
on_disk(int fd, bool writing)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (writing || st.st_size > 0);
}

static bool
interrupt(void)
{
	static unsigned int calls;

	errno = EINTR;
	return calls++ % 2 == 0;
}

EXPORT ssize_t
read(int fd, void *data, size_t size)
{
	if (!on_disk(fd, false))
		return __read(fd, data, size);
	return interrupt() ? -1 : __read(fd, data, size > 0 ? 1 : 0);
}

EXPORT ssize_t
write(int fd, const void *data, size_t size)
{
	if (!on_disk(fd, true))
		return __write(fd, data, size);
	return interrupt() ? -1 : __write(fd, data, size > 0 ? 1 : 0);
}

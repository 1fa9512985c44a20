#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "dir.h"

int
dir_each(int dirfd, int (*each)(void *arg, int dirfd, const char *name),
    void *arg, struct error *err)
{
	/* One of its own: the position belongs to the open file. */
	int r = 0, fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd != -1 ? fdopendir(fd) : NULL;
	struct dirent *de;

	error_clear(err);
	if (dir == NULL) {
		r = error_system(err, "directory");
		if (fd != -1)
			(void)close(fd);
		return r;
	}
	for (errno = 0; r == 0 && (de = readdir(dir)) != NULL; errno = 0)
		r = each(arg, fd, de->d_name);
	if (r == 0 && errno != 0)
		r = error_system(err, "directory");
	(void)closedir(dir);
	return r;
}

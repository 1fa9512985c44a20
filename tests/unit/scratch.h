#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <sys/mount.h>
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * For tests with real files, root's, at the real paths: a mount namespace of
 * the test's own with an empty /run, /var/lib, /var/log and /etc.  Nothing of it is seen
 * outside, and all of it is gone with the process.
 */

#define SCRATCH	"/run/scratch"

static bool scratch_ready;

/* The setup of each test; without it scratch_open() skips the test. */
static inline int
scratch_setup(void **state)
{
	static const char *const places[] = { "/run", "/var/lib", "/var/log",
	    "/etc" };
	size_t i;

	(void)state;
	scratch_ready = geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0;
	for (i = 0; scratch_ready && i < 4; i++)
		scratch_ready = mount("scratch", places[i], "tmpfs", 0,
		    "mode=0755") == 0;
	return 0;
}

/* An empty directory of mode 0700; its descriptor is to be closed. */
static inline int
scratch_open(void)
{
	int fd;

	if (!scratch_ready) {
		if (getenv("PAMLEASE_TESTS_MUST_RUN") != NULL)
			fail_msg("neither root nor a mount namespace");
		print_message("# neither root nor a mount namespace\n");
		skip();
	}
	assert_int_equal(mkdir(SCRATCH, 0700), 0);
	fd = open(SCRATCH, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	return fd;
}

/* A file of that mode with that content. */
static inline void
scratch_file(int dirfd, const char *name, mode_t mode, const char *data)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, data, strlen(data)), strlen(data));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

/* How many entries a directory has. */
static inline size_t
scratch_count(const char *path)
{
	DIR *dir = opendir(path);
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	assert_int_equal(closedir(dir), 0);
	return n - 2;
}

#endif

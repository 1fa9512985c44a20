#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"

static char *const environment[] = {
	(char []){ "PATH=/usr/sbin:/usr/bin:/sbin:/bin" },
	(char []){ "LC_ALL=C" },
	NULL
};

/* Where what it writes goes; -1: nowhere. */
struct outlet {
	int out, err;
};

static const struct outlet nowhere = { -1, -1 };

/* Everything else that is open has O_CLOEXEC. */
static int
quiet_files(posix_spawn_file_actions_t *files, const struct outlet *to)
{
	const int fds[] = { -1, to->out, to->err };
	int fd, r = 0;

	for (fd = 0; fd <= 2 && r == 0; fd++)
		r = fds[fd] != -1 ?
		    posix_spawn_file_actions_adddup2(files, fds[fd], fd) :
		    posix_spawn_file_actions_addopen(files, fd, "/dev/null",
		    O_RDWR, 0);
	return r;
}

static int
clean_signals(posix_spawnattr_t *attr)
{
	sigset_t none, all;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	(void)posix_spawnattr_setsigmask(attr, &none);
	(void)posix_spawnattr_setsigdefault(attr, &all);
	(void)posix_spawnattr_setpgroup(attr, 0);
	return posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK |
	    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

static pid_t
start(const char *path, const char *const argv[], const struct outlet *to)
{
	/* posix_spawn() does not change the strings, but can't say so. */
	union {
		const char *const *in;
		char *const *out;
	} args;
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	pid_t pid = -1;
	int r;

	args.in = argv;
	r = posix_spawn_file_actions_init(&files);
	if (r != 0)
		goto out;
	r = posix_spawnattr_init(&attr);
	if (r == 0) {
		r = quiet_files(&files, to);
		if (r == 0)
			r = clean_signals(&attr);
		if (r == 0)
			r = posix_spawn(&pid, path, &files, &attr,
			    args.out, environment);
		(void)posix_spawnattr_destroy(&attr);
	}
	(void)posix_spawn_file_actions_destroy(&files);
out:
	if (r != 0) {
		errno = r;
		return -1;
	}
	return pid;
}

pid_t
child_start(const char *path, const char *const argv[])
{
	return start(path, argv, &nowhere);
}

/* Its standard error is heard as well, or goes nowhere. */
static pid_t
begin(const char *path, const char *const argv[], int *fd, bool errors)
{
	int fds[2];
	pid_t pid;

	*fd = -1;
	if (pipe2(fds, O_CLOEXEC) == -1)
		return -1;
	pid = start(path, argv, &(struct outlet){ fds[1],
	    errors ? fds[1] : -1 });
	(void)close(fds[1]);
	if (pid == -1)
		(void)close(fds[0]);
	else
		*fd = fds[0];
	return pid;
}

pid_t
child_begin(const char *path, const char *const argv[], int *fd)
{
	return begin(path, argv, fd, true);
}

/* A signal, as of a terminal that stops us, takes none of the time away. */
static bool
readable(int fd, int64_t until)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left;
	int r;

	do {
		left = until - monotonic_ms();
		r = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (r == -1 && errno == EINTR);
	return r == 1;
}

/*
 * What is to be read until the other end is closed, in time.  What is too long
 * has failed.
 */
static bool
read_until(int fd, char *data, size_t size, int64_t until)
{
	size_t len = 0;
	ssize_t n = 1;

	while (n != 0 && readable(fd, until)) {
		char more;

		n = len == size - 1 ? read(fd, &more, 1) :
		    read(fd, data + len, size - 1 - len);
		if ((n == -1 && errno != EINTR) || (n > 0 && len == size - 1))
			return false;
		len += n > 0 ? (size_t)n : 0;
		data[len] = '\0';
	}
	return n == 0;
}

bool
child_output(const char *path, const char *const argv[], char *data,
    size_t size, int ms)
{
	int fd, status = -1;
	bool got;
	pid_t pid = begin(path, argv, &fd, false);

	data[0] = '\0';
	if (pid == -1)
		return false;
	got = read_until(fd, data, size, monotonic_ms() + ms);
	if (!got)
		(void)kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	(void)close(fd);
	return got && status == 0;
}

int
child_poll(pid_t pid)
{
	int status;
	pid_t r = waitpid(pid, &status, WNOHANG);

	if (r == 0 || (r == -1 && errno == EINTR))
		return 1;
	return r == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0 ?
	    0 : -1;
}

void
child_kill(pid_t pid)
{
	(void)kill(-pid, SIGKILL);
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
}

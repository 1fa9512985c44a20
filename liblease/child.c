#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <unistd.h>

#include "child.h"

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

/* What is to be read until the other end is closed, in time. */
static ssize_t
read_until(int fd, char *data, size_t size, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len < size - 1) {
		if (poll(&p, 1, ms) != 1)
			return -1;
		n = read(fd, data + len, size - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	data[len] = '\0';
	return n == 0 ? (ssize_t)len : -1;
}

static bool
run(const char *path, const char *const argv[], char *data, size_t size,
    int ms, bool all)
{
	int fds[2], status = -1;
	ssize_t len = -1;
	pid_t pid;

	data[0] = '\0';
	if (pipe2(fds, O_CLOEXEC) == -1)
		return false;
	pid = start(path, argv, &(struct outlet){ fds[1], all ? fds[1] : -1 });
	(void)close(fds[1]);
	if (pid != -1) {
		len = read_until(fds[0], data, size, ms);
		if (len == -1)
			(void)kill(-pid, SIGKILL);
		while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
			;
	}
	(void)close(fds[0]);
	return len != -1 && status == 0;
}

bool
child_output(const char *path, const char *const argv[], char *data,
    size_t size, int ms)
{
	return run(path, argv, data, size, ms, false);
}

bool
child_says(const char *path, const char *const argv[], char *data,
    size_t size)
{
	return run(path, argv, data, size, -1, true);
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

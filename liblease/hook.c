#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "hook.h"
#include "hook_child.h"

#define PIPE_READS	16	/* that empty a pipe, 4 KiB each */

#ifndef P_PIDFD
#define P_PIDFD		3
#endif

/* What one of its two outputs has said so far. */
struct output {
	int fd;			/* -1: at its end */
	bool is_stderr;
	size_t len;
	size_t lines;
	char line[HOOK_LINE_MAX + 1];
};

int
hook_open(int dirfd, const char *name, struct error *err)
{
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK | O_NOCTTY);
	const char *wrong;
	struct stat st;

	error_clear(err);
	if (fd == -1 && errno == ENOENT)
		return error_set(err, ERROR_ABSENT, "no %s", name);
	if (fd == -1 && errno == ELOOP)
		return error_set(err, ERROR_BROKEN, "%s: a symbolic link", name);
	if (fd == -1 || fstat(fd, &st) == -1) {
		(void)error_system(err, "%s", name);
		goto fail;
	}
	wrong = file_untrusted(&st, S_IFREG, 0, S_IWGRP | S_IWOTH);
	if (wrong != NULL)
		(void)error_set(err, ERROR_BROKEN, "%s: %s", name, wrong);
	else if ((st.st_mode & S_IXUSR) == 0)
		(void)error_set(err, ERROR_INVALID, "%s: not executable", name);
	else
		return fd;
fail:
	if (fd != -1)
		(void)close(fd);
	return -1;
}

int
hook_open_path(const char *path, struct error *err)
{
	char name[NAME_MAX + 1];
	int dirfd = dir_open("/", DIR_PUBLIC, err), fd;
	size_t len;

	while (dirfd != -1) {
		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (len == 0 || len > NAME_MAX) {
			fd = error_set(err, ERROR_BROKEN, "no such path");
			break;
		}
		memcpy(name, path, len);
		name[len] = '\0';
		path += len;
		if (*path == '\0') {
			fd = hook_open(dirfd, name, err);
			break;
		}
		fd = dir_open_at(dirfd, name, DIR_PUBLIC, err);
		(void)close(dirfd);
		dirfd = fd;
	}
	if (dirfd == -1)
		return -1;
	(void)close(dirfd);
	return fd;
}

static void
tell_line(struct output *o, const char *name, const struct hook_run *run)
{
	size_t i;

	for (i = 0; i < o->len; i++)
		if (o->line[i] == '\0')
			o->line[i] = '?';
	o->line[o->len] = '\0';
	o->len = 0;
	if (o->lines++ < run->lines)
		run->line(run->arg, name, o->is_stderr, o->line);
}

/* Reads what is there now. */
static void
hear(struct output *o, const char *name, const struct hook_run *run)
{
	char data[4096];
	ssize_t n = read(o->fd, data, sizeof(data)), i;

	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	for (i = 0; i < n; i++)
		if (data[i] == '\n')
			tell_line(o, name, run);
		else if (o->len < HOOK_LINE_MAX)
			o->line[o->len++] = data[i];
	if (n > 0)
		return;
	if (o->len > 0)
		tell_line(o, name, run);
	(void)close(o->fd);
	o->fd = -1;
}

/*
 * Until it has ended; what somebody whom it left behind would say later is not
 * waited for.  False when its time is over first.
 */
static bool
attend(int pidfd, struct output out[2], const char *name,
    const struct hook_run *run)
{
	int64_t end = monotonic_ms() + run->limit, left;
	int n, i, after = 0;
	struct pollfd fds[3];

	while ((left = end - monotonic_ms()) > 0) {
		fds[2] = (struct pollfd){ .fd = pidfd, .events = POLLIN };
		for (i = 0; i < 2; i++)
			fds[i] = (struct pollfd){ .fd = out[i].fd,
			    .events = POLLIN };
		n = poll(fds, 3, left < INT_MAX ? (int)left : INT_MAX);
		if (n == -1 && errno != EINTR)
			return false;
		for (i = 0; n > 0 && i < 2; i++)
			if (fds[i].revents != 0)
				hear(&out[i], name, run);
		if (n > 0 && fds[2].revents != 0 && (after++ == PIPE_READS ||
		    (fds[0].revents == 0 && fds[1].revents == 0)))
			return true;
	}
	/* This process may have been stopped: it was in time all the same. */
	fds[2] = (struct pollfd){ .fd = pidfd, .events = POLLIN };
	return poll(&fds[2], 1, 0) == 1;
}

/* Its end, by the descriptor, which is nobody else's. */
static int
reap(int pidfd, const char *name, bool in_time, int64_t limit,
    struct error *err)
{
	siginfo_t info = { .si_pid = 0 };
	int r;

	do
		r = waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED |
		    __WALL);
	while (r == -1 && errno == EINTR);
	if (!in_time)
		return error_set(err, ERROR_BROKEN, "%s: not done after %lld "
		    "ms", name, (long long)limit);
	if (r == -1)
		return error_system(err, "%s: its end", name);
	if (info.si_code != CLD_EXITED)
		return error_set(err, ERROR_BROKEN, "%s: killed by a signal",
		    name);
	if (info.si_status == HOOK_NOT_STARTED)
		return error_set(err, ERROR_BROKEN, "%s: can't be run, or "
		    "exited with %d", name, HOOK_NOT_STARTED);
	return info.si_status;
}

int
hook_run(int fd, const char *const *argv, const struct hook_run *run,
    struct error *err)
{
	const char *name = argv[0];
	struct output out[2] = { { .fd = -1 }, { .fd = -1, .is_stderr = true } };
	int said[2] = { -1, -1 }, warned[2] = { -1, -1 }, ends[2], pidfd = -1;
	int r = -1, i;
	bool in_time;
	pid_t pid;

	error_clear(err);
	if (pipe2(said, O_CLOEXEC) == -1 || pipe2(warned, O_CLOEXEC) == -1) {
		(void)error_system(err, "%s: a pipe", name);
		goto out;
	}
	ends[0] = said[1];
	ends[1] = warned[1];
	pid = hook_child(fd, ends, argv, run, &pidfd);
	if (pid == -1) {
		(void)error_system(err, "%s: can't be started", name);
		goto out;
	}
	(void)close(said[1]);
	(void)close(warned[1]);
	said[1] = warned[1] = -1;
	out[0].fd = said[0];
	out[1].fd = warned[0];
	said[0] = warned[0] = -1;
	in_time = attend(pidfd, out, name, run);
	/* Its number is not given to another before it is reaped. */
	(void)kill(pid, SIGKILL);
	(void)kill(-pid, SIGKILL);
	r = reap(pidfd, name, in_time, run->limit, err);
	(void)close(pidfd);
out:
	for (i = 0; i < 2; i++) {
		int *open_fds[] = { &said[i], &warned[i], &out[i].fd };
		size_t k;

		for (k = 0; k < 3; k++)
			if (*open_fds[k] != -1)
				(void)close(*open_fds[k]);
	}
	return r;
}

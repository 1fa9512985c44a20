#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "paths.h"
#include "purge.h"

#define TRIES	100	/* of a child that the user may kill */

/* Leaves with 0, or the errno of what failed. */
static void
purge(uid_t uid)
{
	uid_t real, effective, saved;

	if (setresuid(uid, uid, uid) == -1)
		_exit(errno);
	if (getresuid(&real, &effective, &saved) == -1 || real != uid ||
	    effective != uid || saved != uid || uid == 0)
		_exit(EPERM);
	if (kill(-1, SIGKILL) == -1 && errno != ESRCH)
		_exit(errno);
	_exit(0);
}

/* As the user's, it may be stopped by the user's: then it is killed. */
static int
wait_for(pid_t pid, int *status)
{
	for (;;) {
		if (waitpid(pid, status, WUNTRACED) == -1) {
			if (errno != EINTR)
				return -1;
		} else if (WIFSTOPPED(*status))
			(void)kill(pid, SIGKILL);
		else
			return 0;
	}
}

int
purge_uid(uid_t uid)
{
	int status, tries;
	pid_t pid;

	for (tries = 0; tries < TRIES; tries++) {
		pid = fork();
		if (pid == -1)
			return -1;
		if (pid == 0)
			purge(uid);
		if (wait_for(pid, &status) == -1)
			return -1;
		if (!WIFEXITED(status))
			continue;	/* the user's processes were quicker */
		errno = WEXITSTATUS(status);
		return errno == 0 ? 0 : -1;
	}
	errno = EAGAIN;
	return -1;
}

void
purge_slice(uid_t uid)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path),
	    PATH_CGROUP "/user.slice/user-%u.slice/cgroup.kill",
	    (unsigned int)uid);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return;
	(void)!write(fd, "1", 1);
	(void)close(fd);
}

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "audit_log.h"
#include "watchdog.h"

#define PATIENCE	1000	/* ms for the last ones */
#define ROOM		(1 << 20)	/* bytes of records that wait */

/*
 * The kernel holds up who writes to a trail that nobody takes away, for as long
 * as a minute a record.  Ends don't wait for that: a process of its own does.
 */
static struct {
	int fd;
	pid_t pid, parent;
	bool missing;
} auditor = { .fd = -1 };

static void
run_auditor(int fd)
{
	static char data[EVENT_FILE_MAX], store[EVENT_FILE_MAX];
	struct error err;
	bool told = false;
	struct event e;
	int64_t wall;
	ssize_t n;

	/* Locks, above all, are not kept. */
	if (dup2(fd, STDERR_FILENO + 1) == -1 ||
	    syscall(SYS_close_range, STDERR_FILENO + 2U, ~0U, 0U) == -1)
		_exit(EXIT_IO);
	say_no_history();
	while ((n = recv(STDERR_FILENO + 1, data, sizeof(data), 0)) > 0) {
		if ((event_parse(data, (size_t)n, &e, &wall, store,
		    &err) == 0 && audit_log(&e, &err) == 0) || told)
			continue;
		say(LOG_WARNING, "missing in the audit trail: %s", err.text);
		told = true;
	}
	_exit(EXIT_DONE);
}

static bool
auditor_start(void)
{
	const int room = ROOM;
	int fds[2];

	auditor.parent = getpid();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == -1)
		return false;
	auditor.pid = fork();
	if (auditor.pid == 0)
		run_auditor(fds[1]);
	(void)close(fds[1]);
	if (auditor.pid == -1) {
		(void)close(fds[0]);
		return false;
	}
	/* All whose window ends at once. */
	(void)setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	auditor.fd = fds[0];
	return true;
}

void
auditor_tell(const struct event *e)
{
	char data[EVENT_FILE_MAX];
	ssize_t len = event_format(e, 0, data, sizeof(data));

	if ((auditor.fd != -1 || auditor_start()) && len > 0 &&
	    send(auditor.fd, data, (size_t)len,
	    MSG_DONTWAIT | MSG_NOSIGNAL) == len)
		return;
	if (!auditor.missing)
		say(LOG_WARNING, "the audit trail takes nothing more: %s",
		    strerror(errno));
	auditor.missing = true;
}

void
auditor_finish(void)
{
	struct pollfd p = { .events = POLLIN };
	bool late = true;

	if (auditor.fd == -1)
		return;
	(void)close(auditor.fd);
	auditor.fd = -1;
	/* One that writes to another's leaves the rest to that one. */
	if (auditor.parent != getpid())
		return;
	p.fd = (int)syscall(SYS_pidfd_open, auditor.pid, 0);
	if (p.fd != -1) {
		late = poll(&p, 1, PATIENCE) != 1;
		(void)close(p.fd);
	}
	if (late) {
		say(LOG_WARNING, "the audit trail takes too long: what it has "
		    "not got is missing there");
		(void)kill(auditor.pid, SIGKILL);
	} else
		(void)waitpid(auditor.pid, NULL, 0);
}

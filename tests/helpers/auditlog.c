#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <linux/audit.h>
#include <linux/netlink.h>

#include <fcntl.h>
#include <libaudit.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Writes to stdout what the kernel's audit trail gets from programs, in the
 * lines of audit.log(5) from the one "ready" on, until SIGTERM comes or whoever
 * started this is gone.  Meanwhile auditing is enabled, as it was before
 * afterwards.
 */

/* Of whoever runs this at the same time the last one puts things back. */
#define SHARED		"/run/pamlease-auditlog"
#define BACKLOG		8192	/* records that may wait */

static int
enabled(int fd, unsigned int *backlog)
{
	static struct audit_reply reply;

	if (audit_request_status(fd) <= 0)
		return -1;
	do {
		if (audit_get_reply(fd, &reply, GET_REPLY_BLOCKING, 0) <= 0)
			return -1;
	} while (reply.type != AUDIT_GET);
	*backlog = reply.status->backlog_limit;
	return reply.status->enabled != 0;
}

/*
 * What was before is kept by the first one: "BACKLOG".  Two who are first at
 * once keep the same: the limit is raised when auditing is enabled already.
 */
static bool
enable(int control, int shared)
{
	char text[16] = "";
	unsigned int backlog;
	int on, len;

	if (flock(shared, LOCK_SH) == -1 ||
	    (on = enabled(control, &backlog)) == -1)
		return false;
	if (on != 0)
		return true;
	len = snprintf(text, sizeof(text), "%u", backlog);
	return pwrite(shared, text, (size_t)len, 0) == len &&
	    audit_set_enabled(control, 1) > 0 &&
	    audit_set_backlog_limit(control, BACKLOG) > 0;
}

static void
put_back(int control, int shared)
{
	char text[16] = "";

	if (flock(shared, LOCK_EX | LOCK_NB) == -1 ||
	    pread(shared, text, sizeof(text) - 1, 0) <= 0)
		return;
	(void)audit_set_enabled(control, 0);
	(void)audit_set_backlog_limit(control,
	    (uint32_t)strtoul(text, NULL, 10));
	(void)unlink(SHARED);
}

static int
listen_to_trail(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK,
	    .nl_groups = 1 << (AUDIT_NLGRP_READLOG - 1) };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	int room = 8 << 20;

	if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room,
	    sizeof(room)) == -1 || bind(fd, (struct sockaddr *)&addr,
	    sizeof(addr)) == -1)
		return -1;
	return fd;
}

static void
ended(int sig)
{
	(void)sig;
}

/* SIGTERM is held back but for the wait, and what has come goes before it. */
static void
copy(int fd, const sigset_t *waiting)
{
	static struct audit_message m;
	struct pollfd poll = { .fd = fd, .events = POLLIN };
	ssize_t n;

	while (ppoll(&poll, 1, NULL, waiting) > 0 &&
	    (n = recv(fd, &m, sizeof(m), 0)) > 0) {
		size_t len = (size_t)n - NLMSG_HDRLEN;
		const char *name = audit_msg_type_to_name(m.nlh.nlmsg_type);

		if (m.nlh.nlmsg_type < AUDIT_FIRST_USER_MSG || name == NULL)
			continue;
		(void)printf("type=%s msg=%.*s\n", name,
		    (int)strnlen(m.data, len), m.data);
		(void)fflush(stdout);
	}
}

int
main(void)
{
	struct sigaction act = { .sa_handler = ended };
	sigset_t term, before;
	int fd = listen_to_trail(), control = audit_open();
	int shared = open(SHARED, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	if (fd == -1 || control == -1 || shared == -1 ||
	    sigprocmask(SIG_BLOCK, &term, &before) == -1 ||
	    sigaction(SIGTERM, &act, NULL) == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGTERM) == -1 ||
	    !enable(control, shared)) {
		perror("auditlog");
		return 77;
	}
	(void)puts("ready");
	(void)fflush(stdout);
	copy(fd, &before);
	put_back(control, shared);
	return 0;
}

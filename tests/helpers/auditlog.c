#include <sys/socket.h>

#include <linux/audit.h>
#include <linux/netlink.h>

#include <libaudit.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Writes to stdout what the kernel's audit trail gets from programs, in the
 * lines of audit.log(5) from the one "ready" on, until SIGTERM comes.  Meanwhile
 * auditing is enabled, as it was before afterwards.
 */

static int
is_enabled(int fd)
{
	static struct audit_reply reply;

	if (audit_request_status(fd) <= 0)
		return -1;
	do {
		if (audit_get_reply(fd, &reply, GET_REPLY_BLOCKING, 0) <= 0)
			return -1;
	} while (reply.type != AUDIT_GET);
	return reply.status->enabled != 0;
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

static void
copy(int fd)
{
	static struct audit_message m;
	ssize_t n;

	while ((n = recv(fd, &m, sizeof(m), 0)) > 0) {
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
	int fd = listen_to_trail(), control = audit_open(), before;

	if (fd == -1 || control == -1 ||
	    sigaction(SIGTERM, &act, NULL) == -1 ||
	    (before = is_enabled(control)) == -1 ||
	    (!before && audit_set_enabled(control, 1) <= 0)) {
		perror("auditlog");
		return 77;
	}
	(void)puts("ready");
	(void)fflush(stdout);
	copy(fd);
	return before || audit_set_enabled(control, 0) > 0 ? 0 : 1;
}

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Runs a command, and takes all that is logged for as long as it runs. */

static int
listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	(void)unlink(address.sun_path);
	if (fd == -1 || bind(fd, (const struct sockaddr *)&address,
	    sizeof(address)) == -1)
		return -1;
	return fd;
}

static void
drain(int fd, pid_t parent)
{
	char line[4096];

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent && recv(fd, line, sizeof(line), 0) != -1)
		;
}

int
main(int argc, char *argv[])
{
	pid_t parent = getpid();
	int fd;

	if (argc < 3) {
		(void)fputs("usage: logger SOCKET COMMAND [ARG]...\n", stderr);
		return 2;
	}
	fd = listen_at(argv[1]);
	if (fd == -1) {
		perror(argv[1]);
		return 1;
	}
	switch (fork()) {
	case -1:
		perror("fork");
		return 1;
	case 0:
		drain(fd, parent);
		return 0;
	default:
		(void)execv(argv[2], argv + 2);
		perror(argv[2]);
		return 1;
	}
}

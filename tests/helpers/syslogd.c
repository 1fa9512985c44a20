#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LOG_SOCKET	"/dev/log"

/* What there is, into memory: the socket holds few lines. */
static void
collect(int fd, FILE *said)
{
	char line[4096];
	ssize_t n;

	while ((n = recv(fd, line, sizeof(line), MSG_DONTWAIT)) > 0)
		(void)fprintf(said, "%.*s\n", (int)n, line);
}

/* Runs a command, and prints behind it what was said to the log meanwhile. */
int
main(int argc, char *argv[])
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX,
	    .sun_path = LOG_SOCKET };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), status = 0;
	struct pollfd in = { .fd = fd, .events = POLLIN };
	char *text = NULL;
	size_t size;
	FILE *said = open_memstream(&text, &size);
	pid_t pid;

	(void)unlink(LOG_SOCKET);
	if (argc < 2 || fd == -1 || said == NULL ||
	    bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		perror(LOG_SOCKET);
		return 99;
	}
	pid = fork();
	if (pid == 0) {
		(void)execv(argv[1], argv + 1);
		_exit(99);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		(void)poll(&in, 1, 5);
		collect(fd, said);
	}
	collect(fd, said);
	(void)fclose(said);
	(void)fputs(text, stdout);
	free(text);
	(void)unlink(LOG_SOCKET);
	return WEXITSTATUS(status);
}

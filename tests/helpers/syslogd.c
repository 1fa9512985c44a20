#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <stdio.h>
#include <unistd.h>

#define LOG_SOCKET	"/dev/log"

/* Runs a command, and prints what it and its children said to the log. */
int
main(int argc, char *argv[])
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX,
	    .sun_path = LOG_SOCKET };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), status = 0;
	char line[4096];
	ssize_t n;
	pid_t pid;

	(void)unlink(LOG_SOCKET);
	if (argc < 2 || fd == -1 ||
	    bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		perror(LOG_SOCKET);
		return 99;
	}
	pid = fork();
	if (pid == 0) {
		(void)execv(argv[1], argv + 1);
		_exit(99);
	}
	(void)waitpid(pid, &status, 0);
	while ((n = recv(fd, line, sizeof(line), MSG_DONTWAIT)) > 0)
		(void)printf("%.*s\n", (int)n, line);
	(void)unlink(LOG_SOCKET);
	return WEXITSTATUS(status);
}

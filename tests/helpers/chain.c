#include <sys/resource.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/*
 * Chains of processes that fork and leave at once, each gone before a look at
 * /proc reads it.  Writes the time to a file every now and then.
 *
 * usage: chain CHAINS SECONDS FILE
 *
 * Bounded in number and time.
 */

#define PROCESSES	60
#define BEAT_EVERY	500

int
main(int argc, char *argv[])
{
	const struct rlimit limit = { PROCESSES, PROCESSES };
	time_t end = time(NULL);
	unsigned int k;
	int i;

	if (argc != 4 || setrlimit(RLIMIT_NPROC, &limit) == -1)
		return 1;
	end += atoi(argv[2]);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGCHLD, SIG_IGN);
	(void)setsid();
	for (i = 1; i < atoi(argv[1]); i++)
		if (fork() == 0)
			break;
	for (k = 0; time(NULL) < end; k++) {
		pid_t pid = fork();

		if (pid > 0)
			_exit(0);
		if (pid == 0 && k % BEAT_EVERY == 0) {
			int fd = open(argv[3], O_WRONLY | O_CREAT | O_TRUNC |
			    O_CLOEXEC, 0644);

			(void)dprintf(fd, "%lld\n", (long long)time(NULL));
			(void)close(fd);
		}
	}
	return 0;
}

#include <sys/resource.h>

#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/*
 * Processes that fork whenever one more may be, and take no notice of anything
 * that can be ignored.
 *
 * usage: bomb PROCESSES SECONDS
 *
 * Bounded in number, by RLIMIT_NPROC, and time.
 */

int
main(int argc, char *argv[])
{
	const struct timespec nap = { 0, 50000000 };
	struct rlimit limit;
	time_t end = time(NULL);
	int sig;

	if (argc != 3)
		return 1;
	limit.rlim_cur = limit.rlim_max = (rlim_t)atoi(argv[1]);
	if (limit.rlim_cur < 2 || setrlimit(RLIMIT_NPROC, &limit) == -1)
		return 1;
	end += atoi(argv[2]);
	for (sig = 1; sig < SIGRTMAX; sig++)
		(void)signal(sig, SIG_IGN);
	while (time(NULL) < end)
		if (fork() == -1)
			(void)nanosleep(&nap, NULL);
	return 0;
}

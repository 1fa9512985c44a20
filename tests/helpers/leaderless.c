#include <sys/syscall.h>

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

/*
 * A process whose first thread has left: proc(5) shows it as a zombie, and it
 * runs on.
 */

static void *
stay(void *arg)
{
	(void)arg;
	for (;;)
		(void)pause();
	return NULL;
}

int
main(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, stay, NULL) != 0) {
		perror("leaderless");
		return 1;
	}
	/* The thread alone, where exit() would end the process. */
	(void)syscall(SYS_exit, 0);
	return 1;
}

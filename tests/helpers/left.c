#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "proc.h"

/* Prints the processes that a uid has, as the watchdog counts them. */
int
main(int argc, char *argv[])
{
	uid_t uid = argc == 2 ? (uid_t)atoi(argv[1]) : (uid_t)-1;
	DIR *dir = opendir("/proc");
	struct dirent *de;
	int n = 0;

	while (dir != NULL && (de = readdir(dir)) != NULL) {
		struct proc_status ps;
		int pid = atoi(de->d_name);

		if (pid <= 0 || !proc_status(pid, &ps) || ps.zombie ||
		    (ps.real != uid && ps.effective != uid && ps.saved != uid))
			continue;
		(void)printf("process %d\n", pid);
		n++;
	}
	if (dir != NULL)
		(void)closedir(dir);
	return n > 0 ? 0 : 1;
}

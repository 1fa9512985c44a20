#include <stdio.h>
#include <unistd.h>

/* Runs a program with no arguments at all, not even its own name. */
int
main(int argc, char *argv[])
{
	char *none[] = { NULL };

	if (argc == 2)
		(void)execve(argv[1], none, none);
	perror(argc == 2 ? argv[1] : "usage: argv0 PROGRAM");
	return 99;
}

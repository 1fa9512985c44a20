#include <gcov.h>
#include <unistd.h>

/* As asan.c, for "make coverage": what _exit() does not write is lost. */

_Noreturn void	__real__exit(int status);
_Noreturn void	__wrap__exit(int status);

_Noreturn void
__wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}

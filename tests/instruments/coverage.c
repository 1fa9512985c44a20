#include <sys/syscall.h>

#include <gcov.h>
#include <stdarg.h>
#include <unistd.h>

/*
 * As asan.c, for "make coverage": what _exit() does not write is lost, nor does
 * a child that goes by system calls alone.
 */

_Noreturn void	__real__exit(int status);
_Noreturn void	__wrap__exit(int status);
long	__real_syscall(long number, ...);
long	__wrap_syscall(long number, ...);

_Noreturn void
__wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}

long
__wrap_syscall(long number, ...)
{
	long a[6];
	va_list ap;
	int i;

	va_start(ap, number);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_exit_group || number == SYS_execveat ||
	    number == SYS_kill)
		__gcov_dump();
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

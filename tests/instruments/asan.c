#include <sanitizer/asan_interface.h>
#include <sanitizer/lsan_interface.h>

#include <stdio.h>

/*
 * Linked into what "make asan" builds.  Here and not in the environment, which
 * tests take away.  Reports go to files, so that none is missed where a test
 * expects a failure anyway.
 */

#define OPTIONS	"log_path=" REPORTS "/asan:exitcode=97:print_stacktrace=1:" \
    "detect_stack_use_after_return=1:strict_string_checks=1:" \
    "detect_invalid_pointer_pairs=2:check_initialization_order=1"
#define EXPORT	__attribute__((visibility("default")))

const char	*__ubsan_default_options(void);

EXPORT const char *
__asan_default_options(void)
{
	return OPTIONS;
}

EXPORT const char *
__ubsan_default_options(void)
{
	return OPTIONS;
}

/*
 * Looking for leaks needs ptrace(2), which strace may have, and waits for ever
 * where /proc is not to be opened.
 */
EXPORT int
__lsan_is_turned_off(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[128];
	int tracer = f == NULL;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		(void)sscanf(line, "TracerPid: %d", &tracer);
	if (f != NULL)
		(void)fclose(f);
	return tracer != 0;
}

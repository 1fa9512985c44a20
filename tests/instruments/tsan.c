
/* As asan.c, for "make tsan". */

const char	*__tsan_default_options(void);

__attribute__((visibility("default"))) const char *
__tsan_default_options(void)
{
	return "log_path=" REPORTS "/tsan:exitcode=97:halt_on_error=1:"
	    "second_deadlock_stack=1";
}

/*
 * The loader guards its own memory with a lock that the sanitizer does not see,
 * and libpam loads and unloads modules from each thread.
 */
const char	*__tsan_default_suppressions(void);

__attribute__((visibility("default"))) const char *
__tsan_default_suppressions(void)
{
	return "called_from_lib:ld-linux\n";
}

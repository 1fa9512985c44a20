#include <dlfcn.h>
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * For LD_PRELOAD: the NOMEM-th allocation fails, and with NOMEM_ALL not empty
 * each one after it.  For each that fails a byte goes to descriptor 9.
 *
 * A look-up in the user database counts as one allocation: without memory
 * glibc's own code for it ends the process.
 */

#define EXPORT __attribute__((visibility("default")))

void	*__libc_malloc(size_t size);
void	*__libc_calloc(size_t n, size_t size);
void	*__libc_realloc(void *p, size_t size);

static unsigned long fails, count;
static int all, inside;

/* Later than the first allocations, and before main() clears it. */
static void __attribute__((constructor))
read_environment(void)
{
	const char *n = getenv("NOMEM"), *a = getenv("NOMEM_ALL");

	fails = n != NULL ? strtoul(n, NULL, 10) : 0;
	all = a != NULL && a[0] != '\0';
	count = 0;
}

static int
fail(void)
{
	if (fails == 0 || inside)
		return 0;
	count++;
	if (count != fails && !(all && count > fails))
		return 0;
	(void)!write(9, "", 1);
	errno = ENOMEM;
	return 1;
}

EXPORT void *
malloc(size_t size)
{
	return fail() ? NULL : __libc_malloc(size);
}

EXPORT void *
calloc(size_t n, size_t size)
{
	return fail() ? NULL : __libc_calloc(n, size);
}

EXPORT void *
realloc(void *p, size_t size)
{
	return fail() ? NULL : __libc_realloc(p, size);
}

EXPORT void *
reallocarray(void *p, size_t n, size_t size)
{
	if (size != 0 && n > (size_t)-1 / size) {
		errno = ENOMEM;
		return NULL;
	}
	return fail() ? NULL : __libc_realloc(p, n * size);
}

EXPORT int
getpwnam_r(const char *name, struct passwd *pw, char *buffer, size_t size,
    struct passwd **result)
{
	union {
		void *object;
		int (*function)(const char *, struct passwd *, char *, size_t,
		    struct passwd **);
	} real;
	int r;

	real.object = dlsym(RTLD_NEXT, "getpwnam_r");
	*result = NULL;
	if (fail())
		return ENOMEM;
	inside = 1;
	r = real.function(name, pw, buffer, size, result);
	inside = 0;
	return r;
}

EXPORT int
getpwuid_r(uid_t uid, struct passwd *pw, char *buffer, size_t size,
    struct passwd **result)
{
	union {
		void *object;
		int (*function)(uid_t, struct passwd *, char *, size_t,
		    struct passwd **);
	} real;
	int r;

	real.object = dlsym(RTLD_NEXT, "getpwuid_r");
	*result = NULL;
	if (fail())
		return ENOMEM;
	inside = 1;
	r = real.function(uid, pw, buffer, size, result);
	inside = 0;
	return r;
}

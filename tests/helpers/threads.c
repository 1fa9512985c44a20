#include <security/pam_appl.h>

#include <dirent.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "converse.h"

/*
 * Logs in and out again through PAM, from many threads at once or again and
 * again in one, each time with a handle of its own and in turn as each of the
 * users.  Counts what is not the expected code of the account phase, or does
 * not fit it, and the descriptors and bytes that are in use afterwards and were
 * not before.
 */

#define THREADS_MAX	64

static struct {
	const char *confdir, *service;
	char **rows;		/* USER=CODE */
	int nrows, calls;
	atomic_int wrong;
} all;

/* All that an application calls for somebody who may log in. */
static int
session(pam_handle_t *pamh)
{
	static int (*const phases[])(pam_handle_t *, int) = {
		pam_setcred, pam_open_session, pam_close_session, pam_setcred,
	};
	static const int flags[] = { PAM_ESTABLISH_CRED, 0, 0,
	    PAM_DELETE_CRED };
	size_t i;
	int r = PAM_SUCCESS;

	for (i = 0; i < 4 && r == PAM_SUCCESS; i++)
		r = phases[i](pamh, flags[i]);
	return r;
}

static int
log_in(const char *user, int expected)
{
	const struct pam_conv conv = { converse, NULL };
	pam_handle_t *pamh;
	int auth, r;

	if (pam_start_confdir(all.service, user, &conv, all.confdir, &pamh) !=
	    PAM_SUCCESS)
		return -1;
	auth = pam_authenticate(pamh, 0);
	r = pam_acct_mgmt(pamh, 0);
	if (r != expected || (auth == PAM_SUCCESS) != (r == PAM_SUCCESS) ||
	    (r == PAM_SUCCESS && session(pamh) != PAM_SUCCESS))
		(void)atomic_fetch_add(&all.wrong, 1);
	return pam_end(pamh, r);
}

static void *
run(void *arg)
{
	int i, first = *(int *)arg;
	char user[256];

	for (i = 0; i < all.calls; i++) {
		const char *row = all.rows[(first + i) % all.nrows];
		size_t len = strcspn(row, "=");

		(void)snprintf(user, sizeof(user), "%.*s", (int)len, row);
		if (log_in(user, atoi(row + len + 1)) != PAM_SUCCESS)
			(void)atomic_fetch_add(&all.wrong, 1);
	}
	return NULL;
}

static int
open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	if (dir == NULL)
		return -1;
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n;
}

static void
run_all(int n)
{
	pthread_t threads[THREADS_MAX];
	int first[THREADS_MAX], i;

	for (i = 0; i < n; i++) {
		first[i] = i;
		if (n == 1)
			(void)run(first);
		else if (pthread_create(&threads[i], NULL, run, &first[i]) != 0)
			exit(99);
	}
	for (i = 0; i < n && n > 1; i++)
		(void)pthread_join(threads[i], NULL);
}

int
main(int argc, char *argv[])
{
	int calls, fds, n = argc > 5 ? atoi(argv[3]) : 0;
	size_t bytes;

	if (n < 1 || n > THREADS_MAX) {
		(void)fputs("usage: threads CONFDIR SERVICE THREADS CALLS "
		    "USER=CODE...\n", stderr);
		return 99;
	}
	all.confdir = argv[1];
	all.service = argv[2];
	calls = atoi(argv[4]);
	all.rows = argv + 5;
	all.nrows = argc - 5;

	/* What stays for good after the first logins is no leak. */
	all.calls = 100;
	run_all(1);
	all.calls = calls;
	fds = open_fds();
	bytes = mallinfo2().uordblks;
	run_all(n);
	bytes = mallinfo2().uordblks - bytes;
	(void)printf("logins: %d, wrong: %d, descriptors: %d", n * calls,
	    atomic_load(&all.wrong), open_fds() - fds);
	/* A thread's own cache and stack stay a while after it. */
	if (n == 1)
		(void)printf(", bytes: %zd", (ssize_t)bytes);
	(void)putchar('\n');
	return 0;
}

#include <security/pam_appl.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Calls the account phase from many threads at once, each with handles of its
 * own, in turn for each of the users, and counts what is not the expected code.
 */

#define THREADS_MAX	64

static struct {
	const char *confdir, *service;
	char **rows;		/* USER=CODE */
	int nrows, calls;
	atomic_int wrong;
} all;

static int
converse(int n, const struct pam_message **msg, struct pam_response **resp,
    void *data)
{
	(void)msg;
	(void)data;
	*resp = calloc((size_t)n, sizeof(**resp));
	return *resp == NULL ? PAM_BUF_ERR : PAM_SUCCESS;
}

static int
account(const char *user)
{
	const struct pam_conv conv = { converse, NULL };
	pam_handle_t *pamh;
	int r;

	if (pam_start_confdir(all.service, user, &conv, all.confdir, &pamh) !=
	    PAM_SUCCESS)
		return -1;
	r = pam_acct_mgmt(pamh, 0);
	(void)pam_end(pamh, r);
	return r;
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
		if (account(user) != atoi(row + len + 1))
			(void)atomic_fetch_add(&all.wrong, 1);
	}
	return NULL;
}

int
main(int argc, char *argv[])
{
	pthread_t threads[THREADS_MAX];
	int first[THREADS_MAX], i, n = argc > 5 ? atoi(argv[3]) : 0;

	if (n < 1 || n > THREADS_MAX) {
		(void)fputs("usage: threads CONFDIR SERVICE THREADS CALLS "
		    "USER=CODE...\n", stderr);
		return 99;
	}
	all.confdir = argv[1];
	all.service = argv[2];
	all.calls = atoi(argv[4]);
	all.rows = argv + 5;
	all.nrows = argc - 5;
	for (i = 0; i < n; i++) {
		first[i] = i;
		if (pthread_create(&threads[i], NULL, run, &first[i]) != 0)
			return 99;
	}
	for (i = 0; i < n; i++)
		(void)pthread_join(threads[i], NULL);
	(void)printf("calls: %d, wrong: %d\n", n * all.calls,
	    atomic_load(&all.wrong));
	return 0;
}

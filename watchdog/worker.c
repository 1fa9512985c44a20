#include <sys/wait.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "text.h"
#include "watchdog.h"

/* Users who are being ended. */
struct worker {
	struct worker *next;
	pid_t pid;
	bool missed;		/* somebody looked for one of them meanwhile */
	size_t n;
	char (*users)[LEASE_NAME_MAX + 1];
};

int
run_result(const struct run *run)
{
	if (run->left > 0)
		return EXIT_LEFT;
	return run->failures > 0 ? EXIT_IO : EXIT_DONE;
}

static void
worker_free(struct worker *w)
{
	if (w != NULL)
		free(w->users);
	free(w);
}

/* A worker that died of whatever has left something. */
static void
worker_count(struct run *run, int status)
{
	if (!WIFEXITED(status)) {
		say(LOG_CRIT, "ending users was cut short by signal %d",
		    WTERMSIG(status));
		run->left++;
	} else if (WEXITSTATUS(status) == EXIT_LEFT)
		run->left++;
	else if (WEXITSTATUS(status) != EXIT_DONE)
		run->failures++;
}

static struct worker *
worker_new(struct view *const *views, size_t n)
{
	struct worker *w = calloc(1, sizeof(*w));
	size_t i;

	if (w == NULL)
		return NULL;
	w->users = calloc(n, sizeof(*w->users));
	if (w->users == NULL) {
		worker_free(w);
		return NULL;
	}
	w->n = n;
	for (i = 0; i < n; i++)
		(void)text_copy(w->users[i], sizeof(w->users[i]),
		    views[i]->user);
	return w;
}

void
worker_start(struct run *run, struct view **views, size_t n,
    int (*work)(struct run *, struct view **, size_t))
{
	struct worker *w = worker_new(views, n);
	size_t i;
	int ret;

	if (w != NULL)
		w->pid = fork();
	if (w != NULL && w->pid == 0) {
		run->failures = run->left = 0;
		ret = work(run, views, n);
		/* Nobody waits for the audit trail. */
		for (i = 0; i < n; i++)
			if (views[i]->lock != -1)
				(void)close(views[i]->lock);
		auditor_finish();
		_exit(ret);
	}
	if (w == NULL || w->pid == -1) {
		/* Then the others wait. */
		say(LOG_ERR, "no process to end users in: %s",
		    strerror(errno));
		worker_free(w);
		(void)work(run, views, n);
		return;
	}
	w->next = run->workers;
	run->workers = w;
}

bool
worker_has(struct run *run, const char *user)
{
	struct worker *w;
	size_t i;

	for (w = run->workers; w != NULL; w = w->next)
		for (i = 0; i < w->n; i++)
			if (strcmp(w->users[i], user) == 0) {
				w->missed = true;
				return true;
			}
	return false;
}

bool
workers_missed(const struct run *run)
{
	const struct worker *w;

	for (w = run->workers; w != NULL; w = w->next)
		if (w->missed)
			return true;
	return false;
}

bool
workers_reap(struct run *run, bool wait)
{
	struct worker **p = &run->workers, *w;
	bool missed = false;
	int status;

	while ((w = *p) != NULL) {
		pid_t pid = waitpid(w->pid, &status, wait ? 0 : WNOHANG);

		if (pid == -1 && errno == EINTR)
			continue;
		if (pid == 0) {
			p = &w->next;
			continue;
		}
		if (pid == w->pid)
			worker_count(run, status);
		missed |= w->missed;
		*p = w->next;
		worker_free(w);
	}
	return missed;
}

#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/*
 * Opens terminals of a user's, runs a command, and prints what each of them was
 * sent meanwhile, and how long the command took.
 *
 * usage: terms UID KIND[=COUNT]... -- COMMAND [ARG...]
 *
 * Prints a line for each, "KIND TEXT", and then "took MS status STATUS".  Bytes
 * of the text that are not printable are \r, \n or \xNN.
 */

#define TERMS_MAX	1000
#define FILLER		"~"	/* is not printed */
#define OTHER_SIDE	4095	/* bytes that fit there */
#define CTRL_S		"\023"

struct term {
	const char *kind;
	int master, slave;
};

static uid_t uid;
static struct term terms[TERMS_MAX];
static size_t nterms;

static void
set_blocking(const struct term *t, bool blocking)
{
	if (fcntl(t->slave, F_SETFL, blocking ? 0 : O_NONBLOCK) == -1)
		err(99, "fcntl");
}

static void
put_filler(const struct term *t)
{
	set_blocking(t, false);
	while (write(t->slave, FILLER, 1) == 1)
		;
	set_blocking(t, true);
}

/*
 * The kernel makes room by moving things on to the other side, later, until
 * that is full as well.
 */
static void
fill(const struct term *t)
{
	int moved = 0;
	bool full;

	do {
		full = moved >= OTHER_SIDE;
		put_filler(t);
		if (ioctl(t->master, FIONREAD, &moved) == -1)
			err(99, "FIONREAD");
		if (!full)
			(void)poll(NULL, 0, 5);
	} while (!full);
}

static void
make_raw(const struct term *t)
{
	struct termios tio;

	if (tcgetattr(t->slave, &tio) == -1)
		err(99, "tcgetattr");
	cfmakeraw(&tio);
	if (tcsetattr(t->slave, TCSANOW, &tio) == -1)
		err(99, "tcsetattr");
}

/* As Ctrl-S that is typed, which the kernel looks at in its own time. */
static void
stop(const struct term *t)
{
	struct pollfd fd = { .fd = t->slave, .events = POLLIN };

	if (write(t->master, CTRL_S, 1) != 1)
		err(99, "master");
	set_blocking(t, false);
	while (write(t->slave, FILLER, 1) == 1)
		(void)poll(&fd, 1, 5);
	set_blocking(t, true);
}

/* A process of the user's waits in the terminal's write lock. */
static void
keep_busy(const struct term *t)
{
	stop(t);
	if (fork() == 0) {
		/* It has the other side as well, which would stay open. */
		if (setuid(uid) == -1 ||
		    prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
			_exit(99);
		(void)!write(t->slave, FILLER, 1);
		_exit(0);
	}
}

static const struct kind {
	const char *name;
	mode_t mode;
	void (*make)(const struct term *);
} kinds[] = {
	{ "plain", 0620, NULL },
	{ "mesg-n", 0600, NULL },
	{ "no-mode", 0, NULL },
	{ "raw", 0620, make_raw },
	{ "stopped", 0620, stop },
	{ "full", 0620, fill },
	{ "busy", 0620, keep_busy },
};

#define NKINDS	(sizeof(kinds) / sizeof(kinds[0]))

static void
term_open(struct term *t, const struct kind *kind)
{
	int unlock = 0;

	/* Whoever opens it owns it. */
	(void)setfsuid(uid);
	t->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	(void)setfsuid(0);
	if (t->master == -1 || ioctl(t->master, TIOCSPTLCK, &unlock) == -1)
		err(99, "ptmx");
	t->slave = ioctl(t->master, TIOCGPTPEER,
	    O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (t->slave == -1 || fchmod(t->slave, kind->mode) == -1)
		err(99, "terminal");
	t->kind = kind->name;
	if (kind->make != NULL)
		kind->make(t);
}

static void
open_all(const char *arg)
{
	size_t len = strcspn(arg, "="), i;
	int n = arg[len] == '=' ? atoi(arg + len + 1) : 1;

	for (i = 0; i < NKINDS; i++)
		if (strlen(kinds[i].name) == len &&
		    strncmp(arg, kinds[i].name, len) == 0)
			break;
	if (i == NKINDS)
		errx(99, "no such kind: %s", arg);
	for (; n > 0 && nterms < TERMS_MAX; n--)
		term_open(&terms[nterms++], &kinds[i]);
}

static void
print(const struct term *t)
{
	unsigned char data[4096];
	ssize_t n, i;

	(void)printf("%s ", t->kind);
	while ((n = read(t->master, data, sizeof(data))) > 0)
		for (i = 0; i < n; i++) {
			if (data[i] == '\r')
				(void)fputs("\\r", stdout);
			else if (data[i] == '\n')
				(void)fputs("\\n", stdout);
			else if (data[i] < 0x20 || data[i] > 0x7e)
				(void)printf("\\x%02x", data[i]);
			else if (data[i] != FILLER[0])
				(void)putchar(data[i]);
		}
	(void)putchar('\n');
}

static long long
milliseconds(void)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (long long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int
main(int argc, char *argv[])
{
	const struct rlimit files = { 4096, 4096 };
	long long start;
	int i, status;
	pid_t pid;
	size_t k;

	(void)signal(SIGTTOU, SIG_IGN);
	if (setrlimit(RLIMIT_NOFILE, &files) == -1)
		err(99, "setrlimit");
	if (argc > 1)
		uid = (uid_t)atoi(argv[1]);
	for (i = 2; i < argc && strcmp(argv[i], "--") != 0; i++)
		open_all(argv[i]);
	if (i + 1 >= argc)
		errx(99, "usage: terms UID KIND[=COUNT]... -- COMMAND "
		    "[ARG...]");
	start = milliseconds();
	pid = fork();
	if (pid == 0) {
		(void)execv(argv[i + 1], argv + i + 1);
		_exit(99);
	}
	if (waitpid(pid, &status, 0) != pid)
		err(99, "waitpid");
	start = milliseconds() - start;
	for (k = 0; k < nterms; k++)
		print(&terms[k]);
	(void)printf("took %lld status %d\n", start, WIFEXITED(status) ?
	    WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}

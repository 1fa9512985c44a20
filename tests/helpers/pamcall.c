#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <security/pam_appl.h>
#include <security/pam_modules.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

/*
 * Calls PAM as an application does, with a configuration of its own, and prints
 * what follows from each word behind the user's name, a line each:
 *
 *	info: TEXT, error: TEXT		what the modules say to the user
 *	data: KEY=VALUE			data left for pam_systemd
 *	log: FACILITY.LEVEL TEXT	what they log
 *	changed: WHAT			what they changed in this process
 *	PHASE=CODE			what libpam returned
 *
 * Its /dev/log is bound by it, so /dev must be the test's own; not so with
 * --no-log, for where many wait and nobody would read what the others log.
 */

#define LOG_SOCKET	"/dev/log"
#define DATA_KEY	"systemd.runtime_max_sec"
#define FDS_WATCHED	256
#define FDS_LIMIT	64

static const char usage[] =
    "usage: pamcall [--tty TTY] [--rhost HOST] [--silent] [--no-user]\n"
    "    [--no-log] [--conv null|fails|no-answer] [--repeat N]\n"
    "    CONFDIR SERVICE USER WORD...\n"
    "words: auth setcred account open close chauthtok: these calls\n"
    "    child         the next call is made in a child process\n"
    "    new           ends and starts anew\n"
    "    user=NAME     PAM_USER from here on\n"
    "    ruid=N uid=N  real uid only; all of them\n"
    "    chroot=DIR    unlink=FILE   fds=N (N free descriptors)\n"
    "    odd           interval timer, children ignored, umask 0\n";

static struct {
	const char *confdir, *service, *user, *tty, *rhost, *conv;
	int flags;
	bool muted;		/* a run of many */
	bool child;
	pam_handle_t *pamh;
	int log;
} app;

static void
stop(const char *what)
{
	perror(what);
	exit(99);
}

/* Prints a line, control and 8-bit bytes as <HH>. */
static void
say(const char *label, const char *text, size_t len)
{
	size_t i;

	if (app.muted)
		return;
	(void)fputs(label, stdout);
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		(void)printf(c < 0x20 || c > 0x7e ? "<%02x>" : "%c", c);
	}
	(void)putchar('\n');
}

static const char *
code_name(int code)
{
	static const struct {
		int code;
		const char *name;
	} codes[] = {
#define CODE(c) { c, #c }
		CODE(PAM_SUCCESS), CODE(PAM_OPEN_ERR), CODE(PAM_SYMBOL_ERR),
		CODE(PAM_SERVICE_ERR), CODE(PAM_SYSTEM_ERR), CODE(PAM_BUF_ERR),
		CODE(PAM_PERM_DENIED), CODE(PAM_AUTH_ERR),
		CODE(PAM_CRED_INSUFFICIENT), CODE(PAM_AUTHINFO_UNAVAIL),
		CODE(PAM_USER_UNKNOWN), CODE(PAM_MAXTRIES),
		CODE(PAM_NEW_AUTHTOK_REQD), CODE(PAM_ACCT_EXPIRED),
		CODE(PAM_SESSION_ERR), CODE(PAM_CRED_UNAVAIL),
		CODE(PAM_CRED_EXPIRED), CODE(PAM_CRED_ERR),
		CODE(PAM_NO_MODULE_DATA), CODE(PAM_CONV_ERR),
		CODE(PAM_AUTHTOK_ERR), CODE(PAM_ABORT), CODE(PAM_IGNORE),
		CODE(PAM_MODULE_UNKNOWN), CODE(PAM_BAD_ITEM),
#undef CODE
	};
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return codes[i].name;
	return "another code";
}

/*
 * libpam gives data to modules only, and while one of them speaks to us, we
 * count as one.
 */
static void
say_data(void)
{
	const void *value = NULL;

	if (pam_get_data(app.pamh, DATA_KEY, &value) == PAM_SUCCESS)
		say("data: " DATA_KEY "=", value, strlen(value));
}

static int
converse(int n, const struct pam_message **msg, struct pam_response **resp,
    void *data)
{
	int i;

	(void)data;
	for (i = 0; i < n; i++)
		say(msg[i]->msg_style == PAM_TEXT_INFO ? "info: " :
		    msg[i]->msg_style == PAM_ERROR_MSG ? "error: " :
		    "prompt: ", msg[i]->msg, strlen(msg[i]->msg));
	say_data();
	*resp = NULL;
	if (strcmp(app.conv, "fails") == 0)
		return PAM_CONV_ERR;
	if (strcmp(app.conv, "no-answer") == 0)
		return PAM_SUCCESS;
	*resp = calloc((size_t)n, sizeof(**resp));
	return *resp == NULL ? PAM_BUF_ERR : PAM_SUCCESS;
}

static void
bind_log(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX,
	    .sun_path = LOG_SOCKET };

	app.log = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)unlink(LOG_SOCKET);
	if (app.log == -1 ||
	    bind(app.log, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		stop(LOG_SOCKET);
	openlog("pamcall", LOG_NDELAY, LOG_USER);
	/* Some wait with it until the first line in spite of LOG_NDELAY. */
	syslog(LOG_DEBUG, "begin");
	(void)recv(app.log, &(char){ 0 }, 1, MSG_DONTWAIT);
}

static void
say_log(void)
{
	static const char *const levels[] = { "emerg", "alert", "crit", "err",
	    "warning", "notice", "info", "debug" };
	static char line[8192];
	char label[64];
	ssize_t n;

	while ((n = recv(app.log, line, sizeof(line) - 1, MSG_DONTWAIT)) > 0) {
		char *text;
		int pri = 0;

		if (line[n - 1] == '\n')
			n--;
		line[n] = '\0';
		(void)sscanf(line, "<%d>", &pri);
		(void)snprintf(label, sizeof(label), "log: %s.%s ",
		    (pri & LOG_FACMASK) == LOG_AUTHPRIV ? "authpriv" : "other",
		    levels[LOG_PRI(pri)]);
		/* Behind "<PRI>Mmm dd hh:mm:ss NAME: ". */
		text = strstr(line, ": ");
		text = text == NULL ? line : text + 2;
		say(label, text, (size_t)(line + n - text));
	}
}

/* What a module must leave as it was. */
struct shape {
	struct {
		void (*handler)(int);
		int flags;
	} action[NSIG];
	sigset_t blocked;
	struct itimerval timer;
	mode_t mask;
	struct stat cwd;
	char **environ, *first;
	char locale[64];
	bool fds[FDS_WATCHED];
};

static void
look(struct shape *s)
{
	int i;

	memset(s, 0, sizeof(*s));
	for (i = 1; i < NSIG; i++) {
		struct sigaction act = { .sa_flags = 0 };

		(void)sigaction(i, NULL, &act);
		s->action[i].handler = act.sa_handler;
		s->action[i].flags = act.sa_flags;
	}
	(void)sigprocmask(SIG_BLOCK, NULL, &s->blocked);
	(void)getitimer(ITIMER_REAL, &s->timer);
	memset(&s->timer.it_value, 0, sizeof(s->timer.it_value));
	s->mask = umask(0);
	(void)umask(s->mask);
	(void)stat(".", &s->cwd);
	s->environ = environ;
	s->first = environ[0];
	(void)snprintf(s->locale, sizeof(s->locale), "%s",
	    setlocale(LC_ALL, NULL));
	for (i = 0; i < FDS_WATCHED; i++)
		s->fds[i] = fcntl(i, F_GETFD) != -1;
}

static void
say_changes(const struct shape *old, const struct shape *new)
{
#define SAME(field) (memcmp(&old->field, &new->field, sizeof(old->field)) == 0)
	const struct {
		bool same;
		const char *what;
	} parts[] = {
		{ SAME(action), "signal actions" },
		{ SAME(blocked), "blocked signals" },
		{ SAME(timer), "interval timer" },
		{ SAME(mask), "umask" },
		{ SAME(cwd.st_ino) && SAME(cwd.st_dev), "working directory" },
		{ SAME(environ) && SAME(first), "environment" },
		{ SAME(locale), "locale" },
		{ SAME(fds), "descriptors" },
	};
#undef SAME
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!parts[i].same)
			say("changed: ", parts[i].what,
			    strlen(parts[i].what));
}

static void
call_phase(int (*phase)(pam_handle_t *, int), const char *word)
{
	static struct shape before, after;
	const char *name;
	char label[32];
	int code;

	look(&before);
	code = phase(app.pamh, app.flags);
	look(&after);
	say_log();
	say_changes(&before, &after);
	name = code_name(code);
	(void)snprintf(label, sizeof(label), "%s=", word);
	say(label, name, strlen(name));
}

static void
start(void)
{
	const struct pam_conv conv = {
		strcmp(app.conv, "null") == 0 ? NULL : converse, NULL
	};

	if (pam_start_confdir(app.service, app.user, &conv, app.confdir,
	    &app.pamh) != PAM_SUCCESS ||
	    (app.tty != NULL &&
	    pam_set_item(app.pamh, PAM_TTY, app.tty) != PAM_SUCCESS) ||
	    (app.rhost != NULL &&
	    pam_set_item(app.pamh, PAM_RHOST, app.rhost) != PAM_SUCCESS))
		stop("pam_start_confdir");
}

static void
caught(int sig)
{
	(void)sig;
}

/* As some applications have it before they call PAM. */
static void
be_odd(void)
{
	const struct itimerval every = { { 0, 1000 }, { 0, 1000 } };
	const struct sigaction act = { .sa_handler = caught };

	if (sigaction(SIGALRM, &act, NULL) == -1 ||
	    signal(SIGCHLD, SIG_IGN) == SIG_ERR ||
	    setitimer(ITIMER_REAL, &every, NULL) == -1)
		stop("odd");
	(void)umask(0);
}

/* Uses up all descriptors but n. */
static void
leave_fds(int n)
{
	const struct rlimit limit = { FDS_LIMIT, FDS_LIMIT };
	int fd, last = -1;

	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		stop("fds");
	while ((fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)) != -1)
		last = fd;
	while (n-- > 0)
		(void)close(last--);
}

static void
set_something(const char *word, const char *value)
{
	unsigned int n = (unsigned int)strtoul(value, NULL, 10);
	int r = 0;

	if (strcmp(word, "user=") == 0)
		r = pam_set_item(app.pamh, PAM_USER, value) == PAM_SUCCESS ?
		    0 : -1;
	else if (strcmp(word, "ruid=") == 0)
		r = setresuid(n, (uid_t)-1, (uid_t)-1);
	else if (strcmp(word, "uid=") == 0)
		r = setresgid(n, n, n) == -1 ? -1 : setresuid(n, n, n);
	else if (strcmp(word, "chroot=") == 0)
		r = chroot(value) == -1 ? -1 : chdir("/");
	else if (strcmp(word, "unlink=") == 0)
		r = unlink(value);
	else if (strcmp(word, "fds=") == 0)
		leave_fds((int)n);
	else
		r = -1;
	if (r == -1)
		stop(word);
}

static void
call_in_child(int (*phase)(pam_handle_t *, int), const char *word)
{
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		call_phase(phase, word);
		(void)fflush(stdout);
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
}

static void
do_word(const char *word)
{
	static const struct {
		const char *word;
		int (*phase)(pam_handle_t *, int);
	} phases[] = {
		{ "auth", pam_authenticate }, { "setcred", pam_setcred },
		{ "account", pam_acct_mgmt }, { "open", pam_open_session },
		{ "close", pam_close_session }, { "chauthtok", pam_chauthtok },
	};
	char name[16] = "";
	size_t i, n = strcspn(word, "=");

	for (i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
		if (strcmp(word, phases[i].word) != 0)
			continue;
		if (app.child)
			call_in_child(phases[i].phase, word);
		else
			call_phase(phases[i].phase, word);
		app.child = false;
		return;
	}
	if (strcmp(word, "child") == 0) {
		app.child = true;
	} else if (strcmp(word, "odd") == 0) {
		be_odd();
	} else if (strcmp(word, "new") == 0) {
		(void)pam_end(app.pamh, PAM_SUCCESS);
		start();
	} else {
		(void)snprintf(name, sizeof(name), "%.*s=", (int)n, word);
		set_something(name, word[n] == '\0' ? "" : word + n + 1);
	}
}

static long
pages(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long n = 0;

	if (f == NULL || fscanf(f, "%*d %ld", &n) != 1)
		stop("/proc/self/statm");
	(void)fclose(f);
	return n;
}

static int
free_fd(void)
{
	int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0), number = fd;

	(void)close(fd);
	return number;
}

/* The same many times; says at the end what grew over the second half. */
static void
run(char *words[], int repeat)
{
	int i, w, fd = 0;
	long size = 0;

	for (i = 0; i < repeat; i++) {
		if (i == repeat / 2) {
			fd = free_fd();
			size = pages();
		}
		app.muted = i < repeat - 1;
		start();
		for (w = 0; words[w] != NULL; w++)
			do_word(words[w]);
		(void)pam_end(app.pamh, PAM_SUCCESS);
	}
	if (repeat > 1)
		(void)printf("grown: %d descriptors, %ld pages\n",
		    free_fd() - fd, pages() - size);
}

int
main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "tty", required_argument, NULL, 't' },
		{ "rhost", required_argument, NULL, 'h' },
		{ "silent", no_argument, NULL, 's' },
		{ "no-user", no_argument, NULL, 'u' },
		{ "no-log", no_argument, NULL, 'l' },
		{ "conv", required_argument, NULL, 'c' },
		{ "repeat", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 }
	};
	bool no_user = false, log = true;
	int ch, repeat = 1;

	app.conv = "works";
	while ((ch = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (ch) {
		case 't': app.tty = optarg; break;
		case 'h': app.rhost = optarg; break;
		case 's': app.flags = PAM_SILENT; break;
		case 'u': no_user = true; break;
		case 'l': log = false; break;
		case 'c': app.conv = optarg; break;
		case 'r': repeat = (int)strtol(optarg, NULL, 10); break;
		default: argc = 0;
		}
	}
	if (argc - optind < 4 || repeat < 1) {
		(void)fputs(usage, stderr);
		return 99;
	}
	app.confdir = argv[optind];
	app.service = argv[optind + 1];
	app.user = no_user ? NULL : argv[optind + 2];
	/* Who reads it answers while we wait. */
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	app.log = -1;
	if (log)
		bind_log();
	run(argv + optind + 3, repeat);
	return 0;
}

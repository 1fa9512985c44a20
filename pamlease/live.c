#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "cmd.h"
#include "live.h"
#include "paths.h"
#include "text.h"

/*
 * pamlease-live, what "pamlease list --watch" becomes: apart from the command,
 * each start of which would be a seventh slower with the library for terminals.
 * The command tells its own path, and has looked at user, options and terminal.
 */

#define REFRESH		1000	/* ms between two looks */
#define REST		200	/* ms after one, however much changes */
#define ANSWER_MAX	32	/* bytes of what is typed */
#define SAID_MAX	16384	/* bytes of what a subcommand prints */

#define CHANGES	(IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | \
		    IN_DELETE)

static const char help[] =
    "up/down choose  e extend  r revoke  q quit";

enum asking_for {
	ASKING_NOTHING,
	ASKING_DURATION,
	ASKING_REVOKE,
};

struct live {
	struct live_screen screen;
	int signals, notify;
	int64_t looked;			/* when, ms */
	enum asking_for asking;
	char user[LEASE_NAME_MAX + 1];	/* of whom it is asked */
	char answer[ANSWER_MAX + 1];
	char line[LIVE_TEXT_MAX];
	const char *command;		/* the path of pamlease */
	const char *verb;		/* its subcommand that runs */
	pid_t pid;			/* of that */
	int says;			/* what it prints; -1: none runs */
	char said[SAID_MAX];
	size_t nsaid;
	int signal;			/* that ends it; 0: none did */
	bool over;
};

static void
look(struct live *l)
{
	struct live_screen *s = &l->screen;
	struct live_row chosen = { .kind = LIVE_LEASE };

	if (s->chosen < s->rows.n)
		chosen = s->rows.list[s->chosen];
	/* Either may have been made, or made anew, since the last look. */
	(void)inotify_add_watch(l->notify, PATH_STATE, CHANGES);
	(void)inotify_add_watch(l->notify, PATH_STATE "/" PATH_SESSIONS,
	    CHANGES);
	live_read(&s->rows);
	s->chosen = live_find(&s->rows, &chosen, s->chosen);
	l->looked = monotonic_ms();
}

static void
ask(struct live *l)
{
	char name[QUOTED_MAX];

	(void)quote(name, l->user);
	if (l->asking == ASKING_DURATION)
		(void)snprintf(l->line, sizeof(l->line),
		    "Extend %s by (30m): %s_", name, l->answer);
	else
		(void)snprintf(l->line, sizeof(l->line),
		    "Revoke %s, and end all of it? y/N", name);
}

static void
draw(struct live *l)
{
	if (l->asking != ASKING_NOTHING)
		ask(l);
	l->screen.line = l->line[0] != '\0' ? l->line : help;
	live_draw(&l->screen);
}

/* The last line of what it printed. */
static void
take_line(struct live *l)
{
	const char *last;

	while (l->nsaid > 0 && l->said[l->nsaid - 1] == '\n')
		l->nsaid--;
	l->said[l->nsaid] = '\0';
	last = strrchr(l->said, '\n');
	last = last == NULL ? l->said : last + 1;
	(void)text_show(l->line, sizeof(l->line), last, strlen(last));
}

static void
end_run(struct live *l)
{
	int status = -1;

	if (l->says != -1)
		(void)close(l->says);
	l->says = -1;
	if (l->pid != -1)
		(void)waitpid(l->pid, &status, 0);
	if (status != 0 && l->nsaid == 0)
		(void)snprintf(l->line, sizeof(l->line), "pamlease %s failed",
		    l->verb);
	else
		take_line(l);
	/* What was typed meanwhile was not for what is to be seen now. */
	live_flush();
	look(l);
}

/* Of more than there is room for the end counts. */
static void
take_said(struct live *l)
{
	ssize_t n;

	if (l->nsaid == sizeof(l->said) - 1) {
		l->nsaid /= 2;
		memmove(l->said, l->said + sizeof(l->said) - 1 - l->nsaid,
		    l->nsaid);
	}
	n = read(l->says, l->said + l->nsaid, sizeof(l->said) - 1 - l->nsaid);
	if (n > 0)
		l->nsaid += (size_t)n;
	else if (n == 0 || errno != EINTR)
		end_run(l);
}

/* The subcommand itself, so that a key does what it does and no more. */
static void
run(struct live *l, const char *const argv[])
{
	l->asking = ASKING_NOTHING;
	(void)snprintf(l->line, sizeof(l->line), "...");
	l->verb = argv[1];
	l->nsaid = 0;
	l->pid = child_begin(l->command, argv, &l->says);
	if (l->pid == -1)
		end_run(l);
}

static void
run_extend(struct live *l)
{
	const char *const argv[] = { "pamlease", "extend", "--duration",
	    l->answer[0] != '\0' ? l->answer : "30m", "--", l->user, NULL };

	run(l, argv);
}

static void
run_revoke(struct live *l)
{
	const char *const argv[] = { "pamlease", "revoke", "--", l->user,
	    NULL };

	run(l, argv);
}

static void
begin_asking(struct live *l, enum asking_for what)
{
	const struct live_screen *s = &l->screen;

	if (s->chosen >= s->rows.n)
		return;
	l->asking = what;
	l->answer[0] = '\0';
	(void)text_copy(l->user, sizeof(l->user),
	    s->rows.list[s->chosen].user);
}

static void
move(struct live *l, enum live_key key)
{
	struct live_screen *s = &l->screen;
	size_t last = s->rows.n - (s->rows.n > 0), page = live_page();

	if (key == LIVE_UP)
		s->chosen -= s->chosen > 0;
	else if (key == LIVE_DOWN)
		s->chosen += s->chosen < last;
	else if (key == LIVE_PAGE_UP)
		s->chosen -= s->chosen < page ? s->chosen : page;
	else if (key == LIVE_PAGE_DOWN)
		s->chosen = last - s->chosen < page ? last : s->chosen + page;
	else if (key == LIVE_FIRST)
		s->chosen = 0;
	else if (key == LIVE_LAST)
		s->chosen = last;
}

static void
command_key(struct live *l, enum live_key key, char c)
{
	l->line[0] = '\0';
	if (c == 'e')
		begin_asking(l, ASKING_DURATION);
	else if (c == 'r')
		begin_asking(l, ASKING_REVOKE);
	else if (c == 'q')
		l->over = true;
	else
		move(l, key);
}

static void
answer_key(struct live *l, enum live_key key, char c)
{
	size_t len = strlen(l->answer);

	l->line[0] = '\0';
	if (key == LIVE_ESCAPE)
		l->asking = ASKING_NOTHING;
	else if (l->asking == ASKING_REVOKE) {
		l->asking = ASKING_NOTHING;
		if (c == 'y')
			run_revoke(l);
	} else if (key == LIVE_ENTER)
		run_extend(l);
	else if (key == LIVE_ERASE && len > 0)
		l->answer[len - 1] = '\0';
	else if (key == LIVE_CHARACTER && len < ANSWER_MAX) {
		l->answer[len] = c;
		l->answer[len + 1] = '\0';
	}
}

/*
 * A terminal that has nothing although it woke us is gone.  No key answers what
 * has not been drawn.
 */
static void
take_keys(struct live *l)
{
	bool begins = false;
	enum live_key key;
	int waiting = 0;
	char c;

	if (ioctl(STDIN_FILENO, FIONREAD, &waiting) == -1 || waiting == 0) {
		l->over = true;
		return;
	}
	while (!l->over && !begins && l->says == -1 &&
	    (key = live_key(&c)) != LIVE_NONE) {
		if (l->asking == ASKING_NOTHING) {
			command_key(l, key, c);
			begins = l->asking != ASKING_NOTHING;
		} else
			answer_key(l, key, c);
	}
}

static void
take_signals(struct live *l)
{
	struct signalfd_siginfo info;

	while (read(l->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGWINCH)
			live_resize();
		else {
			l->signal = (int)info.ssi_signo;
			l->over = true;
		}
	}
}

static void
drain(int fd)
{
	char data[4096];

	while (read(fd, data, sizeof(data)) > 0)
		;
}

/*
 * Waits for whatever comes first, and for what changes not all the time.  While
 * a subcommand runs nobody can type.
 */
static void
step(struct live *l)
{
	int64_t since = monotonic_ms() - l->looked;
	bool rests = since < REST;
	struct pollfd fds[] = {
		{ .fd = l->says == -1 ? STDIN_FILENO : -1, .events = POLLIN },
		{ .fd = l->signals, .events = POLLIN },
		{ .fd = rests ? -1 : l->notify, .events = POLLIN },
		{ .fd = l->says, .events = POLLIN },
	};
	int64_t left = (rests ? REST : REFRESH) - since;
	int n = poll(fds, 4, left > 0 ? (int)left : 0);

	if (n == -1)
		return;
	if (fds[1].revents != 0)
		take_signals(l);
	if ((fds[0].revents & ~POLLIN) != 0)
		l->over = true;
	else if (fds[0].revents != 0)
		take_keys(l);
	if (fds[2].revents != 0)
		drain(l->notify);
	if (fds[3].revents != 0)
		take_said(l);
	if (!l->over && (fds[2].revents != 0 ||
	    monotonic_ms() - l->looked >= REFRESH))
		look(l);
}

static void
go_on(struct live *l)
{
	look(l);
	while (!l->over) {
		draw(l);
		step(l);
	}
}

/* As if it had not been waited for, now that the terminal is as it was. */
static void
end_by(int signal_number, const sigset_t *wanted)
{
	(void)signal(signal_number, SIG_DFL);
	(void)sigprocmask(SIG_UNBLOCK, wanted, NULL);
	(void)raise(signal_number);
}

static int
live_run(struct live *l)
{
	sigset_t wanted;
	int r = EXIT_DONE;

	(void)sigemptyset(&wanted);
	(void)sigaddset(&wanted, SIGINT);
	(void)sigaddset(&wanted, SIGTERM);
	(void)sigaddset(&wanted, SIGHUP);
	(void)sigaddset(&wanted, SIGQUIT);
	(void)sigaddset(&wanted, SIGWINCH);
	l->signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	l->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (l->signals == -1 || l->notify == -1 ||
	    sigprocmask(SIG_BLOCK, &wanted, NULL) == -1)
		r = fail(EXIT_IO, "%s", strerror(errno));
	else if (live_begin() == -1)
		r = fail(EXIT_USAGE, "--watch: this terminal can't be used, "
		    "see TERM");
	else
		go_on(l);
	live_end();
	live_free(&l->screen.rows);
	if (l->signals != -1)
		(void)close(l->signals);
	if (l->notify != -1)
		(void)close(l->notify);
	/* What runs goes on to its end, and nobody hears of it. */
	if (l->says != -1)
		(void)close(l->says);
	if (l->signal != 0)
		end_by(l->signal, &wanted);
	return r;
}

int
main(int argc, char *argv[])
{
	static struct live l = { .says = -1 };
	bool utc = argc == 3 && strcmp(argv[2], "--utc") == 0;

	message_command("list");
	if (argc != 2 + utc)
		return fail(EXIT_USAGE, "usage: pamlease-live COMMAND [--utc]");
	if (utc)
		host_use_utc();
	l.command = argv[1];
	return live_run(&l);
}

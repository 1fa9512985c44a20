/*
 * pamlease-desk - asks who sits at the desk, in windows
 *
 * Runs in a graphical session as its owner.  What to ask comes from a socket
 * of root's, and goes back as yes or no; zenity(1) shows it.
 */

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asking.h"
#include "desk_words.h"

#define TITLE	"--title=pamlease"
#define BUTTON	"--extra-button="
#define YES	"Let in"
#define NO	"Refuse"
#define TEXT_MAX	2064	/* "--text=" and what is said, doubled */
#define SHOWN	"--timeout=60"	/* s that a note is there */

/* The window that asks. */
struct window {
	pid_t pid;		/* 0: none */
	int out;		/* what it says, or -1 */
	char id[ASKING_ID + 1];
	char said[sizeof(YES) + sizeof(NO)];
	size_t len;
};

static int
connect_to_root(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path),
	    DESK_SOCKETS "%u", (unsigned int)getuid());
	if (fd != -1 && connect(fd, (struct sockaddr *)&address,
	    sizeof(address)) == 0)
		return fd;
	(void)fprintf(stderr, "pamlease-desk: %s: %s\n", address.sun_path,
	    strerror(errno));
	return -1;
}

/* "--text=" with what zenity(1) would take for an escape doubled. */
static void
text_option(char dst[TEXT_MAX], const char *text)
{
	static const char option[] = "--text=";
	size_t n = sizeof(option) - 1;

	memcpy(dst, option, n);
	for (; *text != '\0' && n + 3 < TEXT_MAX; text++) {
		if (*text == '\\')
			dst[n++] = '\\';
		dst[n++] = *text;
	}
	dst[n] = '\0';
}

/* Starts zenity with its output at out, or nowhere. */
static pid_t
start(const char *const argv[], int out)
{
	/* execvp() does not change the strings, but can't say so. */
	union {
		const char *const *in;
		char *const *out;
	} args;
	pid_t pid = fork();

	args.in = argv;
	if (pid != 0) {
		if (pid == -1)
			(void)fprintf(stderr, "pamlease-desk: %s\n",
			    strerror(errno));
		return pid;
	}
	if (out != -1)
		(void)dup2(out, STDOUT_FILENO);
	(void)execvp("zenity", args.out);
	(void)fprintf(stderr, "pamlease-desk: zenity: %s\n", strerror(errno));
	_exit(127);
}

/*
 * Both answers are buttons that say their name: who only closes the window, or
 * has none, answers nothing.  The first has the focus: Enter, typed for another
 * window, refuses.
 */
static void
ask(struct window *w, const char *id, const char *question)
{
	static const char yes[] = BUTTON YES, no[] = BUTTON NO;
	char text[TEXT_MAX];
	const char *const argv[] = { "zenity", "--question", "--switch",
	    "--no-markup", "--no-wrap", TITLE, text, no, yes, NULL };
	int out[2];

	if (pipe2(out, O_CLOEXEC) == -1) {
		(void)fprintf(stderr, "pamlease-desk: %s\n", strerror(errno));
		return;
	}
	text_option(text, question);
	w->pid = start(argv, out[1]);
	(void)close(out[1]);
	if (w->pid == -1) {
		w->pid = 0;
		(void)close(out[0]);
		return;
	}
	w->out = out[0];
	w->len = 0;
	(void)snprintf(w->id, sizeof(w->id), "%s", id);
}

static void
tell(const char *note)
{
	char text[TEXT_MAX];
	const char *const argv[] = { "zenity", "--info", "--no-markup",
	    "--no-wrap", TITLE, text, SHOWN, NULL };

	text_option(text, note);
	(void)start(argv, -1);
}

static void
close_window(struct window *w)
{
	if (w->pid == 0)
		return;
	(void)kill(w->pid, SIGTERM);
	(void)waitpid(w->pid, NULL, 0);
	(void)close(w->out);
	w->pid = 0;
	w->out = -1;
}

/* Reads what the window says; at its end that is the answer. */
static void
hear(struct window *w, int sock)
{
	char answer[sizeof(DESK_YES) + ASKING_ID + 1];
	ssize_t n = read(w->out, w->said + w->len,
	    sizeof(w->said) - 1 - w->len);
	const char *word;

	if (n > 0) {
		w->len += (size_t)n;
		if (w->len < sizeof(w->said) - 1)
			return;
	}
	w->said[w->len] = '\0';
	close_window(w);
	if (strcmp(w->said, YES "\n") == 0)
		word = DESK_YES;
	else if (strcmp(w->said, NO "\n") == 0)
		word = DESK_NO;
	else
		word = DESK_OUT;
	(void)snprintf(answer, sizeof(answer), "%s %s", word, w->id);
	(void)send(sock, answer, strlen(answer), MSG_NOSIGNAL);
}

/* Does what root says; false at the end. */
static bool
obey(struct window *w, int sock)
{
	char words[DESK_WORDS_MAX], *rest, *question;
	ssize_t len = recv(sock, words, sizeof(words) - 1, 0);

	if (len <= 0)
		return false;
	words[len] = '\0';
	rest = words + strcspn(words, " ");
	if (*rest == ' ')
		*rest++ = '\0';
	if (strcmp(words, DESK_TELL) == 0)
		tell(rest);
	else if (strcmp(words, DESK_BACK) == 0)
		close_window(w);
	else if (strcmp(words, DESK_ASK) == 0) {
		question = rest + strcspn(rest, " ");
		if (*question == ' ')
			*question++ = '\0';
		close_window(w);
		ask(w, rest, question);
	}
	return true;
}

int
main(void)
{
	struct window w = { .out = -1 };
	struct pollfd fds[2];
	int sock = connect_to_root();

	if (sock == -1)
		return EXIT_FAILURE;
	for (;;) {
		fds[0] = (struct pollfd){ .fd = sock, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = w.out, .events = POLLIN };
		if (poll(fds, 2, -1) == -1 && errno != EINTR)
			break;
		if (fds[1].revents != 0)
			hear(&w, sock);
		if (fds[0].revents != 0 && !obey(&w, sock))
			break;
		/* Notes that are no longer shown. */
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	close_window(&w);
	return EXIT_SUCCESS;
}

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "child.h"
#include "desk_words.h"
#include "duration.h"
#include "ledger.h"
#include "owners.h"
#include "paths.h"
#include "print.h"
#include "requests.h"
#include "statedir.h"
#include "text.h"

/*
 * pamlease-answer, root's end of a window on a desk: it says what to ask, one request after the
 * other, and takes the answers.  The other end is a program of the user's; all
 * that it is believed is yes or no, by a uid that the kernel vouches for.
 */

#define TICK		250	/* ms between two looks */
#define IDLE_TICKS	260	/* without a question; a note is there for 60 s */
#define COME_MAX	120	/* s that one whom a yes let in takes to be in */
#define DESKS_MAX	16
#define LET_IN_MAX	32	/* users whose end is told */
#define ITEM_SHOWN	80	/* bytes of a value in a window */

/* Whom a yes let in, until their last session has ended. */
struct let_in {
	char user[LEASE_NAME_MAX + 1];
	int64_t until;		/* boot clock; by then they are in */
	bool in;
};

struct desk {
	int sock;
	struct answerer owner;
	struct asking open;	/* the one that is asked; its ID is "": none */
	char asked[ASKING_ALL_MAX][ASKING_ID + 1];	/* the last ones */
	size_t nasked;
	struct let_in let_in[LET_IN_MAX];
	size_t nlet_in;
};

/* A connection that can't be written to has ended. */
static bool
send_words(const struct desk *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool
send_words(const struct desk *d, const char *fmt, ...)
{
	char text[DESK_WORDS_MAX];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return len > 0 && (size_t)len < sizeof(text) &&
	    send(d->sock, text, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT) ==
	    len;
}

static bool
sits_there(const struct desk *d)
{
	uid_t uids[DESKS_MAX];
	size_t n = desk_owners(uids, DESKS_MAX), i;

	for (i = 0; i < n; i++)
		if (uids[i] == d->owner.uid)
			return true;
	return false;
}

static bool
was_asked(const struct desk *d, const char *id)
{
	size_t i;

	for (i = 0; i < d->nasked && i < ASKING_ALL_MAX; i++)
		if (strcmp(d->asked[i], id) == 0)
			return true;
	return false;
}

static bool
ask(struct desk *d, const struct asking *a)
{
	char user[ITEM_SHOWN], service[ITEM_SHOWN], rhost[ITEM_SHOWN];
	char length[DURATION_TEXT_MAX];

	d->open = *a;
	(void)text_copy(d->asked[d->nasked++ % ASKING_ALL_MAX], ASKING_ID + 1,
	    a->id);
	text_show(user, sizeof(user), a->user, strlen(a->user));
	text_show(service, sizeof(service), a->service, strlen(a->service));
	text_show(rhost, sizeof(rhost), a->rhost, strlen(a->rhost));
	return send_words(d, DESK_ASK " %s %s wants to log in to this "
	    "computer.\n\nFrom: %s\nService: %s\nFor: %s\nRequest: %s", a->id,
	    user, rhost[0] != '\0' ? rhost : "here", service,
	    duration_format(length, a->length), a->id);
}

/* Whom their yes has let in. */
static void
note_user(struct desk *d, const struct moment *now)
{
	struct let_in *l = d->let_in;

	while (l < d->let_in + d->nlet_in && strcmp(l->user, d->open.user) != 0)
		l++;
	if (l == d->let_in + LET_IN_MAX)
		return;
	d->nlet_in += l == d->let_in + d->nlet_in;
	(void)text_copy(l->user, sizeof(l->user), d->open.user);
	l->until = now->boot + COME_MAX * NANOSECONDS;
	l->in = false;
}

/* Is the answer that word, for the open question? */
static bool
says(const struct desk *d, const char *answer, const char *word)
{
	size_t len = strlen(word);

	return strncmp(answer, word, len) == 0 && answer[len] == ' ' &&
	    d->open.id[0] != '\0' && strcmp(answer + len + 1, d->open.id) == 0;
}

/* The question may have been taken back in the meantime. */
static bool
take_answer(struct desk *d, const struct moment *now)
{
	char word[sizeof(DESK_YES) + ASKING_ID + 1];
	bool yes, no;
	ssize_t len = recv(d->sock, word, sizeof(word) - 1, MSG_DONTWAIT);
	int r;

	if (len <= 0)
		return false;
	word[len] = '\0';
	yes = says(d, word, DESK_YES);
	no = says(d, word, DESK_NO);
	if (says(d, word, DESK_OUT))
		d->open.id[0] = '\0';
	if ((!yes && !no) || !sits_there(d))
		return true;
	r = yes ? answer_yes(d->open.id, &d->owner, NULL) :
	    answer_no(d->open.id, &d->owner, "");
	(void)fflush(stdout);
	if (r == EXIT_DONE && yes)
		note_user(d, now);
	d->open.id[0] = '\0';
	return r == EXIT_DONE || send_words(d, DESK_TELL " The answer to "
	    "request %s was not taken: see the system's log.", word +
	    strcspn(word, " ") + 1);
}

/* Takes a question back that waits no longer, and asks the next. */
static bool
look_at_requests(struct desk *d, int dirfd, const struct moment *now)
{
	struct requests requests;
	const struct asking *a;
	struct error err;
	bool good = true;
	size_t i;

	if (requests_read(dirfd, now, &requests, &err) == -1) {
		(void)fail_error(&err);
		return false;
	}
	a = requests_find(&requests, d->open.id);
	if (d->open.id[0] != '\0' && (a == NULL || !a->waits)) {
		good = send_words(d, DESK_BACK " %s", d->open.id);
		d->open.id[0] = '\0';
	}
	for (i = 0; good && d->open.id[0] == '\0' && i < requests.n; i++) {
		a = &requests.list[i];
		if (a->desktop && a->waits && a->uid != d->owner.uid &&
		    !was_asked(d, a->id))
			good = ask(d, a);
	}
	requests_free(&requests);
	return good;
}

/* Who is entering, or was refused at the last moment, is not in. */
static bool
is_in(const struct ledger *ledger, const char *user)
{
	size_t n, i;
	const struct session *s = ledger_find(ledger, user, &n);

	for (i = 0; s != NULL && i < n; i++)
		if (s[i].by != ADMITTED_NOT && s[i].by != ADMITTED_ENTERING)
			return true;
	return false;
}

/* Tells of those whose last session has ended. */
static bool
look_at_sessions(struct desk *d, int dirfd, const struct moment *now)
{
	char user[ITEM_SHOWN];
	struct ledger ledger;
	struct error err;
	bool good = true;
	size_t i;

	if (d->nlet_in == 0)
		return true;
	if (ledger_read(dirfd, NULL, &ledger, &err) == -1) {
		(void)fail_error(&err);
		return false;
	}
	ledger_drop_dead(&ledger);
	for (i = d->nlet_in; i-- > 0; ) {
		struct let_in *l = &d->let_in[i];

		if (is_in(&ledger, l->user))
			l->in = true;
		else if (l->in || now->boot > l->until) {
			if (l->in && !send_words(d, DESK_TELL " %s has logged "
			    "out: the last session has ended.", text_show(user,
			    sizeof(user), l->user, strlen(l->user))))
				good = false;
			*l = d->let_in[--d->nlet_in];
		}
	}
	ledger_free(&ledger);
	return good;
}

/* Who is away for a moment is asked again after it. */
static bool
leave(struct desk *d)
{
	bool good = d->open.id[0] == '\0' ||
	    send_words(d, DESK_BACK " %s", d->open.id);

	d->open.id[0] = '\0';
	d->nasked = 0;
	memset(d->asked, 0, sizeof(d->asked));
	return good;
}

static int
serve(struct desk *d, int dirfd)
{
	struct pollfd fd = { .fd = d->sock, .events = POLLIN };
	struct moment now;
	int idle;

	for (idle = 0; idle < IDLE_TICKS; idle++) {
		if (host_clocks(&now) != EXIT_DONE)
			return EXIT_IO;
		if ((fd.revents != 0 && !take_answer(d, &now)) ||
		    !(sits_there(d) ? look_at_requests(d, dirfd, &now) :
		    leave(d)) || !look_at_sessions(d, dirfd, &now))
			break;
		if (d->open.id[0] != '\0' || d->nlet_in > 0)
			idle = -1;
		fd.revents = 0;
		if (idle + 1 < IDLE_TICKS && poll(&fd, 1, TICK) == -1 &&
		    errno != EINTR)
			return fail(EXIT_IO, "poll: %s", strerror(errno));
	}
	return EXIT_DONE;
}

static int
serve_peer(void)
{
	struct desk d = { .sock = STDIN_FILENO };
	socklen_t len = sizeof(struct ucred);
	struct account account;
	struct error err;
	struct ucred peer;
	int dirfd, r;

	if (getsockopt(d.sock, SOL_SOCKET, SO_PEERCRED, &peer, &len) == -1)
		return fail(EXIT_USAGE, "standard input is not the socket of a "
		    "desk");
	if (account_by_uid(peer.uid, &account, &err) == -1)
		return fail_error(&err);
	(void)text_copy(d.owner.name, sizeof(d.owner.name), account.name);
	d.owner.uid = peer.uid;
	d.owner.desk = true;
	if (!sits_there(&d))
		return fail(EXIT_REFUSED, "uid %u sits at no desk",
		    (unsigned int)peer.uid);
	dirfd = state_open(&err);
	if (dirfd == -1)
		return err.code == ERROR_ABSENT ? EXIT_DONE : fail_error(&err);
	r = serve(&d, dirfd);
	(void)close(dirfd);
	return r;
}

/* Has systemd show a window on each desk, as its owner. */
static int
show_windows(void)
{
	const char *argv[] = { "systemctl", "--no-block", "start", NULL, NULL };
	uid_t uids[DESKS_MAX];
	size_t n = desk_owners(uids, DESKS_MAX), i;
	char unit[64];
	pid_t pid;
	int r = EXIT_DONE, status;

	if (n == 0)
		warning("nobody sits at a desk");
	for (i = 0; i < n; i++) {
		(void)snprintf(unit, sizeof(unit), "pamlease-desk@%u.service",
		    (unsigned int)uids[i]);
		argv[3] = unit;
		pid = child_start(PATH_SYSTEMCTL, argv);
		if (pid == -1 || waitpid(pid, &status, 0) != pid || status != 0)
			r = fail(EXIT_IO, "%s can't be started", unit);
	}
	return r;
}

int
main(int argc, char *argv[])
{
	(void)signal(SIGPIPE, SIG_IGN);
	message_command("answer");
	if (argc == 1)
		return serve_peer();
	if (argc == 2 && strcmp(argv[1], "--ask") == 0)
		return show_windows();
	return fail(EXIT_USAGE, "usage: pamlease-answer [--ask]");
}

#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tty.h"

/*
 * Tells one user's terminals a text while they are closed and come back, with
 * the same names, as another's.
 *
 * usage: ttyrace RUNS UID OTHER-UID [free]
 *
 * A terminal changes hands between each look at its name and its opening; with
 * "free" in a thread of its own, whenever it comes about.  Prints how many of
 * another's were opened, and how many bytes came to each of the two.
 */

#define SLOTS	8
#define TEXT	"not for everybody"

static struct slot {
	int master;
	bool other;
} slots[SLOTS];

static uid_t uid, other_uid;
static bool unbound;		/* "free" */
static unsigned long opened;	/* terminals of the other's */
static unsigned long right, wrong;	/* bytes */
static atomic_bool stop;

/* The lowest free number is the next: it is the one that was just closed. */
static void
slot_open(struct slot *s, bool other)
{
	int unlock = 0;

	(void)setfsuid(other ? other_uid : uid);
	s->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	(void)setfsuid(0);
	if (s->master == -1 || ioctl(s->master, TIOCSPTLCK, &unlock) == -1)
		err(99, "ptmx");
	s->other = other;
}

static void
slot_close(struct slot *s)
{
	char data[4096];
	ssize_t n;

	while ((n = read(s->master, data, sizeof(data))) > 0)
		*(s->other ? &wrong : &right) += (unsigned long)n;
	(void)close(s->master);
}

static void
change_hands(struct slot *s)
{
	bool other = !s->other;

	slot_close(s);
	slot_open(s, other);
}

static struct slot *
slot_named(const char *name)
{
	unsigned int number;
	size_t i;

	for (i = 0; i < SLOTS; i++)
		if (ioctl(slots[i].master, TIOCGPTN, &number) == 0 &&
		    (int)number == atoi(name))
			return &slots[i];
	return NULL;
}

/* The library calls this one: it is where a name becomes a descriptor. */
int
openat(int dirfd, const char *name, int flags, ...)
{
	struct slot *s = !unbound && (flags & O_ACCMODE) == O_WRONLY ?
	    slot_named(name) : NULL;
	struct stat st;
	mode_t mode = 0;
	va_list ap;
	int fd;

	if ((flags & O_CREAT) != 0) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	/* The first keeps its owner: what is meant for them must come. */
	if (s != NULL && s != &slots[0] && !s->other)
		change_hands(s);
	fd = (int)syscall(SYS_openat, dirfd, name, flags, mode);
	if (fd != -1 && fstat(fd, &st) == 0 && st.st_uid == other_uid &&
	    S_ISCHR(st.st_mode))
		opened++;
	return fd;
}

static void *
juggle(void *arg)
{
	unsigned int i;

	for (i = 0; !atomic_load(&stop); i = (i + 1) % SLOTS)
		change_hands(&slots[i]);
	return arg;
}

int
main(int argc, char *argv[])
{
	struct tty_count count;
	pthread_t thread;
	int i, k;

	if (argc < 4)
		errx(99, "usage: ttyrace RUNS UID OTHER-UID [free]");
	uid = (uid_t)atoi(argv[2]);
	other_uid = (uid_t)atoi(argv[3]);
	unbound = argc > 4;
	for (k = 0; k < SLOTS; k++)
		slot_open(&slots[k], unbound && k % 2 != 0);
	if (unbound && pthread_create(&thread, NULL, juggle, NULL) != 0)
		errx(99, "pthread_create");
	for (i = 0; i < atoi(argv[1]); i++) {
		for (k = 0; !unbound && k < SLOTS; k++)
			if (slots[k].other)
				change_hands(&slots[k]);
		tty_tell(uid, TEXT, &count);
	}
	atomic_store(&stop, true);
	if (unbound)
		(void)pthread_join(thread, NULL);
	for (k = 0; k < SLOTS; k++)
		slot_close(&slots[k]);
	(void)printf("opened %lu right %lu wrong %lu\n", opened, right, wrong);
	return 0;
}

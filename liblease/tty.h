#ifndef LEASE_TTY_H
#define LEASE_TTY_H

#include <sys/types.h>

#include <stddef.h>

struct tty_count {
	size_t told;
	size_t stuck;		/* terminals that did not take it */
};

/*
 * Writes a text to every terminal that the user owns: below /dev/pts, and
 * consoles and serial lines in /dev.  Never waits: a terminal that does not
 * take it at once is given up.  The text must be ASCII; it is sent in one write
 * with "\r\n" before and behind it.
 */
void	tty_tell(uid_t uid, const char *text, struct tty_count *count);

/* How many terminals does the user own? */
size_t	tty_owned(uid_t uid);

/* Who owns terminals, each once, up to max of them.  Returns how many. */
size_t	tty_owners(uid_t *list, size_t max);

#endif

#ifndef LEASE_SESSION_H
#define LEASE_SESSION_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "lease.h"

/*
 * An entry of the ledger: a session that the module let in and that has not
 * closed yet.  Its file is called PID-START, PID-START.1 and so on.
 */

#define SESSION_ITEM_MAX	64	/* bytes of a service or a tty */
#define SESSION_RHOST_MAX	256
#define SESSION_FILE_MAX	2048	/* bytes of an entry */
#define SESSION_NAME_MAX	48	/* bytes of its file name */
#define SESSION_SAME_MAX	64	/* sessions opened by one process */

/* Who takes longer to enter than so many seconds hangs, and is refused. */
#define SESSION_ENTERING_MAX	10

/* What let it in. */
enum admitted {
	ADMITTED_NOT,		/* refused at the last moment: it is ended */
	ADMITTED_LEASE,
	ADMITTED_POLICY,	/* a rule, or root */
	ADMITTED_PERMISSIVE,	/* refused, but the module only logs */
	ADMITTED_KEPT,		/* its lease was revoked, it may stay */
	ADMITTED_ENTERING,	/* it is not known yet, for a limit */
};

struct session {
	pid_t pid;		/* process that opened it, and its start: */
	uint64_t start;		/* clock ticks after boot, proc(5) starttime */
	unsigned int number;	/* 0, or of several by one process */
	char user[LEASE_NAME_MAX + 1];
	uid_t uid;
	char service[SESSION_ITEM_MAX + 1];
	char tty[SESSION_ITEM_MAX + 1];
	char rhost[SESSION_RHOST_MAX + 1];
	enum admitted by;
	int64_t opened;		/* seconds since the epoch, UTC */
	int64_t opened_boot;	/* the same by CLOCK_BOOTTIME */
};

const char	*admitted_word(enum admitted by);

/* And back; false when it is no such word. */
bool	admitted_parse(const char *word, enum admitted *by);

/* The entry's file name, into SESSION_NAME_MAX bytes; and back. */
char	*session_name(char *dst, const struct session *s);
bool	session_name_parse(const char *name, struct session *s);

/*
 * The names of those of n sessions that are marked (ends NULL: of all), as many
 * as fit, between blanks.
 */
#define SESSION_NAMES_MAX	320
char	*session_names(char dst[SESSION_NAMES_MAX], const struct session *list,
	    size_t n, const bool *ends);

/* Are both of that name? */
bool	session_same(const struct session *a, const struct session *b);

/*
 * Formats all but the file name's part into data.  Returns the length, or -1
 * when it is longer than size.
 */
ssize_t	session_format(const struct session *s, char *data, size_t size);

/*
 * Reads that back; pid, start and number stay as they are.  Returns 0, or -1
 * with err (ERROR_BROKEN).
 */
int	session_parse(const char *data, size_t len, struct session *s,
	    struct error *err);

#endif

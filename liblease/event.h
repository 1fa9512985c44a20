#ifndef LEASE_EVENT_H
#define LEASE_EVENT_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "session.h"

/*
 * What happened: a word for it, and its facts.  The same ones stand in the
 * history, see pamlease-history(5), and as fields in the journal.  Formatting
 * needs no heap and no library, as it runs in the module.
 */

enum event_kind {
	EVENT_GRANTED,
	EVENT_EXTENDED,
	EVENT_REVOKED,
	EVENT_RESTORED,		/* a kept lease, after a boot */
	EVENT_WINDDOWN_STARTED,
	EVENT_WINDDOWN_STOPPED,
	EVENT_SETUP,		/* the lines of a PAM stack */
	EVENT_UNSETUP,
	EVENT_REQUESTED,
	EVENT_ASKED,		/* who may answer was told */
	EVENT_APPROVED,
	EVENT_REFUSED,
	EVENT_ADMITTED,
	EVENT_DENIED,
	EVENT_OPENED,
	EVENT_CLOSED,
	EVENT_WARNED,
	EVENT_NO_TERMINAL,	/* to warn on */
	EVENT_DOUBTED,		/* whether the wall clock is right */
	EVENT_ENDED,
	EVENT_NOT_ENDED,	/* somebody, or something of theirs, is left */
	EVENT_REMOVED,		/* a lease that is over */
	EVENT_PUT_ASIDE,	/* a lease of who can have none */
	EVENT_FAILED,
	EVENT_HEALED,		/* the history, after a line that was cut */
	EVENT_KINDS
};

/* In the order in which they stand. */
enum event_field {
	EVENT_USER,
	EVENT_UID,
	EVENT_SERVICE,
	EVENT_TTY,
	EVENT_RHOST,
	EVENT_PHASE,		/* of PAM: auth, account, session */
	EVENT_STEP,		/* of the decision, and its reason */
	EVENT_WHY,
	EVENT_DETAIL,		/* which rule, or what failed */
	EVENT_PERMISSIVE,	/* 1: let in all the same */
	EVENT_SESSION,		/* its name in the ledger */
	EVENT_LET_IN_BY,	/* "lease", "policy", "permissive" */
	EVENT_BY,		/* who did it */
	EVENT_REASON,		/* what they gave for it */
	EVENT_REQUEST,		/* its ID */
	EVENT_EXPIRES,		/* seconds since the epoch */
	EVENT_LEFT_S,		/* seconds until then */
	EVENT_TERMINALS,	/* that took a warning, and that did not */
	EVENT_STUCK,
	EVENT_FOUND,		/* processes at an end, of them killed by us, */
	EVENT_KILLED,
	EVENT_LEFT,		/* and those that are there still */
	EVENT_TOOK_MS,		/* an end */
	EVENT_LATE_MS,		/* from when it was due until it was done */
	EVENT_FIELDS
};

enum event_type {
	EVENT_TEXT,
	EVENT_NUMBER,
	EVENT_TIME,		/* seconds since the epoch */
	EVENT_FLAG,
};

#define EVENT_UNSET	INT64_MIN

/* What is NULL or EVENT_UNSET is not known, and left out. */
struct event {
	enum event_kind kind;
	const char *text[EVENT_FIELDS];
	int64_t number[EVENT_FIELDS];
};

const char	*event_word(enum event_kind kind);

/* The kind of a word; EVENT_KINDS where there is none. */
enum event_kind	event_kind_of(const char *word);

const char	*event_field_name(enum event_field field);
enum event_type	event_field_type(enum event_field field);

/* One without facts. */
void	event_init(struct event *e, enum event_kind kind);

/* Adds those of a session, which is called name in the ledger. */
void	event_session(struct event *e, const struct session *s,
	    const char *name);

#define EVENT_TEXT_MAX	320	/* bytes of a fact that count */
#define EVENT_FILE_MAX	6144	/* and of an event as it is kept */

/* The text, or in cut its first bytes and "...". */
const char	*event_cut(char cut[EVENT_TEXT_MAX + 1], const char *text);

/*
 * Formats an event of that moment, nanoseconds since the epoch, as a record
 * (record.h).  Of a text that is too long the first bytes stand, and "..."; of
 * facts that don't fit, none.  Returns the length, or -1 when size is too small.
 */
ssize_t	event_format(const struct event *e, int64_t wall, char *data,
	    size_t size);

/*
 * Reads that back.  Texts are copied to store, which has at least len bytes and
 * must stay as long as *e.  Returns 0, or -1 with err (ERROR_BROKEN).
 */
int	event_parse(const char *data, size_t len, struct event *e,
	    int64_t *wall, char *store, struct error *err);

#endif

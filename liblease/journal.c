#include <sys/socket.h>
#include <sys/un.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "journal.h"
#include "text.h"

#define JOURNAL		"/run/systemd/journal/socket"
#define ENTRY_MAX	4096	/* bytes of a line with its fields */

/*
 * Which catalog entry (systemd/pamlease.catalog) explains it.  What only the
 * module tells of goes through syslog(3), and has none.
 */
static const char *const ids[EVENT_KINDS] = {
	[EVENT_GRANTED] = "8e24b8d526de4f2d8634d97714c04a45",
	[EVENT_EXTENDED] = "2fbd99619dfa4df6b4cb92d22a0f038c",
	[EVENT_REVOKED] = "0083e086fe6f4ab69202e973030a1995",
	[EVENT_RESTORED] = "cea3150209c34e33944221d2ffa047bb",
	[EVENT_WINDDOWN_STARTED] = "4d08b9be1f0f497c94c1c39e3969ff87",
	[EVENT_WINDDOWN_STOPPED] = "326ae538a722486a90aecf60cced0f42",
	[EVENT_SETUP] = "6dbea8a2f4064cd587d14c40e0aaafa5",
	[EVENT_UNSETUP] = "018529715c7c493d82fd4a60ad677bc3",
	[EVENT_ASKED] = "1cf9ec9f6e144371ac2d64f21e4027bf",
	[EVENT_APPROVED] = "24faf62ce33f4fa693e614fa7600811f",
	[EVENT_REFUSED] = "8aa434480ddb4393be92fb71e991a75c",
	[EVENT_CLOSED] = "9ec1fcb4f4db40cca92daf421adac858",
	[EVENT_WARNED] = "5e4636b586ca4e53945884af7e160dda",
	[EVENT_NO_TERMINAL] = "ff3ce0625012466cbd71f450e7648816",
	[EVENT_DOUBTED] = "db09b0b45ac445c2a34bb0c34706a288",
	[EVENT_ENDED] = "be914a3a0f524825b3fa76926318aaa7",
	[EVENT_NOT_ENDED] = "2ff5c12ba5b54df48df7555f25f06c1f",
	[EVENT_REMOVED] = "61a2114fd8884fb097798402eb967ac1",
	[EVENT_PUT_ASIDE] = "00ab7daf36d94595891c03257af2c129",
	[EVENT_FAILED] = "e80d4526df3a49f79f01c0a371c99547",
};

/* One entry of the journal; what does not fit is left out, field by field. */
struct entry {
	char data[ENTRY_MAX];
	size_t len;
};

static void
add(struct entry *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
add(struct entry *e, const char *fmt, ...)
{
	size_t room = sizeof(e->data) - e->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(e->data + e->len, room, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < room)
		e->len += (size_t)n;
}

/* A field, its name in capitals. */
static void
add_value(struct entry *e, enum event_field f, const char *value)
{
	char name[32];
	size_t i;

	(void)text_copy(name, sizeof(name), event_field_name(f));
	for (i = 0; name[i] != '\0'; i++)
		if (name[i] >= 'a' && name[i] <= 'z')
			name[i] = (char)(name[i] - 'a' + 'A');
	add(e, "PAMLEASE_%s=%s\n", name, value);
}

/* A value is escaped, so that none has a newline in it. */
static void
add_field(struct entry *e, const struct event *event, enum event_field f)
{
	char text[4 * EVENT_TEXT_MAX + 1];
	const char *s = event->text[f];

	if (s != NULL && s[0] != '\0')
		add_value(e, f, text_show(text, sizeof(text), s, strlen(s)));
	else if (event->number[f] != EVENT_UNSET) {
		(void)snprintf(text, sizeof(text), "%lld",
		    (long long)event->number[f]);
		add_value(e, f, text);
	}
}

static void
add_event(struct entry *e, const struct event *event)
{
	int i;

	add(e, "PAMLEASE_EVENT=%s\n", event_word(event->kind));
	if (ids[event->kind] != NULL)
		add(e, "MESSAGE_ID=%s\n", ids[event->kind]);
	for (i = 0; i < EVENT_FIELDS; i++)
		add_field(e, event, (enum event_field)i);
}

/* Its own protocol, https://systemd.io/JOURNAL_NATIVE_PROTOCOL. */
static bool
to_journal(const struct entry *e)
{
	static const struct sockaddr_un to = { AF_UNIX, JOURNAL };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool sent;

	if (fd == -1)
		return false;
	sent = sendto(fd, e->data, e->len, MSG_DONTWAIT | MSG_NOSIGNAL,
	    (const struct sockaddr *)&to, sizeof(to)) == (ssize_t)e->len;
	(void)close(fd);
	return sent;
}

bool
journal_send(int priority, const char *identifier, const char *unit,
    const struct event *event, const char *text)
{
	struct entry e;

	e.len = 0;
	add(&e, "MESSAGE=%s\nPRIORITY=%d\nSYSLOG_FACILITY=%d\n"
	    "SYSLOG_IDENTIFIER=%s\n", text, priority, LOG_FAC(LOG_AUTHPRIV),
	    identifier);
	if (unit != NULL)
		add(&e, "OBJECT_SYSTEMD_UNIT=%s\n", unit);
	if (event != NULL)
		add_event(&e, event);
	return to_journal(&e);
}

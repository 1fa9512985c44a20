#include <arpa/inet.h>

#include <errno.h>
#include <libaudit.h>

#include "audit.h"
#include "audit_log.h"

static const char *
plain(const char *text)
{
	return text != NULL && audit_plain(text) ? text : NULL;
}

/* Else libaudit would ask the DNS for the address of a host. */
static const char *
address(const char *host)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	return host != NULL && (inet_pton(AF_INET, host, bytes) == 1 ||
	    inet_pton(AF_INET6, host, bytes) == 1) ? host : "?";
}

/* What audit_open(3) says of a kernel that has none. */
static bool
has_none(void)
{
	return errno == EINVAL || errno == EPROTONOSUPPORT ||
	    errno == EAFNOSUPPORT;
}

int
audit_log(const struct event *e, struct error *err)
{
	const char *host = plain(e->text[EVENT_RHOST]);
	char text[AUDIT_TEXT_MAX];
	int fd = audit_open(), r;

	error_clear(err);
	if (fd == -1)
		return has_none() ? 0 : error_system(err, "audit");
	audit_format(e, "op=", text);
	r = audit_log_user_message(fd, audit_type(e), text, host,
	    address(host), plain(e->text[EVENT_TTY]), audit_succeeded(e));
	if (r <= 0 && errno != ECONNREFUSED)
		(void)error_system(err, "audit");
	audit_close(fd);
	return err->code == ERROR_NONE ? 0 : -1;
}

#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <string.h>

#include "match.h"
#include "name.h"

/* An address as 16 bytes; IPv4 is kept as ::ffff:a.b.c.d. */
struct address {
	unsigned char byte[16];
};

static const unsigned char mapped[12] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff
};

/* Shell pattern with * and ? only, without recursion. */
static bool
glob(const char *pattern, const char *s)
{
	const char *star = NULL, *retry = NULL;

	while (*s != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			retry = s;
		} else if (*pattern == *s || *pattern == '?') {
			pattern++;
			s++;
		} else if (star != NULL) {
			pattern = star;
			s = ++retry;
		} else
			return false;
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

/* Parses the first len bytes of s; a zone behind an IPv6 address is cut off. */
static bool
address_parse(const char *s, size_t len, struct address *a)
{
	char text[INET6_ADDRSTRLEN];
	const char *zone = memchr(s, '%', len);

	if (zone != NULL && memchr(s, ':', len) != NULL)
		len = (size_t)(zone - s);
	if (len >= sizeof(text))
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	if (inet_pton(AF_INET6, text, a->byte) == 1)
		return true;
	memcpy(a->byte, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text, a->byte + sizeof(mapped)) == 1;
}

/* Number of leading bits, 0 to 128, for a length like "8" behind the slash. */
static bool
prefix_parse(const char *s, bool v4, unsigned int *bits)
{
	unsigned int n = 0;
	const char *p;

	*bits = 0;
	for (p = s; *p >= '0' && *p <= '9' && p - s < 3; p++)
		n = n * 10 + (unsigned int)(*p - '0');
	if (p == s || *p != '\0' || n > (v4 ? 32 : 128) ||
	    (s[0] == '0' && s[1] != '\0'))
		return false;
	*bits = v4 ? n + 96 : n;
	return true;
}

static bool
same_bits(const struct address *a, const struct address *b, unsigned int bits)
{
	unsigned int whole = bits / 8, rest = bits % 8;

	if (memcmp(a->byte, b->byte, whole) != 0)
		return false;
	return rest == 0 ||
	    ((a->byte[whole] ^ b->byte[whole]) >> (8 - rest)) == 0;
}

/* Splits "10.0.0.0/8" or "10.0.0.1"; false when it is no address at all. */
static bool
block_parse(const char *item, struct address *a, unsigned int *bits)
{
	const char *slash = strchr(item, '/');
	size_t len = slash != NULL ? (size_t)(slash - item) : strlen(item);

	*bits = 128;
	if (!address_parse(item, len, a))
		return false;
	return slash == NULL || prefix_parse(slash + 1,
	    memchr(item, ':', len) == NULL, bits);
}

static bool
from_item(const char *item, const char *rhost)
{
	struct address block, address;
	unsigned int bits;

	if (strcmp(item, "local") == 0)
		return rhost[0] == '\0';
	if (block_parse(item, &block, &bits))
		return address_parse(rhost, strlen(rhost), &address) &&
		    same_bits(&block, &address, bits);
	return rhost[0] != '\0' && glob(item, rhost);
}

/* The classes of services, "@remote" and so on. */
static const struct {
	const char *name;
	const char *const *services;
} classes[] = {
	{ "@remote", (const char *const[]){ "sshd", "dropbear", "remote",
	    "rlogin", "rsh", "cockpit", "xrdp-sesman", "ftp", "vsftpd",
	    "proftpd", "pure-ftpd", NULL } },
	{ "@console", (const char *const[]){ "login", "kmscon", NULL } },
	{ "@desktop", (const char *const[]){ "gdm", "gdm-password",
	    "gdm-fingerprint", "gdm-smartcard", "gdm-autologin", "lightdm",
	    "lightdm-autologin", "sddm", "sddm-autologin", "lxdm", "xdm",
	    "kde", "greetd", "cosmic-greeter", NULL } },
};

#define NCLASSES	(sizeof(classes) / sizeof(classes[0]))

static bool
service_item(const char *item, const char *service)
{
	const char *const *s;
	size_t i;

	if (item[0] != '@')
		return glob(item, service);
	for (i = 0; i < NCLASSES; i++)
		if (strcmp(item, classes[i].name) == 0)
			for (s = classes[i].services; *s != NULL; s++)
				if (strcmp(*s, service) == 0)
					return true;
	return false;
}

/* Some programs say "/dev/tty1", some "tty1". */
static bool
tty_item(const char *item, const char *tty)
{
	return glob(item, strncmp(tty, "/dev/", 5) == 0 ? tty + 5 : tty);
}

static int
check_name(const char *item, struct error *err)
{
	if (item[0] == '%')
		return error_set(err, ERROR_INVALID, "not a name: '%s', a "
		    "group is written: group %s", item, item + 1);
	if (item[0] == '@')
		return error_set(err, ERROR_INVALID, "not a name: '%s', "
		    "netgroups are not known here", item);
	if (!name_valid(item))
		return error_set(err, ERROR_INVALID, "not a name: '%s'", item);
	return 0;
}

static int
check_service(const char *item, struct error *err)
{
	size_t i;

	if (item[0] != '@')
		return 0;
	for (i = 0; i < NCLASSES; i++)
		if (strcmp(item, classes[i].name) == 0)
			return 0;
	return error_set(err, ERROR_INVALID, "no such class: '%s', want "
	    "@remote, @console or @desktop", item);
}

static int
check_tty(const char *item, struct error *err)
{
	if (item[0] != '/')
		return 0;
	return error_set(err, ERROR_INVALID, "not a terminal: '%s', want it "
	    "without /dev/", item);
}

/* No address, but does it look as if it were meant for one? */
static bool
half_address(const char *item)
{
	return item[strspn(item, "0123456789.-")] == '\0' ||
	    (strchr(item, ':') != NULL &&
	    item[strspn(item, "0123456789abcdefABCDEF.:[]")] == '\0');
}

static int
check_host(const char *item, struct error *err)
{
	if (strchr(item, '/') != NULL)
		return error_set(err, ERROR_INVALID,
		    "not a network: '%s', want ADDRESS/BITS", item);
	if (item[0] == '.' && item[1] != '\0')
		return error_set(err, ERROR_INVALID,
		    "not a host: '%s', want '*%s'", item, item);
	if (half_address(item))
		return error_set(err, ERROR_INVALID, "not an address: '%s', "
		    "want ADDRESS or ADDRESS/BITS", item);
	if (strcmp(item, "LOCAL") == 0)
		return error_set(err, ERROR_INVALID,
		    "not a host: 'LOCAL', want 'local'");
	return 0;
}

static int
check_from(const char *item, struct error *err)
{
	bool v4 = strchr(item, ':') == NULL;
	char text[INET6_ADDRSTRLEN] = "";
	struct address block, net;
	unsigned int bits, i;

	if (!block_parse(item, &block, &bits))
		return check_host(item, err);
	net = block;
	for (i = bits; i < 128; i++)
		net.byte[i / 8] &= (unsigned char)~(0x80u >> (i % 8));
	if (memcmp(&net, &block, sizeof(net)) == 0)
		return 0;
	(void)inet_ntop(v4 ? AF_INET : AF_INET6,
	    net.byte + (v4 ? sizeof(mapped) : 0), text, sizeof(text));
	return error_set(err, ERROR_INVALID, "not a network: '%s' has bits "
	    "set behind its length, want '%s/%u'", item, text,
	    v4 ? bits - 96 : bits);
}

static const struct {
	bool (*matches)(const char *item, const char *value);
	int (*check)(const char *item, struct error *err);
} conditions[CONDITIONS] = {
	[COND_USER] = { glob, check_name },
	[COND_GROUP] = { glob, check_name },
	[COND_SERVICE] = { service_item, check_service },
	[COND_TTY] = { tty_item, check_tty },
	[COND_FROM] = { from_item, check_from },
};

static bool
match_any(enum condition cond, const char *item, const struct list *values)
{
	const char *value;

	for (value = list_first(values); value != NULL;
	    value = list_next(values, value))
		if (conditions[cond].matches(item, value))
			return true;
	return false;
}

bool
match(enum condition cond, const struct list *list, const struct list *values)
{
	bool positive = false, hit = false;
	const char *item;

	for (item = list_first(list); item != NULL;
	    item = list_next(list, item)) {
		if (item[0] != '!') {
			positive = true;
			hit = hit || match_any(cond, item, values);
		} else if (match_any(cond, item + 1, values))
			return false;
	}
	return hit || !positive;
}

int
match_check(enum condition cond, const char *item, struct error *err)
{
	error_clear(err);
	if (item[0] == '!')
		item++;
	if (item[0] == '\0')
		return error_set(err, ERROR_INVALID, "an empty item");
	if (item[0] == '!')
		return error_set(err, ERROR_INVALID,
		    "one '!' is enough: '!%s'", item);
	if (strcmp(item, "ALL") == 0)
		return error_set(err, ERROR_INVALID,
		    "'ALL' is not known: all are meant where no list is");
	return conditions[cond].check(item, err);
}

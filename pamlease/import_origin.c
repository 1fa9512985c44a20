#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "import_access.h"

/* How the names of terminals begin. */
static const char *const terminals[] = { "tty", "pts/", "pty", "console", "vc/",
    "hvc", "xvc", "lxc/", ":" };

#define NTERMINALS	(sizeof(terminals) / sizeof(terminals[0]))

static bool
is_terminal(const char *s, size_t len)
{
	size_t i, n;

	for (i = 0; i < NTERMINALS; i++) {
		n = strlen(terminals[i]);
		if (len >= n && strncasecmp(s, terminals[i], n) == 0)
			return true;
	}
	/* The display of another host, "host:0". */
	return memchr(s, ':', len) != NULL;
}

/* An address in 4 or 16 bytes; its family, or AF_UNSPEC. */
static int
address(const char *s, size_t len, unsigned char byte[16])
{
	char text[INET6_ADDRSTRLEN];

	memset(byte, 0, 16);
	if (len >= sizeof(text))
		return AF_UNSPEC;
	memcpy(text, s, len);
	text[len] = '\0';
	if (inet_pton(AF_INET, text, byte) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, text, byte) == 1 ? AF_INET6 : AF_UNSPEC;
}

static void
set_network(struct item *item, struct import *im, int family,
    unsigned char byte[16], unsigned int bits)
{
	char text[INET6_ADDRSTRLEN], block[INET6_ADDRSTRLEN + 5];
	unsigned int i, most = family == AF_INET ? 32 : 128;

	for (i = bits; i < most; i++)
		byte[i / 8] &= (unsigned char)~(0x80u >> (i % 8));
	(void)inet_ntop(family, byte, text, sizeof(text));
	(void)snprintf(block, sizeof(block), "%s/%u", text, bits);
	item_set(item, im, ITEM_HOST, COND_FROM, block, strlen(block));
}

static void
set_nothing(struct item *item, struct import *im, const char *s, size_t len)
{
	char shown[IMPORT_SHOWN];

	import_note(im, "pam_access matched nothing with '%s'",
	    import_quote(shown, s, len));
	item_set(item, im, ITEM_NOTHING, COND_FROM, s, len);
}

/* Length of a mask like 255.255.0.0; *maybe where it has holes. */
static unsigned int
mask_bits(const unsigned char *mask, unsigned int most, bool *maybe)
{
	unsigned int i, bits = 0;

	while (bits < most && (mask[bits / 8] & 0x80u >> (bits % 8)) != 0)
		bits++;
	for (i = bits; i < most; i++)
		*maybe = *maybe || (mask[i / 8] & 0x80u >> (i % 8)) != 0;
	return bits;
}

/* The number of bits behind the '/'; more than 128 when it is none. */
static unsigned int
number(const char *s, size_t len)
{
	unsigned int n = 0;
	size_t i;

	if (len == 0 || len > 3)
		return 1000;
	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return 1000;
		n = n * 10 + (unsigned int)(s[i] - '0');
	}
	return n;
}

static void
read_network(struct item *item, struct import *im, const char *s, size_t len,
    const char *slash)
{
	const char *mask = slash + 1;
	size_t masklen = (size_t)(s + len - mask);
	unsigned char byte[16], masked[16];
	int family = address(s, (size_t)(slash - s), byte);
	unsigned int most = family == AF_INET ? 32 : 128, bits;
	bool maybe = false;

	if (address(mask, masklen, masked) == family)
		bits = mask_bits(masked, most, &maybe);
	else
		bits = number(mask, masklen);
	if (bits > most) {
		set_nothing(item, im, s, len);
		return;
	}
	if (bits == 0)
		import_note(im, "pam_access took a mask of no bits for that "
		    "address alone");
	else if (mask[0] == '0' && masklen > 1)
		import_note(im, "pam_access took a mask that begins with 0 "
		    "for octal");
	if (maybe)
		import_note(im, "LOOK: there are no masks with holes here");
	set_network(item, im, family, byte, bits);
	item->maybe = maybe;
}

/* "10.1." */
static void
read_prefix(struct item *item, struct import *im, const char *s, size_t len)
{
	unsigned char byte[16] = { 0 };
	unsigned int bits = 0, n;
	const char *p, *end;

	for (p = s; p < s + len && bits < 32; p = end + 1) {
		end = memchr(p, '.', (size_t)(s + len - p));
		n = number(p, (size_t)(end - p));
		if (n > 255 || (*p == '0' && end - p > 1))
			break;
		byte[bits / 8] = (unsigned char)n;
		bits += 8;
	}
	if (p < s + len)
		set_nothing(item, im, s, len);
	else
		set_network(item, im, AF_INET, byte, bits);
}

/* Hosts are written small, as sshd(8) says them. */
static void
set_host(struct item *item, struct import *im, const char *s, size_t len)
{
	char text[LEASE_NAME_MAX + 2];
	size_t i, n = 0;

	if (s[0] == '.')
		text[n++] = '*';
	for (i = 0; i < len && n < sizeof(text); i++)
		text[n++] = (char)tolower((unsigned char)s[i]);
	item_set(item, im, ITEM_HOST, COND_FROM, text, n);
}

static void
read_netgroup(struct item *item, struct import *im, const char *s, size_t len)
{
	char shown[IMPORT_SHOWN];

	import_note(im, "LOOK: there are no netgroups here: '%s'",
	    import_quote(shown, s, len));
	item_set(item, im, ITEM_ALL, COND_FROM, s, len);
	item->maybe = true;
}

static void
set_word(struct item *item, struct import *im, const char *s, size_t len)
{
	char shown[IMPORT_SHOWN];

	item_set(item, im, ITEM_WORD, COND_FROM, s, len);
	if (item->kind == ITEM_WORD)
		import_note(im, "LOOK: '%s' is a remote host, a terminal or a "
		    "service, as it was; take out what is not meant",
		    import_quote(shown, s, len));
}

void
origin_read(struct item *item, struct import *im, const char *s, size_t len)
{
	const char *slash = memchr(s, '/', len);
	unsigned char byte[16];

	if (import_word(s, len, "ALL"))
		item_set(item, im, ITEM_ALL, COND_FROM, s, len);
	else if (import_word(s, len, "LOCAL"))
		item_set(item, im, ITEM_LOCAL, COND_FROM, s, len);
	else if (import_word(s, len, "NONE"))
		set_nothing(item, im, s, len);
	else if (s[0] == '@')
		read_netgroup(item, im, s, len);
	else if (s[0] != '.' && s[len - 1] == '.')
		read_prefix(item, im, s, len);
	else if (slash != NULL &&
	    address(s, (size_t)(slash - s), byte) != AF_UNSPEC)
		read_network(item, im, s, len, slash);
	else if (address(s, len, byte) != AF_UNSPEC)
		item_set(item, im, ITEM_HOST, COND_FROM, s, len);
	else if (len > 5 && memcmp(s, "/dev/", 5) == 0)
		item_set(item, im, ITEM_TTY, COND_TTY, s + 5, len - 5);
	else if (is_terminal(s, len) || slash != NULL)
		item_set(item, im, ITEM_TTY, COND_TTY, s, len);
	else if (memchr(s, '.', len) != NULL)
		set_host(item, im, s, len);
	else
		set_word(item, im, s, len);
}

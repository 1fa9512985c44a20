#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <string.h>

#include "match.h"

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

static bool
match_list(const struct lease_list *list, const char *value,
    bool (*matches)(const char *item, const char *value))
{
	bool positive = false, hit = false;
	size_t i;

	for (i = 0; i < list->n; i++) {
		const char *item = list->item[i];

		if (item[0] == '!') {
			if (matches(item + 1, value))
				return false;
			continue;
		}
		positive = true;
		hit = hit || matches(item, value);
	}
	return hit || !positive;
}

bool
match_service(const struct lease_list *list, const char *service)
{
	return match_list(list, service, glob);
}

bool
match_from(const struct lease_list *list, const char *rhost)
{
	return match_list(list, rhost, from_item);
}

int
match_from_check(const char *item, struct error *err)
{
	struct address block, zero;
	unsigned int bits, i;

	error_clear(err);
	if (item[0] == '!')
		item++;
	if (item[0] == '\0')
		return error_set(err, ERROR_INVALID, "an empty host");
	if (!block_parse(item, &block, &bits)) {
		if (strchr(item, '/') == NULL)
			return 0;
		return error_set(err, ERROR_INVALID,
		    "not a network: '%s', want ADDRESS/BITS", item);
	}
	zero = block;
	for (i = bits; i < 128; i++)
		zero.byte[i / 8] &= (unsigned char)~(0x80u >> (i % 8));
	if (memcmp(&zero, &block, sizeof(zero)) != 0)
		return error_set(err, ERROR_INVALID,
		    "not a network: '%s' has bits set behind its length", item);
	return 0;
}

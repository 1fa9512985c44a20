#include <sys/socket.h>

#include <arpa/inet.h>

#include "fuzz.h"
#include "match.h"

/* Does the pattern match, the slow and plain way: a row for each character. */
static bool
expect_glob(const char *pattern, const char *s)
{
	size_t i, n = strlen(s);
	bool row[LEASE_REASON_MAX + 1] = { true }, before, was;

	for (; *pattern != '\0'; pattern++) {
		before = row[0];
		row[0] = before && *pattern == '*';
		for (i = 1; i <= n; i++) {
			was = row[i];
			row[i] = *pattern == '*' ? was || row[i - 1] :
			    before && (*pattern == '?' || *pattern == s[i - 1]);
			before = was;
		}
	}
	return row[n];
}

static bool
matches(enum condition cond, const struct lease_list *items, const char *value)
{
	const struct list list = list_of_lease(items);
	const struct list one = list_of_one(value);

	return match(cond, &list, &one);
}

static void
lists(struct input *in)
{
	char value[LEASE_REASON_MAX + 1];
	bool positive = false, hit = false, refused = false, m;
	struct lease_list list = { .n = (size_t)take_number(in, 3) };
	struct error err;
	size_t i;

	take_string(in, value, sizeof(value));
	for (i = 0; i < list.n; i++) {
		char *item = list.item[i];

		take_string(in, item, sizeof(list.item[i]));
		m = expect_glob(item + (item[0] == '!'), value);
		refused = refused || (item[0] == '!' && m);
		positive = positive || item[0] != '!';
		hit = hit || (item[0] != '!' && m);
		if (match_check(COND_FROM, item, &err) == -1)
			must(err.code == ERROR_INVALID && err.text[0] != '\0');
	}
	/* A user's name is nothing but a pattern. */
	must(matches(COND_USER, &list, value) ==
	    (!refused && (hit || !positive)));
	/* Hosts are more than patterns; what is refused stays refused. */
	m = matches(COND_FROM, &list, value);
	must(m || list.n > 0);
	if (m && list.n < LEASE_LIST_MAX && value[0] != '\0') {
		memcpy(list.item[list.n++], "!*", sizeof("!*"));
		must(!matches(COND_FROM, &list, value));
	}
}

/* Is the address in the block?  Bit by bit. */
static void
blocks(struct input *in)
{
	int family = take_number(in, 1) != 0 ? AF_INET6 : AF_INET;
	int length = family == AF_INET ? 32 : 128;
	int bits = (int)take_number(in, length), i, rest = 0, same = 1;
	unsigned char net[16], host[16], flip[16];
	char item[INET6_ADDRSTRLEN], rhost[INET6_ADDRSTRLEN];
	struct lease_list list = { .n = 1 };
	struct error err;

	take(in, net, sizeof(net));
	take(in, flip, sizeof(flip));
	for (i = 0; i < length; i++) {
		int bit = 0x80 >> i % 8;

		same = same && (i >= bits || (flip[i / 8] & bit) == 0);
		rest = rest || (i >= bits && (net[i / 8] & bit) != 0);
	}
	for (i = 0; i < 16; i++)
		host[i] = net[i] ^ flip[i];
	must(inet_ntop(family, net, item, sizeof(item)) != NULL);
	must(inet_ntop(family, host, rhost, sizeof(rhost)) != NULL);
	(void)snprintf(list.item[0], sizeof(list.item[0]), "%s/%d", item,
	    bits);
	must(matches(COND_FROM, &list, rhost) == same);
	must((match_check(COND_FROM, list.item[0], &err) == -1) == rest);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	if (take_number(&in, 1) != 0)
		lists(&in);
	else
		blocks(&in);
	return 0;
}

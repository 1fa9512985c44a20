#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "match.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define HOST_LONG	300

/* Items as on the command line, with commas. */
static void
list_init(struct lease_list *list, const char *items)
{
	const char *end;

	memset(list, 0, sizeof(*list));
	for (; *items != '\0'; items = *end == ',' ? end + 1 : end) {
		end = strchrnul(items, ',');
		memcpy(list->item[list->n++], items, (size_t)(end - items));
	}
}

/* In other conditions; the values have commas too. */
static const struct {
	enum condition cond;
	const char *items;
	const char *values;
	bool matches;
} others[] = {
	{ COND_USER, "alice", "alice", true },
	{ COND_USER, "alice", "Alice", false },
	{ COND_USER, "a*,!alice", "alice", false },
	{ COND_USER, "a*,!alice", "albert", true },
	{ COND_GROUP, "wheel", "users,wheel", true },
	{ COND_GROUP, "wheel", "users", false },
	{ COND_GROUP, "wheel", "", false },
	{ COND_GROUP, "!wheel", "", true },
	{ COND_GROUP, "!wheel", "users,wheel", false },
	{ COND_GROUP, "users,!wheel", "users,wheel", false },
	{ COND_GROUP, "users,!wheel", "users", true },
	{ COND_GROUP, "domain users", "x,domain users", true },
	{ COND_GROUP, "*admin*", "x,sysadmins", true },
	{ COND_SERVICE, "@console", "login", true },
	{ COND_SERVICE, "@console", "sshd", false },
	{ COND_SERVICE, "@desktop,!gdm*", "gdm-password", false },
	{ COND_SERVICE, "@desktop,!gdm*", "sddm", true },
	{ COND_SERVICE, "@remot", "sshd", false },
	{ COND_TTY, "tty1", "/dev/tty1", true },
	{ COND_TTY, "tty1", "tty1", true },
	{ COND_TTY, "tty?", "tty10", false },
	{ COND_TTY, "ssh", "ssh", true },
	{ COND_TTY, "pts/*", "/dev/pts/3", true },
	{ COND_TTY, ":*", ":0", true },
	{ COND_TTY, "*", "", true },
	{ COND_TTY, "tty*", "", false },
};

static bool
matches(enum condition cond, const struct lease_list *items, const char *value)
{
	const struct list list = list_of_lease(items);
	const struct list one = list_of_one(value);

	return match(cond, &list, &one);
}

struct row {
	const char *items;
	const char *value;
	bool matches;
};

static const struct row services[] = {
	{ "", "sshd", true },
	{ "", "", true },
	{ "sshd", "sshd", true },
	{ "sshd", "login", false },
	{ "sshd", "", false },
	{ "sshd", "sshd2", false },
	{ "sshd", "ssh", false },
	{ "sshd", "SSHD", false },
	{ "sshd,login", "login", true },
	{ "sshd,login", "su", false },
	{ "!sshd", "sshd", false },
	{ "!sshd", "login", true },
	{ "!sshd", "", true },
	{ "!sshd,!login", "su", true },
	{ "!sshd,!login", "login", false },
	{ "*,!su", "sshd", true },
	{ "*,!su", "su", false },
	{ "!su,*", "su", false },
	{ "su*,!sudo", "su-l", true },
	{ "su*,!sudo", "sudo", false },
	{ "sshd,!login", "su", false },
	{ "sshd,!sshd", "sshd", false },
	{ "*", "", true },
	{ "*", "anything", true },
	{ "**", "sshd", true },
	{ "?", "", false },
	{ "?", "a", true },
	{ "?", "ab", false },
	{ "ss?d", "sshd", true },
	{ "s*d", "sd", true },
	{ "s*d", "sshd", true },
	{ "s*d", "sshd2", false },
	{ "s*d", "sdxd", true },
	{ "*hd", "sshd", true },
	{ "*s*h*", "sshd", true },
	{ "*a*b*c", "aXbXbc", true },
	{ "*a*b*c", "aXcXb", false },
	{ "*ab", "aab", true },
	{ "a*?", "a", false },
	{ "a*?", "ab", true },
	{ "[s]shd", "sshd", false },
	{ "\\*", "*", false },
	{ "@remote", "sshd", true },
	{ "!*", "sshd", false },
};

static const struct row froms[] = {
	{ "", "", true },
	{ "", "10.0.0.1", true },
	{ "10.0.0.0/8", "10.0.0.0", true },
	{ "10.0.0.0/8", "10.255.255.255", true },
	{ "10.0.0.0/8", "11.0.0.0", false },
	{ "10.0.0.0/8", "9.255.255.255", false },
	{ "10.0.0.0/8", "", false },
	{ "10.0.0.0/8", "10.0.0.1.evil.example", false },
	{ "10.0.0.0/8", "10.0.0", false },
	{ "10.0.0.0/8", "10.0.0.256", false },
	{ "10.0.0.0/8", "010.0.0.1", false },
	{ "10.0.0.0/8", "0x0a.0.0.1", false },
	{ "10.0.0.0/8", "167772161", false },
	{ "10.0.0.0/8", "10.0.0.1 ", false },
	{ "10.0.0.0/8", " 10.0.0.1", false },
	{ "10.0.0.0/8", "10.0.0.0/8", false },
	{ "10.0.0.0/8", "10.0.0.1%eth0", false },
	{ "10.0.0.0/8", "::ffff:10.0.0.1", true },
	{ "10.0.0.0/8", "::ffff:a00:1", true },
	{ "10.0.0.0/8", "::FFFF:10.0.0.1", true },
	{ "10.0.0.0/8", "::ffff:11.0.0.1", false },
	{ "10.0.0.0/8", "::10.0.0.1", false },
	{ "10.0.0.0/8", "a00::", false },
	{ "10.0.0.0/9", "10.127.255.255", true },
	{ "10.0.0.0/9", "10.128.0.0", false },
	{ "10.0.0.8/31", "10.0.0.9", true },
	{ "10.0.0.8/31", "10.0.0.10", false },
	{ "10.0.0.8/32", "10.0.0.8", true },
	{ "10.0.0.8/32", "10.0.0.9", false },
	{ "10.0.0.8", "10.0.0.8", true },
	{ "10.0.0.8", "::ffff:10.0.0.8", true },
	{ "10.0.0.8", "10.0.0.80", false },
	{ "::ffff:10.0.0.8", "10.0.0.8", true },
	{ "::ffff:10.0.0.0/104", "10.9.9.9", true },
	{ "::ffff:10.0.0.0/104", "11.9.9.9", false },
	{ "0.0.0.0/0", "192.0.2.1", true },
	{ "0.0.0.0/0", "::ffff:192.0.2.1", true },
	{ "0.0.0.0/0", "2001:db8::1", false },
	{ "0.0.0.0/0", "", false },
	{ "0.0.0.0/0", "host.example", false },
	{ "::/0", "2001:db8::1", true },
	{ "2001:db8::/32", "2001:db8::1", true },
	{ "2001:db8::/32", "2001:DB8:0:0:0:0:0:1", true },
	{ "2001:db8::/32", "2001:db9::1", false },
	{ "2001:db8::/33", "2001:db8:7fff::", true },
	{ "2001:db8::/33", "2001:db8:8000::", false },
	{ "2001:db8::1/128", "2001:db8::1", true },
	{ "2001:db8::1", "2001:db8::2", false },
	{ "fe80::/10", "fe80::1%eth0", true },
	{ "fe80::/10", "fe80::1%", true },
	{ "fe80::/10", "fe80::1%10.0.0.1", true },
	{ "fe80::/10", "fec0::1%eth0", false },
	{ "fe80::1%eth0", "fe80::1", true },
	{ "2001:db8::/32", "[2001:db8::1]", false },
	{ "2001:db8::/32", "2001:db8::1::", false },
	{ "!10.0.0.0/8", "10.0.0.1", false },
	{ "!10.0.0.0/8", "::ffff:10.0.0.1", false },
	{ "!10.0.0.0/8", "192.0.2.1", true },
	{ "!10.0.0.0/8", "", true },
	{ "10.0.0.0/8,!10.6.0.0/16", "10.5.0.1", true },
	{ "10.0.0.0/8,!10.6.0.0/16", "10.6.0.1", false },
	{ "10.0.0.0/8,fd00::/8", "fd12::1", true },
	{ "local", "", true },
	{ "local", "local", false },
	{ "local", "localhost", false },
	{ "local", "127.0.0.1", false },
	{ "!local", "", false },
	{ "!local", "10.0.0.1", true },
	{ "local,10.0.0.0/8", "", true },
	{ "local,10.0.0.0/8", "10.0.0.1", true },
	{ "LOCAL", "", false },
	{ "*", "", false },
	{ "*", "host.example", true },
	{ "host.example", "host.example", true },
	{ "host.example", "host.example.evil", false },
	{ "host.example", "Host.example", false },
	{ "*.example", "host.example", true },
	{ "*.example", "example", false },
	{ "*.example", "host.example.evil", false },
	{ "localhost", "localhost.evil", false },
	{ "localhost", "127.0.0.1", false },
	{ "10.*", "10.0.0.1", true },
	{ "8/10.0.0.0", "10.0.0.1", false },
	{ "10.0.0.0/33", "10.0.0.1", false },
	{ "::ffff:10.0.0.0/129", "10.0.0.1", false },
};

static void
check(const struct row *rows, size_t n, enum condition cond)
{
	struct lease_list list;
	size_t i;

	for (i = 0; i < n; i++) {
		list_init(&list, rows[i].items);
		if (matches(cond, &list, rows[i].value) != rows[i].matches)
			fail_msg("'%s' with '%s'", rows[i].items,
			    rows[i].value);
	}
}

static void
test_services(void **state)
{
	(void)state;
	check(services, COUNT(services), COND_SERVICE);
}

static void
test_froms(void **state)
{
	(void)state;
	check(froms, COUNT(froms), COND_FROM);
}

static void
test_others(void **state)
{
	struct lease_list items, values;
	struct list list, of;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(others); i++) {
		list_init(&items, others[i].items);
		list_init(&values, others[i].values);
		list = list_of_lease(&items);
		of = list_of_lease(&values);
		/* A login has one of each, if an empty one, but for groups. */
		if (of.n == 0 && others[i].cond != COND_GROUP)
			of.n = 1;
		if (match(others[i].cond, &list, &of) != others[i].matches)
			fail_msg("'%s' with '%s'", others[i].items,
			    others[i].values);
	}
}

/* Hosts as long as nobody has them; every byte is the same. */
static const struct row hosts[] = {
	{ "10.0.0.0/8", "1", false },
	{ "10.0.0.0/8", "%", false },
	{ "::/0", ":", false },
	{ "::/0", "%", false },
	{ "local", "a", false },
	{ "*", "a", true },
	{ "a*a", "a", true },
	{ "*a*a*a*a*a*a*a*a*b", "a", false },
	{ "!a*", "a", false },
	{ "!b*", "a", true },
};

static void
test_long_hosts(void **state)
{
	char host[HOST_LONG + 1] = "";
	struct lease_list list;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(hosts); i++) {
		memset(host, hosts[i].value[0], HOST_LONG);
		list_init(&list, hosts[i].items);
		if (matches(COND_FROM, &list, host) != hosts[i].matches)
			fail_msg("'%s' with many '%s'", hosts[i].items,
			    hosts[i].value);
	}
}

/* An address and a zone that are together longer than any address. */
static void
test_long_zone(void **state)
{
	char host[HOST_LONG + 1] = "";
	struct lease_list list;

	(void)state;
	memset(host, 'z', HOST_LONG);
	memcpy(host, "fe80::1%", 8);
	list_init(&list, "fe80::/10");
	assert_true(matches(COND_FROM, &list, host));
	list_init(&list, "!fe80::/10");
	assert_false(matches(COND_FROM, &list, host));
}

static void
test_full_list(void **state)
{
	struct lease_list list = { .n = LEASE_LIST_MAX };
	size_t i;

	(void)state;
	for (i = 0; i < LEASE_LIST_MAX; i++)
		(void)snprintf(list.item[i], sizeof(list.item[i]),
		    "10.%zu.0.0/16", i);
	assert_true(matches(COND_FROM, &list, "10.0.0.1"));
	assert_true(matches(COND_FROM, &list, "10.15.0.1"));
	assert_false(matches(COND_FROM, &list, "10.16.0.1"));
}

/* why is a part of the error's text, and NULL for what is good. */
static const struct {
	const char *item;
	const char *why;
	enum condition cond;
} checks[] = {
	{ "alice", NULL, COND_USER },
	{ "!intern*", NULL, COND_USER },
	{ "DOMAIN\\bob", NULL, COND_USER },
	{ "%wheel", "group wheel", COND_USER },
	{ "!%wheel", "group wheel", COND_USER },
	{ "@staff", "netgroups", COND_USER },
	{ "!!alice", "one '!'", COND_USER },
	{ "domain users", NULL, COND_GROUP },
	{ "%wheel", "group wheel", COND_GROUP },
	{ "sshd", NULL, COND_SERVICE },
	{ "@remote", NULL, COND_SERVICE },
	{ "!@desktop", NULL, COND_SERVICE },
	{ "@ssh", "no such class", COND_SERVICE },
	{ "tty1", NULL, COND_TTY },
	{ ":0", NULL, COND_TTY },
	{ "/dev/tty1", "without /dev/", COND_TTY },
	{ "10.0.0.0/8", NULL, COND_FROM },
	{ "10.0.0.1", NULL, COND_FROM },
	{ "10.0.0.1/32", NULL, COND_FROM },
	{ "0.0.0.0/0", NULL, COND_FROM },
	{ "::/0", NULL, COND_FROM },
	{ "::1/128", NULL, COND_FROM },
	{ "fd00::/8", NULL, COND_FROM },
	{ "!10.0.0.0/8", NULL, COND_FROM },
	{ "!local", NULL, COND_FROM },
	{ "local", NULL, COND_FROM },
	{ "host.example", NULL, COND_FROM },
	{ "*.example", NULL, COND_FROM },
	{ "fe80::%eth0/10", NULL, COND_FROM },
	{ "::ffff:10.0.0.0/104", NULL, COND_FROM },
	{ "", "empty", COND_FROM },
	{ "!", "empty", COND_FROM },
	{ "10.0.0.1/8", "behind its length, want '10.0.0.0/8'", COND_FROM },
	{ "!10.0.0.1/8", "behind", COND_FROM },
	{ "10.0.0.1/0", "want '0.0.0.0/0'", COND_FROM },
	{ "10.0.0.1/31", "behind", COND_FROM },
	{ "10.128.0.0/8", "behind", COND_FROM },
	{ "::1/127", "behind", COND_FROM },
	{ "2001:db8::1/32", "want '2001:db8::/32'", COND_FROM },
	{ "::ffff:10.0.0.0/8", "behind", COND_FROM },
	{ "fe80::1%eth0/64", "want 'fe80::/64'", COND_FROM },
	{ "10.0.0.0/33", "want", COND_FROM },
	{ "10.0.0.0/128", "want", COND_FROM },
	{ "::/129", "want", COND_FROM },
	{ "::/1000", "want", COND_FROM },
	{ "10.0.0.0/", "want", COND_FROM },
	{ "10.0.0.0/08", "want", COND_FROM },
	{ "10.0.0.0/00", "want", COND_FROM },
	{ "10.0.0.0/-1", "want", COND_FROM },
	{ "10.0.0.0/+8", "want", COND_FROM },
	{ "10.0.0.0/ 8", "want", COND_FROM },
	{ "10.0.0.0/8/8", "want", COND_FROM },
	{ "10.0.0.0/8x", "want", COND_FROM },
	{ "10.0.0.0/4294967304", "want", COND_FROM },
	{ "10.0.0.0/255.0.0.0", "want", COND_FROM },
	{ "10.0.0/8", "want", COND_FROM },
	{ "10/8", "want", COND_FROM },
	{ "8/10.0.0.0", "want", COND_FROM },
	{ "/8", "want", COND_FROM },
	{ "/", "want", COND_FROM },
	{ "host.example/8", "want", COND_FROM },
	{ "10.0.0.0%eth0/8", "want", COND_FROM },
	{ "10.1.", "want ADDRESS or ADDRESS/BITS", COND_FROM },
	{ "10.0.0", "not an address", COND_FROM },
	{ "!300.1.1.1", "not an address", COND_FROM },
	{ "10.0.0.0-10.0.0.255", "not an address", COND_FROM },
	{ ".", "not an address", COND_FROM },
	{ "[::1]", "not an address", COND_FROM },
	{ "2001:db8:1", "not an address", COND_FROM },
	{ "10.0.*", NULL, COND_FROM },
	{ "2001:db8:*", NULL, COND_FROM },
	{ "*.?", NULL, COND_FROM },
	{ "cafe", NULL, COND_FROM },
	{ "host-1.example", NULL, COND_FROM },
	{ ".example.org", "want '*.example.org'", COND_FROM },
	{ "LOCAL", "want 'local'", COND_FROM },
	{ "ALL", "'ALL' is not known", COND_FROM },
	{ "ALL", "'ALL' is not known", COND_USER },
	{ "!ALL", "'ALL' is not known", COND_SERVICE },
	{ "ALLAN", NULL, COND_USER },
};

static void
test_check(void **state)
{
	struct error err;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < COUNT(checks); i++) {
		r = match_check(checks[i].cond, checks[i].item, &err);
		if (checks[i].why == NULL ? r != 0 || err.code != ERROR_NONE :
		    r != -1 || err.code != ERROR_INVALID ||
		    strstr(err.text, checks[i].why) == NULL)
			fail_msg("'%s': %d, %s", checks[i].item, r, err.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_services),
		cmocka_unit_test(test_froms),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_long_hosts),
		cmocka_unit_test(test_long_zone),
		cmocka_unit_test(test_full_list),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

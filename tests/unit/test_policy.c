#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../policy_text.h"
#include "policy.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define TEXT(s)		s, sizeof(s) - 1
#define X64		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
	const char *text;
	size_t len;
	int64_t max;		/* seconds */
	size_t nleads;
	int64_t lead[POLICY_LEADS_MAX];
} good[] = {
	{ TEXT(""), 0, 2, { 300, 60 } },
	{ TEXT("\n"), 0, 2, { 300, 60 } },
	{ TEXT("\n\n \t\n"), 0, 2, { 300, 60 } },
	{ TEXT("# nothing here"), 0, 2, { 300, 60 } },
	{ TEXT("#warn 1h\n#max 1h\n"), 0, 2, { 300, 60 } },
	{ TEXT("warn 10m\n"), 0, 1, { 600 } },
	{ TEXT("warn 10m"), 0, 1, { 600 } },
	{ TEXT("warn 5m 1m\n"), 0, 2, { 300, 60 } },
	{ TEXT("warn\t1h\t30m  10m 5s\t\n"), 0, 4, { 3600, 1800, 600, 5 } },
	{ TEXT("warn 8m 7m 6m 5m 4m 3m 2m 1m\n"), 0, 8,
	    { 480, 420, 360, 300, 240, 180, 120, 60 } },
	{ TEXT("warn 366d 1s"), 0, 2, { 31622400, 1 } },
	{ TEXT("max 1h\n keep-detached # jobs\n"), 3600, 2, { 300, 60 } },
	{ TEXT("max 12h\n"), 43200, 2, { 300, 60 } },
	{ TEXT("max 1s"), 1, 2, { 300, 60 } },
	{ TEXT("  max 366d  "), 31622400, 2, { 300, 60 } },
	{ TEXT("max 1h30m # a comment\n"), 5400, 2, { 300, 60 } },
	{ TEXT("max 1h#a comment\n"), 3600, 2, { 300, 60 } },
	{ TEXT("# one\nwarn 2m\n\n# two\nmax 1h\n"), 3600, 1, { 120 } },
	{ TEXT("max 1h\nwarn 2m"), 3600, 1, { 120 } },
	{ TEXT("# caf\xc3\xa9 \xff\x1b[31m\nmax 1h\n"), 3600, 2, { 300, 60 } },
	{ TEXT("# by another editor\r\nmax 1h\n"), 3600, 2, { 300, 60 } },
	{ TEXT("grace 2m\n"), 0, 3, { 300, 120, 60 } },
	{ TEXT("grace 1h\n"), 0, 3, { 3600, 300, 60 } },
	{ TEXT("grace 30s\n"), 0, 3, { 300, 60, 30 } },
	{ TEXT("grace 5m\n"), 0, 2, { 300, 60 } },
	{ TEXT("grace 1m\n"), 0, 2, { 300, 60 } },
	{ TEXT("grace 3m # before its warnings\nwarn 10m\n"), 0, 2,
	    { 600, 180 } },
	{ TEXT("warn 8m 7m 6m 5m 4m 3m 2m 1m\ngrace 30s\n"), 0, 9,
	    { 480, 420, 360, 300, 240, 180, 120, 60, 30 } },
	{ TEXT("allow user alice\nmax 1h\ndeny"), 3600, 2, { 300, 60 } },
};

static void
test_good(void **state)
{
	struct policy p;
	struct error err;
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		memset(&p, 0xff, sizeof(p));
		if (policy_parse(good[i].text, good[i].len, "p", &p, &err) !=
		    0 || err.code != ERROR_NONE)
			fail_msg("'%s': %s", good[i].text, err.text);
		if (p.keep_detached !=
		    (strstr(good[i].text, "keep-detached") != NULL))
			fail_msg("'%s': keep-detached", good[i].text);
		if (p.max != good[i].max || p.nleads != good[i].nleads)
			fail_msg("'%s': max %lld, %zu leads", good[i].text,
			    (long long)p.max, p.nleads);
		for (k = 0; k < p.nleads; k++)
			if (p.lead[k] != good[i].lead[k])
				fail_msg("'%s': lead %zu is %lld",
				    good[i].text, k, (long long)p.lead[k]);
		policy_free(&p);
	}
}

/* A rule as it is written, and as it is understood. */
static const struct {
	const char *text, *rule;
} rules[] = {
	{ "allow", "allow" },
	{ "deny", "deny" },
	{ "lease", "lease" },
	{ "ask", "ask for 3600s within 60s" },
	{ "exempt", "exempt" },
	{ "limit 1", "limit 1" },
	{ "limit 65535", "limit 65535" },
	{ "allow user alice", "allow user alice" },
	{ "allow group wheel", "allow group wheel" },
	{ "allow service sshd", "allow service sshd" },
	{ "allow tty tty1", "allow tty tty1" },
	{ "allow from 10.0.0.0/8", "allow from 10.0.0.0/8" },
	{ "allow during Mo-Fr", "allow during Mo-Fr" },
	{ " \tallow  user\talice \t", "allow user alice" },
	{ "allow user alice#bob", "allow user alice" },
	{ "allow user alice # \" ' \\ \xff", "allow user alice" },
	{ "allow # user alice", "allow" },
	{ "allow user alice,bob,!carol", "allow user alice,bob,!carol" },
	{ "allow user *", "allow user *" },
	{ "allow user a?i*e,!al*", "allow user a?i*e,!al*" },
	{ "allow user alice,alice", "allow user alice,alice" },
	{ "allow user a,!" X64 X64, "allow user a,!" X64 X64 },
	{ "allow user DOM\\bob,bob@realm,bob$",
	    "allow user DOM\\bob,bob@realm,bob$" },
	{ "allow user m\xc3\xbcller,0day", "allow user m\xc3\xbcller,0day" },
	{ "allow group \"domain users\"", "allow group \"domain users\"" },
	{ "allow group wheel,\"domain users\",!\"domain admins\"",
	    "allow group wheel,\"domain users\",\"!domain admins\"" },
	{ "allow group \"a\",\"b\"", "allow group a,b" },
	{ "allow group domain\" \"users", "allow group \"domain users\"" },
	{ "allow group \"#1\"", "allow group \"#1\"" },
	{ "allow user user group group", "allow user user group group" },
	{ "allow user allow,deny,for", "allow user allow,deny,for" },
	{ "allow service @remote,!@desktop,@console",
	    "allow service @remote,!@desktop,@console" },
	{ "allow tty tty?,pts/*,:0,ssh", "allow tty tty?,pts/*,:0,ssh" },
	{ "allow from 10.0.0.0/8,fd00::/8,!10.6.0.0/16,local,*.example.org",
	    "allow from 10.0.0.0/8,fd00::/8,!10.6.0.0/16,local,"
	    "*.example.org" },
	{ "allow from 0.0.0.0/0,::/0,192.0.2.1,::1",
	    "allow from 0.0.0.0/0,::/0,192.0.2.1,::1" },
	{ "allow during !Wk0800-1800,Sa", "allow during !Wk0800-1800,Sa" },
	{ "deny during 2026-12-24..2027-01-02",
	    "deny during 2026-12-24..2027-01-02" },
	{ "ask for 2h within 60s", "ask for 7200s within 60s" },
	{ "ask within 1m for 1d", "ask for 86400s within 60s" },
	{ "ask for 1s", "ask for 1s within 60s" },
	{ "ask within 366d", "ask for 3600s within 31622400s" },
	{ "ask within 0s", "ask for 3600s within 0s" },
	{ "ask by group ops,\"domain admins\" within 5s user bob",
	    "ask user bob for 3600s within 5s by group ops,\"domain admins\"" },
	{ "ask desktop user bob", "ask user bob for 3600s within 60s desktop" },
	{ "ask by group a desktop for 1s",
	    "ask for 1s within 60s by group a desktop" },
	{ "ask group lp service sshd for 2h within 60s",
	    "ask group lp service sshd for 7200s within 60s" },
	{ "ask for 2h during Mo-Fr user bob within 60s",
	    "ask user bob during Mo-Fr for 7200s within 60s" },
	{ "limit 2 group users service sshd",
	    "limit 2 group users service sshd" },
	{ "exempt group wheel", "exempt group wheel" },
	{ "deny during Sa from local tty tty1 service login group g user u",
	    "deny user u group g service login tty tty1 from local "
	    "during Sa" },
};

/* The rules of the policy, a line each. */
static void
print(char *dst, size_t size, const struct policy *policy)
{
	FILE *f = fmemopen(dst, size, "w");
	size_t i;

	assert_non_null(f);
	for (i = 0; i < policy->nrules; i++)
		print_rule(f, &policy->rules[i]);
	assert_int_equal(fclose(f), 0);
}

static void
parse(const char *text, struct policy *policy)
{
	struct error err;

	if (policy_parse(text, strlen(text), "p", policy, &err) != 0)
		fail_msg("'%s': %s", text, err.text);
}

static void
test_rules(void **state)
{
	char printed[1024], again[1024];
	struct policy p;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rules); i++) {
		parse(rules[i].text, &p);
		print(printed, sizeof(printed), &p);
		policy_free(&p);
		if (strncmp(printed, rules[i].rule, strlen(rules[i].rule)) !=
		    0 || strcmp(printed + strlen(rules[i].rule), "\n") != 0)
			fail_msg("'%s': %s", rules[i].text, printed);
		parse(printed, &p);
		print(again, sizeof(again), &p);
		policy_free(&p);
		assert_string_equal(again, printed);
	}
}

/* Rules stay in their order, and know their lines. */
static void
test_lines(void **state)
{
	static const struct {
		enum action action;
		unsigned int line;
	} rows[] = {
		{ ACTION_DENY, 2 }, { ACTION_ALLOW, 5 }, { ACTION_LIMIT, 6 },
		{ ACTION_LEASE, 8 }, { ACTION_EXEMPT, 9 }, { ACTION_ASK, 10 },
	};
	struct policy p;
	size_t i;

	(void)state;
	parse("# who\ndeny\n\nmax 1h\nallow\nlimit 1\nwarn 1m\nlease\n"
	    "exempt\nask", &p);
	assert_int_equal(p.nrules, COUNT(rows));
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(p.rules[i].action, rows[i].action);
		assert_int_equal(p.rules[i].line, rows[i].line);
	}
	assert_int_equal(p.max, 3600);
	policy_free(&p);
	policy_free(&p);
	assert_int_equal(p.nrules, 0);
	assert_int_equal(p.max, 0);
	assert_int_equal(p.nleads, 2);
}

/* What has to be looked up for these rules, and whether they name root. */
static const struct {
	const char *text;
	bool groups, during, limit;
	bool root, leases_root;
} uses[] = {
	{ "max 1h", false, false, false, false, false },
	{ "allow user alice", false, false, false, false, false },
	{ "allow group wheel", true, false, false, false, false },
	{ "limit 2", false, false, true, false, false },
	{ "limit 2 group wheel during Sa", true, true, true, false, false },
	{ "exempt group wheel", true, false, false, false, false },
	{ "deny\nallow during Sa\nask", false, true, false, false, false },
	{ "lease user root", false, false, false, true, true },
	{ "lease user \"root\"", false, false, false, true, true },
	{ "lease user alice,root,bob", false, false, false, true, true },
	{ "lease user *", false, false, false, false, false },
	{ "lease user roo?,r*", false, false, false, false, false },
	{ "lease user !root", false, false, false, false, false },
	{ "lease user !alice", false, false, false, false, false },
	{ "lease user Root", false, false, false, false, false },
	{ "lease user root2", false, false, false, false, false },
	{ "lease group root service root tty root from root", true, false,
	    false, false, false },
	{ "allow user root", false, false, false, true, false },
	{ "deny user root", false, false, false, true, false },
	{ "limit 1 user root", false, false, true, true, false },
	{ "exempt user root", false, false, false, true, false },
	{ "ask user root", false, false, false, true, true },
};

static void
test_uses(void **state)
{
	struct policy p;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(uses); i++) {
		parse(uses[i].text, &p);
		if (p.uses_groups != uses[i].groups ||
		    p.uses_during != uses[i].during ||
		    p.uses_limit != uses[i].limit ||
		    p.leases_root != uses[i].leases_root)
			fail_msg("'%s': groups %d, during %d, limit %d, "
			    "root %d", uses[i].text, p.uses_groups,
			    p.uses_during, p.uses_limit, p.leases_root);
		if (p.nrules > 0 && p.rules[0].names_root != uses[i].root)
			fail_msg("'%s': names root: %d", uses[i].text,
			    p.rules[0].names_root);
		policy_free(&p);
	}
}

#define UNKNOWN		"unknown word, want allow, deny, lease, ask, limit, " \
			"exempt, exclusive, warn, max, grace, hook-timeout, " \
			"presence-command or keep-detached: "
#define NONE		"no condition, want user, group, service, tty, from " \
			"or during: "
#define BLANKS		"no condition, and a list has no blanks but in " \
			"quotes: "
#define ACTION		"unknown word, want an action before it, such as " \
			"allow: "
#define LINE		"no condition, want a line of its own: "
#define USERS		"no condition, want user, or quotes around a name " \
			"with a blank: 'users'"
#define ANYBODY		"no condition, want none where anybody is meant: "
#define BANG		"no condition, want '!' in front of an item of the " \
			"list: "
#define COMMENT		"want # for a comment: "
#define BY_NAMES	"by has names of groups, without '!' and patterns"
#define DURATION(s)	"invalid duration '" s "': "
#define UNIT		"each number needs a unit: w, d, h, m or s"
#define NUMBER		"a number such as 90 is expected before each unit"
#define SHORT		"shorter than 1s"
#define LONG		"longer than 366d"
#define NOT_LIMIT	"not a number of users from 1 to 65535: "
#define EMPTY		"an empty item: a list has commas and no blanks, " \
			"as in alice,bob"
#define CRLF		"a line ends in LF, not in CR LF: "
#define MANY		"1001:1: more than 1000 rules"

/* The whole messages, a line each: where, what, and the word. */
static const struct {
	const char *text;
	size_t len;
	const char *message;
} bad[] = {
	{ TEXT("wran 5m\n"), "1:1: " UNKNOWN "'wran'" },
	{ TEXT("  warning 5m\n"), "1:3: unknown word, want warn: 'warning'" },
	{ TEXT("\n\n\tlease usr root\n"), "3:8: " NONE "'usr'" },
	{ TEXT("max 1h\nmin 1h"), "2:1: " UNKNOWN "'min'" },
	{ TEXT("5m"), "1:1: " UNKNOWN "'5m'" },
	{ TEXT("\x1b[31m\n"), "1:1: a control character: '\\x1b[31m'" },
	{ TEXT("warn"), "1:5: warn needs durations" },
	{ TEXT("warn \n"), "1:6: warn needs durations" },
	{ TEXT("warn # 5m\n"), "1:6: warn needs durations" },
	{ TEXT("warn 5x\n"), "1:6: " DURATION("5x") UNIT },
	{ TEXT("warn 5m 0s\n"), "1:9: " DURATION("0s") SHORT },
	{ TEXT("max 400d"), "1:5: " DURATION("400d") LONG },
	{ TEXT("warn 5m,1m\n"), "1:6: warnings have blanks between them and "
	    "no commas: '5m,1m'" },
	{ TEXT("warn 5m, 1m\n"), "1:6: warnings have blanks between them "
	    "and no commas: '5m,'" },
	{ TEXT("warn 5M\n"), "1:6: " DURATION("5M") UNIT },
	{ TEXT("warn -5m\n"), "1:6: " DURATION("-5m") NUMBER },
	{ TEXT("warn 366d1s\n"), "1:6: " DURATION("366d1s") LONG },
	{ TEXT("warn 5m 5m\n"), "1:9: not shorter than the one before: '5m'" },
	{ TEXT("warn 1m 5m\n"), "1:9: not shorter than the one before: '5m'" },
	{ TEXT("warn 9m 8m 7m 6m 5m 4m 3m 2m 1m\n"),
	    "1:30: too many warnings from here on: '1m'" },
	{ TEXT("warn 5m\nwarn 1m\n"), "2:1: said twice: 'warn'" },
	{ TEXT("max 1h\n\n  max 1h\n"), "3:3: said twice: 'max'" },
	{ TEXT("max"), "1:4: max needs a duration" },
	{ TEXT("max\t#1h\n"), "1:5: max needs a duration" },
	{ TEXT("max 12\n"), "1:5: " DURATION("12") UNIT },
	{ TEXT("max 0h\n"), "1:5: " DURATION("0h") SHORT },
	{ TEXT("grace"), "1:6: grace needs a duration" },
	{ TEXT("grace 0s\n"), "1:7: " DURATION("0s") SHORT },
	{ TEXT("grace 1m 2m\n"), "1:10: nothing may follow: '2m'" },
	{ TEXT("grace 1m\ngrace 1m\n"), "2:1: said twice: 'grace'" },
	{ TEXT("hook-timeout\n"), "1:13: hook-timeout needs a duration" },
	{ TEXT("hook-timeout 30\n"), "1:14: " DURATION("30") UNIT },
	{ TEXT("exclusive\n"), "1:1: exclusive needs a presence-command" },
	{ TEXT("presence-command"), "1:17: presence-command needs a path" },
	{ TEXT("presence-command a/b\n"),
	    "1:18: want a path from / on, without quotes: 'a/b'" },
	{ TEXT("presence-command /a b\n"), "1:21: nothing may follow: 'b'" },
	{ TEXT("presence-timeout 0s\n"), "1:18: " DURATION("0s") SHORT },
	{ TEXT("presence-silent\n"),
	    "1:16: presence-silent needs allow or deny" },
	{ TEXT("presence-silent no\n"),
	    "1:17: want allow or deny: 'no'" },
	{ TEXT("keep-detached yes\n"), "1:15: nothing may follow: 'yes'" },
	{ TEXT("keep-detached\nkeep-detached\n"),
	    "2:1: said twice: 'keep-detached'" },
	{ TEXT("max 1h 2h\n"), "1:8: nothing may follow: '2h'" },
	{ TEXT("max 1h;\n"), "1:5: " DURATION("1h;") NUMBER },
	{ TEXT("max 1 h\n"), "1:5: " DURATION("1") UNIT },

	/* Lists. */
	{ TEXT("allow user"), "1:11: user needs a list" },
	{ TEXT("allow user # alice"), "1:12: user needs a list" },
	{ TEXT("allow during\t"), "1:14: during needs a list" },
	{ TEXT("exempt group"), "1:13: group needs a list" },
	{ TEXT("allow user \"\""), "1:12: " EMPTY },
	{ TEXT("allow user ,alice"), "1:12: " EMPTY },
	{ TEXT("allow user alice,"), "1:18: " EMPTY },
	{ TEXT("allow user alice,,bob"), "1:18: " EMPTY },
	{ TEXT("allow user alice, bob"), "1:18: " EMPTY },
	{ TEXT("allow user alice, bob service sshd, login"),
	    "1:18: " EMPTY "\n1:36: " EMPTY },
	{ TEXT("allow user \"alice,bob\",\"carol, dave\""),
	    "1:12: a comma in quotes, which go around one item\n"
	    "1:24: a comma in quotes, which go around one item" },
	{ TEXT("allow user 'alice'"),
	    "1:12: single quotes, want double ones" },
	{ TEXT("allow user !'alice'"),
	    "1:12: single quotes, want double ones" },
	{ TEXT("allow user !"), "1:12: an empty item" },
	{ TEXT("allow user a,!,b"), "1:14: an empty item" },
	{ TEXT("allow user !!alice"),
	    "1:12: one '!' is enough: '!!alice'" },
	{ TEXT("allow user a," X64 X64 "x,b"),
	    "1:14: an item of more than 128 bytes" },
	{ TEXT("allow user a,!" X64 X64 "x,b"),
	    "1:14: an item of more than 128 bytes" },
	{ TEXT("allow user /etc/passwd,-x,1001,0x1f"),
	    "1:12: not a name: '/etc/passwd'\n"
	    "1:24: not a name: '-x'\n"
	    "1:27: not a name: '1001'\n"
	    "1:32: not a name: '0x1f'" },
	{ TEXT("allow user %wheel"), "1:12: not a name: '%wheel', a group is "
	    "written: group wheel" },
	{ TEXT("allow group %wheel"), "1:13: not a name: '%wheel', a group "
	    "is written: group wheel" },
	{ TEXT("allow user @staff"), "1:12: not a name: '@staff', netgroups "
	    "are not known here" },
	{ TEXT("allow user b,\"a\xc2\x80\\\",c"),
	    "1:14: not a name: 'a\\xc2\\x80\\x5c'" },
	{ TEXT("allow service @ssh"), "1:15: no such class: '@ssh', want "
	    "@remote, @console or @desktop" },
	{ TEXT("allow tty /dev/tty1"), "1:11: not a terminal: '/dev/tty1', "
	    "want it without /dev/" },
	{ TEXT("allow from 8/10.0.0.0"), "1:12: not a network: '8/10.0.0.0', "
	    "want ADDRESS/BITS" },
	{ TEXT("allow from .example.org"), "1:12: not a host: '.example.org', "
	    "want '*.example.org'" },
	{ TEXT("allow from LOCAL"), "1:12: not a host: 'LOCAL', want 'local'" },

	/* Windows. */
	{ TEXT("allow during 9-17"), "1:14: invalid time window '9-17': the "
	    "days are missing; write Al0900-1700" },
	{ TEXT("allow during Mon-Fri"), "1:14: invalid time window 'Mon-Fri': "
	    "days are Mo Tu We Th Fr Sa Su, Wk, Wd and Al; write Mo-Fr" },
	{ TEXT("allow during Mo,Tu09:00-24:01"), "1:25: invalid time window "
	    "'Tu09:00-24:01': a day ends at 24:00" },
	{ TEXT("allow during \"Mo-Fr 0900-1700\" tty a,"),
	    "1:14: time windows have no quotes and no blanks\n1:38: " EMPTY },
	{ TEXT("allow during Sa,,Su user 1"),
	    "1:17: invalid time window '': days or a date are expected, such "
	    "as Wk0900-1700 or 2026-12-24\n"
	    "1:26: not a name: '1'" },

	/* Words that people write. */
	{ TEXT("permit user alice"),
	    "1:1: unknown word, want allow: 'permit'" },
	{ TEXT("ALLOW"), "1:1: unknown word, want allow: 'ALLOW'" },
	{ TEXT("Deny user a,"), "1:1: unknown word, want deny: 'Deny'" },
	{ TEXT("reject"), "1:1: unknown word, want deny: 'reject'" },
	{ TEXT("+ : root : LOCAL"), "1:1: unknown word, want allow: '+'" },
	{ TEXT("-:ALL:ALL"), "1:1: unknown word, want deny: '-:ALL:ALL'" },
	{ TEXT("allow: user alice"),
	    "1:1: unknown word, want allow and a blank: 'allow:'" },
	{ TEXT("max=1h"), "1:1: unknown word, want max and a blank: 'max=1h'" },
	{ TEXT("Max=1h"), "1:1: unknown word, want max and a blank: 'Max=1h'" },
	{ TEXT("grant=1h"), "1:1: unknown word, want lease: 'grant=1h'" },
	{ TEXT("keep_detached"),
	    "1:1: unknown word, want keep-detached: 'keep_detached'" },
	{ TEXT("allowed"), "1:1: " UNKNOWN "'allowed'" },
	{ TEXT("{LLOW"), "1:1: " UNKNOWN "'{LLOW'" },
	{ TEXT("user alice allow"), "1:1: " ACTION "'user'" },
	{ TEXT("// why"), "1:1: unknown word, " COMMENT "'//'" },
	{ TEXT("; why"), "1:1: unknown word, " COMMENT "';'" },
	{ TEXT("allow users alice"), "1:7: " USERS },
	{ TEXT("allow group domain users"), "1:20: " USERS },
	{ TEXT("allow User alice"), "1:7: no condition, want user: 'User'" },
	{ TEXT("allow user=alice service=sshd"),
	    "1:7: no condition, want user and a blank: 'user=alice'" },
	{ TEXT("allow user:alice group a,"),
	    "1:7: no condition, want user and a blank: 'user:alice'\n"
	    "1:26: " EMPTY },
	{ TEXT("allow host a"), "1:7: no condition, want from: 'host'" },
	{ TEXT("allow user alice at Mo"),
	    "1:18: no condition, want during: 'at'" },
	{ TEXT("allow alice"), "1:7: " NONE "'alice'" },
	{ TEXT("allow alice bob user 1"), "1:7: " NONE "'alice'\n"
	    "1:22: not a name: '1'" },
	{ TEXT("allow all"), "1:7: " ANYBODY "'all'" },
	{ TEXT("deny *"), "1:6: " ANYBODY "'*'" },
	{ TEXT("deny ALL EXCEPT root"), "1:6: " ANYBODY "'ALL'" },
	{ TEXT("allow %wheel"),
	    "1:7: no condition, want group and its name: '%wheel'" },
	{ TEXT("deny !user alice"), "1:6: " BANG "'!user'" },
	{ TEXT("deny not user alice"), "1:6: " BANG "'not'" },
	{ TEXT("deny user alice !service sshd"), "1:17: " BANG "'!service'" },
	{ TEXT("allow user a and service b"), "1:14: no condition, want "
	    "nothing between conditions: 'and'" },
	{ TEXT("allow user a // why"), "1:14: no condition, " COMMENT "'//'" },
	{ TEXT("allow user a deny"), "1:14: " LINE "'deny'" },
	{ TEXT("allow user alice ,bob"), "1:18: " BLANKS "',bob'" },
	{ TEXT("allow user alice , bob"), "1:18: " BLANKS "','" },
	{ TEXT("allow user alice bob"), "1:18: " BLANKS "'bob'" },
	{ TEXT("allow user alice !bob"), "1:18: " BLANKS "'!bob'" },
	{ TEXT("allow group domain guests"), "1:20: " BLANKS "'guests'" },
	{ TEXT("allow during Mo-Fr 0900-1700"), "1:20: " BLANKS
	    "'0900-1700'" },
	{ TEXT("limit 2 bob"), "1:9: " NONE "'bob'" },
	{ TEXT("limit user bob"), "1:7: " NOT_LIMIT "'user'" },
	{ TEXT("limit user bob group a,"), "1:7: " NOT_LIMIT "'user'\n"
	    "1:24: " EMPTY },
	{ TEXT("ask for 2h bob"), "1:12: " NONE "'bob'" },

	/* Conditions. */
	{ TEXT("allow user a user b"), "1:14: said twice: 'user'" },
	{ TEXT("allow during Sa group g during Su"),
	    "1:25: said twice: 'during'" },
	{ TEXT("allow for 2h"), "1:7: only ask has this: 'for'" },
	{ TEXT("limit 2 within 2h"), "1:9: only ask has this: 'within'" },
	{ TEXT("ask for"), "1:8: for needs a duration" },
	{ TEXT("ask for 2"), "1:9: " DURATION("2") UNIT },
	{ TEXT("ask for 0s"), "1:9: " DURATION("0s") SHORT },
	{ TEXT("ask within 0m"), "1:12: " DURATION("0m") SHORT },
	{ TEXT("ask by"), "1:7: by needs group and a list" },
	{ TEXT("ask by ops"), "1:8: by needs group and a list: 'ops'" },
	{ TEXT("ask by group"), "1:13: group needs a list" },
	{ TEXT("ask by group a,!b"), "1:14: " BY_NAMES },
	{ TEXT("ask by group a*"), "1:14: " BY_NAMES },
	{ TEXT("ask by group " X64 "," X64 "," X64 "," X64), "1:14: groups of "
	    "more than 255 bytes" },
	{ TEXT("ask by group a by group b"), "1:16: said twice: 'by'" },
	{ TEXT("allow by group a"), "1:7: only ask has this: 'by'" },
	{ TEXT("ask desktop desktop"), "1:13: said twice: 'desktop'" },
	{ TEXT("lease desktop"), "1:7: only ask has this: 'desktop'" },
	{ TEXT("ask desktop within 0s"), "1:5: desktop needs a login that "
	    "waits, not within 0s" },
	{ TEXT("ask within 0m desktop"), "1:12: " DURATION("0m") SHORT },
	{ TEXT("ask for 2h for 3h"), "1:12: said twice: 'for'" },
	{ TEXT("limit"), "1:6: limit needs a number of users" },
	{ TEXT("limit 0"), "1:7: " NOT_LIMIT "'0'" },
	{ TEXT("limit 01"), "1:7: " NOT_LIMIT "'01'" },
	{ TEXT("limit x"), "1:7: " NOT_LIMIT "'x'" },
	{ TEXT("limit 2x"), "1:7: " NOT_LIMIT "'2x'" },
	{ TEXT("limit -1"), "1:7: " NOT_LIMIT "'-1'" },
	{ TEXT("limit 65536"), "1:7: " NOT_LIMIT "'65536'" },
	{ TEXT("limit 70000"), "1:7: " NOT_LIMIT "'70000'" },
	{ TEXT("limit 4294967297"), "1:7: " NOT_LIMIT "'4294967297'" },
	{ TEXT("limit 18446744073709551617"),
	    "1:7: " NOT_LIMIT "'18446744073709551617'" },
	{ TEXT("limit none"), "1:7: " NOT_LIMIT "'none'" },

	/* Bytes that are not for a policy. */
	{ TEXT("allow user \"alice\nallow"),
	    "1:12: a quote is not closed: '\\x22alice'" },
	{ TEXT("allow user b,al\"ice\nallow usr"),
	    "1:12: a quote is not closed: 'b,al\\x22ice'\n"
	    "2:7: " NONE "'usr'" },
	{ TEXT("max\v1h\n"), "1:1: a control character: 'max\\x0b1h'" },
	{ TEXT("allow service ssh\x7f,sshd tyt"),
	    "1:15: a control character: 'ssh\\x7f,sshd'" },
	{ TEXT("allow group \"domain\tusers\""), "1:13: a control character: "
	    "'\\x22domain\\x09users\\x22'" },
	{ TEXT("\r\n"), "1:1: " CRLF "'\\x0d'" },
	{ TEXT("max 1h\r\n"), "1:5: " CRLF "'1h\\x0d'" },
	{ TEXT("warn 5m \r\n"), "1:9: " CRLF "'\\x0d'" },
	{ TEXT("allow service sshd\r\nallow tty tty1\r"),
	    "1:15: " CRLF "'sshd\\x0d'\n2:11: " CRLF "'tty1\\x0d'" },
	{ TEXT("allow service \r\nallow\n"), "1:15: " CRLF "'\\x0d'" },
	{ TEXT("\xef\xbb\xbf" "allow usr\n\xef\xbb\xbf" "allow"),
	    "1:1: a byte order mark, want a file without\n"
	    "1:10: " NONE "'usr'\n"
	    "2:1: " UNKNOWN "'\\xef\\xbb\\xbfallow'" },
	{ TEXT("\xef\xbb\xbf"), "1:1: a byte order mark, want a file without" },
	{ TEXT("allow user\xc2\xa0" "alice"),
	    "1:7: a no-break space: 'user\\xc2\\xa0alice'" },
	{ TEXT("allow user alice\xc2\xa0 # why"),
	    "1:12: a no-break space: 'alice\\xc2\\xa0'" },
	{ TEXT("allow group a\"\"\xc2\"\xa0\""),
	    "1:13: a no-break space: 'a\\x22\\x22\\xc2\\x22\\xa0\\x22'" },
	{ TEXT("allow\rdeny\r"), "1:1: " CRLF "'allow\\x0ddeny\\x0d'" },
	{ TEXT("allow\rdeny"), "1:1: a control character: "
	    "'allow\\x0ddeny'" },
	{ TEXT("\0"), "1:1: a NUL byte behind: ''" },
	{ TEXT("max 1h\0\n"), "1:5: a NUL byte behind: '1h'" },
	{ TEXT("max 1h\n\0"), "2:1: a NUL byte behind: ''" },
	{ TEXT("warn 5m \0001m\n"), "1:9: a NUL byte behind: ''" },
	{ TEXT(X64), "1:1: " UNKNOWN "'" X64 "'" },
	{ TEXT(X64 "x"), "1:1: " UNKNOWN "'" X64 "x'" },
	{ TEXT("max 1h " X64 X64 X64),
	    "1:8: nothing may follow: '" X64 "x'" },
};

/* All problems, a line each. */
struct report {
	char text[2048];
	size_t len, n;
};

static void
note(void *arg, const struct problem *problem)
{
	struct report *r = arg;

	r->len += (size_t)snprintf(r->text + r->len, sizeof(r->text) - r->len,
	    "%s%u:%zu: %s", r->n == 0 ? "" : "\n", problem->line,
	    problem->column, problem->text);
	r->n++;
	assert_in_range(r->len, 1, sizeof(r->text) - 1);
}

static void
check_empty(const char *message, const struct policy *p)
{
	if (p->max != 0 || p->grace != 0 || p->nleads != 2 ||
	    p->lead[0] != 300 || p->lead[1] != 60 || p->keep_detached ||
	    p->uses_groups || p->uses_during || p->uses_limit ||
	    p->leases_root ||
	    p->nrules != 0 || p->rules != NULL || p->text != NULL)
		fail_msg("%s: some of it is kept", message);
}

static void
test_bad(void **state)
{
	struct report r;
	struct policy p;
	struct error err;
	const char *want;
	size_t i, first;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		want = bad[i].message;
		memset(&p, 0xff, sizeof(p));
		memset(&r, 0, sizeof(r));
		if (policy_parse_all(bad[i].text, bad[i].len, &p, note, &r) !=
		    -1)
			fail_msg("taken, not '%s'", want);
		if (strcmp(r.text, want) != 0)
			fail_msg("'%s', not '%s'", r.text, want);
		check_empty(want, &p);
		memset(&p, 0xff, sizeof(p));
		if (policy_parse(bad[i].text, bad[i].len, "p", &p, &err) !=
		    -1 || err.code != ERROR_BROKEN)
			fail_msg("no error: '%s'", want);
		first = strcspn(want, "\n");
		if (strncmp(err.text, "p:", 2) != 0 || strncmp(err.text + 2,
		    want, first) != 0 || err.text[2 + first] != '\0')
			fail_msg("'%s', not '%s'", err.text, want);
		check_empty(want, &p);
	}
}

/* As many rules as may be, and one more. */
static void
test_many(void **state)
{
	static const char rule[] = "deny user alice\n";
	static char text[(POLICY_RULES_MAX + 2) * sizeof(rule)];
	struct report r = { .n = 0 };
	struct policy p;
	size_t i, len = 0;

	(void)state;
	for (i = 0; i < POLICY_RULES_MAX; i++, len += sizeof(rule) - 1)
		memcpy(text + len, rule, sizeof(rule));
	memcpy(text + len, "max 1h\n", 8);
	parse(text, &p);
	assert_int_equal(p.nrules, POLICY_RULES_MAX);
	assert_int_equal(p.rules[POLICY_RULES_MAX - 1].line, POLICY_RULES_MAX);
	policy_free(&p);
	memcpy(text + len, rule, sizeof(rule));
	len += sizeof(rule) - 1;
	memcpy(text + len, rule, sizeof(rule));
	assert_int_equal(policy_parse_all(text, strlen(text), &p, note, &r),
	    -1);
	assert_string_equal(r.text, MANY);
	check_empty(r.text, &p);
}

/* A first line of that byte up to 64 KiB, and what comes of the file. */
static const struct {
	const char *start;
	char byte;
	const char *message;	/* or NULL: it is good */
} longs[] = {
	{ "", 'x', "p:1:1: " UNKNOWN "'" X64 "x'" },
	{ "max 1h ", 'x', "p:1:8: nothing may follow: '" X64 "x'" },
	{ "allow user ", 'x', "p:1:12: an item of more than 128 bytes" },
	{ "allow user \"", 'x', "p:1:12: a quote is not closed: '\\x22" X64
	    "'" },
	{ "warn 1s ", ' ', NULL },
	{ "max 1h ", '\t', NULL },
	{ "#", 'x', NULL },
	{ "max 1h ", '#', NULL },
	{ "", '\n', NULL },
	{ "", '\0', "p:1:1: a NUL byte behind: ''" },
};

static void
test_long(void **state)
{
	static char data[POLICY_FILE_MAX];
	struct policy p;
	struct error err;
	size_t i, n;
	int r;

	(void)state;
	for (i = 0; i < COUNT(longs); i++) {
		n = strlen(longs[i].start);
		memset(data, longs[i].byte, sizeof(data));
		memcpy(data, longs[i].start, n);
		r = policy_parse(data, sizeof(data), "p", &p, &err);
		if (r != (longs[i].message == NULL ? 0 : -1) ||
		    (r == -1 && strcmp(err.text, longs[i].message) != 0))
			fail_msg("'%s' and '%c': %s", longs[i].start,
			    longs[i].byte, err.text);
		policy_free(&p);
	}
}

/* What is cut off is refused, or says less: never another duration. */
static void
test_cut(void **state)
{
	static const char text[] = "warn 5m 1m # before\nmax 12h\n";
	struct policy p;
	struct error err;
	char *copy;
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(text); len++) {
		copy = malloc(len + 1);		/* so that an overrun shows */
		assert_non_null(copy);
		memcpy(copy, text, len);
		if (policy_parse(copy, len, "p", &p, &err) == 0 &&
		    p.max != 0 && p.max != 43200)
			fail_msg("%zu bytes: max %lld", len, (long long)p.max);
		policy_free(&p);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_uses),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

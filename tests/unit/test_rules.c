#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "decision.h"

#define PEERS_MAX	8

/*
 * What the policy's rules say of a login: Alice's, over ssh, without a lease,
 * where the row has nothing else.
 */
static const struct row {
	const char *policy;
	const char *user, *groups;	/* "-": they can't be read */
	const char *service, *tty, *rhost;
	bool lease;
	const char *peers;		/* "user:service:groups user...", "user*
					   ..." of who is only entering */
	enum why why;
	unsigned int line;		/* of the policy */
} rules[] = {
	/* The first match decides. */
	{ "", .why = WHY_NO_LEASE },
	{ "", .lease = true, .why = WHY_LEASE },
	{ "allow", .why = WHY_ALLOW, .line = 1 },
	{ "deny", .lease = true, .why = WHY_DENY, .line = 1 },
	{ "lease", .why = WHY_NO_LEASE, .line = 1 },
	{ "lease", .lease = true, .why = WHY_LEASE, .line = 1 },
	{ "allow\ndeny", .why = WHY_ALLOW, .line = 1 },
	{ "deny\nallow", .why = WHY_DENY, .line = 1 },
	{ "lease\nallow", .why = WHY_NO_LEASE, .line = 1 },
	{ "deny user bob\nallow", .why = WHY_ALLOW, .line = 2 },
	{ "deny user bob\nallow user carol", .why = WHY_NO_LEASE },
	{ "warn 1m\n# why\ndeny user bob\n\nallow user alice\ndeny",
	    .why = WHY_ALLOW, .line = 5 },
	{ "exempt\nlimit 1\nallow", .why = WHY_ALLOW, .line = 3 },
	{ "exempt user alice", .why = WHY_NO_LEASE },

	/* Asking. */
	{ "ask", .why = WHY_ASK, .line = 1 },
	{ "ask for 2h within 60s", .lease = true, .why = WHY_LEASE,
	    .line = 1 },
	{ "ask user bob\nlease", .why = WHY_NO_LEASE, .line = 2 },

	/* All conditions must hold. */
	{ "allow user alice service sshd tty ssh from 10.0.0.0/8 group users",
	    .why = WHY_ALLOW, .line = 1 },
	{ "allow user bob service sshd tty ssh from 10.0.0.0/8 group users",
	    .why = WHY_NO_LEASE },
	{ "allow user alice service su tty ssh from 10.0.0.0/8 group users",
	    .why = WHY_NO_LEASE },
	{ "allow user alice service sshd tty tty1 from 10.0.0.0/8 group users",
	    .why = WHY_NO_LEASE },
	{ "allow user alice service sshd tty ssh from fd00::/8 group users",
	    .why = WHY_NO_LEASE },
	{ "allow user alice service sshd tty ssh from 10.0.0.0/8 group wheel",
	    .why = WHY_NO_LEASE },
	{ "allow user alice,bob", .user = "bob", .why = WHY_ALLOW, .line = 1 },
	{ "allow user *,!alice", .why = WHY_NO_LEASE },
	{ "allow user *,!alice", .user = "bob", .why = WHY_ALLOW, .line = 1 },
	{ "allow user !alice", .why = WHY_NO_LEASE },
	{ "allow user Alice", .why = WHY_NO_LEASE },
	{ "allow user al", .why = WHY_NO_LEASE },
	{ "allow user al*", .why = WHY_ALLOW, .line = 1 },

	/* Groups. */
	{ "allow group wheel", .why = WHY_NO_LEASE },
	{ "allow group wheel", .groups = "users,wheel", .why = WHY_ALLOW,
	    .line = 1 },
	{ "allow group wheel", .groups = "", .why = WHY_NO_LEASE },
	{ "allow group !wheel", .groups = "users,wheel",
	    .why = WHY_NO_LEASE },
	{ "allow group !wheel", .groups = "", .why = WHY_ALLOW, .line = 1 },
	{ "allow group users,!wheel", .groups = "users,wheel",
	    .why = WHY_NO_LEASE },
	{ "allow group \"domain users\"", .groups = "a,domain users,b",
	    .why = WHY_ALLOW, .line = 1 },
	{ "allow group domain", .groups = "domain users",
	    .why = WHY_NO_LEASE },
	{ "deny group *", .why = WHY_DENY, .line = 1 },
	{ "allow group alice", .why = WHY_NO_LEASE },

	/* Groups that can't be read: nothing is guessed where they count. */
	{ "allow group users", .groups = "-", .why = WHY_GROUPS, .line = 1 },
	{ "deny group users", .groups = "-", .why = WHY_GROUPS, .line = 1 },
	{ "allow group !users", .groups = "-", .why = WHY_GROUPS, .line = 1 },
	{ "lease group users", .groups = "-", .lease = true, .why = WHY_GROUPS,
	    .line = 1 },
	{ "allow\ndeny group users", .groups = "-", .why = WHY_ALLOW,
	    .line = 1 },
	{ "deny group users user bob\nallow", .groups = "-",
	    .why = WHY_ALLOW, .line = 2 },
	{ "deny group users service su\nallow", .groups = "-",
	    .why = WHY_ALLOW, .line = 2 },
	{ "exempt group users\nallow", .groups = "-", .why = WHY_ALLOW,
	    .line = 2 },

	/* Services, terminals and remote hosts. */
	{ "allow service @remote", .why = WHY_ALLOW, .line = 1 },
	{ "allow service @remote", .service = "login", .why = WHY_NO_LEASE },
	{ "allow service @console", .service = "login", .why = WHY_ALLOW,
	    .line = 1 },
	{ "allow service @desktop", .service = "gdm-password",
	    .why = WHY_ALLOW, .line = 1 },
	{ "allow service !@remote", .why = WHY_NO_LEASE },
	{ "allow service !@remote", .service = "su-l", .why = WHY_ALLOW,
	    .line = 1 },
	{ "allow service *", .service = "", .why = WHY_ALLOW, .line = 1 },
	{ "allow tty ssh", .why = WHY_ALLOW, .line = 1 },
	{ "allow tty tty1", .tty = "/dev/tty1", .why = WHY_ALLOW, .line = 1 },
	{ "allow tty tty1", .tty = "tty1", .why = WHY_ALLOW, .line = 1 },
	{ "allow tty tty1", .tty = "tty10", .why = WHY_NO_LEASE },
	{ "allow tty tty1", .tty = "", .why = WHY_NO_LEASE },
	{ "allow tty pts/*", .tty = "/dev/pts/7", .why = WHY_ALLOW,
	    .line = 1 },
	{ "allow from local", .rhost = "", .why = WHY_ALLOW, .line = 1 },
	{ "allow from local", .why = WHY_NO_LEASE },
	{ "deny from !local\nallow", .why = WHY_DENY, .line = 1 },
	{ "allow from 10.0.0.0/8", .rhost = "::ffff:10.9.9.9",
	    .why = WHY_ALLOW, .line = 1 },
	{ "allow from 10.0.0.0/8", .rhost = "10.0.0.1.example",
	    .why = WHY_NO_LEASE },
	{ "allow from *.example", .rhost = "a.example", .why = WHY_ALLOW,
	    .line = 1 },

	/* Root is spoken of by a list that has the name root, or not at all. */
	{ "", .user = "root", .why = WHY_ROOT },
	{ "deny", .user = "root", .why = WHY_ROOT },
	{ "lease", .user = "root", .why = WHY_ROOT },
	{ "ask", .user = "root", .why = WHY_ROOT },
	{ "deny user *", .user = "root", .why = WHY_ROOT },
	{ "deny user r*,roo?", .user = "root", .why = WHY_ROOT },
	{ "deny user !alice", .user = "root", .why = WHY_ROOT },
	{ "deny user !root\nallow", .user = "root", .why = WHY_ROOT },
	{ "deny group root", .user = "root", .groups = "root",
	    .why = WHY_ROOT },
	{ "limit 1", .user = "root", .peers = "bob", .why = WHY_ROOT },
	{ "deny user root", .user = "root", .why = WHY_DENY, .line = 1 },
	{ "allow user root\ndeny user root", .user = "root",
	    .why = WHY_ALLOW, .line = 1 },
	{ "lease user root", .user = "root", .why = WHY_NO_LEASE,
	    .line = 1 },
	{ "lease user root", .user = "root", .lease = true, .why = WHY_LEASE,
	    .line = 1 },
	{ "ask user alice,root", .user = "root", .why = WHY_ASK, .line = 1 },
	{ "lease user root service sshd", .user = "root", .service = "login",
	    .why = WHY_ROOT },
	{ "lease user root group wheel", .user = "root", .groups = "root",
	    .why = WHY_ROOT },
	{ "lease user root group root", .user = "root", .groups = "root",
	    .why = WHY_NO_LEASE, .line = 1 },
	{ "lease user root group root", .user = "root", .groups = "-",
	    .why = WHY_ROOT },
	{ "lease user root,!root", .user = "root", .why = WHY_ROOT },
	/* Another name of root's is root. */
	{ "deny", .user = "toor", .why = WHY_ROOT },
	{ "deny user toor", .user = "toor", .why = WHY_ROOT },
	{ "deny user root,toor", .user = "toor", .why = WHY_DENY, .line = 1 },

	/* Limits: of the others who are in, fewer than so many. */
	{ "allow\nlimit 1", .why = WHY_ALLOW, .line = 1 },
	{ "allow\nlimit 1", .peers = "bob", .why = WHY_LIMIT, .line = 2 },
	{ "limit 1\nallow", .peers = "bob", .why = WHY_LIMIT, .line = 1 },
	{ "limit 1", .lease = true, .peers = "bob", .why = WHY_LIMIT,
	    .line = 1 },
	{ "limit 1", .peers = "bob", .why = WHY_NO_LEASE },
	{ "limit 1\ndeny", .peers = "bob", .why = WHY_DENY, .line = 2 },
	{ "allow\nlimit 2", .peers = "bob", .why = WHY_ALLOW, .line = 1 },
	{ "allow\nlimit 2", .peers = "bob carol", .why = WHY_LIMIT,
	    .line = 2 },
	{ "allow\nlimit 2", .peers = "bob bob bob", .why = WHY_ALLOW,
	    .line = 1 },
	{ "allow\nlimit 2", .peers = "bob bob carol", .why = WHY_LIMIT,
	    .line = 2 },
	{ "allow\nlimit 1", .peers = "alice", .why = WHY_ALLOW, .line = 1 },
	{ "allow\nlimit 1", .peers = "alice bob", .why = WHY_ALLOW,
	    .line = 1 },
	{ "allow\nlimit 1", .peers = "bob carol alice", .why = WHY_ALLOW,
	    .line = 1 },
	/* Who is entering takes a place, but has none of their own yet. */
	{ "allow\nlimit 1", .peers = "bob*", .why = WHY_LIMIT, .line = 2 },
	{ "allow\nlimit 1", .peers = "alice*", .why = WHY_ALLOW, .line = 1 },
	{ "allow\nlimit 1", .peers = "alice* bob", .why = WHY_LIMIT,
	    .line = 2 },
	{ "allow\nlimit 2", .peers = "alice* bob", .why = WHY_ALLOW,
	    .line = 1 },
	{ "allow\nlimit 2", .peers = "alice* bob bob* carol*",
	    .why = WHY_LIMIT, .line = 2 },
	{ "allow\nlimit 1", .peers = "alice alice* bob", .why = WHY_ALLOW,
	    .line = 1 },
	{ "allow\nlimit 1 user !alice", .peers = "bob", .why = WHY_ALLOW,
	    .line = 1 },
	{ "allow\nlimit 1 user !bob", .peers = "bob", .why = WHY_ALLOW,
	    .line = 1 },
	{ "allow\nlimit 1 user !bob", .peers = "bob carol", .why = WHY_LIMIT,
	    .line = 2 },
	{ "allow\nlimit 1 service sshd", .peers = "bob:login",
	    .why = WHY_ALLOW, .line = 1 },
	{ "allow\nlimit 1 service sshd", .peers = "bob:login bob:sshd",
	    .why = WHY_LIMIT, .line = 2 },
	{ "allow\nlimit 1 service login", .peers = "bob:login",
	    .why = WHY_ALLOW, .line = 1 },
	{ "allow\nlimit 3\nlimit 1 user alice,carol", .peers = "bob carol",
	    .why = WHY_LIMIT, .line = 3 },
	{ "allow\nlimit 3\nlimit 2", .peers = "bob carol", .why = WHY_LIMIT,
	    .line = 3 },
	{ "allow\nlimit 2\nlimit 3", .peers = "bob carol", .why = WHY_LIMIT,
	    .line = 2 },
	{ "allow\nlimit 3\nlimit 4", .peers = "bob carol", .why = WHY_ALLOW,
	    .line = 1 },
	{ "allow\nlimit 1 group lp", .peers = "bob::lp", .why = WHY_ALLOW,
	    .line = 1 },
	{ "allow\nlimit 1 group users", .peers = "bob::lp",
	    .why = WHY_ALLOW, .line = 1 },
	{ "allow\nlimit 1 group users", .peers = "bob::lp,users",
	    .why = WHY_LIMIT, .line = 2 },
	/* Whose groups can't be read may be one of them. */
	{ "allow\nlimit 1 group users", .peers = "bob::-", .why = WHY_LIMIT,
	    .line = 2 },
	{ "allow\nlimit 1 group users service sshd", .peers = "bob:su:-",
	    .why = WHY_ALLOW, .line = 1 },
	{ "allow\nlimit 1 group users", .groups = "-", .peers = "bob::lp",
	    .why = WHY_GROUPS, .line = 2 },
	{ "allow\nlimit 1 group users", .groups = "-", .peers = "alice",
	    .why = WHY_ALLOW, .line = 1 },
	/* Root counts where root is named, and is refused there only. */
	{ "allow\nlimit 1", .peers = "root", .why = WHY_ALLOW, .line = 1 },
	{ "allow\nlimit 1 user *,root", .peers = "root", .why = WHY_LIMIT,
	    .line = 2 },
	{ "limit 1 user *,root", .user = "root", .peers = "bob",
	    .why = WHY_LIMIT, .line = 1 },
	{ "limit 1 user *,root group users", .user = "root", .groups = "-",
	    .peers = "bob", .why = WHY_ROOT },
	/* Who is in can't be read. */
	{ "allow\nlimit 1", .peers = "-", .why = WHY_LIMIT_UNKNOWN,
	    .line = 2 },
	{ "allow\nlimit 65535", .peers = "-", .why = WHY_LIMIT_UNKNOWN,
	    .line = 2 },
	{ "allow\nlimit 1 user bob", .peers = "-", .why = WHY_ALLOW,
	    .line = 1 },
	{ "limit 1 user root,bob", .user = "root", .peers = "-",
	    .why = WHY_ROOT },
	{ "deny\nlimit 1", .peers = "-", .why = WHY_DENY, .line = 1 },
};

struct peers {
	struct peer peer[PEERS_MAX];
	struct list groups[PEERS_MAX];
	char text[PEERS_MAX][64], split[PEERS_MAX][64];
};

static void
peer_init(struct peers *p, size_t i, const char *text, size_t len)
{
	struct peer *peer = &p->peer[i];
	char *service, *groups = NULL;

	assert_in_range(len, 1, sizeof(p->text[i]) - 1);
	memcpy(p->text[i], text, len);
	service = strchr(p->text[i], ':');
	if (service != NULL) {
		*service++ = '\0';
		groups = strchr(service, ':');
	}
	if (groups != NULL)
		*groups++ = '\0';
	len = strlen(p->text[i]);
	peer->entering = p->text[i][len - 1] == '*';
	if (peer->entering)
		p->text[i][len - 1] = '\0';
	peer->request.user = p->text[i];
	peer->request.uid = strcmp(p->text[i], "root") == 0 ? 0 : 2000;
	peer->request.known = true;
	peer->request.service = service != NULL && *service != '\0' ?
	    service : "sshd";
	peer->request.tty = "ssh";
	peer->request.rhost = "10.1.2.4";
	if (groups != NULL && strcmp(groups, "-") == 0)
		return;
	p->groups[i] = list_split(p->split[i], sizeof(p->split[i]),
	    groups != NULL ? groups : "users");
	peer->groups = &p->groups[i];
}

static void
peers_init(struct peers *p, const char *text, struct world *w)
{
	size_t len;

	memset(p, 0, sizeof(*p));
	w->st.peers = p->peer;
	if (strcmp(text, "-") == 0) {
		w->st.peers_found = FOUND_UNREADABLE;
		return;
	}
	for (; *text != '\0'; text += len + (text[len] == ' ')) {
		len = strcspn(text, " ");
		assert_in_range(w->st.npeers, 0, PEERS_MAX - 1);
		peer_init(p, w->st.npeers++, text, len);
	}
}

static const char *
or(const char *s, const char *otherwise)
{
	return s != NULL ? s : otherwise;
}

static void
row_init(struct world *w, struct peers *p, const struct row *row)
{
	const char *groups = or(row->groups, "users");

	world_init(w);
	world_policy(w, row->policy);
	w->rq.user = or(row->user, "alice");
	if (strcmp(w->rq.user, "root") == 0 || strcmp(w->rq.user, "toor") == 0)
		w->rq.uid = 0;
	w->rq.service = or(row->service, "sshd");
	w->rq.tty = or(row->tty, "ssh");
	w->rq.rhost = or(row->rhost, "10.1.2.3");
	if (strcmp(groups, "-") == 0)
		w->st.groups_found = FOUND_UNREADABLE;
	else
		w->st.groups = list_split(w->groups, sizeof(w->groups),
		    groups);
	w->st.lease_found = row->lease ? FOUND_GOOD : FOUND_NOTHING;
	strcpy(w->st.lease.user, w->rq.user);
	w->st.lease.uid = w->rq.uid;
	peers_init(p, or(row->peers, ""), w);
}

static void
test_rules(void **state)
{
	struct verdict v;
	struct peers p;
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rules); i++) {
		row_init(&w, &p, &rules[i]);
		v = decide(&w.rq, &w.st, &w.now);
		if (v.why != rules[i].why || v.line != rules[i].line)
			fail_msg("row %zu, '%s' and '%s': %s by line %u", i,
			    rules[i].policy, w.rq.user, why_word(v.why),
			    v.line);
		if (v.kind != verdict_of(v.why).kind ||
		    v.step != verdict_of(v.why).step)
			fail_msg("row %zu, '%s': kind %x", i, rules[i].policy,
			    (unsigned int)v.kind);
		policy_free(&w.st.policy);
	}
}

#define EXCLUSIVE	"presence-command /a\nlimit 9\nexclusive"

/* Who may be on one host only; also where that can't be told. */
static void
test_exclusive(void **state)
{
	static const struct {
		struct row row;
		bool exclusive;
	} rows[] = {
		{ { .policy = "allow" }, false },
		{ { .policy = EXCLUSIVE }, true },
		{ { .policy = EXCLUSIVE " user alice" }, true },
		{ { .policy = EXCLUSIVE " user bob" }, false },
		{ { .policy = EXCLUSIVE " user bob\nexclusive service sshd" },
		    true },
		{ { .policy = EXCLUSIVE " group users" }, true },
		{ { .policy = EXCLUSIVE " group users", .groups = "a" },
		    false },
		{ { .policy = EXCLUSIVE " group users", .groups = "-" }, true },
	};
	struct peers p;
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		row_init(&w, &p, &rows[i].row);
		if (decide_exclusive(&w.rq, &w.st, &w.now) !=
		    rows[i].exclusive)
			fail_msg("row %zu, '%s'", i, rows[i].row.policy);
		policy_free(&w.st.policy);
	}
}

/* Who is inside is not counted out; all else of a row stays. */
static void
test_inside(void **state)
{
	struct verdict v;
	struct peers p;
	struct world w;
	bool limit;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rules); i++) {
		row_init(&w, &p, &rules[i]);
		w.rq.inside = true;
		v = decide(&w.rq, &w.st, &w.now);
		limit = verdict_of(rules[i].why).step == STEP_LIMIT ||
		    (rules[i].why == WHY_GROUPS && v.why == WHY_ALLOW);
		if (limit ? !verdict_admits(&v) : v.why != rules[i].why)
			fail_msg("row %zu, '%s': %s", i, rules[i].policy,
			    why_word(v.why));
		policy_free(&w.st.policy);
	}
}

/* Whatever is found broken, a policy that does not name root has root in. */
static void
test_root(void **state)
{
	static const char *const policies[] = {
		"deny", "lease\nlimit 1", "deny group *\nlimit 1 group *",
		"deny during Al", "ask service *\nlimit 1 during !Su",
		"lease user root group root", "deny user root during Al",
		"limit 1 user root", "limit 1 user root during Al",
		"limit 1 user root group *",
	};
	static const enum found founds[] = { FOUND_BROKEN, FOUND_UNREADABLE };
	struct verdict v;
	struct world w;
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(policies); i++)
		for (k = 0; k < COUNT(founds) * 2; k++) {
			world_init(&w);
			world_policy(&w, policies[i]);
			w.rq.user = "root";
			w.rq.uid = 0;
			w.st.lease_found = founds[k / 2];
			w.st.groups_found = founds[k / 2];
			w.st.zone_found = founds[k / 2];
			w.st.peers_found = founds[k / 2];
			w.now.readable = k % 2 == 0;
			v = decide(&w.rq, &w.st, &w.now);
			if (v.why != WHY_ROOT || v.end != NO_END)
				fail_msg("'%s', %zu: %s", policies[i], k,
				    why_word(v.why));
			policy_free(&w.st.policy);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_exclusive),
		cmocka_unit_test(test_inside),
		cmocka_unit_test(test_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

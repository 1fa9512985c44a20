#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "decision.h"

/*
 * Random policies of few words against what docs say of them, worked out anew
 * here in the slowest and plainest way: a table for what matches, and hour
 * after hour for the end.  All in UTC, and what changes changes on the hour.
 */

#define CASES		20000
#define RULES_MAX	6
#define ITEMS_MAX	3
#define PEERS_MAX	4
#define LEASE_HOURS	30	/* that a lease has left, at most */
#define HOURS_MAX	(LEASE_HOURS + 26)	/* then all repeats daily */
#define HOUR		INT64_C(3600)
#define MONDAY		INT64_C(1793577600)	/* 2026-11-02 */
#define BOOTED		(MONDAY - 50000)

static uint64_t seed = 20261102;

/* From 0 to n - 1; Knuth's MMIX. */
static unsigned int
pick(unsigned int n)
{
	seed = seed * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return (unsigned int)(seed >> 33) % n;
}

static bool
one_in(unsigned int n)
{
	return pick(n) == 0;
}

/* What people are, and what a list may say of it; a '1' where they match. */
struct kind {
	const char *values[4];
	struct {
		const char *item;
		const char *matches;	/* for each value */
	} items[6];
};

static const struct kind kinds[CONDITIONS] = {
	[COND_USER] = { { "alice", "bob", "carol", "root" }, {
	    { "alice", "1000" }, { "bob", "0100" }, { "root", "0001" },
	    { "*", "1111" }, { "?o*", "0101" }, { "*o?", "0111" } } },
	[COND_SERVICE] = { { "sshd", "login", "su", "gdm" }, {
	    { "sshd", "1000" }, { "@remote", "1000" }, { "@console", "0100" },
	    { "@desktop", "0001" }, { "s*", "1010" }, { "*", "1111" } } },
	[COND_TTY] = { { "ssh", "/dev/tty1", "tty2", "" }, {
	    { "ssh", "1000" }, { "tty1", "0100" }, { "tty?", "0110" },
	    { "tty2", "0010" }, { "*", "1111" }, { "?*", "1110" } } },
	[COND_FROM] = { { "10.1.2.3", "::ffff:10.9.9.9", "fd00::1", "" }, {
	    { "10.0.0.0/8", "1100" }, { "10.1.2.3", "1000" },
	    { "fd00::/8", "0010" }, { "local", "0001" }, { "*", "1110" },
	    { "10.*", "1000" } } },
	/* Of sets of groups, see groups[]. */
	[COND_GROUP] = { { NULL }, {
	    { "users", "0110" }, { "domain users", "0011" },
	    { "u*", "0110" }, { "*", "0111" }, { "wheel", "0000" },
	    { "*users", "0111" } } },
};

static const char *const groups[4] = {
	"", "users", "users,domain users", "domain users"
};

/* And for each hour of a day. */
static const struct {
	const char *item;
	int start, end;
} windows[] = {
	{ "Al0600-1200", 6, 12 }, { "Al12:00-18:00", 12, 18 },
	{ "Mo-Su2200-0200", 22, 26 }, { "Al0000-0600", 0, 6 },
	{ "Al", 0, 24 }, { "MoTuWeThFrSaSu23:00-24:00", 23, 24 },
};

#define NWINDOWS	COUNT(windows)

struct model_list {
	unsigned int n;
	unsigned int item[ITEMS_MAX];
	bool not[ITEMS_MAX];
};

struct model_rule {
	enum action action;
	unsigned int limit;
	struct model_list cond[CONDITIONS];
	struct model_list during;
};

/* Somebody, by the place in values[] and groups[]; 4: they can't be read. */
struct person {
	unsigned int is[CONDITIONS];
	bool entering;			/* of peers */
};

struct model {
	struct model_rule rule[RULES_MAX];
	unsigned int nrules, npeers;
	struct person person, peer[PEERS_MAX];
	bool inside, zone, peers;
	bool lease;
	unsigned int lease_hours, lease_boot_hours;	/* that are left */
	struct model_list lease_during;
	char text[2048];		/* the policy's */
};

static void
pick_list(struct model_list *list, unsigned int items)
{
	unsigned int i;

	list->n = 1 + pick(ITEMS_MAX);
	for (i = 0; i < list->n; i++) {
		list->item[i] = pick(items);
		list->not[i] = one_in(4);
	}
}

static void
pick_rule(struct model_rule *rule)
{
	enum condition cond;

	memset(rule, 0, sizeof(*rule));
	rule->action = (enum action)pick(ACTIONS);
	rule->limit = 1 + pick(2);
	for (cond = 0; cond < CONDITIONS; cond++)
		if (one_in(cond == COND_USER ? 2 : 5))
			pick_list(&rule->cond[cond], 6);
	if (one_in(3))
		pick_list(&rule->during, NWINDOWS);
}

static void
pick_person(struct person *p)
{
	enum condition cond;

	for (cond = 0; cond < CONDITIONS; cond++)
		p->is[cond] = pick(4);
	if (one_in(16))
		p->is[COND_GROUP] = 4;
}

static void
pick_model(struct model *m)
{
	unsigned int i;

	memset(m, 0, sizeof(*m));
	m->nrules = pick(RULES_MAX + 1);
	for (i = 0; i < m->nrules; i++)
		pick_rule(&m->rule[i]);
	pick_person(&m->person);
	m->npeers = pick(PEERS_MAX + 1);
	for (i = 0; i < m->npeers; i++) {
		pick_person(&m->peer[i]);
		m->peer[i].entering = one_in(4);
		/* Side by side. */
		if (i > 0 && m->peer[i].is[COND_USER] <
		    m->peer[i - 1].is[COND_USER])
			m->peer[i].is[COND_USER] =
			    m->peer[i - 1].is[COND_USER];
	}
	m->inside = one_in(8);
	m->zone = !one_in(16);
	m->peers = !one_in(16);
	m->lease = !one_in(3);
	m->lease_hours = 1 + pick(LEASE_HOURS);
	m->lease_boot_hours = one_in(4) ? 1 + pick(LEASE_HOURS) :
	    m->lease_hours;
	if (one_in(3))
		pick_list(&m->lease_during, NWINDOWS);
}

static void
print_list(FILE *f, const char *word, const struct model_list *list,
    const struct kind *kind)
{
	unsigned int i;

	if (list->n == 0)
		return;
	(void)fprintf(f, "%s", word);
	for (i = 0; i < list->n; i++) {
		const char *item = kind != NULL ?
		    kind->items[list->item[i]].item :
		    windows[list->item[i]].item;
		const char *quote = strchr(item, ' ') != NULL ? "\"" : "";

		(void)fprintf(f, "%s%s%s%s%s", i == 0 ? "" : ",",
		    list->not[i] ? "!" : "", quote, item, quote);
	}
}

static void
print_model(struct model *m)
{
	FILE *f = fmemopen(m->text, sizeof(m->text), "w");
	enum condition cond;
	char word[32];
	unsigned int i;

	assert_non_null(f);
	for (i = 0; i < m->nrules; i++) {
		const struct model_rule *rule = &m->rule[i];

		(void)fprintf(f, "%s", action_word(rule->action));
		if (rule->action == ACTION_LIMIT)
			(void)fprintf(f, " %u", rule->limit);
		for (cond = 0; cond < CONDITIONS; cond++) {
			(void)snprintf(word, sizeof(word), " %s ",
			    condition_word(cond));
			print_list(f, word, &rule->cond[cond], &kinds[cond]);
		}
		print_list(f, " during ", &rule->during, NULL);
		(void)fputc('\n', f);
	}
	(void)fputs("presence-command /a\n", f);
	assert_int_equal(fclose(f), 0);
}

/* Does the list match, where hit() says what an item matches? */
static bool
list_matches(const struct model_list *list,
    bool (*hit)(unsigned int item, unsigned int value, enum condition cond),
    unsigned int value, enum condition cond)
{
	bool positive = false, any = false;
	unsigned int i;

	for (i = 0; i < list->n; i++) {
		bool h = hit(list->item[i], value, cond);

		if (h && list->not[i])
			return false;
		positive = positive || !list->not[i];
		any = any || h;
	}
	return any || !positive;
}

static bool
item_hit(unsigned int item, unsigned int value, enum condition cond)
{
	return kinds[cond].items[item].matches[value] == '1';
}

static bool
window_hit(unsigned int item, unsigned int hour, enum condition cond)
{
	unsigned int h = hour % 24;

	(void)cond;
	return ((int)h >= windows[item].start && (int)h < windows[item].end) ||
	    (int)h + 24 < windows[item].end;
}

enum fits { NO, YES, GROUPS, TIME };

static enum fits
fits(const struct model *m, const struct model_rule *rule,
    const struct person *p, unsigned int hour)
{
	bool root = p->is[COND_USER] == 3, named = false;
	enum condition cond;
	unsigned int i;

	for (i = 0; i < rule->cond[COND_USER].n; i++)
		named = named || (rule->cond[COND_USER].item[i] == 2 &&
		    !rule->cond[COND_USER].not[i]);
	if (root && !named)
		return NO;
	for (cond = 0; cond < CONDITIONS; cond++)
		if (rule->cond[cond].n > 0 && p->is[cond] < 4 &&
		    !list_matches(&rule->cond[cond], item_hit, p->is[cond],
		    cond))
			return NO;
	if (rule->cond[COND_GROUP].n > 0 && p->is[COND_GROUP] == 4)
		return root ? NO : GROUPS;
	if (rule->during.n == 0)
		return YES;
	if (!m->zone)
		return root ? NO : TIME;
	return list_matches(&rule->during, window_hit, hour, 0) ? YES : NO;
}

static enum why
why_of(enum fits f, enum why why)
{
	return f == GROUPS ? WHY_GROUPS : f == TIME ? WHY_ZONE : why;
}

static enum why
model_lease(const struct model *m, unsigned int hour, unsigned int passed,
    bool ask)
{
	if (!m->lease)
		return ask ? WHY_ASK : WHY_NO_LEASE;
	if (passed >= m->lease_hours)
		return ask ? WHY_ASK : WHY_EXPIRED;
	if (passed >= m->lease_boot_hours)
		return ask ? WHY_ASK : WHY_EXPIRED_BOOT;
	if (m->lease_during.n == 0)
		return WHY_LEASE;
	if (!m->zone)
		return WHY_LEASE_ZONE;
	return list_matches(&m->lease_during, window_hit, hour, 0) ?
	    WHY_LEASE : WHY_DURING;
}

/* All but the limits. */
static enum why
model_rules(const struct model *m, unsigned int hour, unsigned int passed,
    unsigned int *line)
{
	static const enum why whys[] = {
		[ACTION_ALLOW] = WHY_ALLOW, [ACTION_DENY] = WHY_DENY,
	};
	unsigned int i;
	enum fits f;

	for (i = 0; i < m->nrules; i++) {
		const struct model_rule *rule = &m->rule[i];

		if (rule->action >= ACTION_LIMIT)
			continue;
		f = fits(m, rule, &m->person, hour);
		if (f == NO)
			continue;
		*line = i + 1;
		if (f != YES || rule->action == ACTION_ALLOW ||
		    rule->action == ACTION_DENY)
			return why_of(f, f == YES ? whys[rule->action] :
			    WHY_DENY);
		return model_lease(m, hour, passed,
		    rule->action == ACTION_ASK);
	}
	*line = 0;
	return m->person.is[COND_USER] == 3 ? WHY_ROOT :
	    model_lease(m, hour, passed, false);
}

static enum why
model_limits(const struct model *m, unsigned int hour, unsigned int *line)
{
	unsigned int i, k, n;
	bool in[4];
	enum fits f;

	for (k = 0; k < m->npeers; k++)
		if (m->peer[k].is[COND_USER] == m->person.is[COND_USER] &&
		    !m->peer[k].entering)
			return WHY_ROOM;
	for (i = 0; i < m->nrules; i++) {
		if (m->rule[i].action != ACTION_LIMIT)
			continue;
		f = fits(m, &m->rule[i], &m->person, hour);
		*line = i + 1;
		if (f == GROUPS || f == TIME)
			return why_of(f, WHY_LIMIT);
		if (f == NO)
			continue;
		if (!m->peers && m->person.is[COND_USER] != 3)
			return WHY_LIMIT_UNKNOWN;
		memset(in, 0, sizeof(in));
		for (k = 0; k < m->npeers; k++)
			if (fits(m, &m->rule[i], &m->peer[k], hour) != NO &&
			    m->peer[k].is[COND_USER] !=
			    m->person.is[COND_USER])
				in[m->peer[k].is[COND_USER]] = true;
		for (n = k = 0; k < 4; k++)
			n += in[k];
		if (m->peers && n >= m->rule[i].limit)
			return WHY_LIMIT;
	}
	return WHY_ROOM;
}

static bool
admits(enum why why)
{
	return why == WHY_ALLOW || why == WHY_ROOT || why == WHY_LEASE;
}

/* The hours until it is over, or 0: never, as for root. */
static unsigned int
model_end(const struct model *m, unsigned int hour)
{
	unsigned int i, line;

	for (i = 1; i <= HOURS_MAX && m->person.is[COND_USER] != 3; i++)
		if (!admits(model_rules(m, hour + i, i, &line)))
			return i;
	return 0;
}

struct real {
	struct world w;
	struct list groups[5];
	char text[4][64];
	struct peer peer[PEERS_MAX];
};

static void
real_request(struct request *rq, const struct person *p)
{
	rq->user = kinds[COND_USER].values[p->is[COND_USER]];
	rq->uid = p->is[COND_USER] == 3 ? 0 : 1001 + p->is[COND_USER];
	rq->known = true;
	rq->service = kinds[COND_SERVICE].values[p->is[COND_SERVICE]];
	rq->tty = kinds[COND_TTY].values[p->is[COND_TTY]];
	rq->rhost = kinds[COND_FROM].values[p->is[COND_FROM]];
}

static void
real_lease(struct world *w, const struct model *m, unsigned int hour)
{
	struct lease *lease = &w->st.lease;
	FILE *f;

	if (!m->lease) {
		w->st.lease_found = FOUND_NOTHING;
		memset(lease, 0, sizeof(*lease));
		return;
	}
	strcpy(lease->user, w->rq.user);
	lease->uid = w->rq.uid;
	lease->issued_at = MONDAY - HOUR;
	lease->expires_at = MONDAY + (hour + m->lease_hours) * HOUR;
	lease->expires_boottime = MONDAY - BOOTED +
	    (hour + m->lease_boot_hours) * HOUR;
	f = fmemopen(lease->during, sizeof(lease->during), "w");
	assert_non_null(f);
	print_list(f, "", &m->lease_during, NULL);
	assert_int_equal(fclose(f), 0);
}

static void
real_init(struct real *r, const struct model *m, unsigned int hour)
{
	struct world *w = &r->w;
	unsigned int i;

	memset(r, 0, sizeof(*r));
	world_init(w);
	world_policy(w, m->text);
	for (i = 0; i < 4; i++)
		r->groups[i] = list_split(r->text[i], sizeof(r->text[i]),
		    groups[i]);
	real_request(&w->rq, &m->person);
	w->rq.inside = m->inside;
	w->st.groups = r->groups[m->person.is[COND_GROUP]];
	if (m->person.is[COND_GROUP] == 4)
		w->st.groups_found = FOUND_UNREADABLE;
	w->st.zone = zone_utc;
	w->st.zone_found = m->zone ? FOUND_GOOD : FOUND_UNREADABLE;
	w->now.wall = (MONDAY + hour * HOUR) * NANOSECONDS;
	w->now.boot = w->now.wall - BOOTED * NANOSECONDS;
	real_lease(w, m, hour);
	w->st.peers = r->peer;
	w->st.npeers = m->npeers;
	w->st.peers_found = m->peers ? FOUND_GOOD : FOUND_UNREADABLE;
	for (i = 0; i < m->npeers; i++) {
		real_request(&r->peer[i].request, &m->peer[i]);
		r->peer[i].entering = m->peer[i].entering;
		r->peer[i].groups = m->peer[i].is[COND_GROUP] == 4 ? NULL :
		    &r->groups[m->peer[i].is[COND_GROUP]];
	}
}

/* The end by whatever clock comes first, in hours from then; 0: none. */
static unsigned int
hours_left(const struct verdict *v, unsigned int hour)
{
	int64_t wall, boot;

	if (v->end == NO_END)
		return v->end_boot == NO_END ? 0 : UINT32_MAX;
	wall = v->end - MONDAY - hour * HOUR;
	boot = v->end_boot + BOOTED - MONDAY - hour * HOUR;
	if (boot < wall)
		wall = boot;
	return wall > 0 && wall % HOUR == 0 ? (unsigned int)(wall / HOUR) :
	    UINT32_MAX;
}

static void
check(const struct model *m, const struct verdict *v, unsigned int hour)
{
	unsigned int line, line_limit, end = 0;
	enum why why, limit;

	why = model_rules(m, hour, 0, &line);
	if ((admits(why) || why == WHY_ASK) && !m->inside) {
		limit = model_limits(m, hour, &line_limit);
		if (limit != WHY_ROOM) {
			why = limit;
			line = line_limit;
		}
	}
	if (admits(why))
		end = model_end(m, hour);
	if (v->why == why && v->line == line && hours_left(v, hour) == end)
		return;
	fail_msg("%s\n%s at %u: %s of %u until %u, not %s of %u until %u",
	    m->text, kinds[COND_USER].values[m->person.is[COND_USER]], hour,
	    why_word(v->why), v->line, hours_left(v, hour), why_word(why),
	    line, end);
}

static void
test_model(void **state)
{
	static struct model m;
	static struct real r;
	unsigned int i, hour, seen[WHY_ROOM + 1] = { 0 };
	struct verdict v;

	(void)state;
	for (i = 0; i < CASES; i++) {
		pick_model(&m);
		print_model(&m);
		hour = pick(24);
		real_init(&r, &m, hour);
		v = decide(&r.w.rq, &r.w.st, &r.w.now);
		check(&m, &v, hour);
		seen[v.why]++;
		policy_free(&r.w.st.policy);
	}
	/* Each of these came to be. */
	for (i = 0; i < COUNT(seen); i++)
		if (seen[i] < CASES / 1000 && i >= WHY_ROOT &&
		    i != WHY_POLICY_BROKEN && verdict_of((enum why)i).kind !=
		    VERDICT_NEXT && (i < WHY_LEASE_BROKEN || i > WHY_FROM) &&
		    (i <= WHY_ASK || i > WHY_REFUSED))
			fail_msg("%s: %u times only", why_word((enum why)i),
			    seen[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

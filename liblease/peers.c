#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "order.h"
#include "peers.h"

struct member {
	struct list names;
	char *text;
};

static bool
counts(const struct session *s, const struct session *own,
    const struct order *order)
{
	if (s->by == ADMITTED_NOT || (own != NULL && session_same(s, own)))
		return false;
	return s->by != ADMITTED_ENTERING || (own != NULL &&
	    (order_before(order, s) ||
	    own->opened_boot - s->opened_boot > SESSION_ENTERING_MAX));
}

static const struct list *
read_groups(const char *user, struct member *m)
{
	struct error err;

	return account_groups(user, &m->names, &m->text, &err) == 0 ?
	    &m->names : NULL;
}

static void
add(struct peers *peers, const struct session *s, bool groups)
{
	struct peer *p = &peers->list[peers->n];

	p->request = request_of(s);
	p->entering = s->by == ADMITTED_ENTERING;
	if (peers->n > 0 && strcmp(p[-1].request.user, s->user) == 0)
		p->groups = p[-1].groups;
	else if (groups)
		p->groups = read_groups(s->user, &peers->members[peers->n]);
	peers->n++;
}

static int
read_all(int dirfd, const struct session *own, const struct order *order,
    bool groups, struct peers *peers, struct error *err)
{
	size_t i;

	if (ledger_read(dirfd, NULL, &peers->ledger, err) == -1 ||
	    peers->ledger.broken > 0)
		return -1;
	ledger_drop_dead(&peers->ledger);
	peers->list = calloc(peers->ledger.n + 1, sizeof(*peers->list));
	peers->members = calloc(peers->ledger.n + 1, sizeof(*peers->members));
	if (peers->list == NULL || peers->members == NULL)
		return error_system(err, "ledger");
	for (i = 0; i < peers->ledger.n; i++)
		if (counts(&peers->ledger.list[i], own, order))
			add(peers, &peers->ledger.list[i], groups);
	return 0;
}

int
peers_read(int dirfd, const struct session *own, bool groups,
    struct peers *peers, struct error *err)
{
	struct order order = { 0 };
	int r;

	memset(peers, 0, sizeof(*peers));
	/* First its place, then who is there: a later one sees this one. */
	if (own != NULL && order_take(dirfd, own, &order, err) == -1)
		return -1;
	r = read_all(dirfd, own, &order, groups, peers, err);
	order_free(&order);
	if (r == -1)
		peers_free(peers);
	return r;
}

void
peers_free(struct peers *peers)
{
	size_t i;

	for (i = 0; peers->members != NULL && i < peers->ledger.n; i++)
		free(peers->members[i].text);
	free(peers->members);
	free(peers->list);
	ledger_free(&peers->ledger);
	memset(peers, 0, sizeof(*peers));
}

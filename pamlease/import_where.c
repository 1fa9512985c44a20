#include "import_access.h"

#define HOSTS		(1u << ITEM_HOST | 1u << ITEM_WORD)
#define TTYS		(1u << ITEM_TTY | 1u << ITEM_WORD)
#define SERVICES	(1u << ITEM_WORD)
#define ALL		(1u << ITEM_ALL)
#define LOCAL		(1u << ITEM_LOCAL)

/* A list of rules while it is made. */
struct found {
	const struct items *origins;
	struct where *where;
	size_t n;
};

static bool
has(const struct items *o, unsigned int kinds)
{
	return items_have(o->item, o->n, kinds);
}

static bool
excepts(const struct items *o, unsigned int kinds)
{
	return items_have(o->not, o->nnot, kinds);
}

static void
add(struct found *f, struct where where)
{
	f->where[f->n++] = where;
}

/*
 * Local logins, whatever their terminal or service: pam_access looks at the
 * terminal, and at the service only where there is none.
 */
static void
add_local(struct found *f)
{
	const struct items *o = f->origins;

	add(f, (struct where){ .from = FROM_LOCAL,
	    .tty = excepts(o, TTYS) ? TTY_OTHER : TTY_ANY,
	    .not_service = excepts(o, SERVICES) });
	if (excepts(o, SERVICES))
		add(f, (struct where){ .from = FROM_LOCAL, .tty = TTY_SOME });
}

/* Local logins at a terminal, or without one by a service, of the list. */
static void
add_listed(struct found *f)
{
	if (has(f->origins, TTYS))
		add(f, (struct where){ .from = FROM_LOCAL,
		    .tty = TTY_LISTED });
	if (has(f->origins, SERVICES))
		add(f, (struct where){ .from = FROM_LOCAL, .tty = TTY_NONE,
		    .service = true, .not_service = true });
}

size_t
origins_wheres(const struct items *o, struct where wheres[WHERES_MAX])
{
	struct found f = { .origins = o, .where = wheres };
	bool all = has(o, ALL), local = all || has(o, LOCAL);
	bool remote = all || has(o, HOSTS);

	if (excepts(o, ALL))
		return 0;
	if (local && !excepts(o, LOCAL | TTYS)) {
		/* One rule can say it. */
		add(&f, (struct where){ .from = all ? FROM_ANY :
		    remote ? FROM_BOTH : FROM_LOCAL });
		return f.n;
	}
	if (remote)
		add(&f, (struct where){ .from = all ? FROM_REMOTE :
		    FROM_HOSTS });
	if (excepts(o, LOCAL))
		return f.n;
	if (local)
		add_local(&f);
	else
		add_listed(&f);
	return f.n;
}

static void
put_from(const struct items *o, const struct where *w, struct import *im)
{
	struct import_list list = { .im = im, .cond = COND_FROM };

	if (w->from == FROM_LOCAL || w->from == FROM_BOTH)
		import_item(&list, false, "local", 5);
	if (w->from == FROM_HOSTS || w->from == FROM_BOTH)
		items_put(o->item, o->n, HOSTS, false, &list);
	if (w->from == FROM_REMOTE)
		import_item(&list, true, "local", 5);
	if (w->from != FROM_LOCAL)
		items_put(o->not, o->nnot, HOSTS, true, &list);
}

static void
put_tty(const struct items *o, const struct where *w, struct import *im)
{
	struct import_list list = { .im = im, .cond = COND_TTY };

	if (w->tty == TTY_ANY)
		return;
	if (w->tty == TTY_NONE) {
		import_item(&list, true, "?*", 2);
		return;
	}
	if (w->tty == TTY_LISTED)
		items_put(o->item, o->n, TTYS, false, &list);
	if (w->tty == TTY_SOME)
		import_item(&list, false, "?*", 2);
	items_put(o->not, o->nnot, TTYS, true, &list);
}

void
origins_put(const struct items *o, const struct where *w, struct import *im)
{
	struct import_list list = { .im = im, .cond = COND_SERVICE };

	if (w->service)
		items_put(o->item, o->n, SERVICES, false, &list);
	if (w->not_service)
		items_put(o->not, o->nnot, SERVICES, true, &list);
	put_tty(o, w, im);
	put_from(o, w, im);
}

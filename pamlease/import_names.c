#include <string.h>

#include "import_time.h"

#define SEEN	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
    "0123456789*_-./:"	/* of what pam_time's words are */

/* Takes what all names behind the way want; false when no name can be so. */
static bool
rest_of(const struct names *names, const struct way *way, bool group,
    struct glob *rest, bool *any)
{
	struct glob g;
	size_t i;

	memset(rest, 0, sizeof(*rest));
	*any = false;
	for (i = way->rest; i < names->n; i++) {
		const struct name *name = &names->name[i];

		if (name->joined_or || name->negated || name->group != group ||
		    name->kind != NAME_LITERAL)
			continue;
		g = glob_of(name->text, name->len);
		if (*any && !glob_narrow(rest, &g))
			return false;
		if (!*any)
			*rest = g;
		*any = true;
	}
	return true;
}

/* Is the name, one of those joined by "or", in the list of that way? */
static bool
in_list(const struct way *way, const struct name *name, bool group)
{
	return name->kind == NAME_LITERAL && name->group == group &&
	    !name->negated && (way->kind == WAY_ONE ||
	    way->kind == (group ? WAY_GROUPS : WAY_LIST));
}

static void
put_negated(struct import_list *list, const struct name *name, bool group)
{
	struct glob g = glob_of(name->text, name->len);

	if (name->kind == NAME_LITERAL && name->negated && name->group == group)
		glob_put(list, true, &g);
}

/* One condition; false when it can't be met. */
static bool
put_condition(const struct names *names, const struct way *way,
    struct import *im, bool group)
{
	struct import_list list = { .im = im,
	    .cond = group ? COND_GROUP : names->cond };
	bool any, wanted = false;
	struct glob rest, g;
	size_t i;

	if (!rest_of(names, way, group, &rest, &any))
		return false;
	for (i = way->first; i < way->last; i++)
		if (in_list(way, &names->name[i], group)) {
			wanted = true;
			g = glob_of(names->name[i].text, names->name[i].len);
			if (!any || glob_narrow(&g, &rest))
				glob_put(&list, false, &g);
		}
	if (!wanted && any)
		glob_put(&list, false, &rest);
	if ((wanted || any) && list.n == 0)
		return false;
	if (way->kind == WAY_ONE)
		put_negated(&list, &names->name[way->first], group);
	for (i = way->rest; i < names->n; i++)
		if (!names->name[i].joined_or)
			put_negated(&list, &names->name[i], group);
	return true;
}

bool
names_put(const struct names *names, const struct way *way, struct import *im)
{
	return put_condition(names, way, im, false) &&
	    (names->cond != COND_USER || put_condition(names, way, im, true));
}

static void
add_way(struct names *names, enum way_kind kind, size_t first, size_t last,
    size_t rest)
{
	struct way *way = &names->way[names->nways];

	way->kind = kind;
	way->first = first;
	way->last = last;
	way->rest = rest;
	if (names_put(names, way, NULL))
		names->nways++;
}

/* Of names from first up to last, all joined by "or". */
static void
ways_of_run(struct names *names, size_t first, size_t last)
{
	bool any = false, list = false, groups = false;
	size_t i;

	for (i = first; i < last; i++) {
		const struct name *name = &names->name[i];

		any = any || name->kind == NAME_ALWAYS;
		if (name->kind == NAME_LITERAL && !name->negated) {
			list = list || !name->group;
			groups = groups || name->group;
		}
	}
	if (any) {
		add_way(names, WAY_ANY, first, last, last);
		return;
	}
	if (list)
		add_way(names, WAY_LIST, first, last, last);
	if (groups)
		add_way(names, WAY_GROUPS, first, last, last);
	for (i = first; i < last; i++)
		if (names->name[i].kind == NAME_LITERAL &&
		    names->name[i].negated)
			add_way(names, WAY_ONE, i, i + 1, last);
}

/*
 * "a | b & c" is (a or b) and c: every name is joined to all that stand before
 * it.  So who matches is one of those joined by "or", and matches all that are
 * joined by "and" behind it.
 */
static void
find_ways(struct names *names)
{
	size_t first, last, start = 0;

	for (first = 0; first < names->n; first++)
		if (!names->name[first].joined_or &&
		    names->name[first].kind == NAME_NEVER)
			start = first + 1;
	for (first = start; first < names->n; first = last) {
		last = first + 1;
		if (!names->name[first].joined_or)
			continue;
		while (last < names->n && names->name[last].joined_or)
			last++;
		ways_of_run(names, first, last);
	}
}

/* What the word of a field says, and what pam_time made of it. */
static void
read_name(struct names *names, struct logic *l, struct name *name)
{
	char shown[IMPORT_SHOWN];
	const char *word = import_quote(shown, l->word, l->len);
	enum condition cond = names->cond;

	name->text = l->word;
	name->len = l->len;
	if (cond == COND_USER && name->text[0] == '%') {
		import_note(l->im, "pam_time has no groups: '%s' was the user "
		    "'%s'", word, word + 1);
		cond = COND_GROUP;
		name->group = true;
		name->text++;
		name->len--;
	}
	if (cond == COND_TTY && name->len >= 5 &&
	    memcmp(name->text, "/dev/", 5) == 0) {
		import_note(l->im, "pam_time takes terminals without /dev/: "
		    "no terminal was '%s'", word);
		name->text += 5;
		name->len -= 5;
	}
	if (strspn(name->text, SEEN) < name->len)
		import_note(l->im, "pam_time did not read '%s' as one name",
		    word);
	if (name->len == 1 && name->text[0] == '*') {
		name->kind = name->negated ? NAME_NEVER : NAME_ALWAYS;
		return;
	}
	if (glob_of(name->text, name->len).many)
		import_note(l->im, "pam_time took all but the first * of '%s' "
		    "for a letter", word);
	if (import_fits(cond, name->text, name->len))
		return;
	if (cond == COND_USER && name->text[0] != '@' &&
	    import_nobody(name->text, name->len)) {
		import_note(l->im, "nobody can log in as '%s'", word);
		name->kind = name->negated ? NAME_ALWAYS : NAME_NEVER;
	} else {
		import_note(l->im, "LOOK: '%s' can't be said here, so that "
		    "this is for all of them", word);
		name->kind = NAME_ALWAYS;
	}
}

static void
read_anybody(struct names *names)
{
	names->name[0].kind = NAME_ALWAYS;
	names->name[0].joined_or = true;
	names->n = 1;
}

static void
read_words(struct names *names, struct import *im, const char *field)
{
	struct logic l;

	logic_init(&l, im, field, "ignored the line");
	while (logic_next(&l)) {
		struct name *name = &names->name[names->n++];

		name->joined_or = l.joined_or;
		name->negated = l.negated;
		read_name(names, &l, name);
	}
	if (names->n == 0) {
		import_note(im, "pam_time ignored the line, as a field has no "
		    "name; here that is any");
		read_anybody(names);
	}
}

void
names_read(struct names *names, struct import *im, const char *field,
    enum condition cond)
{
	memset(names, 0, sizeof(*names));
	names->cond = cond;
	if (strlen(field) > LOGIC_FIELD_MAX) {
		import_note(im, "LOOK: pam_time ignored the line, as a field "
		    "is longer than %d bytes; here that is any",
		    LOGIC_FIELD_MAX);
		read_anybody(names);
	} else if (cond == COND_USER && field[0] == '@') {
		import_note(im, "LOOK: there are no netgroups here, so that "
		    "this is for all users");
		read_anybody(names);
	} else
		read_words(names, im, field);
	find_ways(names);
}

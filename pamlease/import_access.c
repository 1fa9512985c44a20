#include <stdlib.h>
#include <string.h>

#include "import_access.h"

#define BLANKS		" \t\r\v\f"
#define NAMES		(1u << ITEM_USER)
#define GROUPS		(1u << ITEM_USER | 1u << ITEM_GROUP)

struct access_line {
	struct import *im;
	bool deny;
	struct items users, origins;
};

static size_t
blanks(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && import_in(s[n], BLANKS))
		n++;
	return n;
}

bool
import_is_access(const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);

	return len > 0 && (line[0] == '+' || line[0] == '-') &&
	    colon != NULL && blanks(line + 1, len - 1) ==
	    (size_t)(colon - line) - 1 &&
	    memchr(colon + 1, ':', (size_t)(line + len - colon) - 1) != NULL;
}

void
item_set(struct item *item, struct import *im, enum item_kind kind,
    enum condition cond, const char *s, size_t len)
{
	char shown[IMPORT_SHOWN];

	item->kind = kind;
	item->maybe = false;
	item->text[0] = '\0';
	if (kind == ITEM_ALL || kind == ITEM_LOCAL || kind == ITEM_NOTHING)
		return;
	if (import_fits(cond, s, len)) {
		memcpy(item->text, s, len);
		item->text[len] = '\0';
		return;
	}
	import_quote(shown, s, len);
	if (kind == ITEM_USER && import_nobody(s, len)) {
		import_note(im, "nobody can log in as '%s'", shown);
		item->kind = ITEM_NOTHING;
		return;
	}
	import_note(im, "LOOK: '%s' can't be said here", shown);
	item->kind = ITEM_ALL;
	item->maybe = true;
}

static bool
has_upper(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] >= 'A' && s[i] <= 'Z')
			return true;
	return false;
}

void
user_read(struct item *item, struct import *im, const char *s, size_t len)
{
	char shown[IMPORT_SHOWN];
	const char *at = s[0] != '@' ? memchr(s, '@', len) : NULL;

	import_quote(shown, s, len);
	if (import_word(s, len, "ALL")) {
		item_set(item, im, ITEM_ALL, COND_USER, s, len);
	} else if (s[0] == '(' && s[len - 1] == ')') {
		item_set(item, im, len < 3 ? ITEM_NOTHING : ITEM_GROUP,
		    COND_GROUP, s + 1, len - 2);
	} else if (s[0] == '@') {
		import_note(im, "LOOK: there are no netgroups here: '%s'",
		    shown);
		item_set(item, im, ITEM_ALL, COND_USER, s, len);
		item->maybe = true;
	} else if (at != NULL) {
		import_note(im, "LOOK: '%s' is a user at a login on the host "
		    "of that name; there are no such rules here", shown);
		item_set(item, im, ITEM_USER, COND_USER, s, (size_t)(at - s));
		item->maybe = true;
	} else {
		if (has_upper(s, len))
			import_note(im, "pam_access took '%s' in small letters "
			    "for the same name", shown);
		item_set(item, im, ITEM_USER, COND_USER, s, len);
	}
}

/* A group in parentheses may have blanks, where the module got listsep=,. */
static size_t
token(struct import *im, const char *s, size_t len)
{
	const char *end = s[0] == '(' ? memchr(s, ')', len) : NULL;
	size_t n = 0;

	while (n < len && !import_in(s[n], BLANKS ","))
		n++;
	if (end == NULL || (size_t)(end - s) < n)
		return n;
	n = (size_t)(end - s) + 1;
	import_note(im, "without listsep=, pam_access takes a blank for the "
	    "end of a name");
	return n;
}

/* What is behind a second EXCEPT is let in or refused again. */
static void
end_excepts(struct access_line *t, struct items *items)
{
	import_note(t->im, "LOOK: what stands behind a second EXCEPT can't be "
	    "said here");
	if (t->deny)
		items->nnot = 0;
}

/* Of what isn't known exactly more is refused, and less let in. */
static void
take_item(struct access_line *t, struct items *items, bool excepted,
    const struct item *item)
{
	if (item->kind == ITEM_NOTHING || (item->maybe && t->deny == excepted))
		return;
	if (excepted)
		items->not[items->nnot++] = *item;
	else
		items->item[items->n++] = *item;
}

static void
note_pattern(struct import *im, const char *s, size_t len)
{
	char shown[IMPORT_SHOWN];

	if (memchr(s, '*', len) != NULL || memchr(s, '?', len) != NULL)
		import_note(im, "pam_access has no patterns, and took '%s' for "
		    "a name", import_quote(shown, s, len));
}

static void
read_list(struct access_line *t, struct items *items, const char *s,
    size_t len, void (*read)(struct item *, struct import *, const char *,
    size_t))
{
	bool excepted = false;
	struct item item;
	size_t n;

	items->n = items->nnot = 0;
	for (; len > 0; s += n, len -= n) {
		n = 1;
		if (import_in(*s, BLANKS ","))
			continue;
		if (*s == '#') {
			import_note(t->im, "pam_access knows no comment behind "
			    "a rule, and took its words for names");
			break;
		}
		n = token(t->im, s, len);
		if (!import_word(s, n, "EXCEPT")) {
			note_pattern(t->im, s, n);
			read(&item, t->im, s, n);
			take_item(t, items, excepted, &item);
		} else if (excepted) {
			end_excepts(t, items);
			break;
		} else
			excepted = true;
	}
}

bool
items_have(const struct item *item, size_t n, unsigned int kinds)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((kinds & 1u << item[i].kind) != 0)
			return true;
	return false;
}

void
items_put(const struct item *item, size_t n, unsigned int kinds, bool negated,
    struct import_list *list)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((kinds & 1u << item[i].kind) != 0)
			import_item(list, negated, item[i].kind == ITEM_LOCAL ?
			    "local" : item[i].text,
			    item[i].kind == ITEM_LOCAL ? 5 :
			    strlen(item[i].text));
}

/* Those named, those in the groups named, or all (neither). */
static void
put_rule(struct access_line *t, const struct where *where, unsigned int names,
    unsigned int groups)
{
	struct import_list user = { .im = t->im, .cond = COND_USER };
	struct import_list group = { .im = t->im, .cond = COND_GROUP };
	const struct items *u = &t->users;

	import_rule(t->im, t->deny ? "deny" : "allow");
	items_put(u->item, u->n, names, false, &user);
	items_put(u->not, u->nnot, NAMES, true, &user);
	items_put(u->item, u->n, groups, false, &group);
	items_put(u->not, u->nnot, GROUPS, true, &group);
	origins_put(&t->origins, where, t->im);
	import_put(t->im, "\n");
}

static void
put_rules(struct access_line *t)
{
	const struct items *u = &t->users;
	struct where wheres[WHERES_MAX];
	size_t i, n = origins_wheres(&t->origins, wheres);

	if (u->n == 0 || items_have(u->not, u->nnot, 1u << ITEM_ALL))
		n = 0;
	if (n == 0)
		import_note(t->im, "it matches nobody, or nobody that can be "
		    "told");
	for (i = 0; i < n && !t->im->full; i++) {
		if (items_have(u->item, u->n, 1u << ITEM_ALL)) {
			put_rule(t, &wheres[i], 0, 0);
			continue;
		}
		if (items_have(u->item, u->n, NAMES))
			put_rule(t, &wheres[i], NAMES, 0);
		put_rule(t, &wheres[i], 0, GROUPS);
	}
}

/* Takes what comes up to a ':', which pam_access may find several of. */
static bool
take_field(const char **p, size_t *left, const char **field, size_t *len)
{
	const char *end;

	for (; *left > 0 && **p == ':'; (*p)++)
		(*left)--;
	end = memchr(*p, ':', *left);
	if (end == NULL)
		return false;
	*field = *p;
	*len = (size_t)(end - *p);
	*p = end + 1;
	*left -= *len + 1;
	return true;
}

static void
take_rule(struct access_line *t, const char *s, size_t len)
{
	const char *perm, *users;
	size_t permlen, userslen;

	if (blanks(s, len) == len || s[0] == '#')
		return;
	if (blanks(s, len) > 0 && s[blanks(s, len)] != '#')
		import_note(t->im, "pam_access wants no blank before the rule, "
		    "and ignored it");
	len -= blanks(s, len);
	s += t->im->line.len - len;
	if (s[0] == '#')
		return;
	if (!import_is_access(s, len) ||
	    !take_field(&s, &len, &perm, &permlen) ||
	    !take_field(&s, &len, &users, &userslen) || len == 0) {
		import_note(t->im, "pam_access wants +:USERS:ORIGINS or "
		    "-:USERS:ORIGINS, and ignored it; so does this policy");
		return;
	}
	if (!t->im->line.ended)
		import_note(t->im, "the newline at its end is missing: "
		    "pam_access ignored it");
	t->deny = perm[0] == '-';
	read_list(t, &t->users, users, userslen, user_read);
	read_list(t, &t->origins, s, len, origin_read);
	put_rules(t);
}

bool
import_access(struct import *im)
{
	struct access_line *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return false;
	t->im = im;
	while (!im->full && import_next(im))
		take_rule(t, im->line.text, im->line.len);
	import_rule(im, "allow");
	import_put(im, "\n");
	free(t);
	return true;
}

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

#define REASONS_MAX	64	/* there are fewer; a forged file has more */

struct kept {
	struct kept *next;
	char text[];
};

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int
by_name(const void *a, const void *b)
{
	const struct report_user *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* Room for one more of that size: it doubles when n is a power of two. */
static void *
grow(struct report *r, void *list, size_t n, size_t size)
{
	void *more = list;

	if ((n & (n - 1)) == 0)
		more = reallocarray(list, n > 0 ? 2 * n : 1, size);
	r->failed |= more == NULL;
	return more;
}

const char *
report_text(struct report *r, const char *text)
{
	/* Most of them come again and again. */
	char **there = tfind(text, &r->texts, by_text);
	size_t size = strlen(text) + 1;
	struct kept *kept;

	if (there != NULL)
		return *there;
	kept = malloc(sizeof(*kept) + size);
	if (kept == NULL) {
		r->failed = true;
		return "";
	}
	memcpy(kept->text, text, size);
	kept->next = r->kept;
	r->kept = kept;
	r->failed |= tsearch(kept->text, &r->texts, by_text) == NULL;
	return kept->text;
}

/* One who has a place in r->users already. */
static struct report_user *
new_user(struct report *r, const char *name)
{
	struct report_user *user = calloc(1, sizeof(*user));

	if (user == NULL)
		return NULL;
	user->name = report_text(r, name);
	user->lease = user->stay = REPORT_NONE;
	if (tsearch(user, &r->names, by_name) == NULL) {
		free(user);
		return NULL;
	}
	r->users[r->nusers++] = user;
	return user;
}

struct report_user *
report_user(struct report *r, const char *name)
{
	struct report_user key = { .name = name }, *user;
	struct report_user **there = tfind(&key, &r->names, by_name), **users;

	if (there != NULL)
		return *there;
	users = grow(r, r->users, r->nusers, sizeof(struct report_user *));
	if (users == NULL)
		return NULL;
	r->users = users;
	user = new_user(r, name);
	r->failed |= user == NULL;
	return user;
}

struct report_lease *
report_lease(struct report *r, struct report_user *user)
{
	struct report_lease *list = grow(r, r->leases, r->nleases,
	    sizeof(*list));

	if (list == NULL)
		return NULL;
	r->leases = list;
	list += r->nleases;
	*list = (struct report_lease){ .user = user, .prev = user->lease,
	    .by = "", .reason = "", .extended_by = "", .end = "",
	    .end_by = "" };
	user->lease = r->nleases++;
	return list;
}

struct report_stay *
report_stay(struct report *r, struct report_user *user)
{
	struct report_stay *list = grow(r, r->stays, r->nstays,
	    sizeof(*list));

	if (list == NULL)
		return NULL;
	r->stays = list;
	list += r->nstays;
	*list = (struct report_stay){ .user = user, .prev = user->stay,
	    .lease = REPORT_NONE, .ended = "", .detail = "" };
	user->stay = r->nstays++;
	return list;
}

struct report_refusal *
report_refusal(struct report *r)
{
	struct report_refusal *list = grow(r, r->refusals, r->nrefusals,
	    sizeof(*list));

	if (list == NULL)
		return NULL;
	r->refusals = list;
	return &list[r->nrefusals++];
}

/* What a reason's word says; "" where it is none. */
static const char *
meaning(const char *word)
{
	enum why why;

	for (why = 0; why <= WHY_HOOK_FAILED; why++)
		if (strcmp(why_word(why), word) == 0)
			return why_text(why);
	return "";
}

size_t
report_reason(struct report *r, const char *word, bool permissive)
{
	struct report_reason *list;
	size_t i;

	for (i = 0; i < r->nreasons; i++)
		if (r->reasons[i].permissive == permissive &&
		    strcmp(r->reasons[i].word, word) == 0)
			return i;
	if (r->nreasons == REASONS_MAX)
		return REASONS_MAX - 1;
	list = grow(r, r->reasons, r->nreasons, sizeof(*list));
	if (list == NULL)
		return REPORT_NONE;
	r->reasons = list;
	list[r->nreasons] = (struct report_reason){ report_text(r, word),
	    meaning(word), permissive, 0 };
	return r->nreasons++;
}

static void
leave(void *text)
{
	(void)text;
}

void
report_free(struct report *r)
{
	struct kept *next;

	past_sessions_free(&r->open);
	tdestroy(r->names, free);
	tdestroy(r->texts, leave);
	for (; r->kept != NULL; r->kept = next) {
		next = r->kept->next;
		free(r->kept);
	}
	free(r->users);
	free(r->leases);
	free(r->stays);
	free(r->refusals);
	free(r->reasons);
}

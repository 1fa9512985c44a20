#include <stdbool.h>
#include <string.h>

#include "duration.h"
#include "lease.h"
#include "policy.h"
#include "text.h"

#define WORD_MAX	64	/* bytes of a word of the policy */

struct cursor {
	const char *file;
	const char *p, *end;	/* what is left of the line */
	const char *start;	/* of the line */
	unsigned int line;
	const char *word_at;	/* where the last word was */
	char word[WORD_MAX + 1];
};

static int
bad(const struct cursor *c, struct error *err, const char *what)
{
	char word[4 * WORD_MAX + 1];

	return error_set(err, ERROR_BROKEN, "%s:%u:%zu: %s: '%s'", c->file,
	    c->line, (size_t)(c->word_at - c->start) + 1, what,
	    text_escape(word, sizeof(word), c->word, strlen(c->word)));
}

static bool
blank(char ch)
{
	return ch == ' ' || ch == '\t';
}

/* Takes the next word of the line.  1, 0 at its end, -1 when it is too long. */
static int
next_word(struct cursor *c, struct error *err)
{
	size_t n = 0;

	while (c->p < c->end && blank(*c->p))
		c->p++;
	c->word_at = c->p;
	while (c->p < c->end && !blank(*c->p) && *c->p != '#') {
		if (*c->p == '\0' || n == WORD_MAX) {
			c->word[n] = '\0';
			return bad(c, err, *c->p == '\0' ?
			    "a NUL byte behind" : "word too long");
		}
		c->word[n++] = *c->p++;
	}
	c->word[n] = '\0';
	return n > 0;
}

static int
take_duration(struct cursor *c, int64_t *seconds, struct error *err)
{
	if (duration_parse(c->word, seconds, err) == 0)
		return 0;
	return bad(c, err, "not a duration like 5m or 1h30m");
}

static int
take_end(struct cursor *c, struct error *err)
{
	int r = next_word(c, err);

	return r == 1 ? bad(c, err, "nothing may follow") : r;
}

/* warn 5m 1m */
static int
take_warn(struct cursor *c, struct policy *policy, struct error *err)
{
	int r;

	policy->nleads = 0;
	while ((r = next_word(c, err)) > 0) {
		int64_t lead;

		if (policy->nleads == POLICY_LEADS_MAX)
			return bad(c, err, "too many warnings from here on");
		if (take_duration(c, &lead, err) == -1)
			return -1;
		if (policy->nleads > 0 &&
		    lead >= policy->lead[policy->nleads - 1])
			return bad(c, err, "not shorter than the one before");
		policy->lead[policy->nleads++] = lead;
	}
	if (r == 0 && policy->nleads == 0)
		return bad(c, err, "warn needs durations");
	return r;
}

/* max 12h */
static int
take_max(struct cursor *c, struct policy *policy, struct error *err)
{
	int r = next_word(c, err);

	if (r <= 0)
		return r == 0 ? bad(c, err, "max needs a duration") : -1;
	if (take_duration(c, &policy->max, err) == -1)
		return -1;
	return take_end(c, err);
}

static int
take_keep_detached(struct cursor *c, struct policy *policy, struct error *err)
{
	policy->keep_detached = true;
	return take_end(c, err);
}

static const struct {
	const char *word;
	int (*take)(struct cursor *, struct policy *, struct error *);
} settings[] = {
	{ "warn", take_warn },
	{ "max", take_max },
	{ "keep-detached", take_keep_detached },
};

#define NSETTINGS	(sizeof(settings) / sizeof(settings[0]))

static int
parse_line(struct cursor *c, unsigned int *seen, struct policy *policy,
    struct error *err)
{
	int r = next_word(c, err);
	size_t i;

	if (r <= 0)
		return r;
	for (i = 0; i < NSETTINGS; i++) {
		if (strcmp(c->word, settings[i].word) != 0)
			continue;
		if ((*seen & 1u << i) != 0)
			return bad(c, err, "said twice");
		*seen |= 1u << i;
		return settings[i].take(c, policy, err);
	}
	return bad(c, err, "unknown word");
}

void
policy_init(struct policy *policy)
{
	memset(policy, 0, sizeof(*policy));
	policy->lead[0] = 300;
	policy->lead[1] = 60;
	policy->nleads = 2;
}

int
policy_parse(const char *data, size_t len, const char *file,
    struct policy *policy, struct error *err)
{
	struct cursor c = { .file = file, .end = data };
	const char *end = data + len;
	unsigned int seen = 0;

	error_clear(err);
	policy_init(policy);
	while (c.end < end) {
		const char *nl;

		c.start = c.p = c.line == 0 ? data : c.end + 1;
		if (c.start >= end)
			break;
		nl = memchr(c.p, '\n', (size_t)(end - c.p));
		c.end = nl != NULL ? nl : end;
		c.line++;
		if (parse_line(&c, &seen, policy, err) == -1) {
			policy_init(policy);
			return -1;
		}
	}
	return 0;
}

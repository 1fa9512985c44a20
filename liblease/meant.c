#include <string.h>
#include <strings.h>

#include "meant.h"

struct meant {
	const char *word, *want;
};

#define ACTION	"an action before it, such as allow"
#define LINE	"a line of its own"
#define BANG	"'!' in front of an item of the list"
#define USERS	"user, or quotes around a name with a blank"
#define ANYBODY	"none where anybody is meant"

/* Also what is right but for its case or for what follows it. */
static const struct meant first[] = {
	{ "allow", "allow" }, { "permit", "allow" }, { "accept", "allow" },
	{ "+", "allow" },
	{ "deny", "deny" }, { "reject", "deny" }, { "refuse", "deny" },
	{ "block", "deny" }, { "-", "deny" },
	{ "lease", "lease" }, { "grant", "lease" },
	{ "ask", "ask" },
	{ "limit", "limit" }, { "maxlogins", "limit" },
	{ "exempt", "exempt" },
	{ "warn", "warn" }, { "warning", "warn" }, { "warnings", "warn" },
	{ "max", "max" }, { "maximum", "max" },
	{ "grace", "grace" },
	{ "hook-timeout", "hook-timeout" },
	{ "hook_timeout", "hook-timeout" },
	{ "exclusive", "exclusive" },
	{ "presence-command", "presence-command" },
	{ "presence-timeout", "presence-timeout" },
	{ "presence-silent", "presence-silent" },
	{ "presence", "presence-command" },
	{ "keep-detached", "keep-detached" },
	{ "keep_detached", "keep-detached" },
	{ "keepdetached", "keep-detached" },
	{ "user", ACTION }, { "group", ACTION }, { "service", ACTION },
	{ "tty", ACTION }, { "from", ACTION }, { "during", ACTION },
	{ ";", "# for a comment" }, { "//", "# for a comment" },
	{ NULL, NULL }
};

static const struct meant conditions[] = {
	{ "user", "user" }, { "users", USERS }, { "uid", "user" },
	{ "group", "group" }, { "groups", "group" }, { "gid", "group" },
	{ "service", "service" }, { "services", "service" },
	{ "tty", "tty" }, { "ttys", "tty" }, { "terminal", "tty" },
	{ "from", "from" }, { "host", "from" }, { "hosts", "from" },
	{ "rhost", "from" }, { "addr", "from" }, { "address", "from" },
	{ "during", "during" }, { "time", "during" }, { "times", "during" },
	{ "when", "during" }, { "at", "during" }, { "on", "during" },
	{ "for", "for" }, { "duration", "for" },
	{ "within", "within" }, { "timeout", "within" },
	{ "by", "by" },
	{ "and", "nothing between conditions" },
	{ "not", BANG }, { "except", BANG },
	{ "all", ANYBODY }, { "any", ANYBODY }, { "anybody", ANYBODY },
	{ "everybody", ANYBODY }, { "everyone", ANYBODY }, { "*", ANYBODY },
	{ "allow", LINE }, { "deny", LINE }, { "lease", LINE },
	{ "ask", LINE }, { "limit", LINE }, { "exempt", LINE },
	{ "warn", LINE }, { "max", LINE }, { "grace", LINE },
	{ "exclusive", LINE }, { "presence-command", LINE },
	{ "presence-timeout", LINE }, { "presence-silent", LINE },
	{ "hook-timeout", LINE }, { "keep-detached", LINE },
	{ ";", "# for a comment" }, { "//", "# for a comment" },
	{ NULL, NULL }
};

/* Finds the word, in any case, or what it is before a '=' or ':'. */
static const struct meant *
find(const struct meant *m, const char *word)
{
	size_t len = strcspn(word, "=:");

	for (; m->word != NULL; m++)
		if (strlen(m->word) == len &&
		    strncasecmp(m->word, word, len) == 0)
			return m;
	return NULL;
}

static void
want(struct words *w, const char *what, const struct meant *m)
{
	bool more = w->word[strcspn(w->word, "=:")] != '\0';

	words_bad_word(w, "%s, want %s%s", what, m->want,
	    more && strcmp(m->want, m->word) == 0 ? " and a blank" : "");
}

void
meant_first(struct words *w)
{
	static const char what[] = "unknown word";
	const struct meant *m = find(first, w->word);

	if (m != NULL)
		want(w, what, m);
	else
		words_bad_word(w, "%s, want allow, deny, lease, ask, limit, "
		    "exempt, exclusive, warn, max, grace, hook-timeout, "
		    "presence-command or keep-detached", what);
}

void
meant_condition(struct words *w, bool after_list)
{
	static const char what[] = "no condition";
	const struct meant *m = find(conditions, w->word);

	if (m != NULL)
		want(w, what, m);
	else if (w->word[0] == '!' && find(conditions, w->word + 1) != NULL)
		words_bad_word(w, "%s, want " BANG, what);
	else if (after_list)
		words_bad_word(w, "%s, and a list has no blanks but in quotes",
		    what);
	else if (w->word[0] == '%')
		words_bad_word(w, "%s, want group and its name", what);
	else
		words_bad_word(w, "%s, want user, group, service, tty, from "
		    "or during", what);
}

#include "asking.h"
#include "fuzz.h"
#include "match.h"
#include "text.h"

#define SINCE_MAX	INT64_C(999999999999999999)

static bool
same(const struct asking *a, const struct asking *b)
{
	return asking_same(a, b) && strcmp(a->tty, b->tty) == 0 &&
	    a->since == b->since && a->since_boot == b->since_boot &&
	    strcmp(a->reason, b->reason) == 0;
}

/* What a lease for just that may say, or nothing. */
static void
literal(enum condition cond, const char *item)
{
	const struct list one = list_of_one(item);
	struct error err;

	must(strlen(item) <= LEASE_ITEM_MAX);
	must(strpbrk(item, "*?!,\" ") == NULL);
	if (item[0] == '\0')
		return;
	must(is_line(item));
	must(match_check(cond, item, &err) == 0);
	must(match(cond, &one, &one));
}

static void
sound(const struct asking *a)
{
	must(a->user[0] != '\0' && a->uid != (uid_t)-1);
	must(a->length >= 1 && a->length <= LEASE_SECONDS_MAX);
	must(a->since >= 0 && a->since_boot >= 0);
	must(a->id[0] == '\0' && !a->waits && !a->told);
	must(text_printable(a->reason, strlen(a->reason)));
	literal(COND_SERVICE, a->service);
	literal(COND_FROM, a->rhost);
}

/* Each request fits into a file, and is read back. */
static void
there_and_back(const struct asking *a)
{
	char data[ASKING_FILE_MAX];
	ssize_t len = asking_format(a, data, sizeof(data));
	struct asking again;
	struct error err;

	must(len > 0);
	must(asking_parse(data, (size_t)len, &again, &err) == 0);
	must(same(a, &again));
	/* Cut off anywhere it is none. */
	len = (a->since ^ a->uid) % len;
	must(asking_parse(data, (size_t)len, &again, &err) == -1);
}

static struct rule
any_rule(struct input *in, char *groups, size_t size)
{
	struct rule rule = { .action = ACTION_ASK };
	size_t i, len;

	take_string(in, groups, size);
	len = strlen(groups);
	rule.length = 1 + take_number(in, LEASE_SECONDS_MAX - 1);
	rule.by.item = groups;
	rule.by.end = groups + len + 1;
	rule.by.n = len > 0 ? 1 : 0;
	for (i = 0; i < len; i++)
		if (groups[i] == ',') {
			groups[i] = '\0';
			rule.by.n++;
		}
	return rule;
}

/* A login: it can't ask, or what it asks for can be told to others. */
static void
login(struct input *in)
{
	char user[LEASE_NAME_MAX + 2], service[SESSION_ITEM_MAX + 2];
	char tty[SESSION_ITEM_MAX + 2], rhost[SESSION_RHOST_MAX + 2];
	char groups[POLICY_BY_MAX + 2];
	struct request rq = { .user = user, .service = service, .tty = tty,
	    .rhost = rhost, .known = true };
	struct moment now = { .readable = true };
	struct asking a;
	struct error err;
	struct rule rule;

	take_string(in, service, sizeof(service));
	take_string(in, rhost, sizeof(rhost));
	take_string(in, user, sizeof(user));
	take_string(in, tty, sizeof(tty));
	rule = any_rule(in, groups, sizeof(groups));
	rq.uid = (uid_t)take_number(in, UINT32_MAX - 1);
	now.wall = take_number(in, INT64_MAX);
	now.boot = take_number(in, SINCE_MAX);
	if (asking_init(&a, &rq, &rule, &now, &err) == -1) {
		must(err.code == ERROR_INVALID && is_line(err.text));
		return;
	}
	must(strcmp(a.user, user) == 0 && strcmp(a.service, service) == 0 &&
	    strcmp(a.rhost, rhost) == 0 && strcmp(a.tty, tty) == 0);
	if (user[0] == '\0')
		return;
	sound(&a);
	/* And so it is with the longest answer. */
	memset(a.reason, '%', (size_t)take_number(in, LEASE_REASON_MAX));
	there_and_back(&a);
}

static void
id(const char *typed)
{
	char first[ASKING_ID + 1], again[ASKING_ID + 1];

	if (!asking_id_parse(first, typed)) {
		must(first[0] == '\0');
		return;
	}
	must(strlen(typed) == ASKING_ID && strlen(first) == ASKING_ID);
	/* It is a file's name as it stands. */
	must(first[strspn(first, "0123456789ABCDEFGHJKMNPQRSTVWXYZ")] ==
	    '\0');
	must(asking_id_parse(again, first) && strcmp(again, first) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct asking a;
	struct error err;
	char *typed;

	if (asking_parse((const char *)data, size, &a, &err) == 0) {
		sound(&a);
		there_and_back(&a);
	} else
		must(err.code == ERROR_BROKEN && is_line(err.text));
	login(&in);
	in = (struct input){ data, size };
	typed = take_rest(&in);
	id(typed);
	free(typed);
	return 0;
}

#include <string.h>

#include "asking.h"
#include "match.h"
#include "record.h"
#include "text.h"

#define ASKING_VERSION	1

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void
asking_id(char dst[ASKING_ID + 1], uint64_t bits)
{
	size_t i;

	for (i = 0; i < ASKING_ID; i++, bits >>= 5)
		dst[i] = digits[bits & 31];
	dst[ASKING_ID] = '\0';
}

static char
digit_of(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - ('a' - 'A'));
	if (c == 'O')
		return '0';
	if (c == 'I' || c == 'L')
		return '1';
	return c;
}

bool
asking_id_parse(char dst[ASKING_ID + 1], const char *typed)
{
	size_t i;

	dst[0] = '\0';
	if (strlen(typed) != ASKING_ID)
		return false;
	for (i = 0; i < ASKING_ID; i++) {
		dst[i] = digit_of(typed[i]);
		if (strchr(digits, dst[i]) == NULL) {
			dst[0] = '\0';
			return false;
		}
	}
	dst[ASKING_ID] = '\0';
	return true;
}

/*
 * Would a lease for it be for just that?  '*' would be for all, and a remote
 * host may call itself "0.0.0.0/0" or "local": those don't mean themselves.
 */
static bool
fits(enum condition cond, const char *item)
{
	const struct list one = list_of_one(item);
	struct error err;
	const char *p;

	for (p = item; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || strchr("*?!,\"", *p) != NULL)
			return false;
	return strlen(item) <= LEASE_ITEM_MAX && (item[0] == '\0' ||
	    (match_check(cond, item, &err) == 0 && match(cond, &one, &one)));
}

static bool
join(char *dst, size_t size, const struct list *list)
{
	const char *item;
	size_t len = 0;

	dst[0] = '\0';
	for (item = list_first(list); item != NULL;
	    item = list_next(list, item)) {
		if (len > 0 && len + 1 < size)
			dst[len++] = ',';
		if (!text_copy(dst + len, size - len, item))
			return false;
		len += strlen(item);
	}
	return true;
}

int
asking_init(struct asking *a, const struct request *rq,
    const struct rule *rule, const struct moment *now, struct error *err)
{
	error_clear(err);
	memset(a, 0, sizeof(*a));
	a->uid = rq->uid;
	a->length = rule->length;
	a->desktop = rule->desktop;
	a->since = now->wall / NANOSECONDS;
	a->since_boot = now->boot;
	if (!fits(COND_SERVICE, rq->service) || !fits(COND_FROM, rq->rhost))
		return error_set(err, ERROR_INVALID, "no lease can be for "
		    "just that service and remote host");
	if (!text_copy(a->user, sizeof(a->user), rq->user) ||
	    !text_copy(a->service, sizeof(a->service), rq->service) ||
	    !text_copy(a->tty, sizeof(a->tty), rq->tty) ||
	    !text_copy(a->rhost, sizeof(a->rhost), rq->rhost) ||
	    !join(a->by, sizeof(a->by), &rule->by))
		return error_set(err, ERROR_INVALID, "a PAM item is too long");
	return 0;
}

bool
asking_same(const struct asking *a, const struct asking *b)
{
	return a->uid == b->uid && strcmp(a->user, b->user) == 0 &&
	    strcmp(a->service, b->service) == 0 &&
	    strcmp(a->rhost, b->rhost) == 0 && a->length == b->length &&
	    a->desktop == b->desktop && strcmp(a->by, b->by) == 0;
}

static bool
names(const char *list, const char *group)
{
	size_t len = strlen(group), n;

	for (; *list != '\0'; list += n + (list[n] != '\0')) {
		n = strcspn(list, ",");
		if (n == len && memcmp(list, group, n) == 0)
			return true;
	}
	return false;
}

bool
asking_by(const struct asking *a, const struct list *groups)
{
	const char *group;

	for (group = list_first(groups); group != NULL;
	    group = list_next(groups, group))
		if (names(a->by, group))
			return true;
	return false;
}

bool
asking_before(const struct asking *a, const struct asking *b)
{
	if (a->since_boot != b->since_boot)
		return a->since_boot < b->since_boot;
	return strcmp(a->id, b->id) < 0;
}

bool
asking_over(const struct asking *a, const struct moment *now)
{
	return !now->readable || now->boot - a->since_boot >=
	    ASKING_STANDS * NANOSECONDS;
}

void
asking_count(struct asking_count *n, const struct asking *own,
    const struct asking *other)
{
	if (!other->waits || strcmp(own->id, other->id) == 0)
		return;
	n->all++;
	if (strcmp(own->user, other->user) == 0 && asking_before(other, own))
		n->user++;
	if (own->rhost[0] != '\0' && strcmp(own->rhost, other->rhost) == 0)
		n->source++;
}

const char *
asking_full(const struct asking_count *n)
{
	if (n->user > 0)
		return "another login of the user's waits already";
	if (n->source >= ASKING_SOURCE_MAX)
		return "too many logins from there wait already";
	return n->all >= ASKING_ALL_MAX ? "too many logins wait already" :
	    NULL;
}

ssize_t
asking_format(const struct asking *a, char *data, size_t size)
{
	struct record r;

	record_init(&r, data, size);
	record_number(&r, "version", ASKING_VERSION);
	record_text(&r, "user", a->user);
	record_number(&r, "uid", (int64_t)a->uid);
	record_text(&r, "service", a->service);
	record_text(&r, "tty", a->tty);
	record_text(&r, "rhost", a->rhost);
	record_number(&r, "length", a->length);
	record_text(&r, "by", a->by);
	record_number(&r, "desktop", a->desktop);
	record_number(&r, "since", a->since);
	record_number(&r, "since_boot", a->since_boot);
	record_text(&r, "reason", a->reason);
	return r.overflow ? -1 : (ssize_t)r.len;
}

int
asking_parse(const char *data, size_t len, struct asking *a, struct error *err)
{
	struct record_reader r = { .p = data, .end = data + len };
	int64_t version, uid, desktop;

	error_clear(err);
	memset(a, 0, sizeof(*a));
	if (record_take_number(&r, "version", &version) &&
	    version == ASKING_VERSION &&
	    record_take(&r, "user", a->user, sizeof(a->user)) &&
	    a->user[0] != '\0' &&
	    record_take_number(&r, "uid", &uid) && uid < UINT32_MAX &&
	    record_take(&r, "service", a->service, sizeof(a->service)) &&
	    fits(COND_SERVICE, a->service) &&
	    record_take(&r, "tty", a->tty, sizeof(a->tty)) &&
	    record_take(&r, "rhost", a->rhost, sizeof(a->rhost)) &&
	    fits(COND_FROM, a->rhost) &&
	    record_take_number(&r, "length", &a->length) &&
	    a->length >= 1 && a->length <= LEASE_SECONDS_MAX &&
	    record_take(&r, "by", a->by, sizeof(a->by)) &&
	    record_take_number(&r, "desktop", &desktop) && desktop <= 1 &&
	    record_take_number(&r, "since", &a->since) &&
	    record_take_number(&r, "since_boot", &a->since_boot) &&
	    record_take(&r, "reason", a->reason, sizeof(a->reason)) &&
	    text_printable(a->reason, strlen(a->reason)) &&
	    r.p == r.end) {
		a->uid = (uid_t)uid;
		a->desktop = desktop == 1;
		return 0;
	}
	return error_set(err, ERROR_BROKEN, "not a request, wrong at byte %zu",
	    (size_t)(r.p - data));
}

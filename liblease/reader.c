#include <stddef.h>
#include <string.h>

#include "lease.h"
#include "name.h"
#include "reader.h"
#include "text.h"
#include "timestamp.h"
#include "window.h"

#define KEY_MAX		31	/* bytes; the longest key has 16 */
#define NUMBER_DIGITS	15	/* so that it is below 2^53 */
#define UID_LAST	INT64_C(4294967294)	/* the one above means none */

struct cursor {
	const char *data;
	size_t len;
	size_t at;		/* of the next byte */
	const char *key;	/* whose value is being read, or NULL */
	const char *why;	/* what is wrong, once something is */
};

/* Always returns false, so that "return fail(...)" reads well. */
static bool
fail(struct cursor *c, const char *why)
{
	c->why = why;
	return false;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
skip_blanks(struct cursor *c)
{
	while (c->at < c->len && is_blank(c->data[c->at]))
		c->at++;
}

/* Takes the token, and white space before it, if it is what comes next. */
static bool
take(struct cursor *c, const char *token)
{
	size_t len = strlen(token);

	skip_blanks(c);
	if (c->len - c->at < len || memcmp(c->data + c->at, token, len) != 0)
		return false;
	c->at += len;
	return true;
}

static bool
parse_string(struct cursor *c, char *dst, size_t size)
{
	size_t used = 0;

	if (!take(c, "\""))
		return fail(c, "a string is expected");
	while (c->at < c->len && c->data[c->at] != '"') {
		if (c->data[c->at] == '\\') {
			c->at++;
			if (c->at == c->len ||
			    memchr("\"\\/", c->data[c->at], 3) == NULL)
				return fail(c, "this escape is not allowed");
		}
		if (used + 1 == size)
			return fail(c, "the string is too long");
		dst[used++] = c->data[c->at++];
	}
	dst[used] = '\0';
	if (!take(c, "\""))
		return fail(c, "the string does not end");
	/* This also finds a NUL, so that dst is all of the string. */
	return text_printable(dst, used) ||
	    fail(c, "the string is not printable UTF-8");
}

static bool
parse_filled_string(struct cursor *c, char *dst, size_t size)
{
	return parse_string(c, dst, size) &&
	    (dst[0] != '\0' || fail(c, "the string is empty"));
}

static bool
parse_number(struct cursor *c, void *field)
{
	int64_t *number = field;
	size_t digits = 0;

	*number = 0;
	skip_blanks(c);
	for (; c->at < c->len && c->data[c->at] >= '0' &&
	    c->data[c->at] <= '9'; c->at++) {
		if (digits == NUMBER_DIGITS || (digits == 1 && *number == 0))
			return fail(c, "the number has too many digits");
		*number = *number * 10 + (c->data[c->at] - '0');
		digits++;
	}
	if (digits == 0)
		return fail(c, "a whole number is expected");
	return true;
}

static bool
parse_time(struct cursor *c, void *field)
{
	char text[TIMESTAMP_LEN + 1];

	return parse_string(c, text, sizeof(text)) &&
	    (timestamp_parse(text, strlen(text), field) == 0 ||
	    fail(c, "a time YYYY-MM-DDTHH:MM:SSZ is expected"));
}

static bool
parse_list(struct cursor *c, void *field)
{
	struct lease_list *list = field;
	char *item;

	if (!take(c, "["))
		return fail(c, "a list is expected");
	do {
		if (list->n == LEASE_LIST_MAX)
			return fail(c, "the list is too long");
		item = list->item[list->n];
		if (!parse_filled_string(c, item, sizeof(list->item[0])))
			return false;
		for (; *item != '\0'; item++)
			if (*item <= ' ' || *item > '~' || *item == ',')
				return fail(c, "the item has a blank, a comma"
				    " or a character that is not ASCII");
		list->n++;
	} while (take(c, ","));
	return take(c, "]") || fail(c, "',' or ']' is expected");
}

static bool
parse_version(struct cursor *c, void *field)
{
	int64_t version;

	(void)field;
	return parse_number(c, &version) &&
	    (version == LEASE_VERSION || fail(c, "this version is not known"));
}

static bool
parse_user(struct cursor *c, void *field)
{
	return parse_string(c, field, LEASE_NAME_MAX + 1) &&
	    (name_valid(field) || fail(c, "this can't be a user's name"));
}

static bool
parse_uid(struct cursor *c, void *field)
{
	uid_t *uid = field;
	int64_t number;

	if (!parse_number(c, &number))
		return false;
	if (number > UID_LAST)
		return fail(c, "the uid is too large");
	*uid = (uid_t)number;
	return true;
}

static bool
parse_granted_by(struct cursor *c, void *field)
{
	return parse_filled_string(c, field, LEASE_NAME_MAX + 1);
}

static bool
parse_reason(struct cursor *c, void *field)
{
	return parse_string(c, field, LEASE_REASON_MAX + 1);
}

static bool
parse_during(struct cursor *c, void *field)
{
	struct error err;
	size_t at;

	_Static_assert(LEASE_DURING_MAX == WINDOW_MAX, "one limit");
	return parse_string(c, field, LEASE_DURING_MAX + 1) &&
	    (window_check(field, &at, &err) == 0 ||
	    fail(c, "time windows such as Wk0900-1700 are expected"));
}

static bool
parse_boot_id(struct cursor *c, void *field)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	const char *id = field;
	const char *allowed;
	size_t i;

	if (!parse_string(c, field, LEASE_BOOT_ID_LEN + 1))
		return false;
	for (i = 0; i < LEASE_BOOT_ID_LEN; i++) {
		allowed = form[i] == '-' ? "-" : "0123456789abcdef";
		if (memchr(allowed, id[i], strlen(allowed)) == NULL)
			return fail(c, "a UUID in lower case is expected");
	}
	return true;
}

static bool
parse_final(struct cursor *c, void *field)
{
	bool *final = field;

	*final = take(c, "true");
	return *final || take(c, "false") ||
	    fail(c, "true or false is expected");
}

#define FIELD(name)	offsetof(struct lease, name)

static const struct {
	const char *name;
	bool required;
	bool (*parse)(struct cursor *c, void *field);
	size_t offset;		/* of the field in struct lease */
} keys[] = {
	{ "version", true, parse_version, 0 },
	{ "user", true, parse_user, FIELD(user) },
	{ "uid", true, parse_uid, FIELD(uid) },
	{ "granted_by", true, parse_granted_by, FIELD(granted_by) },
	{ "reason", false, parse_reason, FIELD(reason) },
	{ "issued_at", true, parse_time, FIELD(issued_at) },
	{ "expires_at", true, parse_time, FIELD(expires_at) },
	{ "boot_id", true, parse_boot_id, FIELD(boot_id) },
	{ "expires_boottime", true, parse_number, FIELD(expires_boottime) },
	{ "services", false, parse_list, FIELD(services) },
	{ "from", false, parse_list, FIELD(from) },
	{ "during", false, parse_during, FIELD(during) },
	{ "final", false, parse_final, FIELD(final) },
};

#define NKEYS	(sizeof(keys) / sizeof(keys[0]))

static bool
parse_member(struct cursor *c, struct lease *lease, unsigned int *seen)
{
	char name[KEY_MAX + 1];
	size_t i;

	c->key = NULL;
	if (!parse_string(c, name, sizeof(name)))
		return false;
	for (i = 0; i < NKEYS && strcmp(keys[i].name, name) != 0; i++)
		;
	if (i == NKEYS)
		return fail(c, "this key is not known");
	c->key = keys[i].name;
	if ((*seen & 1U << i) != 0)
		return fail(c, "this key comes twice");
	*seen |= 1U << i;
	if (!take(c, ":"))
		return fail(c, "':' is expected");
	return keys[i].parse(c, (char *)lease + keys[i].offset);
}

static bool
parse_object(struct cursor *c, struct lease *lease)
{
	unsigned int seen = 0;
	size_t i;

	if (c->len > LEASE_FILE_MAX)
		return fail(c, "the lease is too long");
	if (!take(c, "{"))
		return fail(c, "'{' is expected");
	do {
		if (!parse_member(c, lease, &seen))
			return false;
	} while (take(c, ","));
	if (!take(c, "}"))
		return fail(c, "',' or '}' is expected");
	skip_blanks(c);
	c->key = NULL;
	if (c->at != c->len)
		return fail(c, "something follows the lease");
	for (i = 0; i < NKEYS; i++) {
		c->key = keys[i].name;
		if (keys[i].required && (seen & 1U << i) == 0)
			return fail(c, "this key is missing");
	}
	c->key = "expires_at";
	if (lease->expires_at < lease->issued_at)
		return fail(c, "the end is before the start");
	if (lease->expires_at - lease->issued_at > LEASE_SECONDS_MAX)
		return fail(c, "the end is too long after the start");
	if (lease->expires_at > LEASE_TIME_MAX ||
	    lease->expires_boottime > LEASE_TIME_MAX)
		return fail(c, "the end is too far away");
	return true;
}

int
lease_parse(const char *data, size_t len, struct lease *lease,
    struct error *err)
{
	struct cursor c = { .data = data, .len = len };

	memset(lease, 0, sizeof(*lease));
	if (parse_object(&c, lease))
		return 0;
	memset(lease, 0, sizeof(*lease));
	return error_set(err, ERROR_BROKEN, "offset %zu: %s%s%s", c.at,
	    c.key == NULL ? "" : c.key, c.key == NULL ? "" : ": ", c.why);
}

#include <stdio.h>
#include <string.h>

#include "record.h"
#include "session.h"

#define SESSION_VERSION	1

static const char *const words[] = {
	[ADMITTED_NOT] = "refused",
	[ADMITTED_LEASE] = "lease",
	[ADMITTED_POLICY] = "policy",
	[ADMITTED_PERMISSIVE] = "permissive",
	[ADMITTED_KEPT] = "kept",
	[ADMITTED_ENTERING] = "entering",
};

#define NWORDS	(sizeof(words) / sizeof(words[0]))

const char *
admitted_word(enum admitted by)
{
	return words[by];
}

bool
admitted_parse(const char *word, enum admitted *by)
{
	size_t i;

	for (i = 0; i < NWORDS; i++)
		if (strcmp(word, words[i]) == 0) {
			*by = (enum admitted)i;
			return true;
		}
	return false;
}

char *
session_name(char *dst, const struct session *s)
{
	if (s->number == 0)
		(void)snprintf(dst, SESSION_NAME_MAX, "%d-%llu", (int)s->pid,
		    (unsigned long long)s->start);
	else
		(void)snprintf(dst, SESSION_NAME_MAX, "%d-%llu.%u",
		    (int)s->pid, (unsigned long long)s->start, s->number);
	return dst;
}

/* Digits without a leading zero, up to max; false when there are none. */
static bool
take_digits(const char **p, uint64_t max, uint64_t *value)
{
	const char *s = *p;

	*value = 0;
	if (*s < '0' || *s > '9' || (s[0] == '0' && s[1] >= '0' && s[1] <= '9'))
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		uint64_t digit = (uint64_t)(*s - '0');

		if (*value > (max - digit) / 10)
			return false;
		*value = *value * 10 + digit;
	}
	*p = s;
	return true;
}

char *
session_names(char dst[SESSION_NAMES_MAX], const struct session *list,
    size_t n, const bool *ends)
{
	char name[SESSION_NAME_MAX];
	size_t i, len = 0;

	dst[0] = '\0';
	for (i = 0; i < n; i++) {
		if (ends != NULL && !ends[i])
			continue;
		(void)session_name(name, &list[i]);
		if (len + strlen(name) + 2 > SESSION_NAMES_MAX)
			break;
		len += (size_t)snprintf(dst + len, SESSION_NAMES_MAX - len,
		    "%s%s", len > 0 ? " " : "", name);
	}
	return dst;
}

bool
session_name_parse(const char *name, struct session *s)
{
	uint64_t pid, start, number = 0;

	s->pid = 0;
	s->start = 0;
	s->number = 0;
	if (!take_digits(&name, INT32_MAX, &pid) || pid == 0 ||
	    *name++ != '-' || !take_digits(&name, INT64_MAX, &start))
		return false;
	if (*name == '.') {
		name++;
		if (!take_digits(&name, SESSION_SAME_MAX, &number) ||
		    number == 0)
			return false;
	}
	if (*name != '\0')
		return false;
	s->pid = (pid_t)pid;
	s->start = start;
	s->number = (unsigned int)number;
	return true;
}

bool
session_same(const struct session *a, const struct session *b)
{
	return a->pid == b->pid && a->start == b->start &&
	    a->number == b->number;
}

ssize_t
session_format(const struct session *s, char *data, size_t size)
{
	struct record r;

	record_init(&r, data, size);
	record_number(&r, "version", SESSION_VERSION);
	record_text(&r, "user", s->user);
	record_number(&r, "uid", (int64_t)s->uid);
	record_text(&r, "service", s->service);
	record_text(&r, "tty", s->tty);
	record_text(&r, "rhost", s->rhost);
	record_text(&r, "by", words[s->by]);
	record_number(&r, "opened", s->opened);
	record_number(&r, "opened_boot", s->opened_boot);
	return r.overflow ? -1 : (ssize_t)r.len;
}

static bool
take_admitted(struct record_reader *r, enum admitted *by)
{
	char word[16];

	return record_take(r, "by", word, sizeof(word)) &&
	    admitted_parse(word, by);
}

int
session_parse(const char *data, size_t len, struct session *s,
    struct error *err)
{
	struct record_reader r = { .p = data, .end = data + len };
	int64_t version, uid;

	error_clear(err);
	if (record_take_number(&r, "version", &version) &&
	    version == SESSION_VERSION &&
	    record_take(&r, "user", s->user, sizeof(s->user)) &&
	    s->user[0] != '\0' &&
	    record_take_number(&r, "uid", &uid) && uid < UINT32_MAX &&
	    record_take(&r, "service", s->service, sizeof(s->service)) &&
	    record_take(&r, "tty", s->tty, sizeof(s->tty)) &&
	    record_take(&r, "rhost", s->rhost, sizeof(s->rhost)) &&
	    take_admitted(&r, &s->by) &&
	    record_take_number(&r, "opened", &s->opened) &&
	    record_take_number(&r, "opened_boot", &s->opened_boot) &&
	    r.p == r.end) {
		s->uid = (uid_t)uid;
		return 0;
	}
	return error_set(err, ERROR_BROKEN, "not a ledger entry, wrong at "
	    "byte %zu", (size_t)(r.p - data));
}

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "timestamp.h"
#include "verdict.h"
#include "winddown.h"

#define SECONDS_DIGITS	10	/* of the boot clock, at most */

void
winddown_init(struct winddown *wd)
{
	memset(wd, 0, sizeof(*wd));
	wd->deadline = wd->deadline_boot = NO_END;
	wd->message = "";
}

static bool
take_since(const char *value, struct winddown *wd)
{
	return wd->since == 0 &&
	    timestamp_parse(value, strlen(value), &wd->since) == 0 &&
	    wd->since != 0;
}

static bool
take_by(const char *value, struct winddown *wd)
{
	return wd->by[0] == '\0' && value[0] != '\0' &&
	    text_copy(wd->by, sizeof(wd->by), value);
}

static bool
take_deadline(const char *value, struct winddown *wd)
{
	if (wd->deadline != NO_END || strlen(value) < TIMESTAMP_LEN ||
	    timestamp_parse(value, TIMESTAMP_LEN, &wd->deadline) == -1 ||
	    wd->deadline > LEASE_TIME_MAX)
		return false;
	value += TIMESTAMP_LEN;
	if (*value == '\0')
		return true;
	if (value[0] != ' ' || strlen(value) < LEASE_BOOT_ID_LEN + 3 ||
	    value[LEASE_BOOT_ID_LEN + 1] != ' ')
		return false;
	memcpy(wd->boot_id, value + 1, LEASE_BOOT_ID_LEN);
	value += LEASE_BOOT_ID_LEN + 2;
	if (strlen(value) > SECONDS_DIGITS ||
	    strspn(value, "0123456789") != strlen(value))
		return false;
	wd->deadline_boot = (int64_t)strtoull(value, NULL, 10);
	return wd->deadline_boot <= LEASE_TIME_MAX;
}

static const struct {
	const char *key;
	bool (*take)(const char *value, struct winddown *wd);
} lines[] = {
	{ "#since ", take_since },
	{ "#by ", take_by },
	{ "#deadline ", take_deadline },
};

#define NLINES	(sizeof(lines) / sizeof(lines[0]))

static bool
take_line(const char *line, struct winddown *wd)
{
	size_t i;

	for (i = 0; i < NLINES; i++)
		if (strncmp(line, lines[i].key, strlen(lines[i].key)) == 0)
			return lines[i].take(line + strlen(lines[i].key), wd);
	return false;
}

/* The lines with '#', each of which ends in a NUL then; NULL: a bad one. */
static char *
take_lines(char *p, struct winddown *wd, unsigned int *n)
{
	for (*n = 1; *p == '#'; (*n)++) {
		char *end = p + strcspn(p, "\n"), *next = end;

		next += *end == '\n';
		*end = '\0';
		if (!take_line(p, wd))
			return NULL;
		p = next;
	}
	return *p == '\n' ? p + 1 : p;
}

int
winddown_parse(char *data, size_t len, struct winddown *wd, struct error *err)
{
	unsigned int n;
	char *p;

	error_clear(err);
	winddown_init(wd);
	if (memchr(data, '\0', len) != NULL)
		return error_set(err, ERROR_BROKEN, "a NUL byte");
	while (len > 0 && data[len - 1] == '\n')
		len--;
	data[len] = '\0';
	p = take_lines(data, wd, &n);
	if (p == NULL) {
		winddown_init(wd);
		return error_set(err, ERROR_BROKEN, "line %u is no #since, "
		    "#by or #deadline, or the second one, or wrong", n);
	}
	if (strlen(p) > WINDDOWN_MESSAGE_MAX) {
		winddown_init(wd);
		return error_set(err, ERROR_BROKEN, "the message has more "
		    "than %d bytes", WINDDOWN_MESSAGE_MAX);
	}
	wd->message = p;
	return 0;
}

ssize_t
winddown_format(const struct winddown *wd, char *data, size_t size)
{
	char since[32] = "", by[LEASE_NAME_MAX + 8] = "", deadline[128] = "";
	char at[TIMESTAMP_LEN + 1];
	int n;

	if (wd->since != 0)
		(void)snprintf(since, sizeof(since), "#since %s\n",
		    timestamp_format(at, wd->since));
	if (wd->by[0] != '\0')
		(void)snprintf(by, sizeof(by), "#by %s\n", wd->by);
	if (wd->deadline != NO_END)
		(void)snprintf(deadline, sizeof(deadline),
		    wd->boot_id[0] != '\0' ? "#deadline %s %s %lld\n" :
		    "#deadline %s\n", timestamp_format(at, wd->deadline),
		    wd->boot_id, (long long)wd->deadline_boot);
	n = snprintf(data, size, "%s%s%s\n%s%s", since, by, deadline,
	    wd->message, wd->message[0] != '\0' ? "\n" : "");
	return n < 0 || (size_t)n >= size ? -1 : n;
}

void
winddown_merge(struct winddown *wd, const struct winddown *other)
{
	if (wd->by[0] == '\0')
		memcpy(wd->by, other->by, sizeof(wd->by));
	if (wd->message[0] == '\0')
		wd->message = other->message;
	if (wd->since == 0 || (other->since != 0 && other->since < wd->since))
		wd->since = other->since;
	if (other->deadline < wd->deadline) {
		wd->deadline = other->deadline;
		wd->deadline_boot = other->deadline_boot;
		memcpy(wd->boot_id, other->boot_id, sizeof(wd->boot_id));
	}
}

bool
winddown_knows_boot(const struct winddown *wd, const struct moment *now)
{
	return wd->boot_id[0] != '\0' &&
	    strcmp(wd->boot_id, now->boot_id) == 0;
}

bool
winddown_over(const struct winddown *wd, const struct moment *now)
{
	if (wd->deadline == NO_END || !now->readable)
		return false;
	return now->wall / NANOSECONDS >= wd->deadline ||
	    (winddown_knows_boot(wd, now) &&
	    now->boot / NANOSECONDS >= wd->deadline_boot);
}

int64_t
winddown_boot(const struct winddown *wd, const struct moment *now)
{
	const int64_t ahead = now->boot - now->wall;

	if (wd->deadline == NO_END || winddown_knows_boot(wd, now))
		return wd->deadline_boot;
	if (!now->readable)
		return NO_END;
	/* Rounded up: by then the wall clock is there. */
	return wd->deadline + ahead / NANOSECONDS + (ahead % NANOSECONDS > 0);
}

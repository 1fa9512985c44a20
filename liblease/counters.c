#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "counters.h"
#include "event.h"

#define NUMBER_MAX	1e12	/* that one line can add */
#define KEY_MAX		64

const int64_t late_bounds[LATE_BOUNDS] = {
	100, 250, 500, 1000, 2000, 5000, 10000, 30000, 60000, 300000,
};

static const char *const results[] = {
	[LOGIN_ADMITTED] = "admitted",
	[LOGIN_DENIED] = "denied",
	[LOGIN_PERMISSIVE] = "permissive",
};

const char *
login_result_word(enum login_result result)
{
	return results[result];
}

/* That of a word: WHYS where there is none. */
static int
why_of(const char *word)
{
	int i;

	for (i = 0; i < WHYS; i++)
		if (strcmp(why_word((enum why)i), word) == 0)
			break;
	return i;
}

const char *
login_why_word(int why)
{
	const char *word = why == WHYS ? "other" : why_word((enum why)why);

	return why_of(word) == why ? word : NULL;
}

static const cJSON *
field(const cJSON *json, enum event_field f)
{
	return cJSON_GetObjectItemCaseSensitive(json, event_field_name(f));
}

static void
add_login(struct counters *c, enum login_result result, const cJSON *json)
{
	const cJSON *why = field(json, EVENT_WHY);

	c->logins[result][cJSON_IsString(why) ? why_of(why->valuestring) :
	    WHYS]++;
}

/* Returns false where there is none that can be. */
static bool
take_number(const cJSON *json, enum event_field f, int64_t *n)
{
	const cJSON *item = field(json, f);

	*n = 0;
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 &&
	    item->valuedouble <= NUMBER_MAX))
		return false;
	*n = (int64_t)item->valuedouble;
	return true;
}

static void
add_end(struct counters *c, enum event_kind kind, const cJSON *json)
{
	int64_t n;
	int i = 0;

	(void)take_number(json, EVENT_KILLED, &n);
	c->swept += n;
	if (kind != EVENT_ENDED || !take_number(json, EVENT_LATE_MS, &n))
		return;
	while (i < LATE_BOUNDS && n > late_bounds[i])
		i++;
	c->late[i]++;
	c->late_ms += n;
}

void
counters_add(struct counters *c, const char *line, size_t len)
{
	cJSON *json = cJSON_ParseWithLength(line, len);
	const cJSON *event = cJSON_GetObjectItemCaseSensitive(json, "event");
	enum event_kind kind = cJSON_IsString(event) ?
	    event_kind_of(event->valuestring) : EVENT_KINDS;

	if (kind == EVENT_ADMITTED)
		add_login(c, LOGIN_ADMITTED, json);
	else if (kind == EVENT_DENIED)
		add_login(c, cJSON_IsTrue(field(json, EVENT_PERMISSIVE)) ?
		    LOGIN_PERMISSIVE : LOGIN_DENIED, json);
	else if (kind == EVENT_ENDED || kind == EVENT_NOT_ENDED)
		add_end(c, kind, json);
	cJSON_Delete(json);
}

static const char *
login_key(char dst[KEY_MAX], int result, int why)
{
	(void)snprintf(dst, KEY_MAX, "%s.%s", results[result],
	    login_why_word(why));
	return dst;
}

static const char *
late_key(char dst[KEY_MAX], int i)
{
	(void)snprintf(dst, KEY_MAX, "late.%d", i);
	return dst;
}

void
counters_put(const struct counters *c, struct record *r)
{
	char key[KEY_MAX];
	int i, k;

	for (i = 0; i < LOGIN_RESULTS; i++)
		for (k = 0; k <= WHYS; k++)
			if (c->logins[i][k] > 0)
				record_number(r, login_key(key, i, k),
				    c->logins[i][k]);
	for (i = 0; i <= LATE_BOUNDS; i++)
		record_number(r, late_key(key, i), c->late[i]);
	record_number(r, "late_ms", c->late_ms);
	record_number(r, "swept", c->swept);
}

bool
counters_take(struct counters *c, struct record_reader *r)
{
	bool good = true;
	char key[KEY_MAX];
	int i, k;

	memset(c, 0, sizeof(*c));
	for (i = 0; i < LOGIN_RESULTS; i++)
		for (k = 0; k <= WHYS; k++)
			if (login_why_word(k) != NULL &&
			    record_at(r, login_key(key, i, k)))
				good = good && record_take_number(r, key,
				    &c->logins[i][k]);
	for (i = 0; good && i <= LATE_BOUNDS; i++)
		good = record_take_number(r, late_key(key, i), &c->late[i]);
	good = good && record_take_number(r, "late_ms", &c->late_ms) &&
	    record_take_number(r, "swept", &c->swept);
	if (!good)
		memset(c, 0, sizeof(*c));
	return good;
}

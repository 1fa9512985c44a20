#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <sha2.h>

#include "chain.h"
#include "text.h"
#include "timestamp.h"

#define MILLISECOND	INT64_C(1000000)
#define NUMBER_END	9007199254740992.0	/* whole ones of a double */

void
chain_hash(char *dst, const char *line, size_t len)
{
	(void)SHA256Data((const uint8_t *)line, len, dst);
}

static bool
add_string(cJSON *object, const char *key, const char *value)
{
	return cJSON_AddStringToObject(object, key, value) != NULL;
}

/* RFC 3339 in UTC with milliseconds. */
static bool
add_moment(cJSON *object, const char *key, int64_t wall)
{
	char text[TIMESTAMP_LEN + 1], ms[TIMESTAMP_LEN + 8];

	(void)timestamp_format(text, wall / (1000 * MILLISECOND));
	text[TIMESTAMP_LEN - 1] = '\0';		/* the Z */
	(void)snprintf(ms, sizeof(ms), "%s.%03dZ", text,
	    (int)(wall / MILLISECOND % 1000));
	return add_string(object, key, ms);
}

static bool
add_field(cJSON *object, const struct event *e, enum event_field f)
{
	char text[4 * EVENT_TEXT_MAX + 1];
	const char *key = event_field_name(f);
	int64_t n = e->number[f];

	if (e->text[f] != NULL && e->text[f][0] != '\0')
		return add_string(object, key, text_show(text, sizeof(text),
		    e->text[f], strlen(e->text[f])));
	if (n == EVENT_UNSET)
		return true;
	switch (event_field_type(f)) {
	case EVENT_FLAG:
		return cJSON_AddBoolToObject(object, key, n != 0) != NULL;
	case EVENT_TIME:
		if (n < TIMESTAMP_MIN || n > TIMESTAMP_MAX)
			return true;
		return add_string(object, key, timestamp_format(text, n));
	case EVENT_TEXT:
	case EVENT_NUMBER:
		break;
	}
	return cJSON_AddNumberToObject(object, key, (double)n) != NULL;
}

static char *
format(const struct event *e, int64_t wall, const char *id, bool first,
    const struct link *last)
{
	cJSON *object = cJSON_CreateObject();
	char *line = NULL;
	bool good;
	int i;

	good = object != NULL && cJSON_AddNumberToObject(object, "number",
	    (double)(last->number + 1)) != NULL &&
	    add_moment(object, "time", wall) &&
	    add_string(object, "event", event_word(e->kind));
	for (i = 0; good && i < EVENT_FIELDS; i++)
		good = add_field(object, e, (enum event_field)i);
	if (good && first)
		good = cJSON_AddTrueToObject(object, "first") != NULL;
	if (good && add_string(object, "id", id) &&
	    add_string(object, "previous", last->hash))
		line = cJSON_PrintUnformatted(object);
	cJSON_Delete(object);
	return line;
}

char *
chain_add(const struct event *e, int64_t wall, const char *id, bool first,
    struct link *last)
{
	char *json = format(e, wall, id, first, last), *line = NULL;

	if (json != NULL && asprintf(&line, "%s\n", json) == -1)
		line = NULL;
	if (line != NULL) {
		last->number++;
		chain_hash(last->hash, json, strlen(json));
	}
	free(json);
	return line;
}

bool
chain_read(const char *line, size_t len, uint64_t *number,
    char previous[CHAIN_HASH + 1])
{
	cJSON *json = cJSON_ParseWithLength(line, len);
	const cJSON *n = cJSON_GetObjectItemCaseSensitive(json, "number");
	const cJSON *p = cJSON_GetObjectItemCaseSensitive(json, "previous");
	bool good = cJSON_IsNumber(n) && n->valuedouble >= 1 &&
	    n->valuedouble < NUMBER_END &&
	    n->valuedouble == (double)(uint64_t)n->valuedouble &&
	    cJSON_IsString(p) &&
	    text_copy(previous, CHAIN_HASH + 1, p->valuestring);

	if (good)
		*number = (uint64_t)n->valuedouble;
	cJSON_Delete(json);
	return good;
}

/* Within a text the quotes would be escaped. */
static bool
has(const char *line, size_t len, const char *what)
{
	return memmem(line, len, what, strlen(what)) != NULL;
}

bool
chain_is_first(const char *line, size_t len)
{
	return has(line, len, "\"first\":true");
}

bool
chain_is_healed(const char *line, size_t len)
{
	return has(line, len, "\"event\":\"healed\"");
}

bool
chain_is_lost(const char *line, size_t len)
{
	return has(line, len, "\"event\":\"healed\",\"detail\":\""
	    CHAIN_LOST "\"");
}

bool
chain_follows(const char *line, size_t len, struct link *last)
{
	char previous[CHAIN_HASH + 1];
	uint64_t number;

	if (!chain_read(line, len, &number, previous) ||
	    number != last->number + 1 || strcmp(previous, last->hash) != 0)
		return false;
	last->number = number;
	chain_hash(last->hash, line, len);
	return true;
}

/* The length of the line at p, of which the newline may be missing. */
static size_t
line_length(const char *p, const char *end)
{
	const char *newline = memchr(p, '\n', (size_t)(end - p));

	return (size_t)((newline != NULL ? newline : end) - p);
}

/* A line without its newline is whole, or a piece of one. */
static void
take_cut(const char *p, size_t len, const struct link *record, bool found,
    struct link *at, struct chain_end *end)
{
	char previous[CHAIN_HASH + 1];

	end->cut = true;
	if (found ? chain_follows(p, len, at) : record == NULL &&
	    chain_read(p, len, &at->number, previous)) {
		end->last.number = at->number;
		end->len += len;
	}
	if (found || record == NULL)
		chain_hash(end->last.hash, p, len);
}

struct chain_end
chain_find_end(const char *tail, size_t size, const struct link *record)
{
	const char *p, *stop = tail + size;
	struct chain_end end = { LINK_INIT, 0, false };
	struct link at = LINK_INIT;
	char previous[CHAIN_HASH + 1];
	bool found = false;
	size_t len;

	if (record != NULL) {
		end.last = *record;
		found = record->number == 0;
	}
	for (p = tail; p < stop; p += len + 1) {
		len = line_length(p, stop);
		end.len = (size_t)(p - tail);
		if (p + len == stop) {
			take_cut(p, len, record, found, &at, &end);
			break;
		}
		end.len += len + 1;
		if (found && chain_follows(p, len, &at)) {
			end.last = at;
			continue;
		}
		found = false;
		if (!chain_read(p, len, &at.number, previous))
			continue;
		chain_hash(at.hash, p, len);
		found = record == NULL || (at.number == record->number &&
		    strcmp(at.hash, record->hash) == 0);
		if (found)
			end.last = at;
	}
	return end;
}

size_t
chain_head_format(const struct link *last, char dst[CHAIN_HEAD_MAX])
{
	return (size_t)snprintf(dst, CHAIN_HEAD_MAX, "%" PRIu64 " %s\n",
	    last->number, last->hash);
}

bool
chain_head_parse(const char *data, size_t len, struct link *last)
{
	char text[CHAIN_HEAD_MAX], again[CHAIN_HEAD_MAX], *end;
	struct link link = LINK_INIT;
	size_t n;

	if (len >= sizeof(text) || len == 0)
		return false;
	memcpy(text, data, len);
	text[len - 1] = '\0';		/* the newline */
	link.number = strtoull(text, &end, 10);
	if (*end != ' ' || !text_copy(link.hash, sizeof(link.hash), end + 1))
		return false;
	/* Only what would be written so. */
	n = chain_head_format(&link, again);
	if (n != len || memcmp(again, data, len) != 0 ||
	    strspn(link.hash, "0123456789abcdef") != CHAIN_HASH)
		return false;
	*last = link;
	return true;
}

#include <cjson/cJSON.h>

#include "chain.h"
#include "event.h"
#include "fuzz.h"
#include "text.h"

#define MOMENT_MAX	(INT64_MAX / 1000)		/* us */
#define NUMBER_MAX	INT64_C(999999999999999999)

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || a[0] == '\0' ? b == NULL :
	    b != NULL && strcmp(a, b) == 0;
}

/* A line of the history: one, that JSON's other reader takes, and that follows. */
static void
written(const struct event *e, int64_t wall)
{
	struct link last = LINK_INIT, check = LINK_INIT;
	char head[CHAIN_HEAD_MAX];
	char *line = chain_add(e, wall, "1-2", wall % 2 == 0, &last);
	size_t len = strlen(line);
	const cJSON *word;
	cJSON *json;

	must(line[len - 1] == '\n');
	line[--len] = '\0';
	must(text_printable(line, len));
	json = cJSON_ParseWithLength(line, len);
	word = cJSON_GetObjectItemCaseSensitive(json, "event");
	must(cJSON_IsString(word));
	must(event_kind_of(word->valuestring) == e->kind);
	cJSON_Delete(json);
	must(chain_is_first(line, len) == (wall % 2 == 0));
	must(chain_is_healed(line, len) == (e->kind == EVENT_HEALED));
	must(chain_follows(line, len, &check));
	must(check.number == last.number &&
	    strcmp(check.hash, last.hash) == 0);
	must(!chain_follows(line, len, &check));
	free(line);
	len = chain_head_format(&last, head);
	must(chain_head_parse(head, len, &check));
	must(!chain_head_parse(head, len - 1, &check));
}

static void
there_and_back(const struct event *e, int64_t wall)
{
	static char data[EVENT_FILE_MAX], store[EVENT_FILE_MAX];
	ssize_t len = event_format(e, wall, data, sizeof(data));
	struct event again;
	struct error err;
	int64_t at;
	int i;

	must(len > 0);
	must(event_parse(data, (size_t)len, &again, &at, store, &err) == 0);
	must(again.kind == e->kind && at == wall);
	for (i = 0; i < EVENT_FIELDS; i++)
		must(same_text(e->text[i], again.text[i]) &&
		    e->number[i] == again.number[i]);
	written(&again, wall);
}

static void
any(struct input *in)
{
	static char texts[EVENT_FIELDS][80];
	struct event e;
	int i;

	event_init(&e, (enum event_kind)take_number(in, EVENT_KINDS - 1));
	for (i = 0; i < EVENT_FIELDS; i++)
		if (event_field_type((enum event_field)i) == EVENT_TEXT) {
			take_string(in, texts[i], sizeof(texts[i]));
			e.text[i] = texts[i];
		} else
			e.number[i] = take_number(in, NUMBER_MAX);
	there_and_back(&e, take_number(in, MOMENT_MAX) * 1000);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	char previous[CHAIN_HASH + 1];
	struct link link = LINK_INIT;
	struct event e;
	struct error err;
	uint64_t number = 0;
	char *store = malloc(size + 1);
	int64_t wall;

	must(store != NULL);
	if (event_parse((const char *)data, size, &e, &wall, store, &err) ==
	    0) {
		must(e.kind < EVENT_KINDS && wall >= 0);
		if (wall / 1000 <= MOMENT_MAX)
			written(&e, wall);
	} else
		must(err.code == ERROR_BROKEN && is_line(err.text));
	free(store);
	if (chain_read((const char *)data, size, &number, previous))
		must(number > 0);
	if (chain_head_parse((const char *)data, size, &link))
		must(strlen(link.hash) == CHAIN_HASH);
	any(&in);
	return 0;
}

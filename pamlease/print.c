#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "duration.h"
#include "print.h"
#include "text.h"
#include "timestamp.h"
#include "writer.h"

#define GAP	2	/* blanks between two columns */

const char *
show(char *dst, const char *s)
{
	size_t len = strlen(s);

	return text_printable(s, len) ? s :
	    text_escape(dst, SHOWN_MAX, s, len);
}

/* Columns on a terminal, as near as can be told without a locale. */
static size_t
width_of(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

void
table_init(struct table *table, const char *const *heading, size_t columns)
{
	size_t i;

	memset(table, 0, sizeof(*table));
	table->heading = heading;
	table->columns = columns;
	for (i = 0; i < columns; i++)
		table->width[i] = width_of(heading[i]);
}

void
table_add(struct table *table, const char *cell)
{
	size_t column = table->n % table->columns, width;
	char shown[SHOWN_MAX];

	if (table->n == table->room) {
		size_t more = table->room * 2 + 64;
		char **cells = reallocarray(table->cells, more,
		    sizeof(*cells));

		if (cells == NULL) {
			table->failed = true;
			return;
		}
		table->cells = cells;
		table->room = more;
	}
	if (asprintf(&table->cells[table->n], "%s", *cell == '\0' ? "-" :
	    show(shown, cell)) == -1) {
		table->failed = true;
		return;
	}
	width = width_of(table->cells[table->n++]);
	if (width > table->width[column])
		table->width[column] = width;
}

static void
print_cell(const struct table *table, size_t column, const char *cell)
{
	if (column + 1 == table->columns)
		(void)printf("%s\n", cell);
	else
		(void)printf("%s%*s", cell, (int)(table->width[column] -
		    width_of(cell) + GAP), "");
}

int
table_print(struct table *table)
{
	int r = table->failed ? fail(EXIT_IO, "no memory") : EXIT_DONE;
	size_t i, width = GAP * (table->columns - 1);

	for (i = 0; r == EXIT_DONE && i < table->columns; i++) {
		width += table->width[i];
		print_cell(table, i, table->heading[i]);
	}
	for (; r == EXIT_DONE && width > 0; width--)
		(void)printf(width > 1 ? "-" : "-\n");
	for (i = 0; i < table->n; i++) {
		if (r == EXIT_DONE)
			print_cell(table, i % table->columns, table->cells[i]);
		free(table->cells[i]);
	}
	free(table->cells);
	return r;
}

bool
json_string(cJSON *object, const char *key, const char *value)
{
	char shown[SHOWN_MAX];

	return cJSON_AddStringToObject(object, key, show(shown, value)) !=
	    NULL;
}

bool
json_time(cJSON *object, const char *key, int64_t t)
{
	char text[TIMESTAMP_LEN + 1];

	return json_string(object, key, timestamp_format(text, t));
}

bool
json_number(cJSON *object, const char *key, int64_t n)
{
	return cJSON_AddNumberToObject(object, key, (double)n) != NULL;
}

bool
json_bool(cJSON *object, const char *key, bool value)
{
	return cJSON_AddBoolToObject(object, key, value) != NULL;
}

cJSON *
json_lease(const struct lease *lease, const struct policy *policy,
    const struct moment *now)
{
	enum why why = lease_in_time(lease, policy, now);
	struct error err;
	char *text = lease_format(lease, &err);
	cJSON *object = cJSON_Parse(text);

	free(text);
	if (json_string(object, "state", why == WHY_LEASE ? "valid" :
	    why_word(why)) && json_number(object, "seconds_left",
	    why == WHY_LEASE ? lease_left(lease, policy, now) : 0))
		return object;
	cJSON_Delete(object);
	return NULL;
}

int
json_print(cJSON *node)
{
	char *text = node == NULL ? NULL : cJSON_PrintUnformatted(node);
	int r = text == NULL ? fail(EXIT_IO, "no memory") : EXIT_DONE;

	if (text != NULL)
		(void)puts(text);
	free(text);
	cJSON_Delete(node);
	return r;
}

int64_t
lease_left(const struct lease *lease, const struct policy *policy,
    const struct moment *now)
{
	return seconds_left(lease_end(lease, policy),
	    lease_end_boot(lease, policy), now);
}

char *
left_text(char *dst, const struct lease *lease, const struct policy *policy,
    const struct moment *now)
{
	enum why why = lease_in_time(lease, policy, now);

	if (why == WHY_LEASE)
		return duration_format(dst, lease_left(lease, policy, now));
	(void)snprintf(dst, DURATION_TEXT_MAX, "%s", why_word(
	    why == WHY_EXPIRED_BOOT ? WHY_EXPIRED : why));
	return dst;
}

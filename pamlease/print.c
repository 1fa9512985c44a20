#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "cmd.h"
#include "duration.h"
#include "print.h"
#include "text.h"
#include "timestamp.h"
#include "writer.h"

#define GAP	"  "	/* between two columns */

const char *
show(char *dst, const char *s)
{
	size_t len = strlen(s);

	return text_printable(s, len) ? s :
	    text_escape(dst, SHOWN_MAX, s, len);
}

void
table_init(struct table *table, const char *const *heading, size_t columns)
{
	memset(table, 0, sizeof(*table));
	table->heading = heading;
	table->columns = columns;
}

/* The library's, which there is from the first cell on. */
static bool
table_begin(struct table *table)
{
	size_t i;

	/* For the width of each character, and no more. */
	table->ascii = setlocale(LC_CTYPE, "C.UTF-8") == NULL;
	table->lines = scols_new_table();
	if (table->lines == NULL || scols_table_set_column_separator(
	    table->lines, GAP) != 0)
		return false;
	/* cell_text() has done it, and a backslash of a name's stays one. */
	(void)scols_table_enable_noencoding(table->lines, 1);
	for (i = 0; i < table->columns; i++)
		if (scols_table_new_column(table->lines, table->heading[i], 0,
		    (table->wraps & COLUMN(i)) != 0 ? SCOLS_FL_WRAP : 0) ==
		    NULL)
			return false;
	return true;
}

static bool
has_widths(const char *s)
{
	size_t n, len = strlen(s);
	unsigned int point;

	for (; len > 0; s += n, len -= n) {
		n = text_utf8(s, len, &point);
		if (n == 0 || wcwidth((wchar_t)point) < 0)
			return false;
	}
	return true;
}

/*
 * The library may not come back from a character that the locale has not, or
 * that has no width there, as one that is not assigned.
 */
static const char *
cell_text(const struct table *table, char *dst, const char *cell)
{
	if (*cell == '\0')
		return "-";
	return table->ascii || !has_widths(cell) ?
	    text_escape(dst, SHOWN_MAX, cell, strlen(cell)) : show(dst, cell);
}

void
table_add(struct table *table, const char *cell)
{
	size_t column = table->n % table->columns;
	char shown[SHOWN_MAX];

	if (table->failed)
		return;
	if (table->n == 0 && !table_begin(table))
		table->failed = true;
	else if (column == 0)
		table->line = scols_table_new_line(table->lines, NULL);
	if (table->failed || table->line == NULL ||
	    scols_line_set_data(table->line, column,
	    cell_text(table, shown, cell)) != 0)
		table->failed = true;
	else
		table->n++;
}

/* As the columns are once they are formatted. */
static size_t
table_width(const struct table *table)
{
	size_t i, width = strlen(GAP) * (table->columns - 1);

	for (i = 0; i < table->columns; i++)
		width += scols_column_get_width(scols_table_get_column(
		    table->lines, i));
	return width;
}

/* NULL without memory. */
static char *
table_text(const struct table *table, int terminal)
{
	char *text = NULL;

	if (scols_table_set_termforce(table->lines, terminal) != 0 ||
	    scols_print_table_to_string(table->lines, &text) != 0) {
		free(text);
		text = NULL;
	}
	return text;
}

/* As wide as it wants to be, unless the terminal is narrower. */
static char *
table_fitted(const struct table *table)
{
	char *text = table_text(table, SCOLS_TERMFORCE_NEVER);

	if (text == NULL || isatty(STDOUT_FILENO) != 1 ||
	    table_width(table) <= scols_table_get_termwidth(table->lines))
		return text;
	free(text);
	return table_text(table, SCOLS_TERMFORCE_ALWAYS);
}

static void
print_lines(const char *text, size_t width)
{
	const char *rows = strchrnul(text, '\n');

	(void)printf("%.*s\n", (int)(rows - text), text);
	while (width-- > 0)
		(void)putchar('-');
	(void)puts(rows);
}

int
table_print(struct table *table)
{
	char *text = NULL;

	if (!table->failed && table->n > 0) {
		text = table_fitted(table);
		table->failed = text == NULL;
	}
	if (text != NULL)
		print_lines(text, table_width(table));
	free(text);
	scols_unref_table(table->lines);
	return table->failed ? fail(EXIT_IO, "no memory") : EXIT_DONE;
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

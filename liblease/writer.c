#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "reader.h"
#include "timestamp.h"
#include "writer.h"

/* What cJSON wants beyond the bytes that it prints, and a newline. */
#define PRINT_SPARE	8

static bool
add_number(cJSON *object, const char *key, double number)
{
	return cJSON_AddNumberToObject(object, key, number) != NULL;
}

static bool
add_string(cJSON *object, const char *key, const char *string)
{
	return cJSON_AddStringToObject(object, key, string) != NULL;
}

/* Nothing for an empty one. */
static bool
add_text(cJSON *object, const char *key, const char *text)
{
	return text[0] == '\0' || add_string(object, key, text);
}

static bool
add_time(cJSON *object, const char *key, int64_t t)
{
	char text[TIMESTAMP_LEN + 1];

	return add_string(object, key, timestamp_format(text, t));
}

static bool
add_list(cJSON *object, const char *key, const struct lease_list *list)
{
	const char *items[LEASE_LIST_MAX];
	cJSON *array;
	size_t i;

	if (list->n == 0)
		return true;
	for (i = 0; i < list->n; i++)
		items[i] = list->item[i];
	array = cJSON_CreateStringArray(items, (int)list->n);
	if (array == NULL)
		return false;
	if (cJSON_AddItemToObject(object, key, array))
		return true;
	cJSON_Delete(array);
	return false;
}

static bool
add_final(cJSON *object, bool final)
{
	return !final || cJSON_AddTrueToObject(object, "final") != NULL;
}

/* All of it, in the order in which people read it; false without memory. */
static bool
add_lease(cJSON *object, const struct lease *lease)
{
	return add_number(object, "version", LEASE_VERSION) &&
	    add_string(object, "user", lease->user) &&
	    add_number(object, "uid", lease->uid) &&
	    add_string(object, "granted_by", lease->granted_by) &&
	    add_text(object, "reason", lease->reason) &&
	    add_time(object, "issued_at", lease->issued_at) &&
	    add_time(object, "expires_at", lease->expires_at) &&
	    add_string(object, "boot_id", lease->boot_id) &&
	    add_number(object, "expires_boottime",
	    (double)lease->expires_boottime) &&
	    add_list(object, "services", &lease->services) &&
	    add_list(object, "from", &lease->from) &&
	    add_text(object, "during", lease->during) &&
	    add_final(object, lease->final);
}

/* Is it within what the functions above may be called with? */
static bool
can_print(const struct lease *lease)
{
	return lease->issued_at >= TIMESTAMP_MIN &&
	    lease->issued_at <= TIMESTAMP_MAX &&
	    lease->expires_at >= TIMESTAMP_MIN &&
	    lease->expires_at <= TIMESTAMP_MAX &&
	    lease->services.n <= LEASE_LIST_MAX &&
	    lease->from.n <= LEASE_LIST_MAX;
}

/* Prints it to text, with a newline, and reads that again. */
static int
print_checked(char *text, cJSON *object, struct error *err)
{
	struct lease check;
	size_t len;

	if (!cJSON_PrintPreallocated(object, text,
	    LEASE_FILE_MAX + PRINT_SPARE - 1, true))
		return error_set(err, ERROR_INVALID,
		    "the lease would be longer than %d bytes", LEASE_FILE_MAX);
	len = strlen(text);
	memcpy(text + len, "\n", 2);
	if (lease_parse(text, len + 1, &check, err) != 0) {
		err->code = ERROR_INVALID;
		return -1;
	}
	return 0;
}

char *
lease_format(const struct lease *lease, struct error *err)
{
	char *text = NULL;
	cJSON *object = NULL;
	int r = -1;

	if (!can_print(lease)) {
		(void)error_set(err, ERROR_INVALID,
		    "a time or a list of the lease is out of range");
		return NULL;
	}
	object = cJSON_CreateObject();
	text = cJSON_malloc(LEASE_FILE_MAX + PRINT_SPARE);
	if (object == NULL || text == NULL || !add_lease(object, lease)) {
		errno = ENOMEM;
		(void)error_system(err, "can't format the lease");
		goto out;
	}
	r = print_checked(text, object, err);
out:
	cJSON_Delete(object);
	if (r != 0) {
		free(text);
		text = NULL;
	}
	return text;
}

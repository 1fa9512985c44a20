#include <time.h>

#include <cjson/cJSON.h>

#include "fuzz.h"
#include "reader.h"
#include "window.h"
#include "writer.h"

/*
 * What the reader of leases takes, cJSON takes too, and both see the same in
 * it; and written again it is the same lease.
 */

static void
same_string(const cJSON *object, const char *key, const char *value)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	/* Only these may be missing. */
	must(item != NULL ? cJSON_IsString(item) &&
	    strcmp(item->valuestring, value) == 0 :
	    (strcmp(key, "reason") == 0 || strcmp(key, "during") == 0) &&
	    value[0] == '\0');
}

static void
same_number(const cJSON *object, const char *key, int64_t value)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	must(cJSON_IsNumber(item) && (int64_t)item->valuedouble == value &&
	    (double)value >= item->valuedouble);
}

static void
same_time(const cJSON *object, const char *key, int64_t value)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
	struct tm tm = { 0 };
	const char *end;

	must(cJSON_IsString(item));
	end = strptime(item->valuestring, "%Y-%m-%dT%H:%M:%SZ", &tm);
	must(end != NULL && *end == '\0' && timegm(&tm) == value);
}

static void
same_list(const cJSON *object, const char *key, const struct lease_list *list)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, key);
	const cJSON *item;
	size_t n = 0;

	must(array == NULL || (cJSON_IsArray(array) && list->n > 0));
	cJSON_ArrayForEach(item, array) {
		must(n < list->n && cJSON_IsString(item));
		must(strcmp(item->valuestring, list->item[n++]) == 0);
	}
	must(n == list->n);
}

static void
compare(const char *data, size_t size, const struct lease *lease)
{
	const char *end = NULL;
	cJSON *object = cJSON_ParseWithLengthOpts(data, size, &end, false);
	const cJSON *final;

	must(cJSON_IsObject(object));
	for (; end < data + size; end++)
		must(strchr(" \t\r\n", *end) != NULL && *end != '\0');
	same_number(object, "version", LEASE_VERSION);
	same_string(object, "user", lease->user);
	same_number(object, "uid", lease->uid);
	same_string(object, "granted_by", lease->granted_by);
	same_string(object, "reason", lease->reason);
	same_time(object, "issued_at", lease->issued_at);
	same_time(object, "expires_at", lease->expires_at);
	same_string(object, "boot_id", lease->boot_id);
	same_number(object, "expires_boottime", lease->expires_boottime);
	same_list(object, "services", &lease->services);
	same_list(object, "from", &lease->from);
	same_string(object, "during", lease->during);
	final = cJSON_GetObjectItemCaseSensitive(object, "final");
	must(final == NULL ? !lease->final : cJSON_IsBool(final) &&
	    cJSON_IsTrue(final) == lease->final);
	cJSON_Delete(object);
}

static void
write_again(const struct lease *lease)
{
	struct lease again;
	struct error err;
	char *text = lease_format(lease, &err);

	/* Two that are close to the limit get too long with its blanks. */
	if (text == NULL) {
		must(err.code == ERROR_INVALID && is_line(err.text));
		return;
	}
	must(lease_parse(text, strlen(text), &again, &err) == 0);
	must(memcmp(lease, &again, sizeof(again)) == 0);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct lease zero;
	struct lease lease;
	struct error err;
	size_t at;

	if (lease_parse((const char *)data, size, &lease, &err) == -1) {
		must(memcmp(&lease, &zero, sizeof(zero)) == 0);
		must(err.code == ERROR_BROKEN && is_line(err.text));
		return 0;
	}
	must(size <= LEASE_FILE_MAX && lease.user[0] != '\0');
	must(lease.uid != (uid_t)-1);
	must(lease.during[0] == '\0' ||
	    window_check(lease.during, &at, &err) == 0);
	must(lease.issued_at <= lease.expires_at);
	must(lease.expires_at - lease.issued_at <= LEASE_SECONDS_MAX);
	must(lease.expires_at <= LEASE_TIME_MAX);
	must(lease.expires_boottime <= LEASE_TIME_MAX);
	compare((const char *)data, size, &lease);
	write_again(&lease);
	return 0;
}

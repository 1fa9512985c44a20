#include "fuzz.h"
#include "reader.h"
#include "writer.h"

/* Any lease is either refused, or read back as it was. */

static void
take_list(struct input *in, struct lease_list *list)
{
	size_t i;

	list->n = (size_t)take_number(in, LEASE_LIST_MAX + 1);
	for (i = 0; i < list->n && i < LEASE_LIST_MAX; i++)
		take_string(in, list->item[i], sizeof(list->item[i]));
}

/* One that is mostly right, so that not all are refused at the same place. */
static void
take_lease(struct input *in, struct lease *lease)
{
	static const char *const windows[] = {
		"Al", "Mo-Fr0800-1800", "!Wk,2026-12-24..2027-01-02",
		"2026-12-24T09:00..2026-12-24T18:00"
	};

	memset(lease, 0, sizeof(*lease));
	take_string(in, lease->user, sizeof(lease->user));
	lease->uid = (uid_t)take_number(in, UINT32_MAX);
	take_string(in, lease->granted_by, sizeof(lease->granted_by));
	take_string(in, lease->reason, sizeof(lease->reason));
	take(in, &lease->issued_at, sizeof(lease->issued_at));
	if (take_number(in, 7) != 0)
		lease->issued_at = (int64_t)((uint64_t)lease->issued_at %
		    (uint64_t)LEASE_TIME_MAX);
	if (lease->issued_at < LEASE_TIME_MAX)
		lease->expires_at = lease->issued_at +
		    take_number(in, LEASE_SECONDS_MAX + 1);
	(void)snprintf(lease->boot_id, sizeof(lease->boot_id),
	    "%08x-7f1a-4c5e-9b2d-5a6e7f8091a2",
	    (unsigned int)take_number(in, UINT32_MAX));
	take(in, &lease->expires_boottime, sizeof(lease->expires_boottime));
	if (take_number(in, 7) != 0)
		lease->expires_boottime &= (INT64_C(1) << 33) - 1;
	lease->final = take_number(in, 1) != 0;
	take_list(in, &lease->services);
	take_list(in, &lease->from);
	if (take_number(in, 1) != 0)
		strcpy(lease->during, windows[take_number(in, 3)]);
	else
		take_string(in, lease->during, sizeof(lease->during));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct lease lease, again;
	struct error err;
	char *text;

	take_lease(&in, &lease);
	text = lease_format(&lease, &err);
	if (text == NULL) {
		must(err.code == ERROR_INVALID && is_line(err.text));
		return 0;
	}
	must(strlen(text) <= LEASE_FILE_MAX);
	must(lease_parse(text, strlen(text), &again, &err) == 0);
	must(memcmp(&lease, &again, sizeof(lease)) == 0);
	free(text);
	return 0;
}

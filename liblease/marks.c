#include <string.h>

#include "marks.h"
#include "record.h"

#define MARKS_VERSION	1

bool
marks_warned(const struct marks *marks, int64_t end, int64_t lead)
{
	size_t i;

	for (i = 0; marks->end == end && i < marks->nwarned; i++)
		if (marks->warned[i] == lead)
			return true;
	return false;
}

void
marks_add(struct marks *marks, int64_t end, int64_t lead)
{
	if (marks->end != end) {
		marks->nwarned = 0;
		marks->end = end;
	}
	/* Full only when the policy changed its leads: forget the oldest. */
	if (marks->nwarned == POLICY_LEADS_MAX)
		memmove(marks->warned, marks->warned + 1,
		    --marks->nwarned * sizeof(marks->warned[0]));
	marks->warned[marks->nwarned++] = lead;
}

ssize_t
marks_format(const struct marks *marks, char *data, size_t size)
{
	struct record r;
	size_t i;

	record_init(&r, data, size);
	record_number(&r, "version", MARKS_VERSION);
	record_number(&r, "end", marks->end);
	record_number(&r, "doubt", marks->doubt_run);
	record_number(&r, "doubt_end", marks->doubt_end);
	for (i = 0; i < marks->nwarned; i++)
		record_number(&r, "warned", marks->warned[i]);
	return r.overflow ? -1 : (ssize_t)r.len;
}

int
marks_parse(const char *data, size_t len, struct marks *marks,
    struct error *err)
{
	struct record_reader r = { .p = data, .end = data + len };
	int64_t version;
	bool good;

	error_clear(err);
	memset(marks, 0, sizeof(*marks));
	good = record_take_number(&r, "version", &version) &&
	    version == MARKS_VERSION &&
	    record_take_number(&r, "end", &marks->end) &&
	    record_take_number(&r, "doubt", &marks->doubt_run) &&
	    record_take_number(&r, "doubt_end", &marks->doubt_end);
	while (good && r.p < r.end)
		good = marks->nwarned < POLICY_LEADS_MAX &&
		    record_take_number(&r, "warned",
		    &marks->warned[marks->nwarned++]);
	if (good)
		return 0;
	memset(marks, 0, sizeof(*marks));
	return error_set(err, ERROR_BROKEN, "not a file of marks");
}

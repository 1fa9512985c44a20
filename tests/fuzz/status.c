#include "duration.h"
#include "fuzz.h"
#include "status.h"
#include "text.h"

/* What is read is written the same, and every line of it can be shown. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct moment now = { .readable = true,
	    .wall = INT64_C(1774094400) * NANOSECONDS, .boot = NANOSECONDS };
	char again[STATUS_FILE_MAX], text[STATUS_TEXT_MAX];
	char brief[DURATION_TEXT_MAX];
	struct status s;
	struct error err;
	ssize_t len;
	char *p;

	if (status_parse((const char *)data, size, &s, &err) == -1) {
		must(err.code == ERROR_BROKEN && is_line(err.text));
		must(s.until == UNTIL_NOTHING && s.granted_by[0] == '\0');
		return 0;
	}
	must((s.until == UNTIL_NOTHING) == (s.end == NO_END));
	len = status_format(&s, again, sizeof(again));
	must(len > 0 && (size_t)len <= size);
	must(status_parse(again, (size_t)len, &s, &err) == 0);
	must((status_short(brief, &s, &now)[0] == '\0') == (s.end == NO_END));
	(void)status_text(text, &s, &zone_utc, &now);
	for (p = text; *p != '\0'; p += len + 1) {
		len = (ssize_t)strcspn(p, "\n");
		must(len > 0 && p[len] == '\n');
		p[len] = '\0';
		must(text_printable(p, (size_t)len));
	}
	return 0;
}

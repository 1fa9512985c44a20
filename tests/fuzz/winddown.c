#include "fuzz.h"
#include "lease.h"
#include "verdict.h"
#include "winddown.h"

static bool
same(const struct winddown *a, const struct winddown *b)
{
	return a->since == b->since && strcmp(a->by, b->by) == 0 &&
	    a->deadline == b->deadline &&
	    a->deadline_boot == b->deadline_boot &&
	    strcmp(a->boot_id, b->boot_id) == 0 &&
	    strcmp(a->message, b->message) == 0;
}

static void
in_range(const struct winddown *wd)
{
	must(wd->since >= 0 && wd->deadline >= 0);
	must(wd->deadline <= LEASE_TIME_MAX || wd->deadline == NO_END);
	must(wd->boot_id[0] != '\0' ? wd->deadline_boot >= 0 &&
	    wd->deadline_boot <= LEASE_TIME_MAX && wd->deadline != NO_END :
	    wd->deadline_boot == NO_END);
	must(strlen(wd->message) <= WINDDOWN_MESSAGE_MAX);
}

/* No moment that the clocks can have is too much for it. */
static void
at_moments(const struct winddown *wd)
{
	const int64_t seconds[] = { 0, 1774087200, 9000000000 };
	struct moment now = { .readable = true };
	size_t i;

	memcpy(now.boot_id, wd->boot_id, sizeof(now.boot_id));
	for (i = 0; i < 18; i++) {
		now.wall = seconds[i % 3] * NANOSECONDS;
		now.boot = seconds[i / 3 % 3] * NANOSECONDS + 999999999;
		if (i >= 9)
			now.boot_id[0] = '\0';
		must(winddown_over(wd, &now) || wd->deadline == NO_END ||
		    winddown_boot(wd, &now) > now.boot / NANOSECONDS);
	}
}

static void
write_again(const struct winddown *wd)
{
	char text[WINDDOWN_FILE_MAX];
	struct winddown again;
	struct error err;
	ssize_t len = winddown_format(wd, text, sizeof(text));

	must(len >= 0 && (size_t)len == strlen(text));
	must(winddown_parse(text, (size_t)len, &again, &err) == 0);
	must(same(wd, &again));
	/* With one that says nothing it says the same. */
	winddown_init(&again);
	winddown_merge(&again, wd);
	must(same(wd, &again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	char *copy = take_rest(&in);
	struct winddown wd, none;
	struct error err;

	winddown_init(&none);
	if (winddown_parse(copy, size, &wd, &err) == -1) {
		must(same(&wd, &none));
		must(err.code == ERROR_BROKEN && is_line(err.text));
	} else {
		must(err.code == ERROR_NONE);
		in_range(&wd);
		at_moments(&wd);
		write_again(&wd);
	}
	free(copy);
	return 0;
}

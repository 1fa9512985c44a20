#include <string.h>

#include "duration.h"
#include "granting.h"
#include "match.h"
#include "text.h"
#include "timestamp.h"
#include "window.h"

static bool
item_good(const char *item)
{
	if (*item == '!')
		item++;
	if (*item == '\0')
		return false;
	for (; *item != '\0'; item++)
		if (*item <= ' ' || *item > '~')
			return false;
	return true;
}

/* A comma list goes to *list. */
static int
take_list(const char *option, enum condition cond, const char *text,
    struct lease_list *list)
{
	char shown[QUOTED_MAX];
	struct error err;

	while (text != NULL) {
		const char *comma = strchrnul(text, ',');
		size_t len = (size_t)(comma - text);
		char *item;

		if (list->n == LEASE_LIST_MAX)
			return fail(EXIT_USAGE, "--%s has more than %d items",
			    option, LEASE_LIST_MAX);
		if (len > LEASE_ITEM_MAX)
			return fail(EXIT_USAGE, "--%s has an item of more than "
			    "%d bytes", option, LEASE_ITEM_MAX);
		item = list->item[list->n];
		memcpy(item, text, len);
		item[len] = '\0';
		if (!item_good(item))
			return fail(EXIT_USAGE, "--%s: not an item: '%s'",
			    option, quote(shown, item));
		if (match_check(cond, item, &err) == -1)
			return fail(EXIT_USAGE, "--%s: %s", option, err.text);
		list->n++;
		text = *comma == ',' ? comma + 1 : NULL;
	}
	return EXIT_DONE;
}

static int
take_during(const char *during, struct lease *lease)
{
	struct error err;
	size_t at;

	if (during == NULL)
		return EXIT_DONE;
	if (window_check(during, &at, &err) == -1)
		return fail(EXIT_USAGE, "--during: %s", err.text);
	(void)text_copy(lease->during, sizeof(lease->during), during);
	return EXIT_DONE;
}

static int
take_term(const struct args *args, struct grant *g)
{
	const char *duration = args->value[OPT_DURATION];
	const char *until = args->value[OPT_UNTIL];
	struct error err;

	if ((duration == NULL) == (until == NULL))
		return fail(EXIT_USAGE,
		    "one of --duration and --until is needed");
	if (duration != NULL)
		return duration_parse(duration, &g->seconds, &err) == -1 ?
		    fail_error(&err) : EXIT_DONE;
	if (host_clocks(&g->now) != EXIT_DONE)
		return EXIT_IO;
	return timestamp_parse_input(until, host_zone(), wall_seconds(&g->now),
	    &g->until, &err) == -1 ? fail_error(&err) : EXIT_DONE;
}

static int
store(struct grant *g)
{
	struct hold hold = HOLD_INIT;
	int r = hold_take(&hold, g->lease.user);

	if (r == EXIT_DONE)
		r = grant_store(g, hold.dirfd);
	hold_release(&hold);
	return r;
}

int
cmd_grant(const struct args *args)
{
	struct grant g = {
		.lease.final = args->value[OPT_FINAL] != NULL,
		.force = args->value[OPT_FORCE] != NULL,
		.keep = args->value[OPT_KEEP] != NULL,
	};
	int r;

	r = args_reason(args, g.lease.reason);
	if (r == EXIT_DONE)
		r = take_list("service", COND_SERVICE,
		    args->value[OPT_SERVICE], &g.lease.services);
	if (r == EXIT_DONE)
		r = take_list("from", COND_FROM, args->value[OPT_FROM],
		    &g.lease.from);
	if (r == EXIT_DONE)
		r = take_during(args->value[OPT_DURING], &g.lease);
	if (r == EXIT_DONE)
		r = take_term(args, &g);
	if (r == EXIT_DONE)
		r = grant_init(&g);
	if (r == EXIT_DONE)
		r = grant_user(&g, args->user);
	if (r == EXIT_DONE)
		r = grant_check(&g);
	if (r == EXIT_DONE)
		r = store(&g);
	if (r == EXIT_DONE)
		grant_report(&g);
	return r;
}

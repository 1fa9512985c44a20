#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "past.h"
#include "text.h"
#include "timestamp.h"

#define MONTH_LEN	7	/* of YYYY-MM */

/* One row: what a user did by a service in a month. */
struct sum {
	char month[MONTH_LEN + 1];
	char user[4 * LEASE_NAME_MAX + 1];	/* as it stands there */
	char service[4 * SESSION_ITEM_MAX + 1];
	size_t logins, refused;
	int64_t seconds;
};

struct sums {
	const struct past_filter *filter;
	struct sum *list;
	size_t n;
	struct past_sessions open;
	int64_t now;
};

/*
 * Its index; it is made where it is missing.  SIZE_MAX: no memory.  Those whom
 * nobody knows are one: there may be any number of them.
 */
static size_t
sum_of(struct sums *sums, const struct past *p)
{
	const char *user = past_has(p, EVENT_UID) ?
	    past_text(p, EVENT_USER) : "";
	const char *service = past_text(p, EVENT_SERVICE);
	char date[TIMESTAMP_TEXT_MAX];
	struct sum *s;
	size_t i;

	(void)timestamp_local_date(date, host_zone(), p->at, false);
	date[MONTH_LEN] = '\0';
	/* The last month's are at the end. */
	for (i = sums->n; i-- > 0; ) {
		s = &sums->list[i];
		if (strcmp(s->month, date) == 0 &&
		    strcmp(s->user, user) == 0 &&
		    strcmp(s->service, service) == 0)
			return i;
	}
	s = reallocarray(sums->list, sums->n + 1, sizeof(*s));
	if (s == NULL)
		return SIZE_MAX;
	sums->list = s;
	s += sums->n;
	memset(s, 0, sizeof(*s));
	memcpy(s->month, date, MONTH_LEN + 1);
	(void)text_copy(s->user, sizeof(s->user), user);
	(void)text_copy(s->service, sizeof(s->service), service);
	return sums->n++;
}

static void
finish(struct sums *sums, const struct past_session *s, int64_t at)
{
	sums->list[s->of].seconds += past_within(sums->filter, s->since, at);
}

static int
add_event(void *arg, const struct past *p)
{
	struct sums *sums = arg;
	bool within = p->at >= sums->filter->since &&
	    p->at <= sums->filter->until;
	struct past_session session;
	size_t sum;

	if (strcmp(p->event, event_word(EVENT_CLOSED)) == 0) {
		if (past_closed(&sums->open, p, &session))
			finish(sums, &session, p->at);
		return EXIT_DONE;
	}
	if (strcmp(p->event, event_word(EVENT_OPENED)) != 0 &&
	    strcmp(p->event, event_word(EVENT_DENIED)) != 0)
		return EXIT_DONE;
	sum = sum_of(sums, p);
	if (sum == SIZE_MAX)
		return fail(EXIT_IO, "out of memory");
	if (strcmp(p->event, event_word(EVENT_DENIED)) == 0) {
		sums->list[sum].refused += within;
		return EXIT_DONE;
	}
	sums->list[sum].logins += within;
	return past_opened(&sums->open, p, sum);
}

/* Who is in counts up to now; whose end nobody saw is there without a time. */
static void
finish_live(void *arg, const struct past_session *session)
{
	struct sums *sums = arg;

	finish(sums, session, sums->now);
}

/* What had nothing to do with the time that is asked about. */
static void
drop_empty(struct sums *sums)
{
	size_t i, n = 0;

	for (i = 0; i < sums->n; i++)
		if (sums->list[i].logins > 0 || sums->list[i].refused > 0 ||
		    sums->list[i].seconds > 0)
			sums->list[n++] = sums->list[i];
	sums->n = n;
}

static int
by_month(const void *a, const void *b)
{
	const struct sum *x = a, *y = b;
	int r = strcmp(x->month, y->month);

	if (r == 0)
		r = strcmp(x->user, y->user);
	return r != 0 ? r : strcmp(x->service, y->service);
}

static int
print_json(const struct sums *sums)
{
	cJSON *array = cJSON_CreateArray(), *object;
	size_t i;

	for (i = 0; array != NULL && i < sums->n; i++) {
		const struct sum *s = &sums->list[i];

		object = cJSON_CreateObject();
		if (json_string(object, "month", s->month) &&
		    json_string(object, "user", s->user) &&
		    json_string(object, "service", s->service) &&
		    json_number(object, "logins", (int64_t)s->logins) &&
		    json_number(object, "seconds", s->seconds) &&
		    json_number(object, "refused", (int64_t)s->refused) &&
		    cJSON_AddItemToArray(array, object))
			continue;
		cJSON_Delete(object);
		cJSON_Delete(array);
		array = NULL;
	}
	return json_print(array);
}

static int
print_table(const struct sums *sums)
{
	static const char *const heading[] = {
		"MONTH", "USER", "SERVICE", "LOGINS", "TIME", "REFUSED"
	};
	char text[DURATION_TEXT_MAX];
	struct table table;
	size_t i;

	if (sums->n == 0) {
		(void)puts("No logins.");
		return EXIT_DONE;
	}
	table_init(&table, heading, sizeof(heading) / sizeof(heading[0]));
	table.wraps = COLUMN(2);
	for (i = 0; i < sums->n; i++) {
		const struct sum *s = &sums->list[i];

		table_add(&table, s->month);
		table_add(&table, s->user);
		table_add(&table, s->service);
		(void)snprintf(text, sizeof(text), "%zu", s->logins);
		table_add(&table, text);
		table_add(&table, duration_format(text, s->seconds));
		(void)snprintf(text, sizeof(text), "%zu", s->refused);
		table_add(&table, text);
	}
	return table_print(&table);
}

int
past_summary(const struct past_filter *filter, bool json)
{
	/* A session may have been opened before, and closed after. */
	struct past_filter all = *filter;
	struct sums sums = { .filter = filter };
	struct moment now;
	int r;

	all.since = 0;
	all.until = INT64_MAX;
	if (host_clocks(&now) != EXIT_DONE)
		return EXIT_IO;
	sums.now = wall_seconds(&now);
	r = past_each(&all, NULL, add_event, &sums);
	if (r == EXIT_DONE)
		r = past_live(&sums.open, finish_live, &sums);
	if (r == EXIT_DONE) {
		drop_empty(&sums);
		if (sums.n > 1)
			qsort(sums.list, sums.n, sizeof(*sums.list),
			    by_month);
		r = json ? print_json(&sums) : print_table(&sums);
	}
	free(sums.list);
	past_sessions_free(&sums.open);
	return r;
}

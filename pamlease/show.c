#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "duration.h"
#include "marks.h"
#include "print.h"
#include "state.h"
#include "store.h"
#include "timestamp.h"

struct shown {
	struct lease lease;
	struct policy policy;
	struct marks marks;
	struct moment now;
	bool kept;
};

static bool
warned(const struct shown *s, size_t lead)
{
	return marks_warned(&s->marks, lease_end(&s->lease, &s->policy) +
	    s->policy.grace, s->policy.lead[lead]);
}

static void
print_fact(const char *label, const char *value)
{
	char text[SHOWN_MAX];

	(void)printf("%-11s %s\n", label, show(text, value));
}

static void
print_time(const char *label, int64_t t)
{
	char text[TIMESTAMP_TEXT_MAX];

	print_fact(label, timestamp_local_date(text, host_zone(), t, true));
}

static void
print_list(const char *label, const struct lease_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		(void)printf(i == 0 ? "%-11s %s" : "%s%s",
		    i == 0 ? label : ",", list->item[i]);
	if (list->n > 0)
		(void)putchar('\n');
}

static int
print_facts(const struct shown *s)
{
	char text[DURATION_TEXT_MAX];
	char left[DURATION_TEXT_MAX];
	size_t i;

	print_fact("User:", s->lease.user);
	print_fact("Granted by:", s->lease.granted_by);
	print_time("Issued at:", s->lease.issued_at);
	print_time("Expires at:", lease_end(&s->lease, &s->policy));
	print_fact("Time left:", left_text(left, &s->lease, &s->policy,
	    &s->now));
	if (s->lease.reason[0] != '\0')
		print_fact("Reason:", s->lease.reason);
	print_list("Services:", &s->lease.services);
	print_list("From:", &s->lease.from);
	if (s->lease.during[0] != '\0')
		print_fact("During:", s->lease.during);
	if (s->lease.final)
		print_fact("Final:", "yes");
	if (s->kept)
		print_fact("Kept:", "yes");
	for (i = 0; i < s->policy.nleads; i++) {
		(void)printf("Warned %s: %s\n", duration_compact(text,
		    s->policy.lead[i]), warned(s, i) ? "Yes" : "No");
	}
	return EXIT_DONE;
}

static int
print_json(const struct shown *s)
{
	cJSON *object = json_lease(&s->lease, &s->policy, &s->now);
	cJSON *list = cJSON_AddArrayToObject(object, "warnings");
	bool good = list != NULL && json_bool(object, "kept", s->kept);
	size_t i;

	for (i = 0; good && i < s->policy.nleads; i++) {
		cJSON *lead = cJSON_CreateObject();

		good = cJSON_AddItemToArray(list, lead) &&
		    json_number(lead, "seconds_before", s->policy.lead[i]) &&
		    json_bool(lead, "given", warned(s, i));
	}
	if (!good) {
		cJSON_Delete(object);
		object = NULL;
	}
	return json_print(object);
}

static int
read_lease(const char *user, struct shown *s)
{
	char shown[QUOTED_MAX];
	struct error err;
	int dirfd = state_open(&err), r = -1;

	if (dirfd != -1) {
		r = lease_read(dirfd, user, &s->lease, &err);
		marks_read(dirfd, user, &s->marks);
		(void)close(dirfd);
	}
	if (r == 0)
		return EXIT_DONE;
	return err.code != ERROR_ABSENT ? fail_error(&err) :
	    fail(EXIT_NONE, "no lease for %s", quote(shown, user));
}

int
cmd_show(const struct args *args)
{
	struct account account;
	struct error err;
	struct shown s;
	int r, result, kept;

	(void)find_user(args->user, &account, &err);
	memset(&s, 0, sizeof(s));
	r = read_lease(account.name, &s);
	if (r == EXIT_DONE)
		r = host_clocks(&s.now);
	if (r != EXIT_DONE)
		return r;
	result = host_policy(&s.policy);
	kept = lease_kept(account.name, &err);
	s.kept = kept == 1;
	if (kept == -1)
		result = fail_error(&err);
	r = args->value[OPT_JSON] != NULL ? print_json(&s) : print_facts(&s);
	return r != EXIT_DONE ? r : result;
}

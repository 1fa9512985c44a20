#include "fuzz.h"
#include "lease.h"
#include "policy.h"

static bool
same(const struct policy *a, const struct policy *b)
{
	return a->nleads == b->nleads && a->max == b->max &&
	    a->keep_detached == b->keep_detached &&
	    memcmp(a->lead, b->lead, a->nleads * sizeof(a->lead[0])) == 0;
}

/* The policy with text behind it. */
static int
parse_with(const char *data, size_t size, const char *text,
    struct policy *policy)
{
	size_t len = strlen(text);
	char *all = malloc(size + len);
	struct error err;
	int r;

	must(all != NULL);
	memcpy(all, data, size);
	memcpy(all + size, text, len);
	r = policy_parse(all, size + len, "f", policy, &err);
	free(all);
	return r;
}

static void
taken(const char *data, size_t size, const struct policy *policy)
{
	char text[512];
	struct policy again;
	size_t i, n;

	must(policy->nleads >= 1 && policy->nleads <= POLICY_LEADS_MAX);
	must(policy->max >= 0 && policy->max <= LEASE_SECONDS_MAX);
	n = (size_t)snprintf(text, sizeof(text), "%swarn",
	    policy->keep_detached ? "keep-detached\n" : "");
	for (i = 0; i < policy->nleads; i++) {
		must(policy->lead[i] >= 1 &&
		    policy->lead[i] <= LEASE_SECONDS_MAX);
		must(i == 0 || policy->lead[i] < policy->lead[i - 1]);
		n += (size_t)snprintf(text + n, sizeof(text) - n, " %llds",
		    (long long)policy->lead[i]);
	}
	if (policy->max != 0)
		(void)snprintf(text + n, sizeof(text) - n, "\nmax\t%llds # x",
		    (long long)policy->max);
	must(parse_with(text, strlen(text), "", &again) == 0);
	must(same(policy, &again));
	/* A comment changes nothing, a bad line spoils all of it. */
	must(parse_with(data, size, "\n # max 1s", &again) == 0);
	must(same(policy, &again));
	must(parse_with(data, size, "\nallow", &again) == -1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy policy, none;
	unsigned int line, column;
	struct error err;
	int end = 0;

	policy_init(&none);
	if (policy_parse((const char *)data, size, "f", &policy, &err) == 0) {
		taken((const char *)data, size, &policy);
		return 0;
	}
	must(same(&policy, &none) && err.code == ERROR_BROKEN);
	must(is_line(err.text));
	must(sscanf(err.text, "f:%u:%u: %n", &line, &column, &end) == 2);
	must(end > 0 && line >= 1 && column >= 1);
	must(line <= size && column <= size + 1);
	return 0;
}

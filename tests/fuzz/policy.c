#include "../policy_text.h"
#include "fuzz.h"
#include "lease.h"
#include "policy.h"

/* What is reported, and the first of it. */
struct reports {
	const char *data;
	size_t size;
	size_t n;
	struct problem first;
	char text[PROBLEM_MAX];
};

/* The bytes of that line, without what ends it; it must be there. */
static size_t
line_length(const char *data, size_t size, unsigned int line)
{
	const char *nl;
	size_t len;

	for (;; line--) {
		must(size > 0);
		nl = memchr(data, '\n', size);
		len = nl != NULL ? (size_t)(nl - data) : size;
		if (line == 1)
			return len;
		must(nl != NULL);
		data += len + 1;
		size -= len + 1;
	}
}

static void
note(void *arg, const struct problem *problem)
{
	struct reports *r = arg;

	must(is_line(problem->text) && strlen(problem->text) < PROBLEM_MAX);
	must(problem->line >= 1 && problem->column >= 1);
	/* In their order, and behind the line where something is missing. */
	must(r->n == 0 || problem->line >= r->first.line);
	must(problem->column <= 1 + line_length(r->data, r->size,
	    problem->line));
	if (r->n++ == 0) {
		r->first = *problem;
		memcpy(r->text, problem->text, strlen(problem->text) + 1);
	}
}

/* All of a policy, as text. */
static char *
print(const struct policy *policy, size_t *len)
{
	char *text;
	size_t i;
	FILE *f = open_memstream(&text, len);

	must(f != NULL);
	print_settings(f, policy);
	for (i = 0; i < policy->nrules; i++)
		print_rule(f, &policy->rules[i]);
	must(fclose(f) == 0);
	return text;
}

static void
sound(const struct policy *policy)
{
	const struct rule *rule;
	enum condition cond;
	size_t i;

	must(policy->nleads >= 1 && policy->nleads <= POLICY_LEADS_MAX);
	must(policy->max >= 0 && policy->max <= LEASE_SECONDS_MAX);
	must(policy->grace >= 0 && policy->grace <= LEASE_SECONDS_MAX);
	for (i = 0; i < policy->nleads; i++) {
		must(policy->lead[i] >= 1 &&
		    policy->lead[i] <= LEASE_SECONDS_MAX);
		must(i == 0 || policy->lead[i] < policy->lead[i - 1]);
	}
	must(policy->nrules <= POLICY_RULES_MAX);
	for (i = 0; i < policy->nrules; i++) {
		rule = &policy->rules[i];
		must(rule->action < ACTIONS && rule->line >= 1);
		must(i == 0 || rule->line > rule[-1].line);
		must((rule->action == ACTION_LIMIT) == (rule->limit != 0));
		must(rule->limit <= POLICY_LIMIT_MAX);
		must((rule->action == ACTION_ASK) == (rule->length != 0));
		must((rule->within == 0 && rule->by.n == 0 && !rule->desktop) ||
		    rule->action == ACTION_ASK);
		must(!rule->names_root || rule->cond[COND_USER].n > 0);
		for (cond = 0; cond < CONDITIONS; cond++)
			must(rule->cond[cond].n == 0 || rule->cond[cond].item[0]
			    != '\0');
	}
}

/* Is the file, of len bytes, read as the same policy? */
static void
reads_as(const char *file, size_t len, const char *printed, size_t size)
{
	struct policy again;
	struct error err;
	size_t n;
	char *s;

	must(policy_parse(file, len, "f", &again, &err) == 0);
	sound(&again);
	s = print(&again, &n);
	must(n == size && memcmp(s, printed, n) == 0);
	free(s);
	policy_free(&again);
}

/* The policy with a line behind it. */
static char *
with_line(const char *data, size_t size, const char *line, size_t *len)
{
	char *all = malloc(size + strlen(line));

	must(all != NULL);
	*len = size + strlen(line);
	memcpy(all, data, size);
	memcpy(all + size, line, strlen(line));
	return all;
}

static void
taken(const char *data, size_t size, const struct policy *policy)
{
	struct policy again;
	struct error err;
	size_t n, len;
	char *text, *all;

	sound(policy);
	text = print(policy, &n);
	reads_as(text, n, text, n);
	/* A comment changes nothing, a bad line spoils all of it. */
	all = with_line(data, size, "\n\t# deny", &len);
	reads_as(all, len, text, n);
	free(all);
	all = with_line(data, size, "\nallow user a, b", &len);
	must(policy_parse(all, len, "f", &again, &err) == -1);
	free(all);
	free(text);
}

static void
refused(const struct reports *r, const struct policy *policy,
    const struct error *err)
{
	char text[ERROR_TEXT_MAX];
	struct policy none;

	must(r->n > 0 && err->code == ERROR_BROKEN);
	(void)snprintf(text, sizeof(text), "f:%u:%zu: %s", r->first.line,
	    r->first.column, r->text);
	must(strcmp(err->text, text) == 0);
	policy_init(&none);
	must(memcmp(policy, &none, sizeof(none)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct reports r = { .data = text, .size = size };
	struct policy policy, first;
	struct error err;
	int all;

	all = policy_parse_all(text, size, &policy, note, &r);
	must(policy_parse(text, size, "f", &first, &err) == all);
	if (all == 0) {
		must(r.n == 0 && err.code == ERROR_NONE);
		taken(text, size, &policy);
	} else
		refused(&r, &first, &err);
	policy_free(&first);
	policy_free(&policy);
	return 0;
}

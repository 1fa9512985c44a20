#include "../../pamlease/import.h"
#include "fuzz.h"

/* Is it a comment, a rule, or empty, and neither cut nor unclean? */
static void
check_line(const char *line, const char *end)
{
	static const char *const words[] = { "# ", "#\t", "allow", "deny",
	    "lease", "ask", "limit " };
	const char *p;
	size_t i, n = 0;

	must(end != NULL);
	for (p = line; p < end; p++)
		must((unsigned char)*p >= ' ' || (*p == '\t' && p == line + 1));
	if (line == end)
		return;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncmp(line, words[i], strlen(words[i])) == 0)
			n++;
	must(n == 1);
}

/* The policy has these rules, and a last one for all. */
static void
check_policy(const char *text, size_t len)
{
	const struct rule *last;
	struct error err = { .code = ERROR_NONE };
	struct policy policy;
	size_t i;

	if (policy_parse(text, len, "policy", &policy, &err) == -1) {
		(void)fprintf(stderr, "%s\n%s\n", text, err.text);
		must(false);
	}
	must(policy.nrules >= 1 && policy.nrules <= POLICY_RULES_MAX);
	last = &policy.rules[policy.nrules - 1];
	must(last->action == ACTION_ALLOW || last->action == ACTION_DENY);
	must(last->during == NULL);
	for (i = 0; i < CONDITIONS; i++)
		must(last->cond[i].n == 0);
	policy_free(&policy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char out[POLICY_FILE_MAX + 1];
	const char *line, *end;
	struct error err;
	long len;

	len = import_policy((const char *)data, size, out, sizeof(out), &err);
	if (len == -1) {
		must(err.code == ERROR_INVALID && is_line(err.text));
		return 0;
	}
	must(strlen(out) == (size_t)len && len <= POLICY_FILE_MAX);
	for (line = out; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		check_line(line, end);
	}
	check_policy(out, (size_t)len);
	return 0;
}

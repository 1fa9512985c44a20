#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "module_words.h"
#include "setup.h"
#include "setup_edit.h"
#include "text.h"

/* A service, as it would be with what is planned; false says so. */
static bool
read_planned(struct changes *plan, const char *service, struct service *s)
{
	if (!service_read(s, service, stack_open_plan, plan))
		return false;
	if (!s->stack.failed)
		return true;
	stack_free(&s->stack);
	(void)fail(EXIT_REFUSED, "%s: the stack is too large to be followed",
	    service);
	return false;
}

/* What doctor finds in its stack, as it is planned; it goes with the report. */
static size_t
find(struct diagnosis *report, struct changes *plan, const char *service)
{
	memset(report, 0, sizeof(*report));
	if (!read_planned(plan, service, &report->services[0]))
		return 1;
	report->nservices = 1;
	check_stack(report, &report->services[0]);
	return diagnosis_findings(report) + report->failed;
}

/* A line of ours that this edit is not for, or NULL. */
static const struct stack_line *
other_line(const struct stack *stack, bool permissive)
{
	size_t i;

	for (i = 0; i < stack->n; i++) {
		const struct stack_line *line = &stack->lines[i];

		if (stack_module(line, MODULE_FILE) &&
		    stack_has_arg(line, OPTION_PERMISSIVE) != permissive)
			return line;
	}
	return NULL;
}

/* Gives a change a new text, which may be NULL for no memory. */
static int
set_new(struct change *c, char *text)
{
	if (text == NULL)
		return fail(EXIT_IO, "no memory");
	free(c->new);
	c->new = text;
	return EXIT_DONE;
}

static int
edit_with(struct changes *plan, struct change *c,
    char *(*edit)(const struct service *s, const char *text, bool permissive,
    const char **why), bool permissive)
{
	const char *why = NULL;
	struct service s;
	char *text;

	if (!read_planned(plan, c->service, &s))
		return EXIT_REFUSED;
	text = edit(&s, c->new, permissive, &why);
	stack_free(&s.stack);
	return why != NULL ? fail(EXIT_REFUSED, PATH_STACKS "/%s: %s: it has "
	    "to be set up by hand, see pam_lease(8)", c->service, why) :
	    set_new(c, text);
}

static char *
strip(const struct service *s, const char *text, bool permissive,
    const char **why)
{
	(void)permissive;
	(void)why;
	return edit_strip(&s->stack, text);
}

static char *
add(const struct service *s, const char *text, bool permissive,
    const char **why)
{
	return edit_add(&s->stack, text, s->needs, permissive, why);
}

static char *
set_option(const struct service *s, const char *text, bool permissive,
    const char **why)
{
	(void)why;
	return edit_permissive(&s->stack, text, permissive);
}

int
change_permissive(struct changes *plan, struct change *c, bool permissive)
{
	return edit_with(plan, c, set_option, permissive);
}

/* Lines that are right stay where they are; others are put in anew. */
static int
edit(struct changes *plan, struct change *c, bool permissive)
{
	static struct diagnosis report;
	bool good = find(&report, plan, c->service) == 0 &&
	    report.services[0].gated;
	int r;

	diagnosis_free(&report);
	if (good)
		return change_permissive(plan, c, permissive);
	r = edit_with(plan, c, strip, permissive);
	return r == EXIT_DONE ? edit_with(plan, c, add, permissive) : r;
}

bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Is it no service, but what stacks of services include? */
static bool
included(const char *name)
{
	static struct diagnosis report;
	bool is = false;
	size_t i, k;

	if (service_known(name))
		return false;
	memset(&report, 0, sizeof(report));
	find_services(&report, "sshd", stack_open_host, NULL);
	for (i = 0; i < report.nservices; i++) {
		const struct service *s = &report.services[i];

		for (k = 1; k < s->stack.nfiles; k++)
			is |= strcmp(strrchr(s->stack.files[k].path, '/') + 1,
			    name) == 0;
	}
	diagnosis_free(&report);
	return is || strcmp(name, "other") == 0;
}

int
changes_setup(struct changes *plan, const char *service, bool permissive)
{
	struct change *c;
	char *vendor;
	int r;

	if (!service_name_good(service))
		return EXIT_USAGE;
	if (included(service))
		return fail(EXIT_REFUSED, "%s is no service, but for stacks to "
		    "include", service);
	r = changes_add(plan, service, &vendor, &c);
	if (c == NULL)
		return r;
	/* What stands below PATH_STACKS_VENDOR alone gets a copy. */
	if (c->old == NULL) {
		c->new = strdup(vendor);
		c->mode = 0644;
	}
	r = c->new != NULL ? edit(plan, c, permissive) :
	    fail(EXIT_IO, "no memory");
	if (r == EXIT_DONE && c->old == NULL && same_text(c->new, vendor)) {
		free(c->new);
		c->new = NULL;
	}
	free(vendor);
	return r;
}

/* Is the module where libpam looks for those without a directory? */
static bool
module_there(void)
{
	void *lib = dlopen("libpam.so.0", RTLD_LAZY | RTLD_LOCAL);
	struct link_map *map = NULL;
	bool there = false;
	char *path, *slash;

	if (lib == NULL || dlinfo(lib, RTLD_DI_LINKMAP, &map) == -1)
		return false;
	slash = strrchr(map->l_name, '/');
	path = slash == NULL ? NULL : text_of("%.*s/security/" MODULE_FILE,
	    (int)(slash - map->l_name), map->l_name);
	if (path != NULL)
		there = access(path, R_OK) == 0;
	free(path);
	(void)dlclose(lib);
	return there;
}

/* The services that a plan is about, and whether somebody has to get in by one. */
struct names {
	char list[SERVICES_MAX][SERVICE_MAX];
	bool must[SERVICES_MAX];
	size_t n;
};

static void
add_name(struct names *names, const char *name, bool must)
{
	names->must[names->n] = must;
	(void)text_copy(names->list[names->n++], SERVICE_MAX, name);
}

static bool
has_name(const struct names *names, const char *name)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		if (strcmp(names->list[i], name) == 0)
			return true;
	return false;
}

/* All that include what is planned; a way in that does not is told of. */
static int
find_all(struct names *names, struct changes *plan)
{
	static struct diagnosis report;
	char sshd[SERVICE_MAX];
	int r = EXIT_DONE;
	size_t i;

	check_sshd(&report, sshd);
	find_services(&report, sshd, stack_open_plan, plan);
	for (i = 0; i < report.nservices; i++) {
		const struct service *s = &report.services[i];

		if (s->gated)
			add_name(names, s->name, s->door);
		else if (s->door)
			warning("%s includes none of these files: see pamlease "
			    "setup %s", s->name, s->name);
	}
	if (report.failed)
		r = fail(EXIT_IO, "no memory, or too many services");
	diagnosis_free(&report);
	return r;
}

static int
find_names(struct names *names, struct changes *plan)
{
	size_t i;

	names->n = 0;
	if (all_in(plan))
		return find_all(names, plan);
	for (i = 0; i < plan->n; i++)
		add_name(names, plan->list[i].service, true);
	return EXIT_DONE;
}

/* Where root gets in nobody needs sudo, or what else is for who is in. */
static int
check_ways_in(struct diagnosis *report, const struct names *names)
{
	bool root = false;
	size_t i;

	for (i = 0; i < names->n; i++)
		root |= names->must[i] && lets_root_in(report, names->list[i]);
	for (i = 0; i < names->n; i++)
		if ((names->must[i] || !root) &&
		    !lets_somebody_in(report, names->list[i]))
			return fail(EXIT_REFUSED, "nobody could get in by %s, as "
			    "far as can be told: root by no password or key "
			    "that it takes, and nobody with a lease or by the "
			    "policy; first: pamlease grant USER --duration "
			    "DUR, a plain key in /root/.ssh/authorized_keys, "
			    "or --permissive", names->list[i]);
	return EXIT_DONE;
}

/* The host as far as it concerns these services, which are to refuse. */
static int
check_host_for(const struct names *names)
{
	static struct diagnosis report;
	char sshd[SERVICE_MAX];
	int r = EXIT_DONE;
	size_t i;

	memset(&report, 0, sizeof(report));
	check_policy(&report);
	check_sshd(&report, sshd);
	/* What is wrong with sshd is so for sshd alone. */
	for (i = 0; r == EXIT_DONE && i < report.n; i++) {
		const struct finding *f = &report.findings[i];

		if (!f->note && (f->service[0] == '\0' ||
		    has_name(names, f->service)))
			r = fail(EXIT_REFUSED, "%s: %s", f->what, f->fix);
	}
	if (r == EXIT_DONE)
		r = check_ways_in(&report, names);
	if (r == EXIT_DONE && report.failed)
		r = fail(EXIT_IO, "no memory");
	diagnosis_free(&report);
	return r;
}

/* Is one line of each type enough? */
static bool
doubled(const struct stack *stack)
{
	size_t n[STACK_TYPES] = { 0 }, i;

	for (i = 0; stack->lines != NULL && i < stack->n; i++)
		if (stack_module(&stack->lines[i], MODULE_FILE) &&
		    n[stack->lines[i].type]++ > 0)
			return true;
	return false;
}

static int
refuse_other(const struct service *s, const struct stack_line *line)
{
	const char *path = s->stack.files[line->file].path;

	if (line->file == 0)
		return fail(EXIT_REFUSED, "%s:%u has " MODULE_FILE " already; "
		    "first: pamlease unsetup %s", path, line->line, s->name);
	return fail(EXIT_REFUSED, "%s:%u, which %s includes, has " MODULE_FILE
	    " as well, and is %s", path, line->line, s->name,
	    all_has(strrchr(path, '/') + 1) ? "for pamlease setup --all" :
	    "left to you");
}

/* With all that is planned doctor has to call it gated. */
static int
check_planned(struct changes *plan, const char *service, bool permissive)
{
	static struct diagnosis report;
	const struct service *s = &report.services[0];
	const struct stack_line *line;
	int r = EXIT_DONE;

	if (find(&report, plan, service) > 0) {
		diagnosis_print_findings(&report);
		r = fail(EXIT_REFUSED, "%s would not be gated", service);
	} else if ((line = other_line(&s->stack, permissive)) != NULL)
		r = refuse_other(s, line);
	else if (doubled(&s->stack))
		r = fail(EXIT_REFUSED, MODULE_FILE " would be in the stack of "
		    "%s twice, as it includes one that has it; first: pamlease "
		    "unsetup %s", service, service);
	diagnosis_free(&report);
	return r;
}

int
changes_check(struct changes *plan, bool permissive)
{
	static struct names names;
	size_t i;
	int r;

	if (!module_there())
		return fail(EXIT_REFUSED, MODULE_FILE " is not where libpam "
		    "looks for modules: install it first");
	r = find_names(&names, plan);
	for (i = 0; r == EXIT_DONE && i < names.n; i++)
		r = check_planned(plan, names.list[i], permissive);
	/* What refuses nobody holds nobody up, and may be what is needed. */
	return r == EXIT_DONE && !permissive ? check_host_for(&names) : r;
}

void
changes_drop_same(struct changes *plan)
{
	size_t i, n = 0;

	for (i = 0; i < plan->n; i++) {
		struct change *c = &plan->list[i];

		if (same_text(c->old, c->new)) {
			free(c->old);
			free(c->new);
		} else
			plan->list[n++] = *c;
	}
	plan->n = n;
}

static bool
plan_text(struct changes *plan, const char *service, const char *text)
{
	struct change *c = &plan->list[0];

	memset(plan, 0, sizeof(*plan));
	plan->n = 1;
	(void)strncpy(c->service, service, sizeof(c->service) - 1);
	c->new = strdup(text);
	return c->new != NULL;
}

/* Its text, for the caller; the plan is free then. */
static char *
take_text(struct changes *plan)
{
	char *text = plan->list[0].new;

	plan->list[0].new = NULL;
	changes_free(plan);
	return text;
}

char *
stripped(const char *service, const char *text)
{
	static struct changes plan;

	/* What pam-auth-update knows stays: see all_files. */
	if (change_is_state(service))
		return strdup(text);
	if (plan_text(&plan, service, text) &&
	    edit_with(&plan, &plan.list[0], strip, false) == EXIT_DONE)
		return take_text(&plan);
	changes_free(&plan);
	return NULL;
}

char *
taken_back(const char *service, const char *text, const char *was)
{
	static struct changes plan;
	bool permissive, good;
	struct service s;
	char *bare = stripped(service, was);

	if (bare == NULL || strcmp(bare, was) == 0) {
		free(bare);
		return bare == NULL ? NULL : stripped(service, text);
	}
	free(bare);
	good = plan_text(&plan, service, was) &&
	    read_planned(&plan, service, &s);
	if (good) {
		permissive = other_line(&s.stack, false) != NULL;
		stack_free(&s.stack);
	}
	changes_free(&plan);
	if (good && plan_text(&plan, service, text) && edit_with(&plan,
	    &plan.list[0], set_option, permissive) == EXIT_DONE)
		return take_text(&plan);
	changes_free(&plan);
	return NULL;
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../pamlease/setup_edit.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define STACKS		TESTDATA "/../stacks/"
#define BOTH		(1u << STACK_ACCOUNT | 1u << STACK_SESSION)
#define MODULE		"pam_lease.so"

/* A service's own text, and what else there is: stock stacks, or one "c". */
struct disk {
	const char *service, *text;
	bool stock;
};

static char *
slurp(const char *dir, const char *name)
{
	static char path[256], data[STACK_FILE_MAX];
	size_t len;
	FILE *f;

	(void)snprintf(path, sizeof(path), STACKS "%s/%s", dir, name);
	f = fopen(path, "re");
	if (f == NULL)
		return NULL;
	len = fread(data, 1, sizeof(data) - 1, f);
	(void)fclose(f);
	data[len] = '\0';
	return strdup(data);
}

static char *
stock(const char *name)
{
	char *text = slurp("debian12", name);

	return text != NULL ? text : slurp("debian12-more", name);
}

static bool
open_disk(void *arg, const char *name, struct stack_source *source)
{
	const struct disk *disk = arg;

	memset(source, 0, sizeof(*source));
	if (strcmp(name, disk->service) == 0)
		source->data = strdup(disk->text);
	else if (disk->stock)
		source->data = stock(name);
	else if (strcmp(name, "c") == 0)
		source->data = strdup("account required a.so\n"
		    "session optional pam_systemd.so\n");
	if (source->data == NULL)
		return false;
	source->path = strdup(name);
	assert_non_null(source->path);
	source->len = strlen(source->data);
	return true;
}

static void
read_text(struct stack *stack, const char *service, const char *text,
    bool is_stock)
{
	struct disk disk = { service, text, is_stock };

	stack_read(stack, service, open_disk, &disk);
	assert_false(stack->absent);
}

/* Each has the lines that it needs, and nothing gets around them. */
static const struct {
	const char *name;
	unsigned int needs;
} services[] = {
	{ "sshd", BOTH }, { "login", BOTH }, { "lightdm", BOTH },
	{ "gdm-password", BOTH }, { "su", BOTH }, { "sudo", BOTH },
	{ "cron", BOTH }, { "atd", BOTH },
	{ "systemd-user", 1u << STACK_ACCOUNT },
	{ "sddm", BOTH }, { "sddm-autologin", BOTH }, { "cockpit", BOTH },
	{ "greetd", BOTH }, { "gdm-autologin", BOTH },
	{ "gdm-fingerprint", BOTH }, { "lightdm-autologin", BOTH },
	{ "lxdm", BOTH }, { "xdm", BOTH }, { "su-l", BOTH },
	{ "sudo-i", BOTH },
};

static void
check_phase(const struct stack *stack, enum stack_type type, const char *name)
{
	bool systemd = false, late = false;
	struct walk walk;
	size_t i;

	stack_walk(stack, type, &walk);
	if (!walk.asked || walk.passes || walk.n > 0)
		fail_msg("%s: %s", name, stack_type_word(type));
	for (i = 0; i < stack->n; i++) {
		if (stack->lines[i].type != type)
			continue;
		systemd |= stack_module(&stack->lines[i], "pam_systemd.so");
		late |= systemd && stack_module(&stack->lines[i], MODULE);
	}
	if (late)
		fail_msg("%s: behind pam_systemd", name);
}

static void
check_back(const char *name, const char *old, const char *new)
{
	struct stack stack;
	char *back, *permissive, *enforcing;

	read_text(&stack, name, new, true);
	back = edit_strip(&stack, new);
	assert_string_equal(back, old);
	permissive = edit_permissive(&stack, new, true);
	enforcing = edit_permissive(&stack, new, false);
	assert_string_equal(enforcing, new);
	stack_free(&stack);
	free(enforcing);
	read_text(&stack, name, permissive, true);
	enforcing = edit_permissive(&stack, permissive, false);
	assert_string_equal(enforcing, new);
	stack_free(&stack);
	free(enforcing);
	free(permissive);
	free(back);
}

static void
test_stock(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(services); i++) {
		const char *name = services[i].name, *why;
		char *old = stock(name), *new;
		struct stack stack;

		assert_non_null(old);
		read_text(&stack, name, old, true);
		new = edit_add(&stack, old, services[i].needs, false, &why);
		stack_free(&stack);
		assert_non_null(new);
		read_text(&stack, name, new, true);
		check_phase(&stack, STACK_ACCOUNT, name);
		if (services[i].needs == BOTH)
			check_phase(&stack, STACK_SESSION, name);
		stack_free(&stack);
		check_back(name, old, new);
		free(new);
		free(old);
	}
}

static const struct {
	const char *old, *new;
} adds[] = {
	/* The layout of what is near, with blanks and with tabs. */
	{ "account    required   a.so\n@include c\n",
	    "account    required   pam_lease.so\naccount    required   a.so\n"
	    "session    requisite  pam_lease.so\n@include c\n" },
	{ "auth\t\trequired\ta.so\n@include c\n",
	    "auth\t\trequired\ta.so\nauth\t\trequired\tpam_lease.so\n"
	    "account\t\trequired\tpam_lease.so\n"
	    "session\t\trequisite\tpam_lease.so\n@include c\n" },
	{ "@include c\n", "account required pam_lease.so\n"
	    "session requisite pam_lease.so\n@include c\n" },
	/* Above the comment of a line, but not of the file. */
	{ "# x\n\n# y\n@include c\n", "# x\n\n"
	    "account required pam_lease.so\n"
	    "session requisite pam_lease.so\n# y\n@include c\n" },
	{ "#%PAM-1.0\n@include c\n", "#%PAM-1.0\n"
	    "account required pam_lease.so\n"
	    "session requisite pam_lease.so\n@include c\n" },
	/* Lines that go on in the next one, and one that is not ended. */
	{ "@include c\nauth required \\\n a.so", "account required "
	    "pam_lease.so\nsession requisite pam_lease.so\n@include c\n"
	    "auth required \\\n a.so\nauth required pam_lease.so\n" },
	/* One would be the only one, in place of those of "other". */
	{ "auth required a.so\n", NULL },
	{ "account required a.so\n", NULL },
	{ "", NULL },
};

static void
test_add(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(adds); i++) {
		struct stack stack;
		const char *why;
		char *new;

		read_text(&stack, "s", adds[i].old, false);
		new = edit_add(&stack, adds[i].old, BOTH, false, &why);
		stack_free(&stack);
		if (adds[i].new == NULL) {
			assert_null(new);
			assert_non_null(why);
			continue;
		}
		assert_non_null(new);
		if (strcmp(new, adds[i].new) != 0)
			fail_msg("%s\nis not\n%s", new, adds[i].new);
		free(new);
	}
}

/* Lines of ours in any form; permissive, enforcing, none. */
static const struct {
	const char *old, *permissive, *enforcing, *none;
} forms[] = {
	{ "account required pam_lease.so # x\n",
	    "account required pam_lease.so permissive # x\n",
	    "account required pam_lease.so # x\n", "" },
	{ "account required pam_lease.so quiet permissive debug\n",
	    "account required pam_lease.so quiet permissive debug\n",
	    "account required pam_lease.so quiet debug\n", "" },
	{ "account required \\\n /x/pam_lease.so \\\n permissive\n@include c\n",
	    "account required \\\n /x/pam_lease.so \\\n permissive\n@include c\n",
	    "account required   /x/pam_lease.so  \n@include c\n",
	    "@include c\n" },
	{ "#account required pam_lease.so\n@include c\n",
	    "#account required pam_lease.so\n@include c\n",
	    "#account required pam_lease.so\n@include c\n",
	    "#account required pam_lease.so\n@include c\n" },
	{ "account required a.so pam_lease.so\n",
	    "account required a.so pam_lease.so\n",
	    "account required a.so pam_lease.so\n",
	    "account required a.so pam_lease.so\n" },
	{ "account required pam_lease.so",
	    "account required pam_lease.so permissive",
	    "account required pam_lease.so", "" },
};

static void
test_forms(void **state)
{
	struct stack stack;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(forms); i++) {
		read_text(&stack, "s", forms[i].old, false);
		text = edit_permissive(&stack, forms[i].old, true);
		assert_string_equal(text, forms[i].permissive);
		free(text);
		text = edit_permissive(&stack, forms[i].old, false);
		assert_string_equal(text, forms[i].enforcing);
		free(text);
		text = edit_strip(&stack, forms[i].old);
		assert_string_equal(text, forms[i].none);
		free(text);
		stack_free(&stack);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stock),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <security/_pam_types.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../pamlease/stack.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define FILES_MAX	4

/* Files in memory: names and what is in them, up to a name that is NULL. */
struct disk {
	const char *file[2 * FILES_MAX + 1];
};

static bool
open_disk(void *arg, const char *name, struct stack_source *source)
{
	const struct disk *disk = arg;
	size_t i;

	memset(source, 0, sizeof(*source));
	for (i = 0; disk->file[i] != NULL; i += 2)
		if (strcmp(disk->file[i], name) == 0)
			break;
	if (disk->file[i] == NULL)
		return false;
	source->path = strdup(name);
	source->data = strdup(disk->file[i + 1]);
	assert_non_null(source->data);
	source->len = strlen(source->data);
	return true;
}

static void
read_disk(struct stack *stack, const struct disk *disk)
{
	struct disk copy = *disk;

	stack_read(stack, "s", open_disk, &copy);
}

/* All lines of it, in few words. */
static char *
print(const struct stack *stack)
{
	static const char *const faults[FAULTS] = {
		[FAULT_NONE] = "", [FAULT_TYPE] = " type",
		[FAULT_NO_CONTROL] = " no control", [FAULT_CONTROL] =
		" control", [FAULT_NO_MODULE] = " no module",
		[FAULT_NO_FILE] = " no file", [FAULT_DEPTH] = " depth",
		[FAULT_CUT] = " cut"
	};
	char *text;
	size_t i, len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	for (i = 0; i < stack->n; i++) {
		const struct stack_line *line = &stack->lines[i];

		(void)fprintf(f, "%s%s:%u/%u+%u %s %s%s%s%s%s",
		    i > 0 ? "; " : "", stack->files[line->file].path,
		    line->line, line->top, line->level,
		    stack_type_word(line->type), line->module,
		    line->args[0] != '\0' ? " " : "", line->args,
		    line->substack ? "substack" : "", faults[line->fault]);
	}
	(void)fclose(f);
	return text;
}

static const struct {
	struct disk disk;
	const char *lines;
} reads[] = {
	{ { { "s", "auth required a.so\n" } }, "s:1/1+0 auth a.so" },
	{ { { "s", "auth required a.so" } }, "s:1/1+0 auth a.so" },
	{ { { "s", "\n# x\n \t-AUTH\tRequired\ta.so  b  c # d\n" } },
	    "s:3/3+0 auth a.so b  c" },
	{ { { "s", "account \\\n required \\  \n\n# x\n a.so\n" } },
	    "s:1/1+0 account a.so" },
	{ { { "s", "account required a.so # \\\nauth required b.so\n" } },
	    "s:1/1+0 account a.so; s:2/2+0 auth b.so" },
	{ { { "s", "auth [success=ok default = bad] /lib/a.so [x y]\n" } },
	    "s:1/1+0 auth /lib/a.so [x y]" },
	{ { { "s", "auth [a\\]b] a.so\n" } }, "s:1/1+0 auth a.so control" },
	{ { { "s", "@include t\nauth required a.so\n", "t",
	    "auth required b.so\naccount required c.so\n" } },
	    "t:1/1+0 auth b.so; t:2/1+0 account c.so; s:2/2+0 auth a.so" },
	{ { { "s", "\nauth include t\n", "t",
	    "auth required b.so\naccount required c.so\n@include u\n", "u",
	    "auth required d.so\n" } },
	    "t:1/2+0 auth b.so; u:1/2+0 auth d.so" },
	{ { { "s", "auth SUBSTACK t\nauth required a.so\n", "t",
	    "auth required b.so\nauth substack u\n", "u",
	    "auth required c.so\n" } },
	    "s:1/1+0 auth substack; t:1/1+1 auth b.so; t:2/1+1 auth substack; "
	    "u:1/1+2 auth c.so; s:2/2+0 auth a.so" },
	{ { { "s", "auth required a.so\n", "other",
	    "auth required x.so\naccount required y.so\n" } },
	    "s:1/1+0 auth a.so; other:2/2+0 account y.so" },
	{ { { "other", "auth required x.so\n" } }, "other:1/1+0 auth x.so" },
	{ { { "s", "acount required a.so\n" } }, "s:1/1+0 auth acount type" },
	{ { { "s", "auth\n" } }, "s:1/1+0 auth  no control" },
	{ { { "s", "auth required\n" } }, "s:1/1+0 auth  no module" },
	{ { { "s", "auth requird a.so\n" } }, "s:1/1+0 auth a.so control" },
	{ { { "s", "auth include\n" } }, "s:1/1+0 auth  no module" },
	{ { { "s", "auth include t\n" } }, "s:1/1+0 auth t no file" },
	{ { { "s", "@include t\n" } }, "s:1/1+0 auth t no file; "
	    "s:1/1+0 account t no file; s:1/1+0 session t no file; "
	    "s:1/1+0 password t no file" },
	{ { { "s", "account include s\n" } }, "s:1/1+0 account s depth" },
	{ { { "s", "auth required \\\n" } }, "s:1/1+0 auth  cut; "
	    "s:1/1+0 account  cut; s:1/1+0 session  cut; "
	    "s:1/1+0 password  cut" },
	{ { { "s", "" } }, "" },
	{ { { NULL } }, "" },
};

static void
test_read(void **state)
{
	struct stack stack;
	size_t i;
	char *text;

	(void)state;
	for (i = 0; i < COUNT(reads); i++) {
		read_disk(&stack, &reads[i].disk);
		text = print(&stack);
		if (strcmp(text, reads[i].lines) != 0)
			fail_msg("%zu: '%s'", i, text);
		assert_false(stack.failed);
		free(text);
		stack_free(&stack);
	}
}

/* Files that include each other grow without end, but for the limits. */
static void
test_limits(void **state)
{
	static const struct disk many = { { "s", "@include s\n@include s\n" } };
	struct stack stack;

	(void)state;
	read_disk(&stack, &many);
	assert_true(stack.failed);
	assert_true(stack.n <= STACK_LINES_MAX);
	stack_free(&stack);
}

static void
test_control(void **state)
{
	static const struct {
		const char *word;
		bool brackets, good;
		int success, reqd, ignore, denied;
	} rows[] = {
		{ "required", false, true, ACT_OK, ACT_OK, ACT_IGNORE,
		    ACT_BAD },
		{ "Requisite", false, true, ACT_OK, ACT_OK, ACT_IGNORE,
		    ACT_DIE },
		{ "optional", false, true, ACT_OK, ACT_OK, ACT_IGNORE,
		    ACT_IGNORE },
		{ "SUFFICIENT", false, true, ACT_DONE, ACT_DONE, ACT_IGNORE,
		    ACT_IGNORE },
		{ "required", true, false, ACT_BAD, ACT_BAD, ACT_BAD,
		    ACT_BAD },
		{ "success=1 default=ignore", true, true, 1, ACT_IGNORE,
		    ACT_IGNORE, ACT_IGNORE },
		{ " success = done new_authtok_reqd\t=ok ", true, true,
		    ACT_DONE, ACT_OK, ACT_BAD, ACT_BAD },
		{ "default=die success=ok", true, true, ACT_OK, ACT_DIE,
		    ACT_DIE, ACT_DIE },
		{ "success=ok", false, true, ACT_OK, ACT_BAD, ACT_BAD,
		    ACT_BAD },
		{ "success=reset", true, true, ACT_RESET, ACT_BAD, ACT_BAD,
		    ACT_BAD },
		{ "success=0", true, false, ACT_BAD, ACT_BAD, ACT_BAD,
		    ACT_BAD },
		{ "success=ok foo=ok", true, false, ACT_BAD, ACT_BAD, ACT_BAD,
		    ACT_BAD },
		{ "success", true, false, ACT_BAD, ACT_BAD, ACT_BAD, ACT_BAD },
		{ "success=", true, false, ACT_BAD, ACT_BAD, ACT_BAD,
		    ACT_BAD },
		{ "success=99999999999999", true, true, INT32_MAX / 10,
		    ACT_BAD, ACT_BAD, ACT_BAD },
		{ "", true, true, ACT_BAD, ACT_BAD, ACT_BAD, ACT_BAD },
	};
	int action[STACK_VALUES];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		if (stack_control(rows[i].word, rows[i].brackets, action) !=
		    rows[i].good || action[PAM_SUCCESS] != rows[i].success ||
		    action[PAM_NEW_AUTHTOK_REQD] != rows[i].reqd ||
		    action[PAM_IGNORE] != rows[i].ignore ||
		    action[PAM_PERM_DENIED] != rows[i].denied)
			fail_msg("'%s'", rows[i].word);
}

#define OURS	"account required pam_lease.so\n"
#define UNIX	"account required pam_unix.so\n"

static const struct {
	struct disk disk;
	const char *holes;
} walks[] = {
	{ { { "s", OURS } }, "" },
	{ { { "s", OURS UNIX } }, "" },
	{ { { "s", UNIX OURS } }, "" },
	{ { { "s", UNIX } }, "passes" },
	{ { { "s", "account required pam_deny.so\n" } }, "" },
	/* What ends it above. */
	{ { { "s", "account sufficient a.so\n" OURS } }, "ends:1:success" },
	{ { { "s", "account [new_authtok_reqd=done default=ok] a.so\n" OURS } },
	    "ends:1:new_authtok_reqd" },
	{ { { "s", "account [acct_expired=done default=ok] a.so\n" OURS } },
	    "" },
	{ { { "s", "account include t\n" OURS, "t",
	    "account sufficient a.so\n" } }, "ends:1:success" },
	{ { { "s", "account substack t\n" OURS, "t",
	    "account sufficient a.so\n" } }, "" },
	{ { { "s", "account substack t\n", "t",
	    "account sufficient a.so\n" OURS } }, "ends:1:success" },
	{ { { "s", "account required pam_deny.so\naccount sufficient a.so\n"
	    OURS } }, "" },
	{ { { "s", "account sufficient pam_deny.so\n" OURS } }, "" },
	/* The first refusal is returned, and this one lets in. */
	{ { { "s", "account [success=ok default=bad] a.so\n" OURS } },
	    "changes:1:new_authtok_reqd" },
	{ { { "s", "account [success=ok default=die] a.so\n" OURS } },
	    "ends:1:new_authtok_reqd" },
	{ { { "s", OURS "account [success=ok default=die] a.so\n" } }, "" },
	/* Jumps. */
	{ { { "s", "account [success=1 default=ignore] a.so\n" OURS UNIX } },
	    "jumps:1:success" },
	{ { { "s", "account [success=1 default=ignore] a.so\n" OURS } }, "" },
	{ { { "s", "account [success=2 default=ignore] a.so\n" OURS } }, "" },
	{ { { "s", "account [success=1 default=ignore] a.so\n"
	    "account substack t\n" UNIX, "t", OURS UNIX } },
	    "jumps:1:success" },
	{ { { "s", "account substack t\n" UNIX, "t",
	    "account [success=2 default=ignore] a.so\n" OURS } }, "" },
	{ { { "s", "account [success=1 default=ignore] a.so\n"
	    "account requisite pam_deny.so\n" OURS } }, "" },
	/* A line of ours that does not refuse. */
	{ { { "s", "account optional pam_lease.so\n" UNIX } },
	    "passes:1:system_err" },
	{ { { "s", "account optional pam_lease.so\n" } }, "" },
	{ { { "s", "account [default=ignore] /lib/pam_lease.so\n" UNIX } },
	    "passes:1:system_err" },
	{ { { "s", "account [success=ok user_unknown=ignore default=bad] "
	    "pam_lease.so\n" UNIX } }, "passes:1:user_unknown" },
	{ { { "s", "account [success=ok module_unknown=ok default=bad] "
	    "pam_lease.so\n" } }, "" },
	{ { { "s", "account [success=ok perm_denied=1 default=bad] "
	    "pam_lease.so\naccount required pam_deny.so\n" UNIX } },
	    "passes:1:perm_denied" },
	{ { { "s", "account optional pam_lease.so\n" OURS UNIX } }, "" },
	/* What forgets a refusal. */
	{ { { "s", OURS "account [success=reset default=ok] a.so\n" UNIX } },
	    "resets:2:success" },
	{ { { "s", OURS "account substack t\n", "t",
	    "account [success=reset default=ok] a.so\n" UNIX } }, "" },
	{ { { "s", "account required b.so\naccount substack t\n", "t",
	    OURS "account [success=reset default=ok] a.so\n" UNIX } },
	    "resets:2:success" },
	{ { { "s", "account [success=reset default=ok] a.so\n" OURS } }, "" },
	/* What libpam has fail. */
	{ { { "s", "account required\naccount sufficient a.so\n" OURS } }, "" },
	{ { { "s", "account requird pam_permit.so\n" OURS } }, "" },
};

static char *
holes_of(const struct disk *disk)
{
	static const char *const hows[] = {
		[WALK_ENDS] = "ends", [WALK_JUMPS] = "jumps",
		[WALK_PASSES] = "passes", [WALK_RESETS] = "resets",
		[WALK_LETS_CHANGE] = "changes"
	};
	struct stack stack;
	struct walk walk;
	size_t i, len;
	char *text;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	read_disk(&stack, disk);
	stack_walk(&stack, STACK_ACCOUNT, &walk);
	assert_false(walk.tangled);
	for (i = 0; i < walk.n; i++)
		(void)fprintf(f, "%s%s:%u:%s", i > 0 ? " " : "",
		    hows[walk.holes[i].how], walk.holes[i].line->line,
		    stack_value_word(walk.holes[i].value));
	if (walk.passes && walk.n == 0)
		(void)fputs("passes", f);
	(void)fclose(f);
	stack_free(&stack);
	return text;
}

static void
test_walk(void **state)
{
	size_t i;
	char *text;

	(void)state;
	for (i = 0; i < COUNT(walks); i++) {
		text = holes_of(&walks[i].disk);
		if (strcmp(text, walks[i].holes) != 0)
			fail_msg("%zu: %s'%s'", i, walks[i].disk.file[1],
			    text);
		free(text);
	}
}

static void
test_args(void **state)
{
	static const struct disk disk = { { "s",
	    "auth required /lib/security/pam_x.so  a bc\td\n" } };
	struct stack stack;

	(void)state;
	read_disk(&stack, &disk);
	assert_true(stack_module(stack.lines, "pam_x.so"));
	assert_false(stack_module(stack.lines, "x.so"));
	assert_true(stack_has_arg(stack.lines, "a"));
	assert_true(stack_has_arg(stack.lines, "bc"));
	assert_true(stack_has_arg(stack.lines, "d"));
	assert_false(stack_has_arg(stack.lines, "b"));
	assert_false(stack_has_arg(stack.lines, ""));
	stack_free(&stack);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_control),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_args),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

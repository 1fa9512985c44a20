#include <security/pam_appl.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../pamlease/stack_step.h"

/*
 * Makes stacks of modules that return what they are told, and asks libpam, and
 * pamlease's reading of them, whether the account phase ends well.  Says where
 * they differ, and at the end what it has tried.
 *
 *	usage: stacked DIR SEED STACKS
 */

#define FILES		3
#define LINES_MAX	7
#define TEXT_MAX	4096
#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define PICK(table)	((table)[any(COUNT(table))])

static struct {
	const char *dir;
	unsigned long random;
	char text[FILES][TEXT_MAX];
	size_t len;			/* of the one that is written */
	unsigned long good, bad;
} app;

static const char *const names[FILES] = { "s", "t", "u" };

static const char *const values[] = {
	"success", "success", "success", "perm_denied", "new_authtok_reqd",
	"ignore", "auth_err", "user_unknown", "acct_expired", "module_unknown"
};

static size_t
any(size_t below)
{
	app.random = app.random * 6364136223846793005UL + 1442695040888963407UL;
	return (size_t)(app.random >> 33) % below;
}

static void __attribute__((format(printf, 2, 3)))
add(size_t file, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(app.text[file] + app.len, TEXT_MAX - app.len, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= TEXT_MAX - app.len)
		abort();
	app.len += (size_t)n;
}

static void
add_brackets(size_t file)
{
	static const char *const actions[] = {
		"ok", "done", "bad", "die", "ignore", "reset", "1", "2", "3"
	};
	size_t n = any(4);

	add(file, "[");
	while (n-- > 0)
		add(file, "%s%s=%s ", any(9) == 0 ? " " : "", PICK(values),
		    PICK(actions));
	if (any(3) > 0)
		add(file, "default%s=%s", any(9) == 0 ? "\t" : "",
		    PICK(actions));
	add(file, "]");
}

static void
add_control(size_t file)
{
	static const char *const words[] = {
		"required", "requisite", "sufficient", "optional", "Required",
		"OPTIONAL", "none"
	};

	if (any(2) == 0)
		add(file, "%s", PICK(words));
	else
		add_brackets(file);
}

static void
add_line(size_t file)
{
	static const char *const odd[] = {
		"account", "account required", "# account required x.so",
		"", "auth required pam_debug.so",
		"account required pam_debug.so acct=success # x \\",
	};
	static const char *const types[] = { "account", "-account",
	    "ACCOUNT" };
	static const char *const blanks[] = { " ", "\t ", " \\\n ", "\\\n\n" };
	/* Never itself: libpam would follow that in a thousand ways. */
	const bool last = file + 1 == FILES;
	const char *other = last ? "" : names[file + 1 +
	    any(FILES - file - 1)];

	switch (last ? any(9) * 4 : any(12)) {
	case 0:
		add(file, "%s\n", PICK(odd));
		break;
	case 1:
		add(file, "account include %s/%s\n", app.dir, other);
		break;
	case 2:
	case 3:
		add(file, "account substack %s/%s\n", app.dir, other);
		break;
	default:
		add(file, "%s ", PICK(types));
		add_control(file);
		add(file, "%spam_debug.so acct=%s\n", PICK(blanks),
		    PICK(values));
	}
}

static void
make_file(size_t file)
{
	size_t n = 1 + any(LINES_MAX);
	char path[256];
	FILE *f;

	app.len = 0;
	while (n-- > 0)
		add_line(file);
	(void)snprintf(path, sizeof(path), "%s/%s", app.dir, names[file]);
	f = fopen(path, "we");
	if (f == NULL || fputs(app.text[file], f) == EOF || fclose(f) == EOF)
		abort();
}

static bool
open_made(void *arg, const char *name, struct stack_source *source)
{
	const char *slash = strrchr(name, '/');
	size_t i;

	(void)arg;
	memset(source, 0, sizeof(*source));
	/* Included ones come with their directory, as libpam wants them. */
	if (slash != NULL)
		name = slash + 1;
	for (i = 0; i < FILES && strcmp(names[i], name) != 0; i++)
		;
	if (i == FILES)
		return false;
	source->path = strdup(name);
	source->data = strdup(app.text[i]);
	source->len = strlen(app.text[i]);
	return true;
}

/* What a line gives: pam_debug(8) is told so. */
static int
value_of(const struct stack_line *line)
{
	int value;

	if (line->substack)
		return PAM_SUCCESS;
	for (value = 0; !line->fails && value < STACK_VALUES; value++)
		if (strncmp(line->args, "acct=", 5) == 0 &&
		    strcmp(line->args + 5, stack_value_word(value)) == 0)
			return value;
	return PAM_PERM_DENIED;
}

static bool
ends_well(void)
{
	static struct steps steps;
	struct stack stack;
	uint64_t moods = UNDECIDED;
	size_t i;

	stack_read(&stack, "s", open_made, NULL);
	steps.type = STACK_ACCOUNT;
	steps.resets = true;
	steps.n = 0;
	for (i = 0; i < stack.n; i++)
		if (stack.lines[i].type == STACK_ACCOUNT)
			steps.lines[steps.n++] = &stack.lines[i];
	for (i = 0; i < steps.n;)
		i = stack_step(&steps, i, value_of(steps.lines[i]), &moods);
	stack_free(&stack);
	return stack_lets_in(moods & MOOD_MASK);
}

static int
asked(int n, const struct pam_message **msg, struct pam_response **resp,
    void *arg)
{
	(void)n;
	(void)msg;
	(void)arg;
	*resp = NULL;
	return PAM_CONV_ERR;
}

static bool
libpam_ends_well(void)
{
	const struct pam_conv conv = { asked, NULL };
	pam_handle_t *pamh;
	int pamret = pam_start_confdir("s", "root", &conv, app.dir, &pamh);

	if (pamret == PAM_SUCCESS)
		pamret = pam_acct_mgmt(pamh, PAM_SILENT);
	(void)pam_end(pamh, pamret);
	return pamret == PAM_SUCCESS || pamret == PAM_NEW_AUTHTOK_REQD;
}

int
main(int argc, char *argv[])
{
	unsigned long left, differ = 0;
	size_t i;

	if (argc != 4) {
		(void)fputs("usage: stacked DIR SEED STACKS\n", stderr);
		return 2;
	}
	app.dir = argv[1];
	app.random = strtoul(argv[2], NULL, 10);
	for (left = strtoul(argv[3], NULL, 10); left > 0; left--) {
		bool ours, theirs;

		for (i = 0; i < FILES; i++)
			make_file(i);
		ours = ends_well();
		theirs = libpam_ends_well();
		if (theirs)
			app.good++;
		else
			app.bad++;
		if (ours == theirs)
			continue;
		(void)printf("libpam %s, pamlease %s:\n", theirs ? "good" :
		    "bad", ours ? "good" : "bad");
		for (i = 0; i < FILES; i++)
			(void)printf("%s:\n%s", names[i], app.text[i]);
		if (++differ == 5)
			break;
	}
	(void)printf("good=%lu bad=%lu differ=%lu\n", app.good, app.bad,
	    differ);
	return differ > 0;
}

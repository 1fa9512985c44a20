#include <security/_pam_types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "module_words.h"

struct place
place_of(const struct service *s, const struct stack_line *line)
{
	return (struct place){ false, s->name,
	    s->stack.files[line->file].path, line->line };
}

static const char *
top_path(const struct service *s, const struct stack_line *line)
{
	return s->stack.files[line->top_file].path;
}

/* The first line of a type that ours has to be above of, or NULL. */
static const struct stack_line *
below(const struct service *s, enum stack_type type)
{
	size_t i;

	for (i = 0; i < s->stack.n; i++) {
		const struct stack_line *line = &s->stack.lines[i];

		if (line->type == type && (type != STACK_SESSION ||
		    stack_module(line, "pam_systemd.so")))
			return line;
	}
	return NULL;
}

/* Those of "other" count no more where a service has a line of that type. */
static bool
by_other(const struct service *s, enum stack_type type)
{
	size_t i;

	for (i = 0; i < s->stack.n; i++)
		if (s->stack.lines[i].type == type)
			return strcmp(strrchr(top_path(s,
			    &s->stack.lines[i]), '/') + 1, s->name) != 0;
	return false;
}

char *
add_text(const struct service *s, enum stack_type type)
{
	const struct stack_line *line = below(s, type);
	const char *word = stack_type_word(type);

	if (by_other(s, type))
		return text_of("put \"%s %s " MODULE_FILE "\" and below it "
		    "\"%s include other\" at the end of " PATH_STACKS "/%s",
		    word, stack_our_control(type), word, s->name);
	if (line == NULL)
		return text_of("put \"%s %s " MODULE_FILE "\" at the end of "
		    PATH_STACKS "/%s", word, stack_our_control(type), s->name);
	return text_of("put \"%s %s " MODULE_FILE "\" above line %u of %s",
	    word, stack_our_control(type), line->top, top_path(s, line));
}

char *
move_text(const struct service *s, const struct stack_line *own,
    const struct stack_line *other)
{
	bool within = own->file == other->file;

	return text_of("put \"%s %s %s%s%s\" above line %u of %s, in place of "
	    "line %u of %s", stack_type_word(own->type),
	    stack_our_control(own->type),
	    own->module, own->args[0] != '\0' ? " " : "", own->args,
	    within ? other->line : other->top, within ?
	    s->stack.files[other->file].path : top_path(s, other), own->line,
	    s->stack.files[own->file].path);
}

char *
write_text(const struct stack_line *own)
{
	return text_of("write \"%s %s %s%s%s\" there",
	    stack_type_word(own->type), stack_our_control(own->type),
	    own->module,
	    own->args[0] != '\0' ? " " : "", own->args);
}

static bool
checks_passwords(const struct stack_line *line)
{
	static const char *const modules[] = {
		"pam_unix.so", "pam_sss.so", "pam_ldap.so", "pam_krb5.so",
		"pam_winbind.so", "pam_systemd_home.so"
	};
	size_t i;

	for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		if (stack_module(line, modules[i]))
			return true;
	return false;
}

static void
check_options(struct diagnosis *report, const struct service *s,
    const struct stack_line *line)
{
	static const char *const options[] = {
		OPTION_DEBUG, OPTION_PERMISSIVE, OPTION_QUIET
	};
	struct place place = place_of(s, line);
	const char *p = line->args, *arg;
	size_t len, i;

	while ((arg = stack_arg(&p, &len)) != NULL) {
		for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
			if (strlen(options[i]) == len &&
			    memcmp(options[i], arg, len) == 0)
				break;
		if (i == sizeof(options) / sizeof(options[0]))
			diagnosis_add(report, &place, "pam_lease logs it with "
			    "each login, and what was meant is not done",
			    text_of("no option of pam_lease: %.*s", (int)len,
			    arg), text_of("take it out: there are "
			    "%s, %s and %s", options[0], options[1],
			    options[2]));
	}
	place.note = true;
	if (stack_has_arg(line, OPTION_PERMISSIVE))
		diagnosis_add(report, &place, "", text_of("with permissive "
		    "pam_lease refuses nobody in the %s phase",
		    stack_type_word(line->type)), strdup(""));
}

/* What is wrong with the i-th line, which is ours, and where it is. */
static void
check_own(struct diagnosis *report, const struct service *s, size_t i,
    bool password_checked, const struct stack_line *systemd)
{
	const struct stack_line *line = &s->stack.lines[i];
	const struct place place = place_of(s, line);
	int success = line->action[PAM_SUCCESS];

	check_options(report, s, line);
	if (line->type == STACK_PASSWORD)
		diagnosis_add(report, &place, "nobody can change a password",
		    text_of("a password line of " MODULE_FILE),
		    text_of("take it out"));
	else if (success == ACT_DONE || success > 0)
		diagnosis_add(report, &place, line->type == STACK_AUTH ?
		    "who has a lease is in without a password" :
		    "who has a lease is not checked by what is below",
		    text_of("a lease skips the rest of the %s phase",
		    stack_type_word(line->type)), write_text(line));
	else if (line->type == STACK_AUTH && !password_checked &&
	    line->action[PAM_AUTH_ERR] == ACT_DIE)
		diagnosis_add(report, &place, "it answers at once for who has no "
		    "lease, and so tells anybody who has one",
		    text_of("pam_lease refuses before the password is "
		    "checked"), write_text(line));
	if (line->type == STACK_SESSION && systemd != NULL)
		diagnosis_add(report, &place, "a session that is refused, or ends "
		    "with --final, has begun for systemd already",
		    text_of("the session line is below pam_systemd.so"),
		    move_text(s, line, systemd));
}

void
check_lines(struct diagnosis *report, const struct service *s)
{
	const struct stack_line *systemd = NULL;
	bool password_checked = false;
	size_t i;

	for (i = 0; i < s->stack.n; i++) {
		const struct stack_line *line = &s->stack.lines[i];

		if (stack_module(line, MODULE_FILE))
			check_own(report, s, i, password_checked, systemd);
		else if (line->type == STACK_AUTH)
			password_checked |= checks_passwords(line);
		else if (stack_module(line, "pam_systemd.so") &&
		    systemd == NULL)
			systemd = line;
	}
}

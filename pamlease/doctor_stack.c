#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "module_words.h"

static const struct {
	const char *what, *fix;
} faults[FAULTS] = {
	[FAULT_TYPE] = { "this type of line is none",
	    "begin it with auth, account, session or password" },
	[FAULT_NO_CONTROL] = { "the line ends before its control",
	    "complete it, or take it out" },
	[FAULT_CONTROL] = { "a control that can't be read, so that all is a "
	    "refusal, is before", "write required, requisite, sufficient, "
	    "optional or [VALUE=ACTION ...]" },
	[FAULT_NO_MODULE] = { "the line ends before its module",
	    "complete it, or take it out" },
	[FAULT_NO_FILE] = { "this file can't be read",
	    "name one that is there, or take the line out" },
	[FAULT_DEPTH] = { "this file includes itself",
	    "take the line out" },
	[FAULT_CUT] = { "the file ends behind a backslash",
	    "take the backslash out" },
};

static const struct {
	const char *what, *why;
} holes[] = {
	[WALK_ENDS] = { "can end the stack well above pam_lease",
	    "who it does so for is in without a lease" },
	[WALK_JUMPS] = { "skips pam_lease",
	    "who it does so for is in without a lease" },
	[WALK_PASSES] = { "does not refuse",
	    "who pam_lease refuses is in all the same" },
	[WALK_LETS_CHANGE] = { "refuses above pam_lease",
	    "libpam returns the first refusal, and upon this one services ask "
	    "for a new password and let in" },
	[WALK_RESETS] = { "forgets what pam_lease has refused",
	    "who pam_lease refuses is in all the same" },
};

static bool
ours(const struct stack_line *line)
{
	return stack_module(line, MODULE_FILE);
}

static void
check_faults(struct diagnosis *report, const struct service *s)
{
	static const struct stack_line none;
	const struct stack_line *line, *before = &none;
	size_t i;

	for (i = 0; i < s->stack.n; i++) {
		const struct place place = place_of(s, &s->stack.lines[i]);

		line = &s->stack.lines[i];
		if (line->fault == FAULT_NONE || line->type == STACK_PASSWORD ||
		    (line->fault == before->fault &&
		    line->file == before->file && line->line == before->line))
			continue;
		before = line;
		diagnosis_add(report, &place, "libpam refuses for such a line, or "
		    "does not do what was meant", text_of("%s%s%s",
		    faults[line->fault].what, line->module[0] != '\0' ? ": " :
		    "", line->module), strdup(faults[line->fault].fix));
	}
}

static void
check_missing(struct diagnosis *report, const struct service *s,
    enum stack_type type)
{
	static const char *const whys[STACK_TYPES] = {
		[STACK_ACCOUNT] = "keys, jobs and whatever asks for no "
		    "password are not checked",
		[STACK_SESSION] = "sessions are not in the ledger, and limits "
		    "and wind-downs do not count them",
	};
	const struct place place = { false, s->name,
	    s->stack.files[0].path, 0 };

	diagnosis_add(report, &place, whys[type], text_of("no %s line of "
	    MODULE_FILE, stack_type_word(type)), add_text(s, type));
}

/* The first line of ours of that type, which is there. */
static const struct stack_line *
first_of_ours(const struct service *s, enum stack_type type)
{
	size_t i;

	for (i = 0; s->stack.lines[i].type != type ||
	    !ours(&s->stack.lines[i]); i++)
		;
	return &s->stack.lines[i];
}

static void
add_hole(struct diagnosis *report, const struct service *s,
    const struct walk_hole *hole)
{
	const struct stack_line *line = hole->line;
	const struct place place = place_of(s, line);

	diagnosis_add(report, &place, holes[hole->how].why,
	    text_of("%s %s in the %s phase upon %s", line->module,
	    holes[hole->how].what, stack_type_word(line->type),
	    stack_value_word(hole->value)), hole->how == WALK_PASSES ?
	    write_text(line) : hole->how == WALK_RESETS ?
	    text_of("take \"reset\" out of it") :
	    move_text(s, first_of_ours(s, line->type), line));
}

/* The auth phase is where passwords are checked: who else ends it may. */
static void
check_phase(struct diagnosis *report, const struct service *s,
    enum stack_type type)
{
	const struct place place = { false, s->name, s->stack.files[0].path,
	    0 };
	struct walk walk;
	size_t i, found = 0;

	stack_walk(&s->stack, type, &walk);
	if (!walk.asked && (s->needs & 1u << type) != 0)
		check_missing(report, s, type);
	for (i = 0; i < walk.n; i++)
		if (type != STACK_AUTH || walk.holes[i].how == WALK_PASSES) {
			add_hole(report, s, &walk.holes[i]);
			found++;
		}
	if (type != STACK_AUTH && walk.asked && walk.passes && found == 0)
		diagnosis_add(report, &place, "who pam_lease refuses may be in "
		    "all the same", text_of("the %s phase can end well without "
		    "pam_lease, in more ways than can be told",
		    stack_type_word(type)), text_of("make it simpler"));
}

static void
check_files(struct diagnosis *report, const struct service *s)
{
	size_t i;

	for (i = 0; i < s->stack.nfiles; i++) {
		const struct place place = { false, s->name,
		    s->stack.files[i].path, 0 };

		if (s->stack.files[i].open_to_all)
			diagnosis_add(report, &place, "who may write it decides "
			    "who gets in", text_of("the file is not root's "
			    "alone to write"), text_of("chown root:root %s; "
			    "chmod 644 %s", place.file, place.file));
	}
}

static void
check_gated(struct diagnosis *report, const struct service *s)
{
	enum stack_type type;

	check_files(report, s);
	check_faults(report, s);
	for (type = 0; type < STACK_PASSWORD; type++)
		check_phase(report, s, type);
	check_lines(report, s);
}

void
check_stack(struct diagnosis *report, const struct service *s)
{
	const struct place place = { false, s->name, s->stack.files[0].path,
	    0 };
	char *account, *session;

	if (s->stack.failed)
		diagnosis_add(report, &place, "what is not read is not checked",
		    text_of("the stack is too large to be followed"),
		    text_of("include fewer files"));
	if (s->gated)
		check_gated(report, s);
	else if (s->door) {
		account = add_text(s, STACK_ACCOUNT);
		session = add_text(s, STACK_SESSION);
		diagnosis_add(report, &place, "who has no lease gets in that way",
		    text_of("%s is not gated", s->name),
		    account != NULL && session != NULL ?
		    text_of("%s, and %s", account, session) : NULL);
		free(account);
		free(session);
	}
}

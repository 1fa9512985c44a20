#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "module_words.h"
#include "text.h"

#define ACCOUNT	(1u << STACK_ACCOUNT)
#define SESSION	(1u << STACK_SESSION)

/* What lets users in; a door is how they come from outside. */
static const struct {
	const char *name;
	bool door;
	unsigned int needs;
} known[] = {
	{ "sshd", true, ACCOUNT | SESSION },
	{ "login", true, ACCOUNT | SESSION },
	{ "remote", true, ACCOUNT | SESSION },
	{ "gdm-password", true, ACCOUNT | SESSION },
	{ "gdm-autologin", true, ACCOUNT | SESSION },
	{ "gdm-fingerprint", true, ACCOUNT | SESSION },
	{ "gdm-smartcard", true, ACCOUNT | SESSION },
	{ "lightdm", true, ACCOUNT | SESSION },
	{ "lightdm-autologin", true, ACCOUNT | SESSION },
	{ "sddm", true, ACCOUNT | SESSION },
	{ "sddm-autologin", true, ACCOUNT | SESSION },
	{ "greetd", true, ACCOUNT | SESSION },
	{ "lxdm", true, ACCOUNT | SESSION },
	{ "xdm", true, ACCOUNT | SESSION },
	{ "cockpit", true, ACCOUNT | SESSION },
	{ "vsftpd", true, ACCOUNT | SESSION },
	{ "proftpd", true, ACCOUNT | SESSION },
	{ "atd", false, ACCOUNT | SESSION },
	{ "cron", false, ACCOUNT | SESSION },
	{ "crond", false, ACCOUNT | SESSION },
	/* Makes no account call. */
	{ "runuser", false, SESSION },
	{ "runuser-l", false, SESSION },
	{ "su", false, ACCOUNT | SESSION },
	{ "su-l", false, ACCOUNT | SESSION },
	{ "sudo", false, ACCOUNT | SESSION },
	{ "sudo-i", false, ACCOUNT | SESSION },
	/* Ends with the sessions of who it is for. */
	{ "systemd-user", false, ACCOUNT },
};

#define NKNOWN	(sizeof(known) / sizeof(known[0]))

static void
look(struct service *s)
{
	size_t i;

	for (i = 0; i < s->stack.n; i++) {
		const struct stack_line *line = &s->stack.lines[i];

		/* Of the service "other" only what it comes to counts. */
		if (line->type == STACK_PASSWORD ||
		    !stack_module(line, MODULE_FILE) || (line->top_file != 0 &&
		    (s->needs & 1u << line->type) == 0))
			continue;
		s->gated = true;
		s->permissive |= stack_has_arg(line, OPTION_PERMISSIVE);
	}
}

/* What a service that is none of these needs: what it has lines of. */
static unsigned int
needs_of(const struct stack *stack)
{
	unsigned int needs = ACCOUNT;
	size_t i;

	for (i = 0; i < stack->n; i++)
		if (stack->lines[i].type == STACK_SESSION &&
		    stack->lines[i].top_file == 0)
			needs |= SESSION;
	return needs;
}

/* Its place in the table, or NKNOWN. */
static size_t
find_known(const char *name)
{
	size_t i;

	for (i = 0; i < NKNOWN; i++)
		if (strcmp(known[i].name, name) == 0)
			break;
	return i;
}

bool
service_known(const char *name)
{
	return find_known(name) < NKNOWN;
}

bool
service_inside(const char *name)
{
	size_t i = find_known(name);

	return i < NKNOWN && !known[i].door;
}

bool
service_read(struct service *s, const char *name, stack_open_fn *open_file,
    void *arg)
{
	size_t i;

	memset(s, 0, sizeof(*s));
	if (!text_copy(s->name, sizeof(s->name), name))
		return false;
	stack_read(&s->stack, name, open_file, arg);
	s->needs = needs_of(&s->stack);
	for (i = 0; i < NKNOWN; i++)
		if (strcmp(known[i].name, name) == 0) {
			s->door = known[i].door;
			s->needs = known[i].needs;
		}
	look(s);
	return true;
}

/* Where the bytes of files are from. */
struct source {
	stack_open_fn *open_file;
	void *arg;
};

/* Adds it where it has a file, and (gated_only) only with a line of ours. */
static void
add(struct diagnosis *report, const struct source *from, const char *name,
    bool door, unsigned int needs, bool gated_only)
{
	struct service *s = &report->services[report->nservices];

	if (report->nservices == SERVICES_MAX) {
		report->failed = true;
		return;
	}
	if (!service_read(s, name, from->open_file, from->arg))
		return;
	s->door = door;
	s->needs = needs;
	if (s->stack.absent || (gated_only && !s->gated))
		stack_free(&s->stack);
	else
		report->nservices++;
}

/* Is it looked at already, or only what stacks include? */
static bool
seen(const struct diagnosis *report, const char *name)
{
	size_t i, k;

	for (i = 0; i < report->nservices; i++) {
		const struct stack *stack = &report->services[i].stack;

		if (strcmp(report->services[i].name, name) == 0)
			return true;
		for (k = 0; k < stack->nfiles; k++)
			if (strcmp(strrchr(stack->files[k].path, '/') + 1,
			    name) == 0)
				return true;
	}
	return false;
}

/* By editors, package managers and pam-auth-update. */
static bool
left_behind(const char *name)
{
	static const char *const kinds[] = { ".*", "#*", "*~", "*.dpkg-*",
	    "*.rpm*", "*.pam-old", "*.pam-new" };
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (fnmatch(kinds[i], name, 0) == 0)
			return true;
	return false;
}

/* The services of a directory that pamlease was put in, whatever they are. */
static void
add_others(struct diagnosis *report, const struct source *from,
    const char *path)
{
	struct dirent **list;
	int i, n = scandir(path, &list, NULL, alphasort);

	for (i = 0; i < n; i++) {
		const char *name = list[i]->d_name;

		if (!left_behind(name) && !seen(report, name))
			add(report, from, name, false, ACCOUNT, true);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

void
find_services(struct diagnosis *report, const char *sshd,
    stack_open_fn *open_file, void *arg)
{
	const struct source from = { open_file, arg };
	size_t i;

	for (i = 0; i < NKNOWN; i++)
		add(report, &from, i == 0 ? sshd : known[i].name,
		    known[i].door, known[i].needs, false);
	add_others(report, &from, PATH_STACKS);
	add_others(report, &from, PATH_STACKS_VENDOR);
}

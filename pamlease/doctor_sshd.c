#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "account.h"
#include "child.h"
#include "doctor.h"
#include "list.h"
#include "paths.h"
#include "text.h"

#define SSHD_SAYS_MAX	65536
#define PROGRAM_MS	10000
#define VALUE_MAX	512	/* bytes of a setting's value */

/* The next line of a keyword at or behind *p, which moves behind it. */
static bool
next_value(char value[VALUE_MAX], const char **p, const char *keyword)
{
	size_t len = strlen(keyword), n;
	const char *line;

	while (**p != '\0') {
		line = *p;
		n = strcspn(line, "\n");
		*p += n + (line[n] == '\n');
		if (n <= len || line[len] != ' ' ||
		    strncasecmp(line, keyword, len) != 0)
			continue;
		n -= len + 1;
		/* Of what is too long the beginning, which nothing equals. */
		(void)snprintf(value, VALUE_MAX, "%.*s", (int)n,
		    line + len + 1);
		return true;
	}
	value[0] = '\0';
	return false;
}

/* The value of a keyword in what "sshd -T" says; or "". */
static const char *
sshd_value(char value[VALUE_MAX], const struct diagnosis *report,
    const char *keyword)
{
	const char *says = report->sshd_says;

	(void)next_value(value, &says, keyword);
	return value;
}

static bool
sshd_says(const struct diagnosis *report, const char *keyword,
    const char *wanted)
{
	char value[VALUE_MAX];

	return strcmp(sshd_value(value, report, keyword), wanted) == 0;
}

/* A line with options may be for one command alone, or keep a terminal away. */
static bool
is_key(const char *line)
{
	static const char *const types[] = { "ssh-ed25519 AAAA",
	    "ssh-rsa AAAA", "ecdsa-sha2-nistp256 AAAA",
	    "ecdsa-sha2-nistp384 AAAA", "ecdsa-sha2-nistp521 AAAA",
	    "sk-ssh-ed25519@openssh.com AAAA",
	    "sk-ecdsa-sha2-nistp256@openssh.com AAAA" };
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strncmp(line, types[i], strlen(types[i])) == 0)
			return true;
	return false;
}

static bool
root_key(void)
{
	FILE *file = fopen("/root/.ssh/authorized_keys", "re");
	char *line = NULL;
	size_t size = 0;
	bool key = false;

	while (file != NULL && !key && getline(&line, &size, file) != -1)
		key = is_key(line);
	free(line);
	if (file != NULL)
		(void)fclose(file);
	return key;
}

bool
sshd_takes_roots_key(const struct diagnosis *report)
{
	char value[VALUE_MAX], *rest = value, *word;

	if (sshd_says(report, "pubkeyauthentication", "no") || !root_key())
		return false;
	(void)sshd_value(value, report, "authorizedkeysfile");
	while ((word = strsep(&rest, " ")) != NULL)
		if (strcmp(word, ".ssh/authorized_keys") == 0 ||
		    strcmp(word, "%h/.ssh/authorized_keys") == 0)
			return true;
	return false;
}

bool
sshd_takes_passwords(const struct diagnosis *report)
{
	return !sshd_says(report, "passwordauthentication", "no") ||
	    !sshd_says(report, "kbdinteractiveauthentication", "no");
}

/* Of patterns, and of names with a host, it can't be told: those are unsure. */
static bool
listed(const struct diagnosis *report, const char *keyword,
    const struct list *names, bool unsure)
{
	const char *says = report->sshd_says, *name;
	char value[VALUE_MAX];

	while (next_value(value, &says, keyword)) {
		if (strpbrk(value, "*?!@") != NULL) {
			if (unsure)
				return true;
			continue;
		}
		for (name = list_first(names); name != NULL;
		    name = list_next(names, name))
			if (strcmp(name, value) == 0)
				return true;
	}
	return false;
}

static bool
passes(const struct diagnosis *report, const char *deny, const char *allow,
    const struct list *names)
{
	return !listed(report, deny, names, true) &&
	    (sshd_says(report, allow, "") ||
	    listed(report, allow, names, false));
}

bool
sshd_takes_user(const struct diagnosis *report, const char *user)
{
	const struct list own = list_of_one(user);
	struct list groups;
	struct error err;
	char *text;
	bool takes;

	if (report->sshd_says == NULL)
		return false;
	if (!sshd_says(report, "authenticationmethods", "") &&
	    !sshd_says(report, "authenticationmethods", "any"))
		return false;
	if (!passes(report, "denyusers", "allowusers", &own) ||
	    account_groups(user, &groups, &text, &err) == -1)
		return false;
	takes = passes(report, "denygroups", "allowgroups", &groups);
	free(text);
	return takes;
}

static void
check_settings(struct diagnosis *report, char *service)
{
	static const char file[] = "/etc/ssh/sshd_config";
	struct place place = { false, service, file, 0 };
	char value[VALUE_MAX];

	if (!sshd_says(report, "pamservicename", ""))
		(void)text_copy(service, SERVICE_MAX, sshd_value(value, report,
		    "pamservicename"));
	(void)text_copy(report->root, sizeof(report->root),
	    sshd_value(value, report, "permitrootlogin"));
	if (strcmp(sshd_value(value, report, "usepam"), "yes") != 0)
		diagnosis_add(report, &place, "sshd asks no PAM module, and so "
		    "everybody with a key or a password is in",
		    text_of("sshd has UsePAM %s", value[0] != '\0' ? value :
		    "not built in"), text_of("write \"UsePAM yes\" in %s, and "
		    "reload sshd", file));
	if (!sshd_takes_passwords(report))
		diagnosis_note(report, service, text_of("no passwords are asked "
		    "for, so that auth lines are never asked"));
}

void
check_sshd(struct diagnosis *report, char *service)
{
	static const char *const argv[] = { "sshd", "-T", NULL };
	const struct place place = { false, service, "", 0 };

	(void)text_copy(service, SERVICE_MAX, "sshd");
	report->sshd_says = calloc(1, SSHD_SAYS_MAX);
	if (report->sshd_says == NULL)
		report->failed = true;
	else if (access(PATH_SSHD, X_OK) == 0) {
		if (child_output(PATH_SSHD, argv, report->sshd_says,
		    SSHD_SAYS_MAX, PROGRAM_MS))
			check_settings(report, service);
		else
			diagnosis_add(report, &place, "with UsePAM no, "
			    "everybody with a key or a password is in",
			    text_of(PATH_SSHD " -T fails, so that UsePAM is not "
			    "known"), text_of("mend what " PATH_SSHD " -T says; "
			    "where it misses /run/sshd: mkdir -m 755 "
			    "/run/sshd"));
	}
	(void)text_copy(report->sshd, sizeof(report->sshd), service);
}

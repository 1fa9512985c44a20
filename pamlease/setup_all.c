#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "paths.h"
#include "setup.h"
#include "statedir.h"

#define PROFILE	"lease"			/* below PATH_PAM_PROFILES */
#define ACCOUNT	"common-account"	/* the stack that decides */
#define DEBCONF	"debconf.conf"		/* below a copy */

const char *const all_files[ALL_FILES] = {
	"pam:seen",
	"pam:auth",
	"pam:account",
	"pam:password",
	"pam:session",
	"pam:session-noninteractive",
	"common-auth",
	ACCOUNT,
	"common-password",
	"common-session",
	"common-session-noninteractive",
};

bool
all_has(const char *service)
{
	size_t i;

	for (i = 0; i < ALL_FILES; i++)
		if (strcmp(all_files[i], service) == 0)
			return true;
	return false;
}

bool
all_in(struct changes *plan)
{
	size_t i;

	for (i = 0; i < ALL_FILES; i++)
		if (changes_find(plan, all_files[i]) != NULL)
			return true;
	return false;
}

/* A tree with what pam-auth-update reads; root is a template for mkdtemp(3). */
static bool
copy_make(char *root)
{
	const char *const argv[] = { "cp", "-R", "--parents", PATH_STACKS,
	    PATH_PAM_STATE, PATH_PAM_PROFILES, root, NULL };

	return mkdtemp(root) != NULL && setup_run(PATH_CP, argv);
}

static void
copy_remove(const char *root)
{
	const char *const argv[] = { "rm", "-rf", root, NULL };

	(void)setup_run(PATH_RM, argv);
}

/* Its path in the environment, to be freed: debconf with a memory of its own. */
static char *
own_debconf(const char *root)
{
	struct error err;
	char *text = text_of("Config: c\nTemplates: t\n\n"
	    "Name: c\nDriver: File\nFilename: %s/c.dat\n\n"
	    "Name: t\nDriver: File\nFilename: %s/t.dat\n", root, root);
	int dirfd = dir_open(root, DIR_PRIVATE, &err);
	bool good = text != NULL && dirfd != -1 &&
	    file_write(dirfd, DEBCONF, text, strlen(text), &err) == 0;

	if (dirfd != -1)
		(void)close(dirfd);
	free(text);
	return good ? text_of("DEBCONF_SYSTEMRC=%s/" DEBCONF, root) : NULL;
}

/* What a host without our profile becomes with it: in the copy alone. */
static bool
copy_enable(const char *root)
{
	char *debconf = own_debconf(root);
	const char *const argv[] = { "env", "DEBIAN_FRONTEND=noninteractive",
	    debconf, "pam-auth-update", "--root", root, "--enable", PROFILE,
	    NULL };
	bool good = debconf != NULL && setup_run(PATH_ENV, argv);

	free(debconf);
	return good;
}

/* The new texts; pam-auth-update says nothing by its exit status. */
static int
take_copy(struct changes *plan, const char *root)
{
	const char *account;
	char *without;
	size_t i;
	bool in;
	int r = EXIT_DONE;

	for (i = 0; r == EXIT_DONE && i < plan->n; i++)
		r = change_read_copy(&plan->list[i], root);
	if (r != EXIT_DONE)
		return r;
	account = changes_find(plan, ACCOUNT)->new;
	without = account != NULL ? stripped(ACCOUNT, account) : NULL;
	in = without != NULL && strcmp(without, account) != 0;
	free(without);
	return in ? EXIT_DONE : fail(EXIT_REFUSED, "pam-auth-update leaves "
	    PATH_STACKS "/common-* alone: lines were added or changed by hand "
	    "between its comments; move them out of there");
}

static int
enable(struct changes *plan)
{
	char root[] = PATH_STATE "/.setup-XXXXXX";
	struct error err;
	int statefd = state_make(&err), r;

	if (statefd == -1)
		return fail_error(&err);
	(void)close(statefd);
	r = copy_make(root) && copy_enable(root) ? take_copy(plan, root) :
	    fail(EXIT_IO, "pam-auth-update failed on a copy of " PATH_STACKS);
	copy_remove(root);
	return r;
}

/* Are they the same, but for blanks at the ends of lines? */
static bool
same_lines(const char *a, const char *b)
{
	size_t blanks;

	for (;; a++, b++) {
		blanks = strspn(a, " \t");
		a += a[blanks] == '\n' ? blanks : 0;
		blanks = strspn(b, " \t");
		b += b[blanks] == '\n' ? blanks : 0;
		if (*a != *b || *a == '\0')
			return *a == *b;
	}
}

/* pam-auth-update drops the blanks behind an option, and puts them in. */
static int
set_option(struct changes *plan, struct change *c, bool permissive)
{
	int r;

	if (c->new == NULL || change_is_state(c->service))
		return EXIT_DONE;
	r = change_permissive(plan, c, permissive);
	if (r != EXIT_DONE || c->old == NULL || !same_lines(c->old, c->new))
		return r;
	free(c->new);
	c->new = strdup(c->old);
	return c->new != NULL ? r : fail(EXIT_IO, "no memory");
}

int
changes_setup_all(struct changes *plan, bool permissive)
{
	int r = EXIT_DONE;
	size_t i;

	if (access(PATH_PAM_AUTH_UPDATE, X_OK) == -1)
		return fail(EXIT_REFUSED, "there is no " PATH_PAM_AUTH_UPDATE
		    " here, as Debian has it: set up single services, or use "
		    "authselect, see packages.md");
	if (access(PATH_PAM_PROFILES "/" PROFILE, R_OK) == -1)
		return fail(EXIT_REFUSED, "there is no " PATH_PAM_PROFILES "/"
		    PROFILE ", which comes with the package libpam-lease");
	/* First, so that what changes after it was copied is seen. */
	for (i = 0; r == EXIT_DONE && i < ALL_FILES; i++, plan->n++) {
		struct change *c = &plan->list[plan->n];

		r = change_read(c, all_files[i], NULL);
		if (c->old == NULL)
			c->mode = 0644;
	}
	if (r == EXIT_DONE)
		r = enable(plan);
	for (i = 0; r == EXIT_DONE && i < plan->n; i++)
		r = set_option(plan, &plan->list[i], permissive);
	return r;
}

void
all_tell(struct changes *plan)
{
	char root[] = PATH_STATE "/.setup-XXXXXX";
	const char *const argv[] = { "env", "DEBIAN_FRONTEND=noninteractive",
	    "pam-auth-update", "--root", root, "--package", NULL };

	if (!all_in(plan) || access(PATH_PAM_AUTH_UPDATE, X_OK) == -1)
		return;
	if (!copy_make(root) || !setup_run(PATH_ENV, argv))
		warning("debconf could not be told: run pam-auth-update "
		    "--package");
	copy_remove(root);
}

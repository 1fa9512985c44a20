#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "name.h"
#include "paths.h"
#include "text.h"

#define BUFFER_FIRST	1024		/* bytes for one entry, doubled until */
#define BUFFER_MAX	(1 << 20)
#define UID_MIN_DEFAULT	1000

/* One look-up, by name or (name NULL) by uid. */
static int
look_up(const char *name, uid_t uid, struct passwd *pw, char **buffer,
    struct passwd **found)
{
	size_t size;
	int r = ERANGE;

	*found = NULL;
	for (size = BUFFER_FIRST; r == ERANGE && size <= BUFFER_MAX;
	    size *= 2) {
		char *more = realloc(*buffer, size);

		if (more == NULL)
			return ENOMEM;
		*buffer = more;
		r = name != NULL ? getpwnam_r(name, pw, more, size, found) :
		    getpwuid_r(uid, pw, more, size, found);
	}
	return r;
}

static int
account_find(const char *name, uid_t uid, struct account *account,
    struct error *err)
{
	struct passwd pw, *found;
	char *buffer = NULL;
	int r, ret = 0;

	error_clear(err);
	memset(account, 0, sizeof(*account));
	r = look_up(name, uid, &pw, &buffer, &found);
	if (found == NULL) {
		/* Some databases report "not there" as one of these. */
		errno = r;
		ret = r == 0 || r == ENOENT || r == ESRCH ?
		    error_set(err, ERROR_ABSENT, "no such user") :
		    error_system(err, "user database");
	} else if (!name_valid(pw.pw_name) || !text_copy(account->name,
	    sizeof(account->name), pw.pw_name))
		ret = error_set(err, ERROR_INVALID, "not a user name");
	else {
		account->uid = pw.pw_uid;
		account->gid = pw.pw_gid;
	}
	free(buffer);
	return ret;
}

int
account_home(const char *name, char *home, struct error *err)
{
	struct passwd pw, *found;
	char *buffer = NULL;
	int r, ret = 0;

	error_clear(err);
	r = look_up(name, 0, &pw, &buffer, &found);
	errno = r;
	if (found == NULL)
		ret = r == 0 ? error_set(err, ERROR_ABSENT, "no such user") :
		    error_system(err, "user database");
	else if (!text_copy(home, ACCOUNT_HOME_MAX + 1, pw.pw_dir))
		ret = error_set(err, ERROR_BROKEN, "the home directory's "
		    "name is too long");
	free(buffer);
	return ret;
}

int
account_by_name(const char *name, struct account *account, struct error *err)
{
	if (!name_valid(name)) {
		memset(account, 0, sizeof(*account));
		return error_set(err, ERROR_INVALID, "not a user name");
	}
	return account_find(name, 0, account, err);
}

int
account_by_uid(uid_t uid, struct account *account, struct error *err)
{
	return account_find(NULL, uid, account, err);
}

#define GROUPS_FIRST	64		/* doubled until */
#define GROUPS_MAX	(1 << 17)	/* twice the kernel's NGROUPS_MAX */

/* All gids of the account, to be freed; NULL without memory. */
static gid_t *
group_ids(const struct account *account, int *n)
{
	gid_t *gids = NULL;
	int room;

	for (room = GROUPS_FIRST; room <= GROUPS_MAX; room *= 2) {
		gid_t *more = reallocarray(gids, (size_t)room, sizeof(*gids));

		if (more == NULL)
			break;
		gids = more;
		*n = room;
		if (getgrouplist(account->name, account->gid, gids, n) != -1)
			return gids;
	}
	free(gids);
	return NULL;
}

/*
 * One look-up, by name or (name NULL) by number.  0 or an errno; *found is NULL
 * when there is none.
 */
static int
find_group(const char *name, gid_t gid, struct group *gr, char **buffer,
    size_t *size, struct group **found)
{
	size_t more;
	char *b;
	int r;

	*found = NULL;
	for (;;) {
		r = *size == 0 ? ERANGE : name != NULL ?
		    getgrnam_r(name, gr, *buffer, *size, found) :
		    getgrgid_r(gid, gr, *buffer, *size, found);
		if (r != ERANGE || *size >= BUFFER_MAX)
			break;
		more = *size == 0 ? BUFFER_FIRST : *size * 2;
		b = realloc(*buffer, more);
		if (b == NULL)
			return ENOMEM;
		*buffer = b;
		*size = more;
	}
	return r == ENOENT || r == ESRCH ? 0 : r;
}

/* One more name behind the others; the room for them doubles. */
static int
add_name(struct list *names, char **text, size_t *room, const char *name)
{
	size_t len = strlen(name) + 1;
	size_t used = names->n == 0 ? 0 : (size_t)(names->end - names->item);
	char *more;

	if (*text == NULL || used + len > *room) {
		more = realloc(*text, 2 * (used + len));
		if (more == NULL)
			return ENOMEM;
		*text = more;
		*room = 2 * (used + len);
	}
	memcpy(*text + used, name, len);
	names->item = *text;
	names->end = *text + used + len;
	names->n++;
	return 0;
}

static int
read_groups(const struct account *account, struct list *names, char **text)
{
	struct group gr, *found;
	char *buffer = NULL;
	size_t size = 0, room = 0;
	int i, n = 0, r = ENOMEM;
	gid_t *gids = group_ids(account, &n);

	for (i = 0; gids != NULL && i < n; i++) {
		r = find_group(NULL, gids[i], &gr, &buffer, &size,
		    &found);
		if (r == 0 && found != NULL)
			r = add_name(names, text, &room, gr.gr_name);
		if (r != 0)
			break;
	}
	free(gids);
	free(buffer);
	return r;
}

int
account_groups(const char *user, struct list *names, char **text,
    struct error *err)
{
	struct account account;
	int r;

	memset(names, 0, sizeof(*names));
	*text = NULL;
	if (account_by_name(user, &account, err) == -1)
		return err->code == ERROR_SYSTEM ? -1 : 0;
	r = read_groups(&account, names, text);
	if (r == 0)
		return 0;
	free(*text);
	*text = NULL;
	memset(names, 0, sizeof(*names));
	errno = r;
	return error_system(err, "group database");
}

int
account_group(const char *group, char *name, struct error *err)
{
	struct group gr, *found;
	char *buffer = NULL;
	size_t size = 0;
	int r, ret = 0;

	error_clear(err);
	name[0] = '\0';
	r = find_group(group, 0, &gr, &buffer, &size, &found);
	if (r == 0 && found != NULL)
		r = find_group(NULL, gr.gr_gid, &gr, &buffer, &size, &found);
	errno = r;
	if (r != 0)
		ret = error_system(err, "group database");
	else if (found == NULL || !text_copy(name, LEASE_NAME_MAX + 1,
	    gr.gr_name))
		ret = error_set(err, ERROR_ABSENT, "no such group");
	free(buffer);
	return ret;
}

bool
account_replaced(const char *name, uid_t uid)
{
	struct account owner;
	struct error err;

	if (account_by_uid(uid, &owner, &err) == -1 ||
	    strcmp(owner.name, name) == 0)
		return false;
	if (account_by_name(name, &owner, &err) == 0)
		return owner.uid != uid;
	return err.code == ERROR_ABSENT;
}

/* UID_MIN of login.defs(5). */
static uid_t
uid_min(void)
{
	unsigned long min = UID_MIN_DEFAULT;
	FILE *f = fopen(PATH_LOGIN_DEFS, "re");
	char line[256], digits[24];

	if (f == NULL)
		return UID_MIN_DEFAULT;
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, " UID_MIN %23[0-9]", digits) == 1)
			min = strtoul(digits, NULL, 10);
	(void)fclose(f);
	/* Whatever it says, root is not among those who get a lease. */
	return min > 0 && min < 65534 ? (uid_t)min : UID_MIN_DEFAULT;
}

bool
account_leasable(uid_t uid)
{
	return uid != 65534 && uid != 65535 && uid != (uid_t)-1 &&
	    uid >= uid_min();
}

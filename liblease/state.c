#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "file.h"
#include "paths.h"
#include "peers.h"
#include "present.h"
#include "state.h"
#include "zone_host.h"

static enum found
found_of(const struct error *err)
{
	switch (err->code) {
	case ERROR_NONE:
		return FOUND_GOOD;
	case ERROR_ABSENT:
		return FOUND_NOTHING;
	case ERROR_BROKEN:
	case ERROR_INVALID:
		return FOUND_BROKEN;
	case ERROR_BUSY:
	case ERROR_SYSTEM:
		break;
	}
	return FOUND_UNREADABLE;
}

/* What a state points into. */
struct held {
	unsigned char *zone;
	char *groups;
	char *winddown[2];
	struct peers peers;
};

/* It lives until the state is freed; NULL without memory. */
static struct held *
held(struct state *st)
{
	if (st->held == NULL)
		st->held = calloc(1, sizeof(*st->held));
	return st->held;
}

static void
read_zone(struct state *st)
{
	st->zone_found = FOUND_UNREADABLE;
	if (held(st) == NULL)
		return;
	st->held->zone = zone_host(&st->zone);
	if (st->held->zone != NULL)
		st->zone_found = FOUND_GOOD;
}

static void
read_policy_file(int dirfd, struct state *st)
{
	char *data = malloc(POLICY_FILE_MAX + 1);
	ssize_t len;

	if (data == NULL) {
		(void)error_system(&st->policy_error, PATH_POLICY);
		return;
	}
	len = file_read(dirfd, PATH_POLICY, FILE_PUBLIC, data,
	    POLICY_FILE_MAX + 1, &st->policy_error);
	if (len != -1)
		(void)policy_parse(data, (size_t)len,
		    PATH_CONFIG "/" PATH_POLICY, &st->policy,
		    &st->policy_error);
	free(data);
}

void
state_read_policy(struct state *st)
{
	int fd;

	policy_init(&st->policy);
	st->policy_lost = false;
	st->zone_found = FOUND_NOTHING;
	fd = dir_open(PATH_CONFIG, DIR_PUBLIC, &st->policy_error);
	if (fd != -1) {
		read_policy_file(fd, st);
		(void)close(fd);
	}
	st->policy_found = found_of(&st->policy_error);
	if (st->policy.uses_during)
		read_zone(st);
}

int
state_read_policy_inside(struct state *st)
{
	state_read_policy(st);
	st->policy_lost = st->policy_found != FOUND_GOOD &&
	    st->policy_found != FOUND_NOTHING;
	if (!st->policy_lost)
		return 0;
	policy_init(&st->policy);
	st->policy_found = FOUND_NOTHING;
	return -1;
}

/* One of its two files, which counts where it is there, whatever is in it. */
static void
read_winddown(int dirfd, const char *name, size_t which, struct state *st)
{
	char data[WINDDOWN_FILE_MAX + 1];
	struct winddown wd;
	struct error err;
	ssize_t len = file_read(dirfd, name, FILE_PUBLIC, data, sizeof(data),
	    &err);

	if (err.code == ERROR_ABSENT)
		return;
	winddown_init(&wd);
	if (len != -1) {
		char *text = held(st) != NULL ? malloc((size_t)len + 1) : NULL;

		if (text == NULL)
			(void)error_system(&err, "%s", name);
		else {
			st->held->winddown[which] = text;
			(void)winddown_parse(memcpy(text, data, (size_t)len),
			    (size_t)len, &wd, &err);
		}
	}
	if (st->winddown_found == FOUND_NOTHING)
		st->winddown = wd;
	else
		winddown_merge(&st->winddown, &wd);
	if (err.code != ERROR_NONE)
		st->winddown_error = err;
	st->winddown_found = found_of(&st->winddown_error);
}

/* Not so is the rule, and told at once.  A link that leads nowhere is there. */
static bool
is_there(int dirfd, const char *name)
{
	return faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
	    errno != ENOENT;
}

void
state_read_winddown(int dirfd, struct state *st)
{
	st->winddown_found = FOUND_NOTHING;
	error_clear(&st->winddown_error);
	winddown_init(&st->winddown);
	if (is_there(AT_FDCWD, PATH_WINDDOWN))
		read_winddown(AT_FDCWD, PATH_WINDDOWN, 0, st);
	if (dirfd != -1 && is_there(dirfd, PATH_WINDDOWN_RUN))
		read_winddown(dirfd, PATH_WINDDOWN_RUN, 1, st);
}

static void
read_present(int dirfd, const char *name, uid_t uid, const struct session *own,
    struct state *st)
{
	if (st->winddown_found == FOUND_NOTHING || uid == 0)
		return;
	st->present_found = FOUND_UNREADABLE;
	switch (present(dirfd, name, uid, own, &st->present_error)) {
	case 0:
		st->present_found = FOUND_NOTHING;
		break;
	case 1:
		st->present_found = FOUND_GOOD;
		break;
	}
}

void
state_read_groups(const char *name, struct state *st)
{
	if (!st->policy.uses_groups)
		return;
	st->groups_found = FOUND_UNREADABLE;
	if (held(st) == NULL)
		(void)error_system(&st->groups_error, "groups");
	else if (account_groups(name, &st->groups, &st->held->groups,
	    &st->groups_error) == 0)
		st->groups_found = FOUND_GOOD;
}

void
state_read_user(int dirfd, const char *name, struct state *st)
{
	(void)lease_read(dirfd, name, &st->lease, &st->lease_error);
	st->lease_found = found_of(&st->lease_error);
	if (st->lease.during[0] != '\0' && st->zone_found == FOUND_NOTHING)
		read_zone(st);
	state_read_groups(name, st);
}

static void
read_peers(int dirfd, const struct session *own, struct state *st)
{
	st->peers_found = FOUND_UNREADABLE;
	if (held(st) == NULL)
		(void)error_system(&st->peers_error, "ledger");
	else if (peers_read(dirfd, own, st->policy.uses_groups,
	    &st->held->peers, &st->peers_error) == 0) {
		st->peers_found = FOUND_GOOD;
		st->peers = st->held->peers.list;
		st->npeers = st->held->peers.n;
	}
}

void
state_read(int dirfd, const char *name, uid_t uid, const struct session *own,
    struct state *st)
{
	int fd = dirfd;

	state_free(st);
	state_read_policy(st);
	if (fd == -1)
		fd = state_open(&st->lease_error);
	state_read_winddown(fd, st);
	read_present(fd, name, uid, own, st);
	if (fd == -1) {
		state_read_groups(name, st);
		st->lease_found = found_of(&st->lease_error);
		/* Then nobody is in. */
		st->peers_found = st->lease_found == FOUND_NOTHING ?
		    FOUND_GOOD : FOUND_UNREADABLE;
		return;
	}
	state_read_user(fd, name, st);
	if (st->policy.uses_limit)
		read_peers(fd, own, st);
	if (dirfd == -1)
		(void)close(fd);
}

void
state_share(const struct state *host, struct state *st)
{
	memset(st, 0, sizeof(*st));
	st->policy_found = host->policy_found;
	st->policy_lost = host->policy_lost;
	st->policy = host->policy;
	st->zone_found = host->zone_found;
	st->zone = host->zone;
	st->winddown_found = host->winddown_found;
	st->winddown = host->winddown;
}

void
state_free_user(struct state *st)
{
	if (st->held != NULL) {
		free(st->held->zone);
		free(st->held->groups);
		free(st->held->winddown[0]);
		free(st->held->winddown[1]);
		peers_free(&st->held->peers);
		free(st->held);
	}
	memset(st, 0, sizeof(*st));
}

void
state_free(struct state *st)
{
	policy_free(&st->policy);
	state_free_user(st);
}

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dir.h"
#include "file.h"
#include "lock.h"
#include "name.h"
#include "paths.h"
#include "state.h"
#include "store.h"
#include "text.h"
#include "writer.h"

static const char copy_gone[] = "its copy for the next boot is gone";

void
lease_set_end(struct lease *lease, const struct moment *now, int64_t end)
{
	int64_t left = end * NANOSECONDS - now->wall;
	int64_t most = (end - lease->issued_at) * NANOSECONDS;

	/* Put back before the wall clock was set, it would get years. */
	if (left > most)
		left = most;
	lease->expires_at = end;
	lease->expires_boottime = (now->boot + left + NANOSECONDS - 1) /
	    NANOSECONDS;
	(void)text_copy(lease->boot_id, sizeof(lease->boot_id), now->boot_id);
}

/* Removes a file of the user's that need not be there. */
static int
remove_file(int dirfd, const char *user, const char *suffix, bool *removed,
    struct error *err)
{
	char file[NAME_FILE_MAX];

	if (!name_encode(file, sizeof(file), user, suffix))
		return error_set(err, ERROR_INVALID, "not a user name");
	if (file_remove(dirfd, file, err) == 0) {
		*removed = true;
		return 0;
	}
	if (err->code != ERROR_ABSENT)
		return -1;
	error_clear(err);
	return 0;
}

/* What failed, and that it is not all that the caller must know. */
static int
failed_halfway(struct error *err, const char *what)
{
	struct error cause = *err;

	return error_set(err, cause.code, "%s: %s", what, cause.text);
}

static int
remove_kept(const char *user, bool *removed, struct error *err)
{
	int fd = dir_open(PATH_KEPT, DIR_PRIVATE, err), r;

	if (fd == -1) {
		if (err->code != ERROR_ABSENT)
			return -1;
		error_clear(err);
		return 0;
	}
	r = remove_file(fd, user, SUFFIX_LEASE, removed, err);
	(void)close(fd);
	return r;
}

/*
 * Everything is written out before anything is put in place.  keptfd is that
 * of PATH_KEPT, or -1 for a lease without a copy: then an older copy goes
 * first, for it must not come back.  Else the copy is replaced, and last, so
 * that at no moment there is neither of the two.
 */
static int
store(int dirfd, int keptfd, const char *user, const char *data,
    struct error *err)
{
	struct draft run = DRAFT_INIT, kept = DRAFT_INIT;
	char file[NAME_FILE_MAX];
	bool removed = false;
	int r = -1;

	if (!name_encode(file, sizeof(file), user, SUFFIX_LEASE))
		return error_set(err, ERROR_INVALID, "not a user name");
	if (draft_write(&run, dirfd, data, strlen(data), err) == -1 ||
	    (keptfd != -1 ?
	    draft_write(&kept, keptfd, data, strlen(data), err) :
	    remove_kept(user, &removed, err)) == -1)
		goto out;
	r = draft_commit(&run, file, false, err);
	if (r == -1 && removed)
		r = failed_halfway(err, copy_gone);
	else if (r == 0 && keptfd != -1 &&
	    draft_commit(&kept, file, false, err) == -1)
		r = failed_halfway(err, "it is in force, but not kept for the "
		    "next boot");
out:
	draft_discard(&run);
	draft_discard(&kept);
	return r;
}

int
lease_store(int dirfd, const struct lease *lease, bool keep,
    struct error *err)
{
	char *data = lease_format(lease, err);
	int keptfd = -1, r = -1;
	struct error ignored;
	bool removed;

	if (data == NULL)
		return -1;
	if (keep)
		keptfd = dir_make(PATH_KEPT, err);
	if (!keep || keptfd != -1)
		r = store(dirfd, keptfd, lease->user, data, err);
	if (keptfd != -1)
		(void)close(keptfd);
	free(data);
	if (r == 0) {
		(void)remove_file(dirfd, lease->user, SUFFIX_REVOKED, &removed,
		    &ignored);
		state_wake(dirfd);
	}
	return r;
}

int
lease_revoke(int dirfd, const char *user, bool *was, struct error *err)
{
	char from[NAME_FILE_MAX], to[NAME_FILE_MAX];
	struct error copy;
	bool removed = false;

	*was = false;
	if (!name_encode(from, sizeof(from), user, SUFFIX_LEASE) ||
	    !name_encode(to, sizeof(to), user, SUFFIX_REVOKED))
		return error_set(err, ERROR_INVALID, "not a user name");
	error_clear(err);
	(void)remove_kept(user, &removed, &copy);
	if (file_rename(dirfd, from, to, err) == 0)
		*was = true;
	else if (err->code != ERROR_ABSENT)
		return removed ? failed_halfway(err, copy_gone) : -1;
	else if (!removed)
		return -1;
	*err = copy;
	return copy.code == ERROR_NONE ? 0 : -1;
}

int
lease_put_aside(int dirfd, const char *user, struct error *err)
{
	char from[NAME_FILE_MAX], to[NAME_FILE_MAX] = ".";

	if (!name_encode(from, sizeof(from), user, SUFFIX_LEASE) ||
	    !name_encode(to + 1, sizeof(to) - 1, user, SUFFIX_ASIDE))
		return error_set(err, ERROR_INVALID, "not a user name");
	return file_rename(dirfd, from, to, err);
}

int
lease_drop(int dirfd, const char *user, struct error *err)
{
	bool removed = false, marks;
	struct error run, revoked, rest;

	error_clear(&revoked);
	if (remove_kept(user, &removed, err) == -1)
		(void)failed_halfway(err, "it comes back at the next boot");
	if (remove_file(dirfd, user, SUFFIX_LEASE, &removed, &run) == -1 &&
	    removed)
		(void)failed_halfway(&run, copy_gone);
	/* Else the revocation stays unfinished, and is tried again. */
	if (err->code != ERROR_SYSTEM)
		(void)remove_file(dirfd, user, SUFFIX_REVOKED, &removed,
		    &revoked);
	(void)remove_file(dirfd, user, SUFFIX_MARKS, &marks, &rest);
	if (err->code == ERROR_NONE)
		*err = run;
	if (err->code == ERROR_NONE)
		*err = revoked;
	if (err->code == ERROR_NONE)
		*err = rest;
	if (err->code == ERROR_NONE && !removed)
		return error_set(err, ERROR_ABSENT, "no lease");
	return err->code == ERROR_NONE ? 0 : -1;
}

int
lease_kept(const char *user, struct error *err)
{
	struct lease lease;
	int fd = dir_open(PATH_KEPT, DIR_PRIVATE, err), r;

	if (fd == -1)
		return err->code == ERROR_ABSENT ? 0 : -1;
	r = lease_read(fd, user, &lease, err);
	(void)close(fd);
	if (r == -1 && err->code == ERROR_SYSTEM)
		return -1;
	return r == 0 || err->code != ERROR_ABSENT;
}

/* Under the user's lock: an administrator may be granting at this moment. */
static int
restore_one(int dirfd, int keptfd, const char *user, const struct moment *now,
    struct error *err)
{
	struct lease kept, present;
	int lock, r = -1;

	lock = lock_user(dirfd, user, LOCK_WAIT_COMMAND, err);
	if (lock == -1)
		return -1;
	if (lease_read(keptfd, user, &kept, err) == -1)
		goto out;
	if (strcmp(kept.user, user) != 0) {
		(void)error_set(err, ERROR_BROKEN, "another user's lease");
		goto out;
	}
	if (lease_read(dirfd, user, &present, err) == 0)
		(void)error_set(err, ERROR_ABSENT, "another lease stands");
	else if (err->code != ERROR_ABSENT)
		goto out;
	else if (kept.expires_at > now->wall / NANOSECONDS) {
		lease_set_end(&kept, now, kept.expires_at);
		r = lease_store(dirfd, &kept, true, err);
	} else if (lease_drop(dirfd, user, err) == 0)
		(void)error_set(err, ERROR_ABSENT, "is over, removed");
out:
	(void)close(lock);
	return r;
}

struct restoring {
	int dirfd;
	const struct moment *now;
	void (*done)(const char *user, const struct error *err);
	size_t failed;
};

static int
restore_file(void *arg, int keptfd, const char *name)
{
	struct restoring *r = arg;
	char user[LEASE_NAME_MAX + 1];
	struct error err;

	if (draft_sweep(keptfd, name) ||
	    !name_decode_file(user, sizeof(user), name, SUFFIX_LEASE))
		return 0;
	if (restore_one(r->dirfd, keptfd, user, r->now, &err) == -1 &&
	    err.code != ERROR_ABSENT)
		r->failed++;
	r->done(user, &err);
	return 0;
}

size_t
lease_restore(int dirfd, const struct moment *now,
    void (*done)(const char *user, const struct error *err))
{
	struct restoring r = { dirfd, now, done, 0 };
	struct error err;
	int fd = dir_open(PATH_KEPT, DIR_PRIVATE, &err);

	if (fd == -1 && err.code == ERROR_ABSENT)
		return 0;
	if (fd == -1 || dir_each(fd, restore_file, &r, &err) == -1) {
		done("", &err);
		r.failed++;
	}
	if (fd != -1)
		(void)close(fd);
	return r.failed;
}

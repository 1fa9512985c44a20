#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "lock.h"
#include "name.h"
#include "paths.h"
#include "state.h"
#include "store.h"
#include "text.h"
#include "writer.h"

void
lease_set_end(struct lease *lease, const struct moment *now, int64_t end)
{
	int64_t left = end * NANOSECONDS - now->wall;

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

/* Both files are written out before either is put in place. */
static int
store_both(int dirfd, const char *file, const char *data, struct error *err)
{
	struct draft run = DRAFT_INIT, kept = DRAFT_INIT;
	int fd, r = -1;

	fd = dir_make(PATH_KEPT, err);
	if (fd == -1)
		return -1;
	if (draft_write(&run, dirfd, data, strlen(data), err) == -1 ||
	    draft_write(&kept, fd, data, strlen(data), err) == -1 ||
	    draft_commit(&kept, file, false, err) == -1)
		goto out;
	r = draft_commit(&run, file, false, err);
	/* What was not granted must not come at the next boot. */
	if (r == -1)
		(void)unlinkat(fd, file, 0);
out:
	draft_discard(&run);
	draft_discard(&kept);
	(void)close(fd);
	return r;
}

static int
store_one(int dirfd, const char *user, const char *file, const char *data,
    struct error *err)
{
	struct draft run = DRAFT_INIT;
	bool removed;
	int r = -1;

	if (draft_write(&run, dirfd, data, strlen(data), err) == 0 &&
	    remove_kept(user, &removed, err) == 0)
		r = draft_commit(&run, file, false, err);
	draft_discard(&run);
	return r;
}

int
lease_store(int dirfd, const struct lease *lease, bool keep,
    struct error *err)
{
	char file[NAME_FILE_MAX], *data;
	int r;

	data = lease_format(lease, err);
	if (data == NULL)
		return -1;
	if (!name_encode(file, sizeof(file), lease->user, SUFFIX_LEASE))
		r = error_set(err, ERROR_INVALID, "not a user name");
	else if (keep)
		r = store_both(dirfd, file, data, err);
	else
		r = store_one(dirfd, lease->user, file, data, err);
	free(data);
	if (r == 0)
		state_wake(dirfd);
	return r;
}

int
lease_drop(int dirfd, const char *user, struct error *err)
{
	bool removed = false, marks;

	if (remove_kept(user, &removed, err) == -1 ||
	    remove_file(dirfd, user, SUFFIX_LEASE, &removed, err) == -1 ||
	    remove_file(dirfd, user, SUFFIX_MARKS, &marks, err) == -1)
		return -1;
	if (!removed)
		return error_set(err, ERROR_ABSENT, "no lease");
	return 0;
}

bool
lease_kept(const char *user)
{
	struct lease lease;
	struct error err;
	int fd = dir_open(PATH_KEPT, DIR_PRIVATE, &err), r;

	if (fd == -1)
		return false;
	r = lease_read(fd, user, &lease, &err);
	(void)close(fd);
	return r == 0 || err.code != ERROR_ABSENT;
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

size_t
lease_restore(int dirfd, const struct moment *now,
    void (*done)(const char *user, const struct error *err))
{
	char user[LEASE_NAME_MAX + 1];
	struct dirent *de;
	struct error err;
	size_t failed = 0;
	DIR *dir;
	int fd = dir_open(PATH_KEPT, DIR_PRIVATE, &err);

	if (fd == -1 && err.code == ERROR_ABSENT)
		return 0;
	dir = fd != -1 ? fdopendir(fd) : NULL;
	if (dir == NULL) {
		if (fd != -1)
			(void)close(fd);
		done("", &err);
		return 1;
	}
	while ((de = readdir(dir)) != NULL) {
		if (draft_sweep(fd, de->d_name) || !name_decode_file(user,
		    sizeof(user), de->d_name, SUFFIX_LEASE))
			continue;
		if (restore_one(dirfd, fd, user, now, &err) == -1 &&
		    err.code != ERROR_ABSENT)
			failed++;
		done(user, &err);
	}
	(void)closedir(dir);
	return failed;
}

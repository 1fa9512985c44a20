#include <sys/mman.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "file.h"
#include "scratch.h"
#include "state.h"
#include "writer.h"

/*
 * Readers of a lease that another process changes all the while.  Where it is
 * replaced, as pamlease does, they find the old one or the new one.  Where it
 * is overwritten in place, the kernel itself may give them bytes of both; what
 * comes of that denies, or is no more than one of the two allows.  READS in the
 * environment is how many reads there must be at least.
 */

#define WITH_FILES(t)	cmocka_unit_test_setup(t, scratch_setup)
#define READERS		4
#define RENAMES		20000
#define TOGGLES		10000
#define BOOT		"3b4d0c2e-7a51-4f0e-9c6d-2f8b1e5a9d04"
#define ISSUED		INT64_C(1774087200)

struct tally {
	atomic_ulong old, new, mixed, denied, wrong;
	atomic_uint at_it;	/* readers that are */
	atomic_bool stop;
};

static struct lease leases[2];
static char *texts[2];		/* one is much longer than the other */

static void
make_leases(void)
{
	struct error err;
	int i;

	for (i = 0; i < 2; i++) {
		memset(&leases[i], 0, sizeof(leases[i]));
		strcpy(leases[i].user, "alice");
		strcpy(leases[i].granted_by, "odai");
		strcpy(leases[i].boot_id, BOOT);
		leases[i].uid = 1001;
		leases[i].issued_at = ISSUED;
		leases[i].expires_at = ISSUED + INT64_C(3600) * (i + 1);
		/* All digits but one are the same, so no mix is later. */
		leases[i].expires_boottime = 1000 + INT64_C(1000) * i;
		memset(leases[i].reason, 'a' + i, i == 0 ? 3 : 150);
		texts[i] = lease_format(&leases[i], &err);
		assert_non_null(texts[i]);
	}
}

static bool
same(const struct lease *a, const struct lease *b)
{
	return strcmp(a->user, b->user) == 0 && a->uid == b->uid &&
	    strcmp(a->granted_by, b->granted_by) == 0 &&
	    strcmp(a->reason, b->reason) == 0 &&
	    a->issued_at == b->issued_at && a->expires_at == b->expires_at &&
	    strcmp(a->boot_id, b->boot_id) == 0 &&
	    a->expires_boottime == b->expires_boottime &&
	    a->services.n == b->services.n && a->from.n == b->from.n &&
	    strcmp(a->during, b->during) == 0 && a->final == b->final;
}

static bool
between(const struct lease *a)
{
	return strcmp(a->user, leases[0].user) == 0 &&
	    a->uid == leases[0].uid &&
	    strcmp(a->boot_id, leases[0].boot_id) == 0 &&
	    a->issued_at == leases[0].issued_at &&
	    a->expires_at <= leases[1].expires_at &&
	    a->expires_boottime <= leases[1].expires_boottime;
}

static void
read_once(int fd, struct tally *found)
{
	static const struct lease none;
	struct lease lease;
	struct error err;

	memset(&lease, 0xa5, sizeof(lease));
	if (lease_read(fd, "alice", &lease, &err) == -1)
		atomic_fetch_add(memcmp(&lease, &none, sizeof(none)) == 0 &&
		    err.code == ERROR_BROKEN ? &found->denied : &found->wrong,
		    1);
	else if (same(&lease, &leases[0]))
		atomic_fetch_add(&found->old, 1);
	else if (same(&lease, &leases[1]))
		atomic_fetch_add(&found->new, 1);
	else if (between(&lease))
		atomic_fetch_add(&found->mixed, 1);
	else
		atomic_fetch_add(&found->wrong, 1);
}

static void
start_readers(int fd, struct tally *found, pid_t pids[READERS])
{
	int i;

	for (i = 0; i < READERS; i++) {
		pids[i] = fork();
		assert_int_not_equal(pids[i], -1);
		if (pids[i] != 0)
			continue;
		read_once(fd, found);
		atomic_fetch_add(&found->at_it, 1);
		while (!atomic_load(&found->stop))
			read_once(fd, found);
		_exit(0);
	}
	while (atomic_load(&found->at_it) < READERS)
		(void)sched_yield();
}

/* None of them may have crashed. */
static void
stop_readers(struct tally *found, const pid_t pids[READERS])
{
	int i, status;

	atomic_store(&found->stop, true);
	for (i = 0; i < READERS; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			fail_msg("reader %d: status %x", i,
			    (unsigned int)status);
	}
}

static bool
read_enough(const struct tally *found)
{
	const char *least = getenv("READS");

	return least == NULL || found->old + found->new + found->mixed +
	    found->denied + found->wrong >= strtoul(least, NULL, 10);
}

/* Changes the lease so many times while readers read, or more. */
static void
race(int (*change)(int fd, int i), int times, struct tally *result)
{
	struct tally *found = mmap(NULL, sizeof(*found), PROT_READ |
	    PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pids[READERS];
	int fd = scratch_open(), i, failed = 0;

	assert_ptr_not_equal(found, MAP_FAILED);
	make_leases();
	scratch_file(fd, "alice.lease", 0600, texts[0]);
	start_readers(fd, found, pids);
	for (i = 1; i <= times || !read_enough(found); i++)
		failed += change(fd, i % 2) == -1;
	stop_readers(found, pids);
	memcpy(result, found, sizeof(*result));
	assert_int_equal(munmap(found, sizeof(*found)), 0);
	assert_int_equal(close(fd), 0);
	free(texts[0]);
	free(texts[1]);
	assert_int_equal(failed, 0);
}

static void
fail_counted(const struct tally *found)
{
	fail_msg("old %lu, new %lu, mixed %lu, denied %lu, wrong %lu",
	    (unsigned long)found->old, (unsigned long)found->new,
	    (unsigned long)found->mixed, (unsigned long)found->denied,
	    (unsigned long)found->wrong);
}

static int
replace(int fd, int i)
{
	struct error err;

	return file_write(fd, "alice.lease", texts[i], strlen(texts[i]),
	    &err);
}

/* S8: as pamlease writes. */
static void
test_renamed(void **state)
{
	struct tally found;

	(void)state;
	race(replace, RENAMES, &found);
	print_message("# %lu reads, 0 torn\n", (unsigned long)(found.old +
	    found.new));
	if (found.wrong + found.mixed + found.denied > 0)
		fail_counted(&found);
	assert_true(found.old > 0 && found.new > 0);
}

/* Two steps each way, so that there are moments of every kind. */
static int
overwrite(int fd, int i)
{
	int f = openat(fd, "alice.lease", O_WRONLY | O_CLOEXEC);
	size_t len = strlen(texts[i]), half = len / 2;
	int r = -1;

	if (f != -1 && ftruncate(f, i == 0 ? 0 : (off_t)len) == 0 &&
	    pwrite(f, texts[i], half, 0) == (ssize_t)half &&
	    pwrite(f, texts[i] + half, len - half, (off_t)half) ==
	    (ssize_t)(len - half))
		r = ftruncate(f, (off_t)len);
	if (f != -1)
		(void)close(f);
	return r;
}

/* S7: as an editor might write. */
static void
test_overwritten(void **state)
{
	struct tally found;

	(void)state;
	race(overwrite, TOGGLES, &found);
	if (found.wrong > 0)
		fail_counted(&found);
	assert_true(found.old > 0 && found.denied > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILES(test_renamed),
		WITH_FILES(test_overwritten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

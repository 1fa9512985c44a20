#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include <linux/fs.h>

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "file.h"
#include "lease.h"
#include "proc.h"
#include "scratch.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define WITH_FILES(t)	cmocka_unit_test_setup(t, scratch_setup)
#define F		SCRATCH "/f"

/* Is it trusted as one of uid 7?  NULL for wrong: it is. */
static const struct {
	const char *name;
	mode_t mode, type;
	uid_t owner;
	nlink_t links;
	mode_t forbidden;
	const char *wrong;
} stats[] = {
	{ "0600", S_IFREG | 0600, S_IFREG, 7, 1, FILE_PRIVATE, NULL },
	{ "0400", S_IFREG | 0400, S_IFREG, 7, 1, FILE_PRIVATE, NULL },
	{ "0000", S_IFREG, S_IFREG, 7, 1, FILE_PRIVATE, NULL },
	{ "0700", S_IFREG | 0700, S_IFREG, 7, 1, FILE_PRIVATE, "mode" },
	{ "0640", S_IFREG | 0640, S_IFREG, 7, 1, FILE_PRIVATE, "mode" },
	{ "0602", S_IFREG | 0602, S_IFREG, 7, 1, FILE_PRIVATE, "mode" },
	{ "04600", S_IFREG | 04600, S_IFREG, 7, 1, FILE_PRIVATE, "mode" },
	{ "02600", S_IFREG | 02600, S_IFREG, 7, 1, FILE_PRIVATE, "mode" },
	{ "01600", S_IFREG | 01600, S_IFREG, 7, 1, FILE_PRIVATE, "mode" },
	{ "public 0644", S_IFREG | 0644, S_IFREG, 7, 1, FILE_PUBLIC, NULL },
	{ "public 0755", S_IFREG | 0755, S_IFREG, 7, 1, FILE_PUBLIC, NULL },
	{ "public 0664", S_IFREG | 0664, S_IFREG, 7, 1, FILE_PUBLIC, "mode" },
	{ "public 0646", S_IFREG | 0646, S_IFREG, 7, 1, FILE_PUBLIC, "mode" },
	{ "public 04644", S_IFREG | 04644, S_IFREG, 7, 1, FILE_PUBLIC,
	    "mode" },
	{ "root's", S_IFREG | 0600, S_IFREG, 0, 1, FILE_PRIVATE, "owner" },
	{ "another's", S_IFREG | 0600, S_IFREG, 8, 1, FILE_PRIVATE, "owner" },
	{ "two links", S_IFREG | 0600, S_IFREG, 7, 2, FILE_PRIVATE, "link" },
	{ "replaced since", S_IFREG | 0600, S_IFREG, 7, 0, FILE_PRIVATE,
	    NULL },
	{ "two links", S_IFREG | 0600, S_IFREG, 7, 2, FILE_PRIVATE, "link" },
	{ "directory", S_IFDIR | 0600, S_IFREG, 7, 1, FILE_PRIVATE, "file" },
	{ "FIFO", S_IFIFO | 0600, S_IFREG, 7, 1, FILE_PRIVATE, "file" },
	{ "device", S_IFCHR | 0600, S_IFREG, 7, 1, FILE_PRIVATE, "file" },
	{ "dir 0700", S_IFDIR | 0700, S_IFDIR, 7, 5, DIR_PRIVATE, NULL },
	{ "dir 0750", S_IFDIR | 0750, S_IFDIR, 7, 5, DIR_PRIVATE, "mode" },
	{ "dir 0755", S_IFDIR | 0755, S_IFDIR, 7, 5, DIR_PUBLIC, NULL },
	{ "dir 01777", S_IFDIR | 01777, S_IFDIR, 7, 5, DIR_PUBLIC, "mode" },
	{ "dir, another's", S_IFDIR | 0700, S_IFDIR, 8, 5, DIR_PRIVATE,
	    "owner" },
	{ "no dir", S_IFREG | 0700, S_IFDIR, 7, 1, DIR_PRIVATE, "directory" },
};

static void
test_untrusted(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(stats); i++) {
		struct stat st = { .st_mode = stats[i].mode,
		    .st_uid = stats[i].owner, .st_nlink = stats[i].links };
		const char *wrong = file_untrusted(&st, stats[i].type, 7,
		    stats[i].forbidden);

		if (wrong == NULL ? stats[i].wrong != NULL :
		    stats[i].wrong == NULL ||
		    strstr(wrong, stats[i].wrong) == NULL)
			fail_msg("%s: %s", stats[i].name,
			    wrong == NULL ? "trusted" : wrong);
	}
}

static int
plant_nothing(void)
{
	return 0;
}

static int
plant_file(void)
{
	scratch_file(AT_FDCWD, F, 0600, "{}");
	return 0;
}

static int
plant_symlink(void)
{
	scratch_file(AT_FDCWD, SCRATCH "/good", 0600, "{}");
	return symlink("good", F);
}

static int
plant_dangling(void)
{
	return symlink("nothing", F);
}

static int
plant_loop(void)
{
	return symlink("f", F);
}

static int
plant_hard_link(void)
{
	scratch_file(AT_FDCWD, SCRATCH "/good", 0600, "{}");
	return link(SCRATCH "/good", F);
}

static int
plant_fifo(void)
{
	return mkfifo(F, 0600);
}

static int
plant_socket(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = F };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r = bind(fd, (struct sockaddr *)&sun, sizeof(sun));

	return close(fd) == -1 || chmod(F, 0600) == -1 ? -1 : r;
}

static int
plant_zero(void)
{
	return mknod(F, S_IFCHR | 0600, makedev(1, 5));
}

static int
plant_tty(void)
{
	return mknod(F, S_IFCHR | 0600, makedev(5, 0));
}

static int
plant_no_driver(void)
{
	return mknod(F, S_IFCHR | 0600, makedev(4000, 1));
}

static int
plant_dir(void)
{
	return mkdir(F, 0700);
}

/* None of these is read, and none of them holds up who tries. */
static const struct {
	const char *name;
	int (*plant)(void);
	enum error_code code;
} kinds[] = {
	{ "nothing", plant_nothing, ERROR_ABSENT },
	{ "file", plant_file, ERROR_NONE },
	{ "symlink", plant_symlink, ERROR_BROKEN },
	{ "dangling symlink", plant_dangling, ERROR_BROKEN },
	{ "symlink loop", plant_loop, ERROR_BROKEN },
	{ "hard link", plant_hard_link, ERROR_BROKEN },
	{ "FIFO", plant_fifo, ERROR_BROKEN },
	{ "socket", plant_socket, ERROR_BROKEN },
	{ "/dev/zero", plant_zero, ERROR_BROKEN },
	{ "/dev/tty", plant_tty, ERROR_BROKEN },
	{ "device without driver", plant_no_driver, ERROR_BROKEN },
	{ "directory", plant_dir, ERROR_BROKEN },
};

static void
remove_planted(void)
{
	(void)remove(F);
	(void)remove(SCRATCH "/good");
}

static void
test_kinds(void **state)
{
	char data[LEASE_FILE_MAX + 1];
	struct error err;
	int fd = scratch_open();
	ssize_t len;
	size_t i;

	(void)state;
	(void)alarm(10);
	for (i = 0; i < COUNT(kinds); i++) {
		if (kinds[i].plant() == -1)
			fail_msg("%s: %s", kinds[i].name, strerror(errno));
		len = file_read(fd, "f", FILE_PRIVATE, data, sizeof(data),
		    &err);
		if (err.code != kinds[i].code ||
		    len != (err.code == ERROR_NONE ? 2 : -1))
			fail_msg("%s: code %d: %s", kinds[i].name,
			    (int)err.code, err.text);
		remove_planted();
	}
	(void)alarm(0);
	assert_int_equal(close(fd), 0);
}

static const struct {
	mode_t mode;
	uid_t owner;
	mode_t forbidden;
	bool good;
} modes[] = {
	{ 0600, 0, FILE_PRIVATE, true },
	{ 0400, 0, FILE_PRIVATE, true },
	{ 0000, 0, FILE_PRIVATE, true },
	{ 0600, 1000, FILE_PRIVATE, false },
	{ 0600, 65534, FILE_PRIVATE, false },
	{ 0644, 0, FILE_PRIVATE, false },
	{ 0660, 0, FILE_PRIVATE, false },
	{ 0602, 0, FILE_PRIVATE, false },
	{ 0601, 0, FILE_PRIVATE, false },
	{ 0777, 0, FILE_PRIVATE, false },
	{ 04600, 0, FILE_PRIVATE, false },
	{ 0644, 0, FILE_PUBLIC, true },
	{ 0444, 0, FILE_PUBLIC, true },
	{ 0644, 1000, FILE_PUBLIC, false },
	{ 0664, 0, FILE_PUBLIC, false },
	{ 0646, 0, FILE_PUBLIC, false },
};

static void
test_modes(void **state)
{
	char data[LEASE_FILE_MAX + 1];
	struct error err;
	int fd = scratch_open();
	ssize_t len;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(modes); i++) {
		scratch_file(fd, "f", 0600, "{}");
		assert_int_equal(chown(F, modes[i].owner, 0), 0);
		assert_int_equal(chmod(F, modes[i].mode), 0);
		len = file_read(fd, "f", modes[i].forbidden, data,
		    sizeof(data), &err);
		if (len != (modes[i].good ? 2 : -1) || err.code !=
		    (modes[i].good ? ERROR_NONE : ERROR_BROKEN))
			fail_msg("%04o of %u: %zd, %s",
			    (unsigned int)modes[i].mode,
			    (unsigned int)modes[i].owner, len, err.text);
		remove_planted();
	}
	assert_int_equal(close(fd), 0);
}

/* Reads F back and expects this content and mode 0600. */
static void
expect_content(int dirfd, const char *content)
{
	char data[64];
	struct error err;
	struct stat st;
	ssize_t len = file_read(dirfd, "f", FILE_PRIVATE, data, sizeof(data),
	    &err);

	if (len != (ssize_t)strlen(content) ||
	    memcmp(data, content, strlen(content)) != 0)
		fail_msg("not '%s': %zd bytes, %s", content, len, err.text);
	assert_int_equal(stat(F, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static const struct {
	off_t size;
	bool good;
} sizes[] = {
	{ 0, true },
	{ 1, true },
	{ LEASE_FILE_MAX - 1, true },
	{ LEASE_FILE_MAX, true },
	{ LEASE_FILE_MAX + 1, false },
	{ INT64_C(64) << 20, false },
	{ INT64_C(1) << 40, false },
};

/* Of this process, in memory. */
static long
resident_pages(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long n;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%*d %ld", &n), 1);
	assert_int_equal(fclose(f), 0);
	return n;
}

static void
test_sizes(void **state)
{
	char data[LEASE_FILE_MAX + 1];
	long pages = resident_pages();
	struct error err;
	int fd = scratch_open();
	ssize_t len;
	size_t i;

	(void)state;
	scratch_file(fd, "f", 0600, "");
	for (i = 0; i < COUNT(sizes); i++) {
		assert_int_equal(truncate(F, sizes[i].size), 0);
		len = file_read(fd, "f", FILE_PRIVATE, data, sizeof(data),
		    &err);
		if (len != (sizes[i].good ? sizes[i].size : -1) ||
		    err.code != (sizes[i].good ? ERROR_NONE : ERROR_BROKEN))
			fail_msg("%lld bytes: %zd, %s",
			    (long long)sizes[i].size, len, err.text);
	}
	assert_int_equal(close(fd), 0);
	/* What the C library touches for the first time is some of them. */
	assert_in_range(resident_pages() - pages, 0, 64);
}

/*
 * "user:1000:rw-" in an access ACL as the kernel takes it: the version, and of
 * each entry tag, permissions and id.  The latter and the version are 32 bits.
 */
static const uint16_t acl_of_1000[] = { 2, 0,
	0x01, 6, 0xffff, 0xffff, 0x02, 6, 1000, 0, 0x04, 0, 0xffff, 0xffff,
	0x10, 6, 0xffff, 0xffff, 0x20, 0, 0xffff, 0xffff };

/* S11: what an ACL grants shows in the mode; other attributes do no harm. */
static void
test_attributes(void **state)
{
	char data[LEASE_FILE_MAX + 1];
	struct error err;
	int fd = scratch_open();

	(void)state;
	scratch_file(fd, "f", 0600, "{}");
	assert_int_equal(setxattr(F, "trusted.x", "y", 1, 0), 0);
	assert_int_equal(file_read(fd, "f", FILE_PRIVATE, data, sizeof(data),
	    &err), 2);
	if (setxattr(F, "system.posix_acl_access", acl_of_1000,
	    sizeof(acl_of_1000), 0) == -1 && errno == EOPNOTSUPP) {
		print_message("# no ACLs here\n");
		skip();
	}
	assert_int_equal(file_read(fd, "f", FILE_PRIVATE, data, sizeof(data),
	    &err), -1);
	assert_int_equal(err.code, ERROR_BROKEN);
	assert_non_null(strstr(err.text, "mode"));
	/* A directory with one is not used either. */
	assert_int_equal(setxattr(SCRATCH, "system.posix_acl_access",
	    &acl_of_1000, sizeof(acl_of_1000), 0), 0);
	assert_int_equal(dir_open(SCRATCH, DIR_PRIVATE, &err), -1);
	assert_int_equal(err.code, ERROR_BROKEN);
	assert_int_equal(close(fd), 0);
}

static int
set_immutable(int set)
{
	int fd = open(F, O_RDONLY | O_CLOEXEC), r;
	int flags = set ? FS_IMMUTABLE_FL : 0;

	r = ioctl(fd, FS_IOC_SETFLAGS, &flags);
	(void)close(fd);
	return r;
}

/* S11: it is read, and who would change it is told that it can't be done. */
static void
test_immutable(void **state)
{
	char data[LEASE_FILE_MAX + 1];
	struct error err;
	int fd = scratch_open(), r[3];
	ssize_t len;

	(void)state;
	scratch_file(fd, "f", 0600, "{}");
	if (set_immutable(1) == -1) {
		print_message("# no immutable files here\n");
		skip();
	}
	len = file_read(fd, "f", FILE_PRIVATE, data, sizeof(data), &err);
	r[0] = file_write(fd, "f", "new", 3, &err);
	r[1] = (int)err.code;
	r[2] = file_remove(fd, "f", &err);
	assert_int_equal(set_immutable(0), 0);
	assert_int_equal(len, 2);
	assert_int_equal(r[0], -1);
	assert_int_equal(r[1], ERROR_SYSTEM);
	assert_int_equal(r[2], -1);
	assert_int_equal(scratch_count(SCRATCH), 1);
	expect_content(fd, "{}");
	assert_int_equal(close(fd), 0);
}

static int
plant_dir_symlink(void)
{
	assert_int_equal(mkdir(SCRATCH "/good", 0700), 0);
	return symlink("good", F);
}

static int
plant_dir_0750(void)
{
	return mkdir(F, 0700) == -1 ? -1 : chmod(F, 0750);
}

static int
plant_dir_0777(void)
{
	return mkdir(F, 0700) == -1 ? -1 : chmod(F, 0777);
}

static int
plant_dir_of_1000(void)
{
	return mkdir(F, 0700) == -1 ? -1 : chown(F, 1000, 0);
}

/* The same as a directory, private and public. */
static const struct {
	const char *name;
	int (*plant)(void);
	enum error_code private, public, made;
} dirs[] = {
	{ "directory", plant_dir, ERROR_NONE, ERROR_NONE, ERROR_NONE },
	{ "nothing", plant_nothing, ERROR_ABSENT, ERROR_ABSENT, ERROR_NONE },
	{ "0750", plant_dir_0750, ERROR_BROKEN, ERROR_NONE, ERROR_BROKEN },
	{ "0777", plant_dir_0777, ERROR_BROKEN, ERROR_BROKEN, ERROR_BROKEN },
	{ "another's", plant_dir_of_1000, ERROR_BROKEN, ERROR_BROKEN,
	    ERROR_BROKEN },
	{ "symlink", plant_dir_symlink, ERROR_BROKEN, ERROR_BROKEN,
	    ERROR_BROKEN },
	{ "dangling", plant_dangling, ERROR_BROKEN, ERROR_BROKEN,
	    ERROR_BROKEN },
	{ "loop", plant_loop, ERROR_BROKEN, ERROR_BROKEN, ERROR_BROKEN },
	{ "file", plant_file, ERROR_BROKEN, ERROR_BROKEN, ERROR_BROKEN },
	{ "FIFO", plant_fifo, ERROR_BROKEN, ERROR_BROKEN, ERROR_BROKEN },
};

/* A descriptor, or -1 and this code. */
static void
expect_dir(const char *name, int fd, const struct error *err,
    enum error_code code)
{
	if ((fd != -1) != (code == ERROR_NONE) || err->code != code)
		fail_msg("%s: fd %d, code %d: %s", name, fd, (int)err->code,
		    err->text);
	if (fd != -1)
		assert_int_equal(close(fd), 0);
}

static void
test_dirs(void **state)
{
	struct error err;
	int fd = scratch_open();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(dirs); i++) {
		const char *name = dirs[i].name;

		assert_int_equal(dirs[i].plant(), 0);
		expect_dir(name, dir_open(F, DIR_PRIVATE, &err), &err,
		    dirs[i].private);
		expect_dir(name, dir_open_at(fd, "f", DIR_PUBLIC, &err), &err,
		    dirs[i].public);
		expect_dir(name, dir_make_at(fd, "f", &err), &err,
		    dirs[i].made);
		expect_dir(name, dir_make(F, &err), &err, dirs[i].made);
		remove_planted();
	}
	assert_int_equal(close(fd), 0);
}

static void
test_write(void **state)
{
	struct error err;
	int fd = scratch_open();
	mode_t mask;

	(void)state;
	assert_int_equal(file_write(fd, "f", "old", 3, &err), 0);
	expect_content(fd, "old");
	mask = umask(0777);
	assert_int_equal(file_write(fd, "f", "newer", 5, &err), 0);
	(void)umask(0);
	expect_content(fd, "newer");
	assert_int_equal(file_write(fd, "f", "", 0, &err), 0);
	(void)umask(mask);
	expect_content(fd, "");
	assert_int_equal(scratch_count(SCRATCH), 1);
	assert_int_equal(file_remove(fd, "f", &err), 0);
	assert_int_equal(file_remove(fd, "f", &err), -1);
	assert_int_equal(err.code, ERROR_ABSENT);
	assert_int_equal(scratch_count(SCRATCH), 0);
	assert_int_equal(close(fd), 0);
}

/* What stands in the way goes, and not what it points to. */
static void
test_write_over_symlink(void **state)
{
	struct error err;
	struct stat st;
	int fd = scratch_open();

	(void)state;
	assert_int_equal(plant_symlink(), 0);
	assert_int_equal(file_write(fd, "f", "new", 3, &err), 0);
	expect_content(fd, "new");
	assert_int_equal(stat(SCRATCH "/good", &st), 0);
	assert_int_equal(st.st_size, 2);
	assert_int_equal(close(fd), 0);
}

static void
test_exclusive(void **state)
{
	struct draft d = DRAFT_INIT;
	struct error err;
	int fd = scratch_open();

	(void)state;
	scratch_file(fd, "f", 0600, "old");
	assert_int_equal(draft_write(&d, fd, "new", 3, &err), 0);
	expect_content(fd, "old");
	assert_int_equal(draft_commit(&d, "f", true, &err), -1);
	assert_int_equal(err.code, ERROR_BUSY);
	expect_content(fd, "old");
	assert_int_equal(scratch_count(SCRATCH), 2);
	assert_int_equal(draft_commit(&d, "g", true, &err), 0);
	assert_int_equal(faccessat(fd, "g", F_OK, 0), 0);
	draft_discard(&d);
	assert_int_equal(scratch_count(SCRATCH), 2);
	assert_int_equal(close(fd), 0);
}

/* A draft that can't be put in place, or is not wanted, leaves nothing. */
static void
test_discard(void **state)
{
	struct draft d = DRAFT_INIT, e = DRAFT_INIT;
	struct error err;
	int fd = scratch_open();

	(void)state;
	draft_discard(&d);
	assert_int_equal(plant_dir(), 0);
	assert_int_equal(draft_write(&d, fd, "new", 3, &err), 0);
	assert_int_equal(draft_write(&e, fd, "new", 3, &err), 0);
	assert_string_not_equal(d.name, e.name);
	assert_int_equal(scratch_count(SCRATCH), 3);
	assert_int_equal(draft_commit(&d, "f", false, &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
	assert_int_equal(scratch_count(SCRATCH), 2);
	draft_discard(&e);
	draft_discard(&e);
	assert_int_equal(scratch_count(SCRATCH), 1);
	assert_int_equal(file_remove(fd, "f", &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
	assert_int_equal(close(fd), 0);
}

/* A writer that dies before it is done; its draft's name. */
static void
leave_draft(int fd, char name[DRAFT_NAME_MAX])
{
	struct draft *d = mmap(NULL, sizeof(*d), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct error err;
	int status;
	pid_t pid;

	assert_ptr_not_equal(d, MAP_FAILED);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		if (draft_write(d, fd, "half", 4, &err) == 0)
			(void)raise(SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	memcpy(name, d->name, DRAFT_NAME_MAX);
	assert_int_equal(munmap(d, sizeof(*d)), 0);
}

static void
test_sweep(void **state)
{
	struct draft mine = DRAFT_INIT;
	char dead[DRAFT_NAME_MAX], other[DRAFT_NAME_MAX];
	struct error err;
	uint64_t start;
	int fd = scratch_open();

	(void)state;
	leave_draft(fd, dead);
	assert_int_equal(draft_write(&mine, fd, "new", 3, &err), 0);
	assert_int_equal(scratch_count(SCRATCH), 2);
	assert_true(draft_sweep(fd, dead));
	assert_false(draft_sweep(fd, dead));
	assert_false(draft_sweep(fd, mine.name));
	assert_int_equal(scratch_count(SCRATCH), 1);
	/* One of an earlier process that had this one's number. */
	assert_true(proc_start(getpid(), &start));
	(void)snprintf(other, sizeof(other), DRAFT_PREFIX "%d-%llu-0",
	    (int)getpid(), (unsigned long long)start - 1);
	scratch_file(fd, other, 0600, "half");
	assert_true(draft_sweep(fd, other));
	assert_int_equal(draft_commit(&mine, "f", false, &err), 0);
	expect_content(fd, "new");
	assert_int_equal(close(fd), 0);
}

/* Files of these names are no drafts, and stay. */
static const char *const no_drafts[] = {
	"alice.lease", ".alice.lock", ".tmp-", ".tmp-x", ".tmp-1", ".tmp-1-1",
	".tmp-999999-1", ".tmp-999999-1-0x", ".tmp-999999-1-0.lease",
	"tmp-999999-1-0", ".tmp-x-1-0", ".tmp-999999--0", "x.tmp-999999-1-0",
};

static void
test_no_drafts(void **state)
{
	int fd = scratch_open();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(no_drafts); i++) {
		scratch_file(fd, no_drafts[i], 0600, "");
		if (draft_sweep(fd, no_drafts[i]) ||
		    faccessat(fd, no_drafts[i], F_OK, 0) == -1)
			fail_msg("'%s' is swept", no_drafts[i]);
	}
	assert_int_equal(close(fd), 0);
}

/* On a full disk the old file stands, no draft is left, and removing works. */
static void
test_full(void **state)
{
	static char data[65536];
	struct error err;
	int dir = scratch_open(), fd;

	(void)state;
	assert_int_equal(close(dir), 0);
	assert_int_equal(mount("scratch", SCRATCH, "tmpfs", 0,
	    "mode=0700,size=32k"), 0);
	fd = dir_open(SCRATCH, DIR_PRIVATE, &err);
	assert_int_not_equal(fd, -1);
	assert_int_equal(file_write(fd, "f", "old", 3, &err), 0);
	memset(data, 'x', sizeof(data));
	assert_int_equal(file_write(fd, "f", data, sizeof(data), &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
	assert_int_equal(err.sys, ENOSPC);
	assert_int_equal(scratch_count(SCRATCH), 1);
	expect_content(fd, "old");
	assert_int_equal(file_remove(fd, "f", &err), 0);
	assert_int_equal(close(fd), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_untrusted),
		WITH_FILES(test_kinds),
		WITH_FILES(test_modes),
		WITH_FILES(test_sizes),
		WITH_FILES(test_attributes),
		WITH_FILES(test_immutable),
		WITH_FILES(test_dirs),
		WITH_FILES(test_write),
		WITH_FILES(test_write_over_symlink),
		WITH_FILES(test_exclusive),
		WITH_FILES(test_discard),
		WITH_FILES(test_sweep),
		WITH_FILES(test_no_drafts),
		WITH_FILES(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

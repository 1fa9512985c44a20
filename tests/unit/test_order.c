#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "order.h"
#include "paths.h"
#include "scratch.h"

#define WITH_FILES(t)	cmocka_unit_test_setup(t, scratch_setup)
#define FILE_NAME	SCRATCH "/" PATH_ORDER
#define WRITERS		8
#define ROUNDS		100	/* fewer in all than are looked back at */

static struct session
session_of(pid_t pid, uint64_t start, unsigned int number)
{
	return (struct session){ .pid = pid, .start = start,
	    .number = number };
}

/* Takes the next place, and gives back who was before. */
static void
take(int dirfd, const struct session *s, struct order *order)
{
	struct error err;

	memset(order, 0xff, sizeof(*order));
	if (order_take(dirfd, s, order, &err) == -1)
		fail_msg("%d: %s", (int)s->pid, err.text);
	assert_int_equal(err.code, ERROR_NONE);
}

static off_t
size_of(void)
{
	struct stat sb;

	assert_int_equal(lstat(FILE_NAME, &sb), 0);
	return sb.st_size;
}

/* Each sees those who took a place before, and nobody else. */
static void
test_in_a_row(void **state)
{
	const struct session list[] = {
		session_of(7, 8, 0), session_of(7, 8, 1), session_of(7, 9, 0),
		session_of(INT32_MAX, INT64_MAX, SESSION_SAME_MAX),
		session_of(70, 8, 0),
	};
	const size_t n = sizeof(list) / sizeof(list[0]);
	struct order order;
	struct stat sb;
	size_t i, k;
	int dir = scratch_open();

	(void)state;
	for (i = 0; i < n; i++) {
		take(dir, &list[i], &order);
		assert_int_equal(order.len, i * ORDER_RECORD);
		for (k = 0; k < n; k++)
			if (order_before(&order, &list[k]) != (k < i))
				fail_msg("%zu of %zu", k, i);
		order_free(&order);
		assert_null(order.records);
		assert_false(order_before(&order, &list[0]));
	}
	assert_int_equal(stat(FILE_NAME, &sb), 0);
	assert_int_equal(sb.st_mode, S_IFREG | 0600);
	assert_int_equal(sb.st_size, n * ORDER_RECORD);
	assert_int_equal(close(dir), 0);
}

/* A name that begins like another's, or that is a part of it, is not it. */
static void
test_whole_names(void **state)
{
	const struct session first = session_of(711, 22, 12);
	const struct session others[] = {
		session_of(711, 22, 1), session_of(711, 22, 0),
		session_of(711, 2, 0), session_of(11, 22, 12),
		session_of(71, 22, 12), session_of(711, 221, 2),
	};
	struct session own = session_of(1, 1, 0);
	struct order order;
	size_t i;
	int dir = scratch_open();

	(void)state;
	take(dir, &first, &order);
	order_free(&order);
	take(dir, &own, &order);
	assert_true(order_before(&order, &first));
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (order_before(&order, &others[i]))
			fail_msg("%d-%d.%u", (int)others[i].pid,
			    (int)others[i].start, others[i].number);
	order_free(&order);
	assert_int_equal(close(dir), 0);
}

/* Each of its sessions comes after all earlier ones of its own. */
static void
writer(int dir, unsigned int number)
{
	struct order order;
	struct error err;
	uint64_t i;
	size_t at;

	for (i = 1; i <= ROUNDS; i++) {
		struct session s = session_of(7, i, number);

		if (order_take(dir, &s, &order, &err) == -1 ||
		    order.len % ORDER_RECORD != 0 || order_before(&order, &s))
			_exit(1);
		for (at = 0; at < order.len; at += ORDER_RECORD)
			if (memcmp(order.records + at, "7-", 2) != 0 ||
			    order.records[at + ORDER_RECORD - 1] != '\n')
				_exit(2);
		for (s.start = 1; s.start < i; s.start++)
			if (!order_before(&order, &s))
				_exit(3);
		order_free(&order);
	}
	_exit(0);
}

/* Many at the same time have a place each, and no record is ever half. */
static void
test_at_the_same_time(void **state)
{
	pid_t pids[WRITERS];
	unsigned int i;
	int dir = scratch_open(), status;

	(void)state;
	for (i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		assert_int_not_equal(pids[i], -1);
		if (pids[i] == 0)
			writer(dir, i);
	}
	for (i = 0; i < WRITERS; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(size_of(), WRITERS * ROUNDS * ORDER_RECORD);
	assert_int_equal(close(dir), 0);
}

/* Only the last records are looked at, and only theirs is memory kept for. */
static void
test_trim(void **state)
{
	const struct session old = session_of(7, 7, 0);
	const struct session late = session_of(8, 8, 0);
	const struct session own = session_of(9, 9, 0);
	const struct session next = session_of(10, 10, 0);
	struct stat before, after;
	struct order order;
	int dir = scratch_open();

	(void)state;
	order_trim(dir);
	assert_int_equal(scratch_count(SCRATCH), 0);
	take(dir, &old, &order);
	order_free(&order);
	order_trim(dir);
	take(dir, &late, &order);
	assert_true(order_before(&order, &old));
	order_free(&order);
	while (size_of() < 8L * ORDER_TAIL) {
		take(dir, &late, &order);
		assert_true(order.len <= ORDER_TAIL);
		order_free(&order);
	}
	take(dir, &own, &order);
	assert_int_equal(order.len, ORDER_TAIL);
	assert_false(order_before(&order, &old));
	assert_true(order_before(&order, &late));
	order_free(&order);
	assert_int_equal(stat(FILE_NAME, &before), 0);
	order_trim(dir);
	assert_int_equal(stat(FILE_NAME, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
	assert_true(after.st_blocks < before.st_blocks);
	assert_true(after.st_blocks * 512 >= ORDER_KEPT);
	take(dir, &next, &order);
	assert_int_equal(order.len, ORDER_TAIL);
	assert_true(order_before(&order, &late));
	assert_true(order_before(&order, &own));
	assert_false(order_before(&order, &next));
	order_free(&order);
	assert_int_equal(close(dir), 0);
}

static void
plant_symlink(void)
{
	scratch_file(AT_FDCWD, "/run/elsewhere", 0600, "");
	assert_int_equal(symlink("/run/elsewhere", FILE_NAME), 0);
}

static void
plant_directory(void)
{
	assert_int_equal(mkdir(FILE_NAME, 0700), 0);
}

static void
plant_fifo(void)
{
	assert_int_equal(mkfifo(FILE_NAME, 0600), 0);
}

static void
plant_of_1000(void)
{
	scratch_file(AT_FDCWD, FILE_NAME, 0600, "");
	assert_int_equal(chown(FILE_NAME, 1000, 0), 0);
}

/* What stands there and is no file of root's is not written to. */
static void
test_untrusted(void **state)
{
	static const struct {
		const char *name;
		void (*plant)(void);
	} rows[] = {
		{ "symlink", plant_symlink },
		{ "directory", plant_directory },
		{ "fifo", plant_fifo },
		{ "another's", plant_of_1000 },
	};
	const struct session own = session_of(7, 8, 0);
	struct order order;
	struct error err;
	struct stat sb;
	size_t i;
	int dir;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)scratch_setup(state);
		dir = scratch_open();
		rows[i].plant();
		memset(&order, 0xff, sizeof(order));
		if (order_take(dir, &own, &order, &err) != -1 ||
		    err.code == ERROR_NONE || strstr(err.text, PATH_ORDER) ==
		    NULL)
			fail_msg("%s: taken", rows[i].name);
		if (order.records != NULL || order.len != 0)
			fail_msg("%s: something is left", rows[i].name);
		assert_int_equal(stat(FILE_NAME, &sb), 0);
		if (S_ISREG(sb.st_mode) && sb.st_size != 0)
			fail_msg("%s: written to", rows[i].name);
		order_trim(dir);
		assert_int_equal(close(dir), 0);
	}
}

/* Where there is no room there is no place, and the next one is whole. */
static void
test_no_room(void **state)
{
	const struct session own = session_of(7, 8, 0);
	const struct session next = session_of(9, 9, 0);
	struct order order;
	struct error err;
	int dir, full;

	(void)state;
	assert_int_equal(close(scratch_open()), 0);
	assert_int_equal(mount("scratch", SCRATCH, "tmpfs", 0,
	    "mode=0700,size=4k"), 0);
	dir = open(SCRATCH, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_not_equal(dir, -1);
	full = openat(dir, "full", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_not_equal(full, -1);
	assert_int_equal(fallocate(full, 0, 0, 4096), 0);
	memset(&order, 0xff, sizeof(order));
	assert_int_equal(order_take(dir, &own, &order, &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
	assert_null(order.records);
	assert_int_equal(size_of(), 0);
	assert_int_equal(ftruncate(full, 0), 0);
	take(dir, &next, &order);
	assert_int_equal(order.len, 0);
	assert_int_equal(size_of(), ORDER_RECORD);
	order_free(&order);
	assert_int_equal(close(full), 0);
	assert_int_equal(close(dir), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILES(test_in_a_row),
		WITH_FILES(test_whole_names),
		WITH_FILES(test_at_the_same_time),
		WITH_FILES(test_trim),
		WITH_FILES(test_untrusted),
		WITH_FILES(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

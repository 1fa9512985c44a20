#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "history_parts.h"
#include "history_read.h"
#include "paths.h"
#include "scratch.h"

#define WITH_FILES(t)	cmocka_unit_test_setup(t, scratch_setup)
#define HISTORY		PATH_LOG "/" PATH_HISTORY

/* What one look has read: all lines, each with a '+', a cut one with a '-'. */
struct look {
	struct history_place place;
	char text[4096];
	size_t stop;		/* before the line of that number, from 1; 0 */
	size_t n;
	const char *rotate;	/* what is done at the first line, or NULL */
};

static void
add(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

/* As logrotate(8) does it, with two kept. */
static void
rotate(void)
{
	(void)unlink(HISTORY ".2");
	(void)rename(HISTORY ".1", HISTORY ".2");
	(void)rename(HISTORY, HISTORY ".1");
}

static int
take(void *arg, const struct history_line *line)
{
	struct look *l = arg;

	if (++l->n == l->stop)
		return 7;
	if (l->n == 1 && l->rotate != NULL) {
		rotate();
		add(HISTORY, l->rotate);
	}
	assert_int_equal(strlen(line->text), line->len);
	strcat(l->text, line->text);
	strcat(l->text, line->cut ? "-" : "+");
	l->place = line->next;
	return 0;
}

/* Goes on from the place, and expects these lines. */
static void
look(struct look *l, const char *lines)
{
	struct history_place from = l->place;
	struct error err;
	int r;

	l->n = 0;
	l->text[0] = '\0';
	r = history_read(&from, take, l, &err);
	if (r == -1)
		fail_msg("%s", err.text);
	assert_int_equal(r, l->stop != 0 && l->n == l->stop ? 7 : 0);
	assert_string_equal(l->text, lines);
}

static void
begin(void)
{
	assert_int_equal(close(scratch_open()), 0);
	assert_int_equal(mkdir(PATH_LOG, 0700), 0);
}

/* Each line comes once, whatever its file is called by now. */
static void
test_goes_on(void **state)
{
	struct look l = { .n = 0 };

	(void)state;
	look(&l, "");
	begin();
	look(&l, "");
	add(HISTORY, "a\nb\n");
	look(&l, "a+b+");
	look(&l, "");
	add(HISTORY, "c\n");
	look(&l, "c+");
	rotate();
	look(&l, "");
	add(HISTORY, "d\n");
	look(&l, "d+");
	add(HISTORY, "e\n");
	rotate();
	add(HISTORY, "f\n");
	rotate();
	add(HISTORY, "g\n");
	look(&l, "e+f+g+");
	l.stop = 2;
	add(HISTORY, "h\ni\nj\n");
	look(&l, "h+");
	look(&l, "i+");
	l.stop = 0;
	look(&l, "j+");
	/* An empty line is one. */
	add(HISTORY, "\nk\n");
	look(&l, "+k+");
}

/* A line that has no end yet comes again, one that gets none does not. */
static void
test_cut(void **state)
{
	struct look l = { .n = 0 };

	(void)state;
	begin();
	add(HISTORY, "a\nb");
	look(&l, "a+b-");
	look(&l, "b-");
	add(HISTORY, "b\nc");
	look(&l, "bb+c-");
	rotate();
	look(&l, "c-");
	add(HISTORY, "d\n");
	look(&l, "c-d+");
	look(&l, "");
}

/* The file has gone, or is not what it was: all lines come. */
static void
test_lost(void **state)
{
	struct look l = { .n = 0 };
	struct history_place place;
	int i;

	(void)state;
	begin();
	add(HISTORY, "a\nb\n");
	look(&l, "a+b+");
	place = l.place;
	for (i = 0; i < 3; i++) {
		rotate();
		add(HISTORY, "c\n");
	}
	look(&l, "c+c+c+");
	assert_int_equal(truncate(HISTORY, 0), 0);
	look(&l, "c+c+");
	l.place = place;
	look(&l, "c+c+");
	/* As long as before, and no line ends there. */
	add(HISTORY, "abc\n");
	look(&l, "abc+");
	assert_int_equal(truncate(HISTORY, 0), 0);
	add(HISTORY, "abcdef\n");
	look(&l, "c+c+abcdef+");
}

/* Rotated while it is read. */
static void
test_meanwhile(void **state)
{
	struct look l = { .rotate = "c\n" };

	(void)state;
	begin();
	add(HISTORY, "a\n");
	rotate();
	add(HISTORY, "b\n");
	look(&l, "a+b+");
	l.rotate = NULL;
	look(&l, "c+");
	/* The oldest one goes at once. */
	l.place = (struct history_place){ .offset = 0 };
	rotate();
	add(HISTORY, "d\n");
	l.rotate = "e\n";
	look(&l, "b+c+d+");
	l.rotate = NULL;
	look(&l, "e+");
}

static void
test_end(void **state)
{
	static char block[10000];
	struct look l = { .n = 0 };
	struct error err;

	(void)state;
	begin();
	assert_int_equal(history_end(&l.place, &err), 0);
	add(HISTORY, "a\n");
	look(&l, "a+");
	assert_int_equal(history_end(&l.place, &err), 0);
	look(&l, "");
	add(HISTORY, "b\n");
	look(&l, "b+");
	/* Of a line that has no end yet: before it. */
	memset(block, 'x', sizeof(block) - 1);
	add(HISTORY, block);
	assert_int_equal(history_end(&l.place, &err), 0);
	assert_int_equal(l.place.offset, 4);
	add(HISTORY, "\n");
	assert_int_equal(history_end(&l.place, &err), 0);
	assert_int_equal(l.place.offset, 4 + sizeof(block));
	rotate();
	assert_int_equal(history_end(&l.place, &err), 0);
	add(HISTORY, "c");
	look(&l, "c-");
	assert_int_equal(history_end(&l.place, &err), 0);
	assert_int_equal(l.place.offset, 0);
	add(HISTORY, "\nd\n");
	look(&l, "c+d+");
}

/* Names that are none, and what can't be read. */
static void
test_odd(void **state)
{
	struct look l = { .n = 0 };
	struct error err;

	(void)state;
	begin();
	add(HISTORY ".1.gz", "z\n");
	add(HISTORY ".01", "z\n");
	add(HISTORY ".-1", "z\n");
	add(HISTORY ".99999999999999999999", "z\n");
	add(HISTORY ".2147483647", "z\n");
	add(HISTORY "-20260321", "z\n");
	add(HISTORY ".10", "a\n");
	add(HISTORY ".9", "b\n");
	look(&l, "a+b+");
	assert_int_equal(symlink(HISTORY ".9", HISTORY), 0);
	assert_int_equal(history_read(NULL, take, &l, &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
	assert_int_equal(chmod(PATH_LOG, 0777), 0);
	assert_int_equal(history_read(NULL, take, &l, &err), -1);
	assert_int_equal(err.code, ERROR_BROKEN);
	assert_int_equal(history_end(&l.place, &err), -1);
	assert_int_equal(err.code, ERROR_BROKEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILES(test_goes_on),
		WITH_FILES(test_cut),
		WITH_FILES(test_lost),
		WITH_FILES(test_meanwhile),
		WITH_FILES(test_end),
		WITH_FILES(test_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

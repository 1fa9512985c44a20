#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hooks.h"
#include "scratch.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define SAYS(text)	"#!/bin/sh\necho " text "\n"
#define FAILS(text)	"#!/bin/sh\necho " text "\nexit 2\n"

static char said[1024];

static void
note(void *arg, const char *name, bool is_stderr, const char *line)
{
	(void)arg;
	(void)name;
	(void)is_stderr;
	if (strlen(said) + strlen(line) + 2 < sizeof(said))
		strcat(strcat(said, line), " ");
}

static const struct {
	const char *name;
	struct {
		const char *name, *text;
		mode_t mode;
	} files[6];
	int result[HOOK_PHASES];
	const char *said[HOOK_PHASES];
} rows[] = {
	{ "none", { { NULL, NULL, 0 } }, { 0, 0, 0 }, { "", "", "" } },
	{ "in order", {
	    { "20-b", SAYS("b"), 0755 }, { "10-a", SAYS("a"), 0755 },
	    { "30", SAYS("c"), 0700 } },
	    { 0, 0, 0 }, { "a b c ", "a b c ", "c b a " } },
	{ "one fails", {
	    { "1", SAYS("a"), 0755 }, { "2", FAILS("b"), 0755 },
	    { "3", SAYS("c"), 0755 } },
	    { -1, -1, -1 }, { "a b ", "a b ", "c b a " } },
	{ "what is none", {
	    { ".hidden", SAYS("a"), 0755 }, { "old~", SAYS("b"), 0755 },
	    { "x.dpkg-old", SAYS("c"), 0755 }, { "x.rpmnew", SAYS("d"), 0755 },
	    { "aside", SAYS("e"), 0644 }, { "x", SAYS("x"), 0755 } },
	    { 0, 0, 0 }, { "x ", "x ", "x " } },
	{ "anybody's", {
	    { "1", SAYS("a"), 0755 }, { "2", SAYS("b"), 0757 } },
	    { -1, -1, -1 }, { "a ", "a ", "a " } },
};

static const struct hook_run run = {
	.env = (const char *const []){ "PATH=/usr/bin:/bin", NULL },
	.limit = 20000, .hold = -1, .lines = HOOK_LINES_MAX, .line = note,
};

static int
run_phase(enum hook_phase phase, struct error *err)
{
	said[0] = '\0';
	return hooks_run(phase, &run, err);
}

static void
make_dirs(mode_t mode)
{
	static const char *const dirs[] = { "/etc/pamlease",
	    "/etc/pamlease/hooks", "/etc/pamlease/hooks/account.d",
	    "/etc/pamlease/hooks/open.d", "/etc/pamlease/hooks/close.d" };
	size_t i;

	for (i = 0; i < COUNT(dirs); i++)
		if (mkdir(dirs[i], 0755) == -1 || chmod(dirs[i], 0755) == -1)
			assert_int_equal(access(dirs[i], F_OK), 0);
	assert_int_equal(chmod(dirs[1], mode), 0);
}

static void
fill(const char *phase, size_t row)
{
	char path[64];
	size_t i;
	int fd;

	(void)snprintf(path, sizeof(path), "/etc/pamlease/hooks/%s.d", phase);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	for (i = 0; i < COUNT(rows[row].files) &&
	    rows[row].files[i].name != NULL; i++)
		scratch_file(fd, rows[row].files[i].name,
		    rows[row].files[i].mode, rows[row].files[i].text);
	assert_int_equal(close(fd), 0);
}

static void
test_phases(void **state)
{
	enum hook_phase phase;
	struct error err;
	size_t i;
	int r;

	(void)close(scratch_open());
	for (i = 0; i < COUNT(rows); i++) {
		(void)scratch_setup(state);
		make_dirs(0755);
		for (phase = 0; phase < HOOK_PHASES; phase++) {
			fill(hook_phase_word(phase), i);
			r = run_phase(phase, &err);
			if (r != rows[i].result[phase] ||
			    strcmp(said, rows[i].said[phase]) != 0)
				fail_msg("%s, %s: %d, '%s', %s", rows[i].name,
				    hook_phase_word(phase), r, said, err.text);
		}
	}
}

static void
test_directories(void **state)
{
	struct error err;

	(void)state;
	(void)close(scratch_open());
	assert_int_equal(run_phase(HOOK_OPEN, &err), 0);
	make_dirs(0775);
	fill("open", 1);
	assert_int_equal(run_phase(HOOK_OPEN, &err), -1);
	assert_int_equal(err.code, ERROR_BROKEN);
	assert_string_equal(said, "");
}

#define DIR	"/etc/pamlease/hooks/open.d/"

/* The presence program: a path, each directory of which is root's alone. */
static void
test_path(void **state)
{
	static const struct {
		const char *path;
		mode_t mode;
		int result;
		enum error_code code;
	} paths[] = {
		{ DIR "10-a", 0755, 0, ERROR_NONE },
		{ DIR "/10-a", 0755, 0, ERROR_NONE },
		{ DIR "10-a", 0775, -1, ERROR_BROKEN },
		{ DIR "10-b", 0755, -1, ERROR_ABSENT },
		{ DIR "aside", 0755, -1, ERROR_BROKEN },
		{ DIR, 0755, -1, ERROR_BROKEN },
		{ "/", 0755, -1, ERROR_BROKEN },
		{ "/nowhere/a", 0755, -1, ERROR_ABSENT },
	};
	struct error err;
	size_t i;
	int r;

	(void)state;
	(void)close(scratch_open());
	make_dirs(0755);
	fill("open", 1);
	fill("open", 3);
	for (i = 0; i < COUNT(paths); i++) {
		make_dirs(paths[i].mode);
		r = hooks_presence(paths[i].path, &run, &err);
		if (r != paths[i].result || err.code != paths[i].code)
			fail_msg("%s: %d, %s", paths[i].path, r, err.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_phases, scratch_setup),
		cmocka_unit_test_setup(test_directories, scratch_setup),
		cmocka_unit_test_setup(test_path, scratch_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

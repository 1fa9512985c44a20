#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "file.h"
#include "history.h"
#include "history_read.h"
#include "paths.h"
#include "scratch.h"
#include "spool.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define WITH_FILES(t)	cmocka_unit_test_setup(t, scratch_setup)
#define EVENTS		SCRATCH "/" PATH_EVENTS
#define HISTORY		PATH_LOG "/" PATH_HISTORY
#define HEAD		PATH_LOG "/" PATH_HEAD
#define TEXT_MAX	(1 << 20)

static void
put(int dirfd, const char *user)
{
	struct event e;
	struct error err;

	event_init(&e, EVENT_ADMITTED);
	e.text[EVENT_USER] = user;
	if (spool_put(dirfd, &e, &err) == -1)
		fail_msg("%s: %s", user, err.text);
}

static void
collect(int dirfd)
{
	struct error err;

	if (history_collect(dirfd, NULL, &err) == -1)
		fail_msg("%s", err.text);
}

static char *
slurp(const char *path)
{
	static char text[TEXT_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd != -1 ? read(fd, text, sizeof(text) - 1) : -1;

	if (n == -1)
		fail_msg("%s can't be read", path);
	text[n > 0 ? n : 0] = '\0';
	assert_int_equal(close(fd), 0);
	return text;
}

static void
spew(const char *path, const char *text, int flags)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

/* The users of all lines, in one string, and whether each follows. */
struct walk {
	char users[4096];
	struct link last;
	size_t n, breaks;
};

static int
walk_line(void *arg, const struct history_line *line)
{
	struct walk *w = arg;
	cJSON *json = cJSON_ParseWithLength(line->text, line->len);
	const cJSON *user = cJSON_GetObjectItem(json, "user");
	const cJSON *event = cJSON_GetObjectItem(json, "event");
	char previous[CHAIN_HASH + 1];

	w->n++;
	if (!chain_follows(line->text, line->len, &w->last)) {
		w->breaks++;
		(void)chain_read(line->text, line->len, &w->last.number,
		    previous);
		chain_hash(w->last.hash, line->text, line->len);
	}
	strcat(w->users, cJSON_IsString(user) ? user->valuestring :
	    cJSON_IsString(event) ? event->valuestring : "?");
	strcat(w->users, " ");
	cJSON_Delete(json);
	return 0;
}

static void
expect(const char *users, size_t breaks)
{
	static struct walk w;
	struct error err;

	memset(&w, 0, sizeof(w));
	w.last = (struct link)LINK_INIT;
	if (history_read(NULL, walk_line, &w, &err) == -1)
		fail_msg("%s", err.text);
	assert_string_equal(w.users, users);
	assert_int_equal(w.breaks, breaks);
}

static void
expect_head(uint64_t number)
{
	struct link head;
	struct error err;

	if (history_head(&head, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(head.number, number);
}

static void
test_collect(void **state)
{
	int dirfd = scratch_open();
	struct stat st;
	char name[16];
	int i;

	(void)state;
	collect(dirfd);
	assert_int_equal(access(PATH_LOG, F_OK), -1);
	put(dirfd, "a");
	put(dirfd, "b");
	assert_int_equal(scratch_count(EVENTS), 2);
	collect(dirfd);
	assert_int_equal(scratch_count(EVENTS), 0);
	expect("a b ", 0);
	assert_int_equal(stat(HISTORY, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	put(dirfd, "c");
	collect(dirfd);
	expect("a b c ", 0);
	expect_head(3);
	/* More than one write takes. */
	for (i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "u%d", i);
		put(dirfd, name);
	}
	collect(dirfd);
	expect_head(1003);
	assert_int_equal(scratch_count(EVENTS), 0);
	/* And more than is looked at when it is opened. */
	put(dirfd, "d");
	collect(dirfd);
	expect_head(1004);
	assert_int_equal(close(dirfd), 0);
}

/* What is shown of a time, and of bytes that are no text. */
static void
test_line(void **state)
{
	struct link last = LINK_INIT;
	struct event e;
	char *line;

	(void)state;
	event_init(&e, EVENT_DENIED);
	e.text[EVENT_USER] = "a\n\"\xff\xc3\xbc";
	e.number[EVENT_EXPIRES] = 1774087200;
	e.number[EVENT_PERMISSIVE] = 1;
	e.number[EVENT_UID] = 1001;
	line = chain_add(&e, INT64_C(1774087200007999999), "id", false, &last);
	assert_non_null(line);
	assert_string_equal(line, "{\"number\":1,"
	    "\"time\":\"2026-03-21T10:00:00.007Z\",\"event\":\"denied\","
	    "\"user\":\"a\\\\x0a\\\"\\\\xff\xc3\xbc\",\"uid\":1001,"
	    "\"permissive\":true,\"expires\":\"2026-03-21T10:00:00Z\","
	    "\"id\":\"id\",\"previous\":\"00000000000000000000000000000000"
	    "00000000000000000000000000000000\"}\n");
	assert_int_equal(last.number, 1);
	free(line);
	e.number[EVENT_EXPIRES] = INT64_MAX;
	line = chain_add(&e, 0, "id", false, &last);
	assert_non_null(line);
	assert_null(strstr(line, "expires"));
	free(line);
}

static int allocations;

static void *
allocate(size_t size)
{
	return allocations-- > 0 ? malloc(size) : NULL;
}

/* An allocation that fails: no line, and none that is half. */
static void
test_no_memory(void **state)
{
	cJSON_Hooks hooks = { allocate, free };
	struct link last = LINK_INIT;
	struct event e;
	char *line = NULL;
	int n;

	(void)state;
	event_init(&e, EVENT_DENIED);
	e.text[EVENT_USER] = "bob";
	e.number[EVENT_UID] = 1002;
	e.number[EVENT_EXPIRES] = 1774087200;
	e.number[EVENT_PERMISSIVE] = 1;
	cJSON_InitHooks(&hooks);
	for (n = 0; n < 100 && line == NULL; n++) {
		allocations = n;
		assert_int_equal(last.number, 0);
		line = chain_add(&e, 0, "id", true, &last);
	}
	cJSON_InitHooks(NULL);
	assert_in_range(n, 20, 99);
	assert_int_equal(last.number, 1);
	free(line);
}

static void
test_head(void **state)
{
	static const char *const rows[] = {
		"", "1\n", "1 ab\n", "01 ", "x ",
		"1 000000000000000000000000000000000000000000000000000000000000000g\n",
		"1 0000000000000000000000000000000000000000000000000000000000000000",
		"1  0000000000000000000000000000000000000000000000000000000000000000\n",
		"1 00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\n",
	};
	char text[CHAIN_HEAD_MAX];
	struct link link = LINK_INIT, back;
	size_t i, len;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		if (chain_head_parse(rows[i], strlen(rows[i]), &back))
			fail_msg("taken: %s", rows[i]);
	link.number = 42;
	len = chain_head_format(&link, text);
	assert_true(chain_head_parse(text, len, &back));
	assert_int_equal(back.number, 42);
	assert_string_equal(back.hash, link.hash);
}

/* Whoever wrote was killed before they could say so, or drop what they wrote. */
static void
test_killed(void **state)
{
	static char event[EVENT_FILE_MAX];
	char head[CHAIN_HEAD_MAX], path[256];
	int dirfd = scratch_open();
	struct spool s;
	struct error err;

	(void)state;
	put(dirfd, "a");
	collect(dirfd);
	strcpy(head, slurp(HEAD));
	put(dirfd, "b");
	assert_int_equal(spool_open(dirfd, &s, &err), 0);
	assert_int_equal(s.n, 1);
	(void)snprintf(path, sizeof(path), EVENTS "/%s", s.names[0]);
	spool_close(&s);
	strcpy(event, slurp(path));
	collect(dirfd);
	/* The head is that before, and the event is there again. */
	spew(HEAD, head, O_TRUNC);
	spew(path, event, 0);
	collect(dirfd);
	expect("a b ", 0);
	expect_head(2);
	put(dirfd, "c");
	spew(HEAD, head, O_TRUNC);
	collect(dirfd);
	expect("a b c ", 0);
	/* Nothing is known of the last line. */
	assert_int_equal(unlink(HEAD), 0);
	put(dirfd, "d");
	collect(dirfd);
	expect("a b c healed d ", 0);
	assert_true(chain_is_lost(strstr(slurp(HISTORY), "\"event\":\"healed"),
	    100));
	assert_int_equal(close(dirfd), 0);
}

/*
 * Killed within a write, anywhere in it, and then it was rotated or was not:
 * each event stands there once, and what was cut is told.
 */
static void
test_killed_anywhere(void **state)
{
	static char whole[TEXT_MAX], event[EVENT_FILE_MAX];
	char head[CHAIN_HEAD_MAX], path[256];
	size_t begin, len, cut;
	int dirfd = scratch_open(), rotated;
	struct spool s;
	struct error err;
	static struct walk w;

	(void)state;
	put(dirfd, "a");
	collect(dirfd);
	begin = strlen(slurp(HISTORY));
	strcpy(head, slurp(HEAD));
	put(dirfd, "b");
	assert_int_equal(spool_open(dirfd, &s, &err), 0);
	(void)snprintf(path, sizeof(path), EVENTS "/%s", s.names[0]);
	spool_close(&s);
	strcpy(event, slurp(path));
	collect(dirfd);
	strcpy(whole, slurp(HISTORY));
	len = strlen(whole);
	for (cut = begin; cut <= len; cut++)
		for (rotated = 0; rotated < 2; rotated++) {
			static char text[TEXT_MAX];

			memcpy(text, whole, cut);
			text[cut] = '\0';
			(void)unlink(HISTORY ".1");
			spew(HISTORY, text, O_TRUNC);
			spew(HEAD, head, O_TRUNC);
			spew(path, event, O_TRUNC);
			if (rotated == 1)
				assert_int_equal(rename(HISTORY,
				    HISTORY ".1"), 0);
			collect(dirfd);
			memset(&w, 0, sizeof(w));
			w.last = (struct link)LINK_INIT;
			assert_int_equal(history_read(NULL, walk_line, &w, &err),
			    0);
			if (strcmp(w.users, cut == begin || cut == len ?
			    "a b " : cut == len - 1 ? "a b healed " :
			    "a ? healed b ") != 0)
				fail_msg("cut at %zu, rotated %d: %s", cut,
				    rotated, w.users);
			assert_int_equal(w.breaks, cut != begin && cut <
			    len - 1);
		}
	assert_int_equal(close(dirfd), 0);
}

/* A line that was cut stays, and the one behind it says so. */
static void
test_cut(void **state)
{
	static struct walk w = { .last = LINK_INIT };
	int dirfd = scratch_open();
	struct error err;

	(void)state;
	put(dirfd, "a");
	collect(dirfd);
	spew(HISTORY, "{\"number\":2,\"ti", O_APPEND);
	put(dirfd, "b");
	collect(dirfd);
	assert_int_equal(history_read(NULL, walk_line, &w, &err), 0);
	assert_string_equal(w.users, "a ? healed b ");
	expect_head(3);
	put(dirfd, "c");
	collect(dirfd);
	expect_head(4);
	/* The very first line. */
	spew(HISTORY, "{", O_TRUNC);
	assert_int_equal(unlink(HEAD), 0);
	put(dirfd, "d");
	collect(dirfd);
	expect("? healed d ", 1);
	assert_int_equal(close(dirfd), 0);
}

/* Somebody has been at it: the chain goes on behind what is on record. */
static void
test_changed(void **state)
{
	int dirfd = scratch_open();
	char *text, *at;

	(void)state;
	put(dirfd, "a");
	put(dirfd, "b");
	collect(dirfd);
	text = slurp(HISTORY);
	text[strcspn(text, "\n") + 1] = '\0';
	spew(HISTORY, text, O_TRUNC);		/* b is missing */
	put(dirfd, "c");
	collect(dirfd);
	expect("a c ", 1);
	expect_head(3);
	text = slurp(HISTORY);
	at = strstr(text, "\"c\"");
	assert_non_null(at);
	if (at != NULL)
		*at = '\'';
	spew(HISTORY, text, O_TRUNC);		/* c is none */
	put(dirfd, "d");
	collect(dirfd);
	expect("a ? d ", 2);
	expect_head(4);
	assert_int_equal(close(dirfd), 0);
}

/* Rotated as logrotate(8) does it: the chain goes on in the new file. */
static void
test_rotated(void **state)
{
	int dirfd = scratch_open();

	(void)state;
	put(dirfd, "a");
	collect(dirfd);
	assert_int_equal(rename(HISTORY, HISTORY ".10"), 0);
	put(dirfd, "b");
	collect(dirfd);
	assert_int_equal(rename(HISTORY, HISTORY ".9"), 0);
	put(dirfd, "c");
	collect(dirfd);
	spew(PATH_LOG "/" PATH_HISTORY ".x", "{}\n", 0);
	spew(PATH_LOG "/" PATH_HISTORY "2", "{}\n", 0);
	expect("a b c ", 0);
	assert_int_equal(close(dirfd), 0);
}

/* A full disk, or somebody else's file: what is not written waits. */
static void
test_trouble(void **state)
{
	int dirfd = scratch_open(), i;
	struct error err;
	bool left;

	(void)state;
	assert_int_equal(mkdir(PATH_LOG, 0700), 0);
	assert_int_equal(mount("small", PATH_LOG, "tmpfs", 0,
	    "size=32k,mode=0700"), 0);
	for (i = 0; i < 50; i++)
		put(dirfd, "somebody");
	collect(dirfd);
	for (i = 0; i < 100; i++)
		put(dirfd, "somebody-else");
	left = false;
	assert_int_equal(history_collect(dirfd, &left, &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
	assert_true(left);
	assert_in_range(scratch_count(EVENTS), 1, 100);
	assert_int_equal(mount("small", PATH_LOG, "tmpfs", MS_REMOUNT,
	    "size=1m"), 0);
	collect(dirfd);
	assert_int_equal(scratch_count(EVENTS), 0);
	expect_head(150);

	assert_int_equal(chmod(HISTORY, 0622), 0);
	put(dirfd, "a");
	assert_int_equal(history_collect(dirfd, &left, &err), -1);
	assert_int_equal(err.code, ERROR_BROKEN);
	assert_int_equal(chmod(HISTORY, 0640), 0);
	collect(dirfd);
	expect_head(151);
	assert_int_equal(unlink(HISTORY), 0);
	assert_int_equal(symlink("/run/elsewhere", HISTORY), 0);
	put(dirfd, "b");
	assert_int_equal(history_collect(dirfd, &left, &err), -1);
	assert_int_equal(access("/run/elsewhere", F_OK), -1);
	assert_int_equal(umount(PATH_LOG), 0);
	assert_int_equal(close(dirfd), 0);
}

/* Directories and files that are not to be trusted, or not what they must be. */
static void
test_untrusted(void **state)
{
	int dirfd = scratch_open(), fd, i;
	static struct walk w = { .last = LINK_INIT };
	struct link head;
	struct spool s;
	struct event e;
	struct error err;

	(void)state;
	assert_int_equal(history_read(NULL, walk_line, &w, &err), 0);
	assert_int_equal(history_head(&head, &err), -1);
	put(dirfd, "a");
	spew(PATH_LOG, "no directory", 0);
	assert_int_equal(history_collect(dirfd, NULL, &err), -1);
	assert_int_equal(history_read(NULL, walk_line, &w, &err), -1);
	assert_int_equal(unlink(PATH_LOG), 0);
	assert_int_equal(mkdir(PATH_LOG, 0700), 0);
	assert_int_equal(chmod(PATH_LOG, 0777), 0);
	assert_int_equal(history_collect(dirfd, NULL, &err), -1);
	assert_int_equal(err.code, ERROR_BROKEN);
	assert_int_equal(chmod(PATH_LOG, 0700), 0);
	assert_int_equal(mkdir(HISTORY, 0700), 0);
	assert_int_equal(history_collect(dirfd, NULL, &err), -1);
	assert_int_equal(history_read(NULL, walk_line, &w, &err), -1);
	assert_int_equal(rmdir(HISTORY), 0);
	/* A record that is none is as if there were none. */
	spew(HEAD, "x", 0);
	assert_int_equal(history_head(&head, &err), -1);
	assert_int_equal(err.code, ERROR_BROKEN);
	collect(dirfd);
	expect_head(1);
	/* Its place is taken: the line stands, and is not written again. */
	put(dirfd, "b");
	assert_int_equal(unlink(HEAD), 0);
	assert_int_equal(mkdir(HEAD, 0700), 0);
	assert_int_equal(history_collect(dirfd, NULL, &err), -1);
	assert_int_equal(rmdir(HEAD), 0);
	collect(dirfd);
	expect("a healed b ", 0);
	/* However often that is tried, and however much waits. */
	for (i = 0; i < 1000; i++)
		put(dirfd, "c");
	assert_int_equal(unlink(HEAD), 0);
	assert_int_equal(mkdir(HEAD, 0700), 0);
	for (i = 0; i < 10; i++)
		assert_int_equal(history_collect(dirfd, NULL, &err), -1);
	assert_int_equal(rmdir(HEAD), 0);
	collect(dirfd);
	expect_head(1004);

	assert_int_equal(chmod(EVENTS, 0777), 0);
	event_init(&e, EVENT_DENIED);
	assert_int_equal(spool_put(dirfd, &e, &err), -1);
	assert_int_equal(spool_open(dirfd, &s, &err), -1);
	assert_int_equal(history_collect(dirfd, NULL, &err), -1);
	assert_int_equal(rmdir(EVENTS), 0);
	fd = openat(dirfd, PATH_EVENTS, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(close(fd), 0);
	assert_int_equal(spool_put(dirfd, &e, &err), -1);
	/* No room at all. */
	assert_int_equal(unlink(EVENTS), 0);
	assert_int_equal(mkdir(EVENTS, 0700), 0);
	assert_int_equal(mount("small", EVENTS, "tmpfs", 0,
	    "size=4k,mode=0700"), 0);
	put(dirfd, "c");
	assert_int_equal(spool_put(dirfd, &e, &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
	assert_int_equal(scratch_count(EVENTS), 1);
	assert_int_equal(umount(EVENTS), 0);
	assert_int_equal(close(dirfd), 0);
}

/* What is in the spool and no event. */
static void
test_odd_events(void **state)
{
	int dirfd = scratch_open();
	struct error err;
	bool left = false;

	(void)state;
	put(dirfd, "a");
	/* Of long ago: empty, broken, not root's alone; and just being made. */
	spew(EVENTS "/00000000000000000001-1", "", 0);
	spew(EVENTS "/00000000000000000002-1", "version=1\nrubbish\n", 0);
	spew(EVENTS "/00000000000000000003-1", "version=1\n", 0);
	assert_int_equal(chmod(EVENTS "/00000000000000000003-1", 0666), 0);
	spew(EVENTS "/99999999999999999999-x", "no name of an event's", 0);
	spew(EVENTS "/09223372036854775807-1", "", 0);
	assert_int_equal(history_collect(dirfd, &left, &err), -1);
	assert_int_equal(err.code, ERROR_BROKEN);
	assert_true(left);
	assert_int_equal(scratch_count(EVENTS), 2);
	expect("failed failed failed a ", 0);
	assert_int_equal(close(dirfd), 0);
}

/* So many wait that no more are taken; logins need the room. */
static void
test_full(void **state)
{
	int dirfd = scratch_open(), fd, i, r = 0;
	struct spool s;
	struct event e;
	struct error err;
	char name[64];

	(void)state;
	event_init(&e, EVENT_DENIED);
	put(dirfd, "a");
	fd = openat(dirfd, PATH_EVENTS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (i = 0; i < 20000; i++) {
		(void)snprintf(name, sizeof(name), "%020d-1", i);
		assert_int_equal(close(openat(fd, name, O_WRONLY | O_CREAT |
		    O_CLOEXEC, 0600)), 0);
	}
	r = spool_put(dirfd, &e, &err);
	assert_int_equal(r, -1);
	assert_int_equal(err.code, ERROR_BUSY);
	assert_int_equal(spool_open(dirfd, &s, &err), 0);
	assert_int_equal(s.n, 20001);
	assert_int_equal(spool_older(&s, 60), 20000);
	assert_int_equal(spool_older(&s, -60), 20001);
	assert_string_equal(s.names[19999], "00000000000000019999-1");
	spool_close(&s);
	assert_int_equal(close(fd), 0);
	assert_int_equal(close(dirfd), 0);
}

/* What is no link of a chain, or not the next one. */
static void
test_no_link(void **state)
{
#define ZEROS	"00000000000000000000000000000000" \
		"00000000000000000000000000000000"
	static const struct {
		const char *line;
		bool good, follows;
	} rows[] = {
		{ "{\"number\":8,\"previous\":\"" ZEROS "\"}", true, true },
		{ "{\"number\":9,\"previous\":\"" ZEROS "\"}", true, false },
		{ "{\"number\":8,\"previous\":\"00\"}", true, false },
		{ "{\"number\":8,\"previous\":\"" ZEROS "0\"}", false, false },
		{ "{\"number\":8,\"previous\":8}", false, false },
		{ "{\"number\":8}", false, false },
		{ "{\"number\":\"8\",\"previous\":\"\"}", false, false },
		{ "{\"number\":8.5,\"previous\":\"\"}", false, false },
		{ "{\"number\":0,\"previous\":\"\"}", false, false },
		{ "{\"number\":-8,\"previous\":\"\"}", false, false },
		{ "{\"number\":1e300,\"previous\":\"\"}", false, false },
		{ "{}", false, false },
		{ "", false, false },
	};
	char previous[CHAIN_HASH + 1];
	uint64_t number;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct link last = { .number = 7, .hash = ZEROS };
		size_t len = strlen(rows[i].line);

		print_message("%s\n", rows[i].line);
		assert_int_equal(chain_read(rows[i].line, len, &number,
		    previous), rows[i].good);
		assert_int_equal(chain_follows(rows[i].line, len, &last),
		    rows[i].follows);
		assert_int_equal(last.number, rows[i].follows ? 8 : 7);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_no_link),
		cmocka_unit_test(test_no_memory),
		WITH_FILES(test_collect),
		WITH_FILES(test_killed),
		WITH_FILES(test_killed_anywhere),
		WITH_FILES(test_cut),
		WITH_FILES(test_changed),
		WITH_FILES(test_rotated),
		WITH_FILES(test_trouble),
		WITH_FILES(test_untrusted),
		WITH_FILES(test_odd_events),
		WITH_FILES(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "event.h"

#define MOMENT	INT64_C(1774087200123456789)
#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))

static void
test_words(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < EVENT_KINDS; i++)
		assert_int_equal(event_kind_of(event_word((enum event_kind)i)),
		    i);
	assert_int_equal(event_kind_of("admit"), EVENT_KINDS);
	assert_int_equal(event_kind_of(""), EVENT_KINDS);
}

static void
fill(struct event *e)
{
	int i;

	event_init(e, EVENT_DENIED);
	for (i = 0; i < EVENT_FIELDS; i++)
		if (event_field_type((enum event_field)i) == EVENT_TEXT)
			e->text[i] = event_field_name((enum event_field)i);
		else
			e->number[i] = i;
}

static void
test_round_trip(void **state)
{
	static char data[EVENT_FILE_MAX], store[EVENT_FILE_MAX];
	struct event e, back;
	struct error err;
	int64_t wall;
	ssize_t len;
	int i;

	(void)state;
	fill(&e);
	len = event_format(&e, MOMENT, data, sizeof(data));
	assert_int_not_equal(len, -1);
	assert_int_equal(event_parse(data, (size_t)len, &back, &wall, store,
	    &err), 0);
	assert_int_equal(back.kind, EVENT_DENIED);
	assert_int_equal(wall, MOMENT / 1000 * 1000);
	for (i = 0; i < EVENT_FIELDS; i++)
		if (e.text[i] != NULL)
			assert_string_equal(back.text[i], e.text[i]);
		else
			assert_int_equal(back.number[i], e.number[i]);
	event_init(&e, EVENT_CLOSED);
	e.text[EVENT_USER] = "";
	e.number[EVENT_UID] = -1;
	len = event_format(&e, MOMENT, data, sizeof(data));
	assert_int_equal(event_parse(data, (size_t)len, &back, &wall, store,
	    &err), 0);
	assert_null(back.text[EVENT_USER]);
	assert_int_equal(back.number[EVENT_UID], EVENT_UNSET);
}

/* A text that is too long is cut, and one that does not fit left out. */
static void
test_long(void **state)
{
	static char data[EVENT_FILE_MAX], store[EVENT_FILE_MAX], text[2000];
	struct event e, back;
	struct error err;
	int64_t wall;
	ssize_t len;
	int i;

	(void)state;
	memset(text, 0xff, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	fill(&e);
	for (i = 0; i < EVENT_FIELDS; i++)
		if (e.text[i] != NULL)
			e.text[i] = text;
	len = event_format(&e, MOMENT, data, sizeof(data));
	assert_int_not_equal(len, -1);
	assert_int_equal(event_parse(data, (size_t)len, &back, &wall, store,
	    &err), 0);
	assert_int_equal(strlen(back.text[EVENT_USER]), EVENT_TEXT_MAX);
	assert_string_equal(back.text[EVENT_USER] + EVENT_TEXT_MAX - 3,
	    "...");
	assert_null(back.text[EVENT_REQUEST]);
	/* The numbers behind what does not fit are there. */
	assert_int_equal(back.number[EVENT_TOOK_MS], EVENT_TOOK_MS);
	assert_int_equal(event_format(&e, MOMENT, data, 40), -1);
}

static void
test_session(void **state)
{
	struct session s = { .user = "bob", .uid = 1002, .service = "sshd",
	    .tty = "ssh", .rhost = "h", .by = ADMITTED_POLICY };
	struct event e;

	(void)state;
	event_init(&e, EVENT_CLOSED);
	event_session(&e, &s, "4711-1");
	assert_string_equal(e.text[EVENT_USER], "bob");
	assert_int_equal(e.number[EVENT_UID], 1002);
	assert_string_equal(e.text[EVENT_SERVICE], "sshd");
	assert_string_equal(e.text[EVENT_TTY], "ssh");
	assert_string_equal(e.text[EVENT_RHOST], "h");
	assert_string_equal(e.text[EVENT_SESSION], "4711-1");
	assert_string_equal(e.text[EVENT_LET_IN_BY], "policy");
}

static void
test_broken(void **state)
{
	static const char *const rows[] = {
		"",
		"version=1\n",
		"version=2\ntime_us=1\nevent=closed\n",
		"version=1\ntime_us=-1\nevent=closed\n",
		"version=1\ntime_us=999999999999999999\nevent=closed\n",
		"version=1\ntime_us=1\nevent=close\n",
		"version=1\ntime_us=1\nevent=closed",
		"version=1\ntime_us=1\nevent=closed\nuser=%zz\n",
		"version=1\ntime_us=1\nevent=closed\nuid=x\n",
		"version=1\ntime_us=1\nevent=closed\nuid=1\nuser=a\n",
		"version=1\ntime_us=1\nevent=closed\nuser=a\nuser=a\n",
		"version=1\ntime_us=1\nevent=closed\nnothing=1\n",
	};
	static char store[EVENT_FILE_MAX];
	struct event e;
	struct error err;
	int64_t wall;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		if (event_parse(rows[i], strlen(rows[i]), &e, &wall, store,
		    &err) != -1 || err.code != ERROR_BROKEN)
			fail_msg("taken: %s", rows[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

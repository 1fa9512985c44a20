#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sys/resource.h>

#include <libaudit.h>
#include <string.h>

#include "audit.h"
#include "audit_log.h"
#include "verdict.h"

static void
types_fit(void **state)
{
	static const struct {
		enum event_kind kind;
		enum why why;
		int type;
	} rows[] = {
		{ EVENT_ADMITTED, WHY_LEASE, AUDIT_USER_ACCT },
		{ EVENT_DENIED, WHY_NO_LEASE, AUDIT_USER_ACCT },
		{ EVENT_DENIED, WHY_DURING, AUDIT_ANOM_LOGIN_TIME },
		{ EVENT_DENIED, WHY_FROM, AUDIT_ANOM_LOGIN_LOCATION },
		{ EVENT_DENIED, WHY_LIMIT, AUDIT_ANOM_LOGIN_SESSIONS },
		{ EVENT_DENIED, WHY_PRESENT, AUDIT_ANOM_LOGIN_SESSIONS },
		{ EVENT_ENDED, WHY_DURING, AUDIT_RESP_TERM_ACCESS },
		{ EVENT_GRANTED, WHY_LEASE, AUDIT_USER_MGMT },
	};
	struct event e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		event_init(&e, rows[i].kind);
		e.text[EVENT_WHY] = why_word(rows[i].why);
		assert_int_equal(audit_type(&e), rows[i].type);
	}
	for (i = 0; i < EVENT_KINDS; i++) {
		event_init(&e, (enum event_kind)i);
		assert_true(audit_type(&e) >= AUDIT_FIRST_USER_MSG);
		assert_non_null(audit_msg_type_to_name(audit_type(&e)));
	}
}

static void
a_refusal_failed(void **state)
{
	struct event e;

	(void)state;
	event_init(&e, EVENT_ADMITTED);
	assert_true(audit_succeeded(&e));
	event_init(&e, EVENT_NOT_ENDED);
	assert_false(audit_succeeded(&e));
	event_init(&e, EVENT_DENIED);
	assert_false(audit_succeeded(&e));
	e.number[EVENT_PERMISSIVE] = 1;
	assert_true(audit_succeeded(&e));
}

static void
facts_are_fields(void **state)
{
	char text[AUDIT_TEXT_MAX];
	struct event e;

	(void)state;
	event_init(&e, EVENT_DENIED);
	e.text[EVENT_USER] = "alice";
	e.number[EVENT_UID] = 1000;
	e.text[EVENT_SERVICE] = "sshd";
	e.text[EVENT_TTY] = "pts/1";
	e.text[EVENT_RHOST] = "10.0.0.1";
	e.text[EVENT_WHY] = "no-lease";
	e.text[EVENT_DETAIL] = "line 7";
	e.number[EVENT_LEFT_S] = 0;
	audit_format(&e, "op=", text);
	assert_string_equal(text, "op=lease-denied acct=\"alice\" id=1000 "
	    "service=\"sshd\" why=\"no-lease\" detail=6C696E652037 left_s=0");
}

/* Compared with what audit's own library says of each byte. */
static void
only_what_is_plain_stands_as_it_is(void **state)
{
	char text[] = "a?b";
	int c;

	(void)state;
	for (c = 1; c < 256; c++) {
		text[1] = (char)c;
		assert_int_equal(audit_plain(text),
		    audit_value_needs_encoding(text, 3) == 0);
	}
}

static void
what_does_not_fit_is_left_out(void **state)
{
	static char longest[2 * EVENT_TEXT_MAX];
	char text[AUDIT_TEXT_MAX];
	struct event e;
	int i;

	(void)state;
	memset(longest, '\n', sizeof(longest) - 1);
	event_init(&e, EVENT_DENIED);
	for (i = 0; i < EVENT_FIELDS; i++)
		if (event_field_type((enum event_field)i) == EVENT_TEXT)
			e.text[i] = longest;
	e.number[EVENT_TOOK_MS] = 7;
	audit_format(&e, "", text);
	assert_true(strlen(text) < AUDIT_TEXT_MAX);
	assert_non_null(strstr(text, "0A2E2E2E detail="));
	assert_null(strchr(text, '\n'));
	assert_non_null(strstr(text, " took_ms=7"));
	assert_null(strstr(text, "request="));
}

/* Into the kernel's own trail, where there is one that may be written to. */
static void
any_host_and_terminal_makes_a_record(void **state)
{
	static const char *const hosts[] = { NULL, "192.0.2.7", "2001:db8::7",
	    "host.example.org", "two\nlines", "a b" };
	static const char *const ttys[] = { NULL, "pts/1", "pts/\"1" };
	struct event e;
	struct error err;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < 18; i++) {
		event_init(&e, EVENT_FAILED);
		e.text[EVENT_RHOST] = hosts[i % 6];
		e.text[EVENT_TTY] = ttys[i / 6];
		e.text[EVENT_DETAIL] = "a test of pamlease";
		r = audit_log(&e, &err);
		assert_int_equal(r, err.code == ERROR_NONE ? 0 : -1);
		if (r == -1)
			assert_int_equal(strncmp(err.text, "audit", 5), 0);
	}
}

static void
no_descriptor_is_an_error(void **state)
{
	struct rlimit before, none;
	struct event e;
	struct error err;
	int r;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	event_init(&e, EVENT_FAILED);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	r = audit_log(&e, &err);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(r, -1);
	assert_string_equal(err.text, "audit: Too many open files");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_fit),
		cmocka_unit_test(a_refusal_failed),
		cmocka_unit_test(facts_are_fields),
		cmocka_unit_test(only_what_is_plain_stands_as_it_is),
		cmocka_unit_test(what_does_not_fit_is_left_out),
		cmocka_unit_test(any_host_and_terminal_makes_a_record),
		cmocka_unit_test(no_descriptor_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

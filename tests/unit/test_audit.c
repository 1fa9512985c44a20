#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <libaudit.h>
#include <string.h>

#include "audit.h"
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_fit),
		cmocka_unit_test(a_refusal_failed),
		cmocka_unit_test(facts_are_fields),
		cmocka_unit_test(only_what_is_plain_stands_as_it_is),
		cmocka_unit_test(what_does_not_fit_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "counters.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))

static int64_t
sum(const struct counters *c)
{
	int64_t n = 0;
	int i, k;

	for (i = 0; i < LOGIN_RESULTS; i++)
		for (k = 0; k <= WHYS; k++)
			n += c->logins[i][k];
	return n;
}

static const struct {
	const char *line;
	enum login_result result;	/* LOGIN_RESULTS: it is no login */
	int why;
} logins[] = {
	{ "{\"event\":\"admitted\",\"why\":\"lease\"}", LOGIN_ADMITTED,
	    WHY_LEASE },
	{ "{\"event\":\"denied\",\"why\":\"no-lease\"}", LOGIN_DENIED,
	    WHY_NO_LEASE },
	{ "{\"event\":\"denied\",\"why\":\"no-lease\",\"permissive\":true}",
	    LOGIN_PERMISSIVE, WHY_NO_LEASE },
	{ "{\"event\":\"denied\",\"why\":\"no-lease\",\"permissive\":1}",
	    LOGIN_DENIED, WHY_NO_LEASE },
	/* Two reasons have that word. */
	{ "{\"event\":\"denied\",\"why\":\"zone-unreadable\"}", LOGIN_DENIED,
	    WHY_ZONE },
	{ "{\"event\":\"denied\",\"why\":\"\\\"}\\n\"}", LOGIN_DENIED, WHYS },
	{ "{\"event\":\"denied\",\"why\":\"other\"}", LOGIN_DENIED, WHYS },
	{ "{\"event\":\"denied\",\"why\":7}", LOGIN_DENIED, WHYS },
	{ "{\"event\":\"admitted\"}", LOGIN_ADMITTED, WHYS },
	{ "{\"event\":\"opened\",\"why\":\"lease\"}", LOGIN_RESULTS, 0 },
	{ "{\"event\":\"refused\",\"why\":\"lease\"}", LOGIN_RESULTS, 0 },
	{ "{\"event\":\"Denied\",\"why\":\"lease\"}", LOGIN_RESULTS, 0 },
	{ "{\"event\":7}", LOGIN_RESULTS, 0 },
	{ "{\"why\":\"no-lease\"}", LOGIN_RESULTS, 0 },
	{ "{\"event\":\"denied\",", LOGIN_RESULTS, 0 },
	{ "[]", LOGIN_RESULTS, 0 },
	{ "", LOGIN_RESULTS, 0 },
};

static void
test_logins(void **state)
{
	struct counters c;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(logins); i++) {
		memset(&c, 0, sizeof(c));
		counters_add(&c, logins[i].line, strlen(logins[i].line));
		if (sum(&c) != (logins[i].result != LOGIN_RESULTS) ||
		    (logins[i].result != LOGIN_RESULTS &&
		    c.logins[logins[i].result][logins[i].why] != 1))
			fail_msg("%s", logins[i].line);
		assert_int_equal(c.swept, 0);
	}
}

static const struct {
	const char *line;
	int bucket;		/* -1: none */
	int64_t ms, swept;
} ends[] = {
	{ "{\"event\":\"ended\",\"killed\":2,\"late_ms\":0}", 0, 0, 2 },
	{ "{\"event\":\"ended\",\"late_ms\":100}", 0, 100, 0 },
	{ "{\"event\":\"ended\",\"late_ms\":101}", 1, 101, 0 },
	{ "{\"event\":\"ended\",\"late_ms\":300000}", LATE_BOUNDS - 1, 300000,
	    0 },
	{ "{\"event\":\"ended\",\"late_ms\":300001}", LATE_BOUNDS, 300001, 0 },
	{ "{\"event\":\"ended\",\"killed\":1}", -1, 0, 1 },
	{ "{\"event\":\"not-ended\",\"killed\":3,\"late_ms\":7}", -1, 0, 3 },
	{ "{\"event\":\"warned\",\"killed\":3,\"late_ms\":7}", -1, 0, 0 },
	{ "{\"event\":\"ended\",\"killed\":-1,\"late_ms\":-1}", -1, 0, 0 },
	{ "{\"event\":\"ended\",\"killed\":1e30,\"late_ms\":1e400}", -1, 0,
	    0 },
	{ "{\"event\":\"ended\",\"killed\":\"1\",\"late_ms\":\"1\"}", -1, 0,
	    0 },
};

static void
test_ends(void **state)
{
	struct counters c;
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < COUNT(ends); i++) {
		memset(&c, 0, sizeof(c));
		counters_add(&c, ends[i].line, strlen(ends[i].line));
		for (k = 0; k <= LATE_BOUNDS; k++)
			if (c.late[k] != (k == ends[i].bucket))
				fail_msg("%s: %d", ends[i].line, k);
		assert_int_equal(c.late_ms, ends[i].ms);
		assert_int_equal(c.swept, ends[i].swept);
		assert_int_equal(sum(&c), 0);
	}
}

/* Each reason has a word, and each word one place. */
static void
test_words(void **state)
{
	int i, k;

	(void)state;
	for (i = 0; i <= WHYS; i++)
		for (k = 0; k < i; k++)
			if (login_why_word(i) != NULL &&
			    login_why_word(k) != NULL &&
			    strcmp(login_why_word(i), login_why_word(k)) == 0)
				fail_msg("%s twice", login_why_word(i));
	assert_string_equal(login_why_word(WHYS), "other");
	assert_null(login_why_word(WHY_LEASE_ZONE));
}

/* All that can be counted, there and back. */
static void
test_record(void **state)
{
	static char data[COUNTERS_MAX];
	struct record r;
	struct record_reader reader;
	struct counters c, back;
	size_t len;
	int i, k;

	(void)state;
	memset(&c, 0, sizeof(c));
	for (i = 0; i < LOGIN_RESULTS; i++)
		for (k = 0; k <= WHYS; k++)
			if (login_why_word(k) != NULL)
				c.logins[i][k] = INT64_C(123456789012345) + k;
	for (i = 0; i <= LATE_BOUNDS; i++)
		c.late[i] = i;
	c.late_ms = 999;
	c.swept = INT64_C(999999999999999999);
	record_init(&r, data, sizeof(data));
	counters_put(&c, &r);
	assert_false(r.overflow);
	reader = (struct record_reader){ data, data + r.len };
	assert_true(counters_take(&back, &reader));
	assert_ptr_equal(reader.p, reader.end);
	assert_memory_equal(&c, &back, sizeof(c));
	for (len = 0; len < r.len; len++) {
		reader = (struct record_reader){ data, data + len };
		assert_false(counters_take(&back, &reader));
		assert_int_equal(sum(&back), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logins),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

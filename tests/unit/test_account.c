#include <errno.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "account.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define LONG_NAME	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
			"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
			"AAAAAAAAAAAAAAAAA"
_Static_assert(sizeof(LONG_NAME) == LEASE_NAME_MAX + 2, "a byte too long");

/*
 * A user database of the test's own, in place of the C library's: one that
 * folds cases, has odd names, and fails in all ways.
 */
static const struct row {
	const char *asked;	/* by name */
	const char *name;	/* NULL: none */
	uid_t uid;
	int result;
	size_t size;		/* of the smallest buffer that will do */
	enum error_code code;	/* what comes of it */
} rows[] = {
	{ "alice", "alice", 1001, 0, 0, ERROR_NONE },
	{ "ALICE", "alice", 1001, 0, 0, ERROR_NONE },
	{ "alice@realm", "REALM\\alice", 1001, 0, 0, ERROR_NONE },
	{ "alias", "../alice", 1001, 0, 0, ERROR_INVALID },
	{ "number", "1001", 1001, 0, 0, ERROR_INVALID },
	{ "newline", "alice\n", 1001, 0, 0, ERROR_INVALID },
	{ "empty", "", 1001, 0, 0, ERROR_INVALID },
	{ "dash", "-alice", 1001, 0, 0, ERROR_INVALID },
	{ "long", LONG_NAME, 1001, 0, 0, ERROR_INVALID },
	{ "last", "last", (uid_t)-1, 0, 0, ERROR_NONE },
	{ "big", "big", 1002, 0, 100000, ERROR_NONE },
	{ "too-big", "too-big", 1003, 0, (1 << 20) + 1, ERROR_SYSTEM },
	{ "nobody-here", NULL, 0, 0, 0, ERROR_ABSENT },
	{ "not-there", NULL, 0, ENOENT, 0, ERROR_ABSENT },
	{ "no-process", NULL, 0, ESRCH, 0, ERROR_ABSENT },
	{ "no-descriptor", NULL, 0, EMFILE, 0, ERROR_SYSTEM },
	{ "io", NULL, 0, EIO, 0, ERROR_SYSTEM },
	{ "interrupted", NULL, 0, EINTR, 0, ERROR_SYSTEM },
	{ "no-memory", NULL, 0, ENOMEM, 0, ERROR_SYSTEM },
	{ "again", NULL, 0, EAGAIN, 0, ERROR_SYSTEM },
};

static int asked;

static int
answer(const struct row *row, struct passwd *pw, char *buffer, size_t size,
    struct passwd **found)
{
	*found = NULL;
	asked++;
	if (size < row->size)
		return ERANGE;
	if (row->name == NULL)
		return row->result;
	memset(pw, 0, sizeof(*pw));
	assert_true(strlen(row->name) < size);
	pw->pw_name = strcpy(buffer, row->name);
	pw->pw_uid = row->uid;
	*found = pw;
	return 0;
}

int
getpwnam_r(const char *name, struct passwd *pw, char *buffer, size_t size,
    struct passwd **found)
{
	size_t i;

	for (i = 0; strcmp(rows[i].asked, name) != 0; i++)
		assert_true(i + 1 < COUNT(rows));
	return answer(&rows[i], pw, buffer, size, found);
}

int
getpwuid_r(uid_t uid, struct passwd *pw, char *buffer, size_t size,
    struct passwd **found)
{
	return answer(&rows[uid], pw, buffer, size, found);
}

static void
expect(const struct row *row, int r, const struct account *account,
    const struct error *err)
{
	static const struct account none;

	if (r != (row->code == ERROR_NONE ? 0 : -1) || err->code != row->code)
		fail_msg("%s: %d, code %d: %s", row->asked, r, (int)err->code,
		    err->text);
	else if (r == 0 && (strcmp(account->name, row->name) != 0 ||
	    account->uid != row->uid))
		fail_msg("%s: '%s', %u", row->asked, account->name,
		    (unsigned int)account->uid);
	/* Else uid 0 would be left, and nobody's name with it. */
	if (r == -1 && memcmp(account, &none, sizeof(none)) != 0)
		fail_msg("%s: something is left", row->asked);
}

/* The name is the database's, never what was typed. */
static void
test_look_ups(void **state)
{
	struct account account;
	struct error err;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		memset(&account, 'x', sizeof(account));
		r = account_by_name(rows[i].asked, &account, &err);
		expect(&rows[i], r, &account, &err);
		memset(&account, 'x', sizeof(account));
		r = account_by_uid((uid_t)i, &account, &err);
		expect(&rows[i], r, &account, &err);
	}
}

/* The database may be far away: names of nobody are not asked for. */
static void
test_not_asked(void **state)
{
	static const char long_name[] = LONG_NAME;
	static const char *const names[] = { "", ".", "..", "a/b", "-x",
	    "--help", "1000", "0x0", "a\nb", "a\x1b[31mb", "\23331m",
	    long_name };
	struct row row = { .code = ERROR_INVALID };
	struct account account;
	struct error err;
	size_t i;
	int r;

	(void)state;
	asked = 0;
	for (i = 0; i < COUNT(names); i++) {
		row.asked = names[i];
		memset(&account, 'x', sizeof(account));
		r = account_by_name(names[i], &account, &err);
		expect(&row, r, &account, &err);
	}
	assert_int_equal(asked, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_look_ups),
		cmocka_unit_test(test_not_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

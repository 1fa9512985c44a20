#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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
	pw->pw_gid = row->uid + 100;
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
	    account->uid != row->uid || account->gid != row->uid + 100))
		fail_msg("%s: '%s', %u, %u", row->asked, account->name,
		    (unsigned int)account->uid, (unsigned int)account->gid);
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

/*
 * A group database.  Groups of a user are the primary one and ngroups more,
 * numbered from first_group on; of each number there is what its row says, if
 * it has one, and else "gN".
 */
static const struct group_row {
	gid_t gid;
	const char *name;	/* NULL: none */
	int result;
	size_t size;		/* of the smallest buffer that will do */
} group_rows[] = {
	{ 1101, "alice", 0, 0 },
	{ 2, NULL, 0, 0 },
	{ 3, NULL, ENOENT, 0 },
	{ 4, NULL, ESRCH, 0 },
	{ 5, "domain users", 0, 0 },
	{ 6, "many-members", 0, 100000 },
	{ 7, "too-many-members", 0, (1 << 20) + 1 },
	{ 8, NULL, EIO, 0 },
	{ 9, NULL, EMFILE, 0 },
};

static int first_group;
static int ngroups;	/* -1: the list can't be told, whatever the room */

int
getgrouplist(const char *user, gid_t group, gid_t *groups, int *n)
{
	int i, room = *n;

	assert_string_equal(user, "alice");
	*n = ngroups + 1;
	if (ngroups == -1 || room < ngroups + 1) {
		*n = room;
		return -1;
	}
	groups[0] = group;
	for (i = 0; i < ngroups; i++)
		groups[i + 1] = (gid_t)(first_group + i);
	return *n;
}

int
getgrgid_r(gid_t gid, struct group *gr, char *buffer, size_t size,
    struct group **found)
{
	static const struct group_row any = { 0, "", 0, 0 };
	const struct group_row *row = &any;
	size_t i;

	for (i = 0; i < COUNT(group_rows); i++)
		if (group_rows[i].gid == gid)
			row = &group_rows[i];
	*found = NULL;
	if (size < row->size)
		return ERANGE;
	if (row->name == NULL)
		return row->result;
	memset(gr, 0, sizeof(*gr));
	gr->gr_gid = gid;
	gr->gr_name = buffer;
	if (row == &any)
		(void)snprintf(buffer, size, "g%u", (unsigned int)gid);
	else
		strcpy(buffer, row->name);
	*found = gr;
	return 0;
}

/* The names as one text, with a '|' behind each. */
static const char *
joined(const struct list *names)
{
	static char text[256];
	const char *name;
	size_t n = 0;

	text[0] = '\0';
	for (name = list_first(names); name != NULL;
	    name = list_next(names, name), n++)
		strcat(strcat(text, name), "|");
	return n == names->n ? text : "another number";
}

/* The primary group is one of them; what has no name is none. */
static void
test_groups(void **state)
{
	static const struct {
		const char *user;
		int ngroups;
		const char *names;	/* NULL: they can't be told */
	} table[] = {
		{ "alice", 0, "alice|" },
		{ "ALICE", 0, "alice|" },
		{ "alice", 1, "alice|g1|" },
		{ "alice", 2, "alice|g1|" },
		{ "alice", 4, "alice|g1|" },
		{ "alice", 5, "alice|g1|domain users|" },
		{ "alice", 6, "alice|g1|domain users|many-members|" },
		{ "alice", 7, NULL },
		{ "alice", 9, NULL },
		{ "alice", -1, NULL },
		{ "nobody-here", 0, "" },
		{ "no-process", 0, "" },
		{ "alias", 0, "" },
		{ "../alice", 0, "" },
		{ "", 0, "" },
		{ "io", 0, NULL },
		{ "no-descriptor", 0, NULL },
		{ "too-big", 0, NULL },
	};
	struct list names;
	struct error err;
	char *text;
	size_t i;
	int ret;

	(void)state;
	first_group = 1;
	for (i = 0; i < COUNT(table); i++) {
		ngroups = table[i].ngroups;
		memset(&names, 'x', sizeof(names));
		ret = account_groups(table[i].user, &names, &text, &err);
		if (table[i].names == NULL) {
			if (ret != -1 || err.code != ERROR_SYSTEM ||
			    names.n != 0 || text != NULL)
				fail_msg("%s, %d: %d, code %d",
				    table[i].user, ngroups, ret,
				    (int)err.code);
			continue;
		}
		if (ret != 0 || strcmp(joined(&names), table[i].names) != 0)
			fail_msg("%s, %d: %d, '%s'", table[i].user, ngroups,
			    ret, ret == 0 ? joined(&names) : err.text);
		if (names.n > 0)
			assert_ptr_equal(names.item, text);
		free(text);
	}
}

/* However many there are, up to a number that no system has. */
static void
test_many_groups(void **state)
{
	static const struct {
		int ngroups;
		bool told;
	} table[] = {
		{ 62, true }, { 63, true }, { 64, true }, { 1000, true },
		{ 65536, true }, { (1 << 17) - 1, true }, { 1 << 17, false },
	};
	const char *last, *next;
	struct list names;
	struct error err;
	char *text, name[16];
	size_t i;
	int ret;

	(void)state;
	first_group = 1000000;
	last = "";
	for (i = 0; i < COUNT(table); i++) {
		ngroups = table[i].ngroups;
		ret = account_groups("alice", &names, &text, &err);
		if ((ret == 0) != table[i].told ||
		    names.n != (table[i].told ? (size_t)ngroups + 1 : 0))
			fail_msg("%d: %d, %zu names", ngroups, ret, names.n);
		for (next = list_first(&names); next != NULL;
		    next = list_next(&names, next))
			last = next;
		(void)snprintf(name, sizeof(name), "g%d",
		    first_group + ngroups - 1);
		if (ret == 0 && strcmp(last, name) != 0)
			fail_msg("%d: the last is '%s'", ngroups, last);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_look_ups),
		cmocka_unit_test(test_not_asked),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_many_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

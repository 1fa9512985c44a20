#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "cmd.h"
#include "lock.h"
#include "paths.h"
#include "state.h"
#include "text.h"
#include "timestamp.h"
#include "version.h"
#include "zone_host.h"

/* Reads up to size bytes of a file; 0 when it can't be read. */
static size_t
slurp(const char *path, void *data, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t n;

	if (fd == -1)
		return 0;
	n = read(fd, data, size);
	(void)close(fd);
	return n > 0 ? (size_t)n : 0;
}

static const struct zone *zone_used;	/* NULL: nobody has asked yet */
static bool utc;

void
host_use_utc(void)
{
	utc = true;
}

const struct zone *
host_zone(void)
{
	static struct zone zone;

	/* Its bytes are needed until the end. */
	if (zone_used == NULL && !utc)
		(void)zone_host(&zone);
	if (zone_used == NULL)
		zone_used = utc ? &zone_utc : &zone;
	return zone_used;
}

const char *
host_zone_name(char dst[PATH_MAX])
{
	static const char above[] = "/zoneinfo/";
	ssize_t n = readlink(PATH_LOCALTIME, dst, PATH_MAX - 1);
	const char *name;

	dst[n > 0 ? n : 0] = '\0';
	name = strstr(dst, above);
	return name == NULL ? "" : name + sizeof(above) - 1;
}

char *
offset_text(char dst[OFFSET_TEXT_MAX], int32_t seconds)
{
	int minutes = abs(seconds) / 60;

	(void)snprintf(dst, OFFSET_TEXT_MAX, "UTC%c%02d:%02d",
	    seconds < 0 ? '-' : '+', minutes / 60, minutes % 60);
	return dst;
}

/* The offset is that of now; only the name says when it is another one. */
static void
print_local(time_t t, const char *abbreviation)
{
	char link[PATH_MAX], shown[QUOTED_MAX], offset[OFFSET_TEXT_MAX];
	const char *name = host_zone_name(link);

	(void)printf("Times are local: %s%snow %s (%s).\n",
	    quote(shown, name), *name != '\0' ? ", " : "", abbreviation,
	    offset_text(offset, zone_offset(zone_used, t)));
}

void
host_print_zone(void)
{
	struct moment now;
	struct tm tm;
	time_t t;

	if (zone_used == NULL || isatty(STDOUT_FILENO) != 1)
		return;
	clock_now(&now);
	t = wall_seconds(&now);
	/* libc knows the abbreviation; a zone without a kind of time is UTC. */
	if (zone_used->ninfos == 0 || localtime_r(&t, &tm) == NULL ||
	    strcmp(tm.tm_zone, "UTC") == 0)
		(void)puts("Times are UTC.");
	else
		print_local(t, tm.tm_zone);
}

int
host_clocks(struct moment *now)
{
	clock_now(now);
	return now->readable ? EXIT_DONE :
	    fail(EXIT_IO, "the clocks can't be read");
}

int
host_clock_set(const struct moment *now)
{
	char released[TIMESTAMP_TEXT_MAX];

	return wall_seconds(now) >= PAMLEASE_RELEASED ? EXIT_DONE :
	    fail(EXIT_IO, "the clock is wrong: it is before %s",
	    timestamp_format(released, PAMLEASE_RELEASED));
}

int
host_policy(struct policy *policy)
{
	struct state st = { 0 };
	int r = EXIT_DONE;

	state_read_policy(&st);
	*policy = st.policy;
	policy->nrules = 0;
	policy->rules = NULL;
	policy->text = NULL;
	if (st.policy_found != FOUND_GOOD && st.policy_found != FOUND_NOTHING)
		r = fail(EXIT_IO, "%s", st.policy_error.text);
	state_free(&st);
	return r;
}

int
host_takes(const char *user, uid_t uid, const struct moment *now)
{
	const struct request rq = { .user = user, .uid = uid, .known = true,
	    .service = "", .tty = "", .rhost = "" };
	static struct state st;
	char shown[QUOTED_MAX];
	struct verdict v;

	state_read(-1, user, uid, NULL, &st);
	v = decide_step(STEP_WINDDOWN, &rq, &st, now);
	state_free(&st);
	if (v.why == WHY_WINDDOWN_OVER)
		return fail(EXIT_REFUSED, "%s; see pamlease winddown stop",
		    why_text(v.why));
	if (v.kind != VERDICT_NEXT)
		warning("%s can't log in: %s", quote(shown, user),
		    why_text(v.why));
	return EXIT_DONE;
}

int64_t
wall_seconds(const struct moment *now)
{
	return now->wall / NANOSECONDS;
}

int64_t
seconds_left(int64_t end, int64_t end_boot, const struct moment *now)
{
	int64_t wall = end - wall_seconds(now);
	int64_t boot = end_boot - now->boot / NANOSECONDS;

	return wall < boot ? wall : boot;
}

enum error_code
find_user(const char *name, struct account *account, struct error *err)
{
	if (account_by_name(name, account, err) == 0)
		return ERROR_NONE;
	(void)text_copy(account->name, sizeof(account->name), name);
	account->uid = (uid_t)-1;
	return err->code;
}

/* The uid that logged in, which neither su nor sudo changes. */
static uid_t
login_uid(void)
{
	char text[16] = "";
	unsigned long uid;
	char *end;

	(void)slurp("/proc/self/loginuid", text, sizeof(text) - 1);
	uid = strtoul(text, &end, 10);
	if (end == text || uid >= UINT32_MAX)
		return getuid();
	return (uid_t)uid;
}

void
find_grantor(char *dst)
{
	uid_t uid = login_uid();
	struct account account;
	struct error err;

	if (account_by_uid(uid, &account, &err) == 0 &&
	    text_printable(account.name, strlen(account.name)))
		(void)text_copy(dst, LEASE_NAME_MAX + 1, account.name);
	else
		(void)snprintf(dst, LEASE_NAME_MAX + 1, "uid %u", uid);
}

int
hold_take(struct hold *hold, const char *user)
{
	struct error err;

	hold->lock = -1;
	hold->dirfd = state_make(&err);
	if (hold->dirfd == -1)
		return fail_error(&err);
	hold->lock = user == NULL ?
	    lock_winddown(hold->dirfd, LOCK_WAIT_COMMAND, &err) :
	    lock_user(hold->dirfd, user, LOCK_WAIT_COMMAND, &err);
	return hold->lock == -1 ? fail_error(&err) : EXIT_DONE;
}

void
hold_release(struct hold *hold)
{
	if (hold->lock != -1)
		(void)close(hold->lock);
	if (hold->dirfd != -1)
		(void)close(hold->dirfd);
}

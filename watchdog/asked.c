#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "account.h"
#include "requests.h"
#include "text.h"
#include "tty.h"
#include "watchdog.h"

#define OWNERS_MAX	256	/* users with terminals who are told */
#define ITEM_SHOWN	80	/* bytes of a value on a terminal */

/* Root may, and who is in one of the groups. */
static bool
may_answer(uid_t uid, const struct asking *a)
{
	struct account account;
	struct list groups;
	struct error err;
	char *text;
	bool may;

	if (uid == 0)
		return true;
	if (a->by[0] == '\0' || account_by_uid(uid, &account, &err) == -1 ||
	    account_groups(account.name, &groups, &text, &err) == -1)
		return false;
	may = asking_by(a, &groups);
	free(text);
	return may;
}

/*
 * Has who sits at a desk asked in a window: that is for a program that asks
 * logind, which this one does not wait for.
 */
static void
ask_desks(void)
{
	static const char *const unit = "pamlease-ask.service";

	if (!units_start(&unit, 1))
		say(LOG_ERR, "%s can't be started: nobody is asked on a desk",
		    unit);
}

static void
tell_one(const struct asking *a)
{
	char user[ITEM_SHOWN], service[ITEM_SHOWN], rhost[ITEM_SHOWN];
	struct tty_count count, all = { 0, 0 };
	uid_t owners[OWNERS_MAX];
	struct event event;
	char text[512];
	size_t i, n;

	(void)snprintf(text, sizeof(text), "*** pamlease: %s asks to be let "
	    "in: %s%s%s. pamlease approve %s, or pamlease refuse %s ***",
	    text_escape(user, sizeof(user), a->user, strlen(a->user)),
	    text_escape(service, sizeof(service), a->service,
	    strlen(a->service)), a->rhost[0] != '\0' ? " from " : "",
	    text_escape(rhost, sizeof(rhost), a->rhost, strlen(a->rhost)),
	    a->id, a->id);
	n = tty_owners(owners, OWNERS_MAX);
	for (i = 0; i < n; i++)
		if (may_answer(owners[i], a)) {
			tty_tell(owners[i], text, &count);
			all.told += count.told;
			all.stuck += count.stuck;
		}
	event_init(&event, EVENT_ASKED);
	event.text[EVENT_USER] = a->user;
	event.number[EVENT_UID] = (int64_t)a->uid;
	event.text[EVENT_SERVICE] = a->service;
	event.text[EVENT_RHOST] = a->rhost;
	event.text[EVENT_REQUEST] = a->id;
	event.number[EVENT_TERMINALS] = (int64_t)all.told;
	event.number[EVENT_STUCK] = (int64_t)all.stuck;
	say_of(LOG_NOTICE, &event, "%s (uid %u) asks to be let in, request "
	    "%s: told on %zu terminals, %zu did not take it", shown(a->user),
	    (unsigned int)a->uid, a->id, all.told, all.stuck);
}

/* It is noted first, so that a run that is killed tells nobody twice. */
void
asked_tell(struct run *run)
{
	struct requests requests;
	bool desktop = false;
	struct error err;
	size_t i;

	if (requests_read(run->dirfd, &run->now, &requests, &err) == -1 ||
	    requests.broken > 0) {
		run->failures++;
		if (!run->again)
			say(LOG_ERR, "requests: %s", shown(err.text));
	}
	for (i = 0; i < requests.n; i++) {
		struct asking *a = &requests.list[i];

		if (a->told)
			continue;
		if (requests_tell(run->dirfd, a, &err) == 0) {
			tell_one(a);
			desktop |= a->desktop;
		} else if (err.code != ERROR_ABSENT) {
			run->failures++;
			say(LOG_ERR, "requests: %s", shown(err.text));
		}
	}
	requests_free(&requests);
	if (desktop)
		ask_desks();
}

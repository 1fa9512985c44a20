#ifndef PAMLEASE_CMD_H
#define PAMLEASE_CMD_H

#include <sys/types.h>

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account.h"
#include "asking.h"
#include "decide.h"
#include "error.h"
#include "event.h"
#include "lease.h"
#include "zone.h"

/* What the subcommands share.  Each of them is a file with one cmd_NAME(). */

enum exit_code {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1,	/* not root, lease exists, unknown user; "doctor":
				   findings */
	EXIT_USAGE = 2,
	EXIT_NONE = 3,		/* no such lease or request; no wind-down; no session of
				   one's own; "check": would
				   be denied */
	EXIT_IO = 4,		/* input or output failed */
	EXIT_BUSY = 5,
	EXIT_LEFT = 6,		/* not all sessions could be ended; somebody
				   is present still; not all files could be put
				   back */
};

/* Every option of every subcommand. */
enum option_id {
	OPT_ALL,
	OPT_AT,
	OPT_CONFIRM,
	OPT_DEADLINE,
	OPT_DURATION,
	OPT_DURING,
	OPT_EVENT,
	OPT_FINAL,
	OPT_FOLLOW,
	OPT_FORCE,
	OPT_FROM,
	OPT_HELP,
	OPT_HTML,
	OPT_JSON,
	OPT_KEEP,
	OPT_KEEP_SESSIONS,
	OPT_LIST,
	OPT_MESSAGE,
	OPT_PERMISSIVE,
	OPT_REASON,
	OPT_SERVICE,
	OPT_SHORT,
	OPT_SINCE,
	OPT_SUMMARY,
	OPT_TIMEOUT,
	OPT_TRIED,
	OPT_TRY,
	OPT_TTY,
	OPT_UNTIL,
	OPT_UNTIL_REBOOT,
	OPT_USER,
	OPT_UTC,
	OPT_VERIFY,
	OPT_WAIT,
	OPT_WATCH,
	OPT_WOULD_DENY,
	OPT_YES,
	OPTIONS
};

#define OPT(name)	(UINT64_C(1) << OPT_##name)

/* What follows a subcommand besides its options. */
enum operand {
	OPERAND_NONE,
	OPERAND_USER,
	OPERAND_REQUEST,
	OPERAND_FILE,
	OPERAND_FILE_IF_ANY,
	OPERAND_SERVICES,	/* any number of them */
};

struct args {
	const char *user;		/* valid as a name; NULL: none wanted */
	char request[ASKING_ID + 1];	/* empty: none wanted */
	const char *file;		/* NULL: none */
	char *const *services;		/* as they were typed */
	size_t nservices;
	const char *value[OPTIONS];	/* NULL: not given; a flag's is "" */
};

/* A subcommand returns an exit_code and has said on stderr what went wrong. */
struct command {
	const char *name;		/* one word or two */
	const char *usage;		/* what follows the name */
	int (*run)(const struct args *args);
	enum operand operand;
	bool anyone;			/* not only root may use it */
	uint64_t options;		/* OPT() of those that it has */
};

int	cmd_grant(const struct args *args);
int	cmd_extend(const struct args *args);
int	cmd_revoke(const struct args *args);
int	cmd_requests(const struct args *args);
int	cmd_approve(const struct args *args);
int	cmd_refuse(const struct args *args);
int	cmd_list(const struct args *args);
int	cmd_show(const struct args *args);
int	cmd_sessions(const struct args *args);
int	cmd_check(const struct args *args);
int	cmd_status(const struct args *args);
int	cmd_winddown_start(const struct args *args);
int	cmd_winddown_stop(const struct args *args);
int	cmd_winddown_status(const struct args *args);
int	cmd_history(const struct args *args);
int	cmd_report(const struct args *args);
int	cmd_doctor(const struct args *args);
int	cmd_setup(const struct args *args);
int	cmd_unsetup(const struct args *args);
int	cmd_policy_check(const struct args *args);
int	cmd_policy_show(const struct args *args);
int	cmd_policy_import(const struct args *args);

/*
 * Reads what follows the subcommand.  Returns EXIT_DONE, or EXIT_USAGE after it
 * has said what is wrong.  With --help nothing else is looked at.
 */
int	args_parse(const struct command *cmd, int argc, char *argv[],
	    struct args *args);

/* What --reason says, into LEASE_REASON_MAX + 1 bytes; EXIT_USAGE as above. */
int	args_reason(const struct args *args, char *dst);

/* message.c: everything on stderr, and the log. */

#define QUOTED_MAX	256	/* bytes of a value as it is shown */

/* What comes between "pamlease: " and a message; NULL: nothing. */
void	message_command(const char *name);

/* One line on stderr; fail() returns code. */
void	warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int	fail(int code, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* Says err's text and returns the exit code that goes with it. */
int	fail_error(const struct error *err);

/* One line of the system's log, and an event for the history. */
void	record_done(const struct event *e, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* text_escape() of a string, cut, into QUOTED_MAX bytes. */
char	*quote(char *dst, const char *s);

/* host.c: what is asked of the host. */

/*
 * The time zone of all times that people type and read: its own, UTC after
 * host_use_utc(), or when that can't be read.
 */
const struct zone	*host_zone(void);
void	host_use_utc(void);

/* The name that the link to its file gives it; empty when it is no link. */
const char	*host_zone_name(char dst[PATH_MAX]);

/* "UTC+01:00", of seconds east of it. */
#define OFFSET_TEXT_MAX	24
char	*offset_text(char dst[OFFSET_TEXT_MAX], int32_t seconds);

/* On a terminal, once host_zone() was asked for: a line that says which it is. */
void	host_print_zone(void);

/* Reads both clocks; EXIT_IO when that fails. */
int	host_clocks(struct moment *now);

/* EXIT_IO when the wall clock was never set: a time from it means nothing. */
int	host_clock_set(const struct moment *now);

/*
 * Reads the settings of the policy, without its rules.  EXIT_IO when it is broken, after it has said so; then what
 * holds without one is in *policy.
 */
int	host_policy(struct policy *policy);

/*
 * May this user get a lease as far as a wind-down goes?  EXIT_REFUSED, after it
 * has said so, when its deadline has passed; before that only a warning.
 */
int	host_takes(const char *user, uid_t uid, const struct moment *now);

/* Seconds of a moment, the fraction dropped. */
int64_t	wall_seconds(const struct moment *now);

/* Seconds until a lease or a verdict's end, by the clock that says fewer. */
int64_t	seconds_left(int64_t end, int64_t end_boot,
	    const struct moment *now);

/*
 * The account of that name; when there is none, or the user database can't be
 * read, the name as it was typed and uid (uid_t)-1.  Returns the error's code.
 */
enum error_code	find_user(const char *name, struct account *account,
		    struct error *err);

/* Who runs the command, into LEASE_NAME_MAX + 1 bytes. */
void	find_grantor(char *dst);

/*
 * The state directory, and in it one user's lock, or (user is NULL) that of the
 * wind-down.
 */
struct hold {
	int dirfd, lock;
};

#define HOLD_INIT	{ .dirfd = -1, .lock = -1 }

int	hold_take(struct hold *hold, const char *user);
void	hold_release(struct hold *hold);

#endif

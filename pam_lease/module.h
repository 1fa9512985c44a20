#ifndef PAM_LEASE_MODULE_H
#define PAM_LEASE_MODULE_H

#include <security/pam_modules.h>

#include <stdbool.h>

#include "account.h"
#include "asking.h"
#include "decide.h"
#include "lease.h"
#include "session.h"

/* Nothing else is visible outside; pam_lease.map says the same. */
#define EXPORT	__attribute__((visibility("default")))

enum phase {
	PHASE_AUTH,
	PHASE_ACCOUNT,
	PHASE_OPEN,
};

/* The module's arguments in the PAM stack. */
struct options {
	bool debug;		/* log also what is admitted, and the details */
	bool quiet;		/* log refusals and errors only */
	bool permissive;	/* log what would be refused, refuse nothing */
};

/* One call of the module, from its arguments to its verdict. */
struct call {
	pam_handle_t *pamh;
	enum phase phase;
	bool silent;		/* PAM_SILENT */
	struct options options;
	const char *user;	/* PAM_USER as it was typed; may be hostile */
	struct account account;
	struct error account_error;
	struct request request;
	struct state state;
	struct moment now;
	struct verdict verdict;
	char asked[ASKING_ID + 1];	/* the request, where it was to ask, */
	char reason[LEASE_REASON_MAX + 1];	/* what it was refused for, or
						   what a hook has said last, */
	struct error error;		/* or what came in between */
};

/* options.c: an unknown option is logged and changes nothing. */
void	options_parse(pam_handle_t *pamh, int argc, const char **argv,
	    struct options *options);

/* request.c: reads the PAM items and the user database into call->request. */
void	call_init(struct call *call, pam_handle_t *pamh, enum phase phase,
	    int flags, int argc, const char **argv);

/*
 * pam_lease.c: decides.  dirfd is that of the state directory, or -1 where it
 * is not open yet; own is the session where it has entered the ledger.
 */
void	call_judge(struct call *call, int dirfd, const struct session *own);

/* Whether who was judged goes on: admitted, asked later, or by "permissive". */
bool	call_passes(const struct call *call);

/*
 * hooking.c: run the hooks of a login that is let in, if there are any.  When
 * one fails the verdict is a refusal then.  The last one runs those of an entry
 * of the ledger; what fails is logged and left to the watchdog.
 */
void	hooks_account(struct call *call);
void	hooks_open(struct call *call, const char *entry);
void	hooks_close(pam_handle_t *pamh, int dirfd, const char *entry);

/*
 * ask.c: with a verdict to ask, enters a request and waits for an answer.  The
 * verdict is then what came of it.
 */
void	ask(struct call *call);

/* tell.c: the log line of a verdict; what a user is told, if anything. */
#define DETAIL_MAX	160	/* bytes that call_detail() may need */

void	tell_log(const struct call *call);
void	tell_error(const struct call *call, const char *what,
	    const struct error *err);
void	tell_closed(pam_handle_t *pamh, const struct session *s,
	    const char *entry);
void	tell_denied(const struct call *call);
void	tell_end(const struct call *call);

/* The same: what is wrong, or else which rule decided, maybe in dst. */
const char	*call_detail(const struct call *call, char *dst, size_t size);

/* show.c: writes what its user may know of a session that is in. */
void	show_status(const struct call *call, const struct session *s);

/*
 * note.c: tell the history of a verdict, of a session, and of a failure.  What
 * it does not take is logged.
 */
void	note_verdict(const struct call *call);
void	note_requested(const struct call *call, int dirfd);
void	note_opened(const struct call *call, const char *entry,
	    enum admitted by);
void	note_closed(pam_handle_t *pamh, int dirfd, const struct session *s);
void	note_failed(const struct call *call, bool refused,
	    const struct error *err);

#endif

#include <security/pam_modules.h>

#include <string.h>

#include "module.h"

static const char *
item(pam_handle_t *pamh, int which)
{
	const void *value = NULL;

	if (pam_get_item(pamh, which, &value) != PAM_SUCCESS || value == NULL)
		return "";
	return value;
}

/*
 * The account, by the name that the user database gives it.  A name that no
 * account can have is not even asked for: it comes from the network.
 */
static void
find_account(struct call *call)
{
	struct request *rq = &call->request;

	rq->user = call->account.name;
	rq->known = account_by_name(call->user, &call->account,
	    &call->account_error) == 0;
	rq->unreadable = call->account_error.code == ERROR_SYSTEM;
	rq->uid = call->account.uid;
}

void
call_init(struct call *call, pam_handle_t *pamh, enum phase phase, int flags,
    int argc, const char **argv)
{
	memset(call, 0, sizeof(*call));
	call->pamh = pamh;
	call->phase = phase;
	call->verdict.end = call->verdict.hard_end = NO_END;
	call->silent = ((unsigned int)flags & PAM_SILENT) != 0;
	options_parse(pamh, argc, argv, &call->options);
	call->user = item(pamh, PAM_USER);
	call->request.service = item(pamh, PAM_SERVICE);
	call->request.tty = item(pamh, PAM_TTY);
	call->request.rhost = item(pamh, PAM_RHOST);
	find_account(call);
}

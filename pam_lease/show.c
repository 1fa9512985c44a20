#include "module.h"
#include "status_dir.h"

/* Nobody is refused because it can't be written. */
void
show_status(const struct call *call, const struct session *s)
{
	struct status status;
	struct error err;

	if (status_of(s, &call->state, &call->now, &status) &&
	    status_write(s, &status, &err) == -1)
		tell_error(call, "the user can't see how long the session has",
		    &err);
}

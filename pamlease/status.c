#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"
#include "duration.h"
#include "status_own.h"

/* The same for users who have no sbin in their PATH is pamlease-status(1). */
int
cmd_status(const struct args *args)
{
	char text[STATUS_TEXT_MAX];
	struct status status;
	struct moment now;
	struct error err;
	int r;

	if (status_own(getuid(), &status, &err) == -1)
		return err.code != ERROR_ABSENT ? fail_error(&err) :
		    args->value[OPT_SHORT] != NULL ? EXIT_NONE :
		    fail(EXIT_NONE, "no session of yours was let in by "
		    "pamlease");
	r = host_clocks(&now);
	if (r != EXIT_DONE)
		return r;
	if (args->value[OPT_SHORT] == NULL)
		(void)fputs(status_text(text, &status, host_zone(), &now),
		    stdout);
	else if (status.until != UNTIL_NOTHING)
		(void)puts(status_short(text, &status, &now));
	return EXIT_DONE;
}

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <systemd/sd-login.h>

#include "owners.h"

/* Is it a desktop of somebody's? */
static bool
is_desktop(const char *session)
{
	char *type = NULL, *class = NULL;
	bool is = sd_session_get_type(session, &type) >= 0 &&
	    sd_session_get_class(session, &class) >= 0 &&
	    (strcmp(type, "x11") == 0 || strcmp(type, "wayland") == 0) &&
	    strcmp(class, "user") == 0;

	free(type);
	free(class);
	return is;
}

size_t
desk_owners(uid_t *uids, size_t max)
{
	char **seats = NULL, **seat, *session;
	size_t n = 0;
	uid_t uid;

	if (sd_get_seats(&seats) < 0 || seats == NULL)
		return 0;
	for (seat = seats; *seat != NULL; seat++) {
		session = NULL;
		if (n < max && sd_seat_get_active(*seat, &session, &uid) >= 0 &&
		    is_desktop(session))
			uids[n++] = uid;
		free(session);
		free(*seat);
	}
	free(seats);
	return n;
}

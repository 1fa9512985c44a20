/*
 * pamlease-note - shows on a desktop how long the session has
 *
 * Runs as its user, beside the watchdog's warning on terminals.  Until when
 * that is, root has written for the user, and that a session is being ended.
 * Where neither can be read, nothing is said.  busctl(1) asks the desktop to show it.
 */

#include <systemd/sd-login.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "duration.h"
#include "status_own.h"

#define BUSCTL	"/usr/bin/busctl"
#define WORDS	128	/* bytes of what is shown */

static bool
is_graphical(const char *session)
{
	char *type = NULL, *class = NULL, *state = NULL;
	bool is = sd_session_get_type(session, &type) >= 0 &&
	    sd_session_get_class(session, &class) >= 0 &&
	    sd_session_get_state(session, &state) >= 0 &&
	    (strcmp(type, "x11") == 0 || strcmp(type, "wayland") == 0) &&
	    strcmp(class, "user") == 0 && strcmp(state, "closing") != 0;

	free(type);
	free(class);
	free(state);
	return is;
}

static bool
has_desktop(void)
{
	char **sessions = NULL, **session;
	bool has = false;

	if (sd_uid_get_sessions(getuid(), 0, &sessions) <= 0)
		return false;
	for (session = sessions; *session != NULL; session++) {
		has |= is_graphical(*session);
		free(*session);
	}
	free(sessions);
	return has;
}

/* None of it comes from outside: desktops may take it for markup. */
static const char *
words(char title[WORDS])
{
	char left[DURATION_TEXT_MAX];
	struct status status;
	struct moment now;
	struct error err;
	int64_t seconds;

	if (status_first(getuid(), &status, &err) == -1)
		return NULL;
	if (status.until == UNTIL_OVER) {
		(void)snprintf(title, WORDS, "Your session has expired.");
		return "You will be disconnected now.";
	}
	clock_now(&now);
	seconds = now.readable ? status_left(&status, &now) : 0;
	if (seconds == 0 || seconds == NO_END)
		return NULL;
	(void)snprintf(title, WORDS, "Your session expires in %s.",
	    duration_words(left, seconds));
	return "Save your work.";
}

int
main(void)
{
	static const char name[] = "org.freedesktop.Notifications";
	char title[WORDS];
	const char *body = words(title);

	if (body == NULL || !has_desktop())
		return EXIT_SUCCESS;
	/* An urgent one, which stays as long as the desktop's do. */
	(void)execl(BUSCTL, "busctl", "--user", "--expect-reply=no", "call",
	    "--", name, "/org/freedesktop/Notifications", name, "Notify",
	    "susssasa{sv}i", "pamlease", "0", "", title, body, "0", "1",
	    "urgency", "y", "2", "-1", (char *)NULL);
	(void)fprintf(stderr, "pamlease-note: %s: %s\n", BUSCTL,
	    strerror(errno));
	return EXIT_FAILURE;
}

#include <sys/timex.h>
#include <sys/vfs.h>

#include <linux/magic.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "doctor.h"
#include "duration.h"
#include "file.h"
#include "last_run.h"
#include "paths.h"
#include "policy_file.h"
#include "state.h"
#include "text.h"

#define PROGRAM_MS	10000
#define NO_END_WHY	"nobody is warned, and no session ends"
#define RUN_SECONDS	180	/* that the watchdog's last run may be ago */

static bool
systemctl(const char *verb, const char *unit)
{
	const char *const argv[] = { "systemctl", "--quiet", verb, unit,
	    NULL };
	char says[512];

	return child_output(PATH_SYSTEMCTL, argv, says, sizeof(says),
	    PROGRAM_MS);
}

static void
check_units(struct diagnosis *report)
{
	if (!systemctl("is-enabled", "pamlease-watchdog.timer"))
		diagnosis_host(report, "after the next boot nobody is warned, "
		    "and no session ends", text_of("pamlease-watchdog.timer "
		    "is not enabled"), text_of("systemctl enable --now "
		    "pamlease-watchdog.timer"));
	if (!systemctl("is-active", "pamlease-watchdog.timer"))
		diagnosis_host(report, NO_END_WHY, text_of("pamlease-watchdog.timer "
		    "does not run"), text_of("systemctl start "
		    "pamlease-watchdog.timer"));
	if (!systemctl("is-active", "pamlease-watchdog.path"))
		diagnosis_host(report, "what is granted or revoked is seen up to "
		    "half a minute late", text_of("pamlease-watchdog.path "
		    "does not run"), text_of("systemctl start "
		    "pamlease-watchdog.path"));
	if (access("/run/systemd/seats", F_OK) == -1)
		diagnosis_host(report, "sessions are ended by their processes "
		    "alone, and no desktop can be asked",
		    text_of("systemd-logind does not run"),
		    text_of("systemctl start systemd-logind"));
}

/* Is the timer's first one yet to come, or at work? */
static bool
first_run(void)
{
	static const char *const argv[] = { "systemctl", "show",
	    "--property=SubState,LastTriggerUSecMonotonic",
	    "pamlease-watchdog.timer", NULL };
	char says[512];

	if (!child_output(PATH_SYSTEMCTL, argv, says, sizeof(says),
	    PROGRAM_MS))
		return false;
	return strstr(says, "SubState=running\n") != NULL ||
	    (strstr(says, "SubState=waiting\n") != NULL &&
	    strstr(says, "LastTriggerUSecMonotonic=0\n") != NULL);
}

static void
check_last_run(struct diagnosis *report)
{
	static const char fix[] = "see journalctl -u pamlease-watchdog";
	char text[DURATION_TEXT_MAX];
	struct moment now;
	struct last_run run;
	struct error err;
	int64_t ago;
	int dirfd = state_open(&err), r = -1;

	if (dirfd != -1) {
		r = last_run_read(dirfd, &run, &err);
		(void)close(dirfd);
	}
	if (r == -1 && err.code == ERROR_ABSENT && first_run()) {
		diagnosis_note(report, "", text_of("the watchdog's first run "
		    "has not ended yet"));
		return;
	}
	if (r == -1) {
		diagnosis_host(report, "whether anybody would be warned and "
		    "ended is not known", text_of("of the watchdog no run is "
		    "on record: %s", err.text), strdup(fix));
		return;
	}
	if (run.result != 0)
		diagnosis_host(report, "what is to end may not have ended",
		    text_of("the watchdog's last run failed (status %d)",
		    run.result), strdup(fix));
	if (host_clocks(&now) != EXIT_DONE)
		return;
	ago = (now.wall - run.ended) / NANOSECONDS;
	if (ago > RUN_SECONDS)
		diagnosis_host(report, NO_END_WHY, text_of("the watchdog's last run was "
		    "%s ago", duration_format(text, ago)), strdup(fix));
}

static void
check_dirs(struct diagnosis *report)
{
	static const struct {
		const char *path;
		mode_t forbidden;
		const char *mode;
	} dirs[] = {
		{ PATH_STATE, DIR_PRIVATE, "700" },
		{ PATH_KEPT, DIR_PRIVATE, "700" },
		{ PATH_CONFIG, DIR_PUBLIC, "755" },
		{ PATH_LOG, DIR_PUBLIC, "700" },
	};
	struct statfs fs;
	struct error err;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		fd = dir_open(dirs[i].path, dirs[i].forbidden, &err);
		if (fd != -1)
			(void)close(fd);
		else if (err.code != ERROR_ABSENT)
			diagnosis_host(report, "what is in it does not count",
			    text_of("%s", err.text), text_of("chown root:root "
			    "%s; chmod %s %s", dirs[i].path, dirs[i].mode,
			    dirs[i].path));
	}
	if (statfs(PATH_STATE, &fs) == 0 && fs.f_type != TMPFS_MAGIC)
		diagnosis_note(report, "", text_of(PATH_STATE " is not on a "
		    "tmpfs: leases without --keep stay over a reboot, and are "
		    "refused"));
}

static void
note_warning(void *arg, unsigned int line, const char *text)
{
	const struct place place = { true, "", PATH_CONFIG "/" PATH_POLICY,
	    line };

	diagnosis_add(arg, &place, "", strdup(text), strdup(""));
}

void
check_policy(struct diagnosis *report)
{
	struct state st = { 0 };

	state_read_policy(&st);
	if (st.policy_found == FOUND_GOOD)
		(void)policy_warn(&st.policy, note_warning, report);
	else if (st.policy_found != FOUND_NOTHING)
		diagnosis_host(report, "nobody but root can log in",
		    text_of("%s", st.policy_error.text),
		    text_of("pamlease policy check says what is wrong in all "
		    "of it"));
	state_free(&st);
}

static void
check_clock(struct diagnosis *report)
{
	struct timex tx = { .modes = 0 };

	if (adjtimex(&tx) != -1 && (tx.status & STA_UNSYNC) != 0)
		diagnosis_note(report, "", text_of("the clock is not "
		    "synchronised: leases end by a clock that may be wrong"));
}

void
check_host(struct diagnosis *report)
{
	check_policy(report);
	check_dirs(report);
	if (access("/run/systemd/system", F_OK) == -1)
		diagnosis_host(report, NO_END_WHY, text_of("systemd does not run "
		    "here, and so nothing starts the watchdog"),
		    text_of("run pamlease on a host with systemd"));
	else {
		check_units(report);
		check_last_run(report);
	}
	check_clock(report);
}

#ifndef LEASE_PATHS_H
#define LEASE_PATHS_H

/* Where everything is.  No option moves any of it. */
#define PATH_STATE		"/run/pamlease"
#define PATH_STATUS		"/run/pamlease-status"
#define PATH_SESSIONS		"sessions"		/* below PATH_STATE */
#define PATH_REQUESTS		"requests"		/* below PATH_STATE */
#define PATH_HOOKED		"hooks"			/* below PATH_STATE */
#define PATH_EVENTS		"events"		/* below PATH_STATE */
#define PATH_WATCHDOG		"watchdog"		/* below PATH_STATE */
#define PATH_LAST_RUN		"last-run"		/* below PATH_WATCHDOG */
#define PATH_METRICS		"metrics"		/* below PATH_STATE */
#define PATH_COUNTED		"counted"		/* below PATH_METRICS */
#define PATH_WAKE		".wake"			/* below PATH_STATE */
#define PATH_ORDER		".order"		/* below PATH_STATE */
#define PATH_WINDDOWN		"/etc/winddown"
#define PATH_WINDDOWN_RUN	"winddown"		/* below PATH_STATE */
#define PATH_WINDDOWN_LOCK	"winddown.lock"		/* below PATH_STATE */
#define PATH_KEPT		"/var/lib/pamlease"
#define PATH_SETUP		"setup"			/* below PATH_KEPT */
#define PATH_LOG		"/var/log/pamlease"
#define PATH_HISTORY		"history.jsonl"		/* below PATH_LOG */
#define PATH_HEAD		"history.head"		/* the same */
#define PATH_CONFIG		"/etc/pamlease"
#define PATH_POLICY		"policy.conf"		/* below PATH_CONFIG */
#define PATH_HOOKS		"hooks"			/* below PATH_CONFIG */
#define PATH_LOCALTIME		"/etc/localtime"
#define PATH_LOGIN_DEFS		"/etc/login.defs"
#define PATH_BOOT_ID		"/proc/sys/kernel/random/boot_id"
#define PATH_LOGINCTL		"/usr/bin/loginctl"
#define PATH_SYSTEMCTL		"/usr/bin/systemctl"
#define PATH_SYSTEMD_RUN	"/usr/bin/systemd-run"
#define PATH_DIFF		"/usr/bin/diff"
#define PATH_CP			"/bin/cp"
#define PATH_RM			"/bin/rm"
#define PATH_ENV		"/usr/bin/env"
#define PATH_PAM_AUTH_UPDATE	"/usr/sbin/pam-auth-update"
#define PATH_PAM_PROFILES	"/usr/share/pam-configs"
#define PATH_PAM_STATE		"/var/lib/pam"
#define PATH_SSHD		"/usr/sbin/sshd"
#define PATH_CGROUP		"/sys/fs/cgroup"

/* Endings of files below PATH_STATE, behind an encoded user name. */
#define SUFFIX_LEASE		".lease"
#define SUFFIX_REVOKED		".revoked"
#define SUFFIX_MARKS		".warned"
#define SUFFIX_LOCK		".lock"			/* behind a '.' */
#define SUFFIX_ASIDE		".aside"		/* behind a '.' */

/* And of files below PATH_REQUESTS, behind an ID. */
#define SUFFIX_STANDS		".stands"
#define SUFFIX_REFUSED		".refused"

#endif

#ifndef LEASE_PROC_H
#define LEASE_PROC_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Processes, as proc(5) shows them. */

struct proc_status {
	pid_t parent;
	uid_t real, effective, saved;
	bool zombie;		/* all of it ended; it waits for its parent */
};

/*
 * Start time (field 22, clock ticks after boot) from the bytes of
 * /proc/PID/stat.  The command in field 2 may hold blanks, parentheses and
 * newlines: what counts is behind the last ')'.  false, and 0, when it is not
 * there.
 */
bool	proc_parse_start(const char *stat, size_t len, uint64_t *start);

/*
 * The controlling terminal (field 7) and the command (field 2, cut) from the
 * same bytes: "pts/3", "tty1", or empty where it has none or one that pamlease
 * has no name for.  false, and both empty, when they are not there.
 */
#define PROC_TTY_MAX		16
#define PROC_COMMAND_MAX	64
bool	proc_parse_command(const char *stat, size_t len,
	    char tty[PROC_TTY_MAX], char command[PROC_COMMAND_MAX]);

/*
 * State, parent and uids from the bytes of /proc/PID/status.  false, and all
 * zero, when one is not there.
 */
bool	proc_parse_status(const char *status, size_t len,
	    struct proc_status *ps);

/*
 * The logind session that a process is in, from the bytes of /proc/PID/cgroup,
 * if it is one of the user's: the ID of "/user.slice/user-UID.slice/
 * session-ID.scope".  false when it is in none, in one of another user's, or in
 * a container's.
 */
#define PROC_SESSION_MAX	64	/* bytes of an ID */
bool	proc_parse_session(const char *cgroup, size_t len, uid_t uid,
	    char id[PROC_SESSION_MAX]);

/*
 * Is it below that user's own service manager, from the bytes of
 * /proc/PID/cgroup: in "/user.slice/user-UID.slice/user@UID.service"?
 */
bool	proc_parse_managed(const char *cgroup, size_t len, uid_t uid);

/*
 * The same of a process.  false also when it can't be read: proc_gone() says,
 * by errno, whether that is because there is no such process.
 */
bool	proc_gone(void);
bool	proc_start(pid_t pid, uint64_t *start);
bool	proc_status(pid_t pid, struct proc_status *ps);
bool	proc_command(pid_t pid, char tty[PROC_TTY_MAX],
	    char command[PROC_COMMAND_MAX]);
bool	proc_session(pid_t pid, uid_t uid, char id[PROC_SESSION_MAX]);
bool	proc_managed(pid_t pid, uid_t uid);

/*
 * Is the process that began at start still running (no zombie)?  What can't be
 * read counts as running.
 */
bool	proc_alive(pid_t pid, uint64_t start);

#endif

#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "list.h"
#include "session.h"

/*
 * A world for the module: definitions of what it calls, of libc and of libpam,
 * for a program that is linked with --wrap for each of them.  Until run.inside
 * is set libc's own are called.
 */

/* What is wrong with a file, one bit each; in the input a letter each. */
#define WORLD_FAULTS	"aeklnmowsrzi1"

enum fault {
	ABSENT = 1 << 0, OPEN_FAILS = 1 << 1, OTHER_KIND = 1 << 2,
	SYMLINK = 1 << 3, LINKS = 1 << 4, NO_DESCRIPTOR = 1 << 5,
	OTHER_OWNER = 1 << 6, WRITABLE = 1 << 7, STAT_FAILS = 1 << 8,
	READ_FAILS = 1 << 9,
	/* The rest must not matter. */
	NO_SIZE = 1 << 10, INTERRUPTED = 1 << 11, SLOW = 1 << 12,
	HARMLESS = NO_SIZE | INTERRUPTED | SLOW
};

enum file {
	STATE, LEASE, CONFIG, POLICY, BOOT_ID, SESSIONS, LOCALTIME, WINDDOWN,
	WINDDOWN_RUN, PROC, FILES,
	PEER, PEERS = PEER + 8		/* in SESSIONS, without faults */
};

extern struct world {
	/* d(ebug), q(uiet), p(ermissive), s(ilent), u(nknown option), e(uid) */
	char *options;
	char *user, *service, *tty, *rhost;	/* PAM items; "-": not set */
	char *pw_name, *pw_uid;
	/* a(bsent), r(etry with more), e(rror); g(roup), l(ist of groups) */
	char *database;
	char *wall, *boot;	/* the clocks, seconds; negative: can't be read */
	char *file[FILES];	/* letters of WORLD_FAULTS */
	char *boot_id;
	char *memory;		/* how many allocations there are; all: "-" */
	char *groups;		/* everybody's, the primary one first; commas */
	char *peers;		/* who is in; commas; see world_peers() */
	char *processes;	/* a letter each; see processes.c */
	char *policy, *lease, *winddown, *winddown_run;
	size_t policy_len, lease_len, winddown_len, winddown_run_len;
} world;

/* What happens while the module runs. */
extern struct world_run {
	bool inside;
	enum file open[64];	/* of descriptors one each; FILES: none */
	size_t at[PEERS];	/* how far each is read */
	bool interrupted[PEERS];
	int opened, closed, logged, said;
	long allocations;
	bool found;			/* the user is */
	bool starved, no_account;	/* one failed; one for the user did */
	bool forgotten;			/* what a wind-down's files say */
} run;

/*
 * Makes the world from the len bytes at data, which end in a NUL and are cut
 * up: a line for each of the members in its table, in that order, then the
 * policy, the lease and the two files of a wind-down, each up to a form feed.
 */
void	world_make(char *data, size_t len);

bool	has(const char *letters, char letter);
unsigned int	faults_of(enum file file);
uid_t	world_uid(void);
int64_t	world_clock(const char *text);

/* Which file it is that is open under this number. */
enum file	world_file(int fd);

/* peers.c */

/* The names of the groups, in memory that the next call reuses. */
struct list	world_groups(void);

/*
 * Who is in: a name, and before it perhaps '>' (only entering), '!' (refused),
 * '~' (the process is dead) or '?' (the entry is broken).  Fills list and says
 * how many count; -1 when one is broken.
 */
int	world_peers(struct session list[PEERS - PEER]);

/* The entry of that number, counted from 0, and what was before its name. */
#define WORLD_FIRST_PID	2
bool	peer_session(int number, struct session *s, char *mark);

/* Which file of the ledger that is, and what it has. */
enum file	peer_file(const char *name);
size_t	peer_content(enum file file, const char **data);

/* The bytes of the host's time zone, which is an hour east of UTC. */
size_t	zone_content(const char **data);

/* processes.c */

/*
 * What processes has of one: c(ounts), z(ombie), m(anaged), o(ther user's),
 * g(one), u(nreadable), r(efused: a child of the first entry's process).  With
 * an h all of them are hidden.
 */
#define WORLD_FIRST_PROCESS	1000

/* The name of that number in /proc, or false: there are no more. */
bool	process_name(int number, char *name, size_t size);

#endif

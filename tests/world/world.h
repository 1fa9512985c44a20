#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
	STATE, LEASE, CONFIG, POLICY, BOOT_ID, FILES
};

extern struct world {
	/* d(ebug), q(uiet), p(ermissive), s(ilent), u(nknown option), e(uid) */
	char *options;
	char *user, *service, *tty, *rhost;	/* PAM items; "-": not set */
	char *pw_name, *pw_uid;
	char *database;		/* a(bsent), r(etry with more), or e(rror) */
	char *wall, *boot;	/* the clocks, seconds; negative: can't be read */
	char *file[FILES];	/* letters of WORLD_FAULTS */
	char *boot_id;
	char *memory;		/* how many allocations there are; all: "-" */
	char *policy, *lease;
	size_t policy_len, lease_len;
} world;

/* What happens while the module runs. */
extern struct world_run {
	bool inside;
	enum file open[64];	/* of descriptors one each; FILES: none */
	size_t at[FILES];	/* how far each is read */
	bool interrupted[FILES];
	int opened, closed, logged, said;
	long allocations;
	bool no_account, no_policy;	/* one for it failed */
} run;

/*
 * Makes the world from the len bytes at data, which end in a NUL and are cut
 * up: a line for each member of struct world from options to memory, then the
 * policy up to a form feed, then the lease.
 */
void	world_make(char *data, size_t len);

bool	has(const char *letters, char letter);
unsigned int	faults_of(enum file file);
uid_t	world_uid(void);
int64_t	world_clock(const char *text);

#endif

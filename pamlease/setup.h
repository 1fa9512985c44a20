#ifndef PAMLEASE_SETUP_H
#define PAMLEASE_SETUP_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "doctor.h"
#include "lease.h"

/*
 * What "pamlease setup" and "unsetup" share.  Functions that return an exit
 * code have said what is wrong.
 */

/* A file as it is and as it is to be. */
struct change {
	char service[SERVICE_MAX];	/* or one of all_files */
	char *old;		/* NULL: there is none */
	char *new;		/* NULL: it goes */
	mode_t mode;		/* that the new one gets */
};

struct changes {
	struct change list[SERVICES_MAX];
	size_t n;
};

void	changes_free(struct changes *plan);

/* The one of that service, or NULL. */
struct change	*changes_find(struct changes *plan, const char *service);

/*
 * setup_all.c: the files that pam-auth-update(8) writes, which are the stacks
 * of all services.  They are in the order in which lines of ours get in: those
 * that are known to it and are in no stack it takes for taken out by hand, while
 * it refuses to work on those that it does not know.
 */
#define ALL_FILES	11

extern const char *const all_files[ALL_FILES];

bool	all_has(const char *service);

/* Does a plan change some of them? */
bool	all_in(struct changes *plan);

/* Adds what sets up all services, as pam-auth-update has it in a copy. */
int	changes_setup_all(struct changes *plan, bool permissive);

/* Has debconf know which profiles are in force, where it is told of them. */
void	all_tell(struct changes *plan);

/* setup_file.c: the files of stacks. */

/*
 * Where a change's file is, and its name there: below PATH_STACKS, or, as
 * "pam:NAME", what pam-auth-update knows of them, below PATH_PAM_STATE.
 */
const char	*change_dir(const char *service);
const char	*change_file(const char *service);
bool	change_is_state(const char *service);

/*
 * Can it be the name of a service's file that is written?  Says so when not.
 */
bool	service_name_good(const char *name);

/*
 * Reads a service's own file: old and new are both its bytes then, and NULL
 * where it is only below PATH_STACKS_VENDOR; *vendor, if not NULL, gets those,
 * or NULL.
 */
int	change_read(struct change *c, const char *service, char **vendor);

/* Takes its new text from a tree that is a copy of the host's; c has its old. */
int	change_read_copy(struct change *c, const char *root);

/* Adds that to a plan; *c is NULL where that has it, or on failure. */
int	changes_add(struct changes *plan, const char *service, char **vendor,
	    struct change **c);

/* A stack_open_fn: arg is a plan, whose new texts stand for the files. */
bool	stack_open_plan(void *arg, const char *name,
	    struct stack_source *source);

/*
 * Writes all that is new, or nothing: each file must be as the plan has it.
 * EXIT_LEFT: some of it is in place, and could not be put back.
 */
int	changes_apply(const struct changes *plan);

/* setup_show.c: the change as a diff; the question, unless yes. */
int	changes_show(const struct changes *plan);
int	changes_ask(bool yes);

/* setup_plan.c: adds what sets one service up, if anything. */
int	changes_setup(struct changes *plan, const char *service, bool permissive);

/* Gives lines of ours in a file the option, or takes it away. */
int	change_permissive(struct changes *plan, struct change *c,
	    bool permissive);

/* May the plan be put in force?  Without it nothing is written. */
int	changes_check(struct changes *plan, bool permissive);

/* Of two texts, each of which may be NULL. */
bool	same_text(const char *a, const char *b);

/* Takes those out that change nothing. */
void	changes_drop_same(struct changes *plan);

/* The service's own file without lines of ours; NULL without memory. */
char	*stripped(const char *service, const char *text);

/*
 * The same with those of our lines that are still there as another text of it
 * has them: gone, refusing, or permissive.
 */
char	*taken_back(const char *service, const char *text, const char *was);

/* setup_kept.c: what is below PATH_KEPT "/" PATH_SETUP. */

/* The file that setup found, and the one that it wrote. */
struct kept {
	char *old;		/* NULL: there was none */
	char *new;
	mode_t mode;
};

int	kept_dir(void);			/* makes it; -1 after saying so */

/* Returns EXIT_NONE, without a word, where nothing is kept. */
int	kept_read(int dirfd, const char *service, struct kept *kept);
void	kept_free(struct kept *kept);

/*
 * Keeps what a change is going to replace, or, where that was written by setup,
 * what setup has found then.
 */
int	kept_write(int dirfd, const struct change *c);
int	kept_remove(int dirfd, const char *service);

/* The service's own file is this again, and what is kept has to go with it. */
int	kept_settle(int dirfd, const struct change *c, const char *text);

/* A change that is taken back unless it is confirmed. */
struct tried {
	int64_t began, began_boot;	/* seconds by both clocks */
	int64_t seconds;		/* that it has */
	char boot_id[LEASE_BOOT_ID_LEN + 1];
	char by[LEASE_NAME_MAX + 1];
	struct changes plan;
};

/*
 * EXIT_NONE, without a word, where there is none.  The first says nothing either
 * where it makes no sense: EXIT_IO.
 */
int	tried_look(int dirfd, struct tried *t);
int	tried_read(int dirfd, struct tried *t);
int	tried_write(int dirfd, const struct tried *t);
int	tried_remove(int dirfd);
void	tried_free(struct tried *t);

/* Seconds that are left of it, by the boot clock; 0 after a reboot. */
int64_t	tried_left(const struct tried *t, const struct moment *now);

/* setup_trial.c: a timer begins the undo; only who came in since confirms. */
int	trial_start(int64_t seconds);
void	trial_stop(void);
int	trial_confirm(void);
int	trial_undo(void);

/* setup.c: runs a program of the system's; false when that fails. */
bool	setup_run(const char *path, const char *const argv[]);

/* One at a time; ms to wait for it. */
int	setup_lock(struct hold *hold, int ms);

/* EXIT_BUSY while something is on trial. */
int	setup_untried(int dirfd);

/* "sshd, login", to be freed. */
char	*setup_names(const struct changes *plan);

/* What happened to the services of a plan, for the log and the history. */
void	setup_record(enum event_kind kind, const struct changes *plan,
	    const char *detail);

int	setup_list(bool json);

#endif

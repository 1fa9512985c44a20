#ifndef PAMLEASE_DOCTOR_H
#define PAMLEASE_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd.h"
#include "print.h"
#include "stack.h"

/* What the parts of "pamlease doctor" share. */

/* Something to mend, or a note, of which why and fix may be empty. */
struct finding {
	bool note;
	char *service;		/* "" for the host */
	char *file;		/* "" where it is about none */
	unsigned int line;	/* 0: the whole file */
	char *what, *why, *fix;
};

#define SERVICES_MAX	64
#define SERVICE_MAX	64	/* bytes of a name */

/* A service that lets users in, and what of pamlease is in its stack. */
struct service {
	char name[SERVICE_MAX];
	bool door;		/* has to be gated */
	unsigned int needs;	/* 1u << stack_type: lines that it has to have */
	bool gated;
	bool permissive;	/* some line refuses nobody: not in force */
	struct stack stack;
};

struct diagnosis {
	struct finding *findings;
	size_t n;
	bool failed;		/* no memory: one is missing */
	struct service services[SERVICES_MAX];
	size_t nservices;
	char sshd[SERVICE_MAX];	/* sshd's service, when it was looked for */
	char root[32];		/* PermitRootLogin of sshd, or empty */
	char *sshd_says;	/* what "sshd -T" does, "" where there is none */
};

/* What a finding is about; of a line of a stack its place. */
struct place {
	bool note;
	const char *service, *file;
	unsigned int line;
};

/* doctor_diagnosis.c: adds one; the texts are put together as by printf(3). */
void	diagnosis_add(struct diagnosis *report, const struct place *place,
	    const char *why, char *what, char *fix);
char	*text_of(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Puts one more into a list with commas, which is NULL before the first. */
void	text_join(char **list, const char *item);

size_t	diagnosis_findings(const struct diagnosis *report);
int	diagnosis_print(const struct diagnosis *report);
void	diagnosis_print_findings(const struct diagnosis *report);
int	diagnosis_json(const struct diagnosis *report);
void	diagnosis_free(struct diagnosis *report);

/* The same for what has no place in a file. */
void	diagnosis_host(struct diagnosis *report, const char *why, char *what,
	    char *fix);
void	diagnosis_note(struct diagnosis *report, const char *service, char *what);

/*
 * doctor_services.c: which services there are, with their stacks, of which
 * open_file has the bytes; sshd is the name of that one's.
 */
void	find_services(struct diagnosis *report, const char *sshd,
	    stack_open_fn *open_file, void *arg);

/* Reads one; false when its name is too long.  Else its stack is to be freed. */
bool	service_read(struct service *s, const char *name,
	    stack_open_fn *open_file, void *arg);
bool	service_known(const char *name);

/* Is it one of those that are known, and no way in from outside? */
bool	service_inside(const char *name);

/* doctor_stack.c: what is wrong with one of them. */
void	check_stack(struct diagnosis *report, const struct service *s);

/* doctor_lines.c: what is wrong with the lines of ours by themselves. */
void	check_lines(struct diagnosis *report, const struct service *s);

struct place	place_of(const struct service *s,
		    const struct stack_line *line);

/*
 * What mends it: a line of a type that is not there, one of ours that is below
 * another one, and one that is to be as it should.
 */
char	*add_text(const struct service *s, enum stack_type type);
char	*move_text(const struct service *s, const struct stack_line *own,
	    const struct stack_line *other);
char	*write_text(const struct stack_line *own);

/* doctor_sshd.c: with the name of its service, in SERVICE_MAX bytes. */
void	check_sshd(struct diagnosis *report, char *service);

/*
 * Then: does it take a key that is in root's home, or passwords, and that user?
 * False also when that can't be told.
 */
bool	sshd_takes_roots_key(const struct diagnosis *report);
bool	sshd_takes_passwords(const struct diagnosis *report);
bool	sshd_takes_user(const struct diagnosis *report, const char *user);

/* doctor_host.c: systemd, files and the clock. */
void	check_host(struct diagnosis *report);

/* The part of that which is about the policy. */
void	check_policy(struct diagnosis *report);

/* doctor_users.c: who gets in, and a login of who should not, tried. */
void	check_users(struct diagnosis *report);

/*
 * Would that service let root in now, or anybody else, if it were gated?
 * False also when that can't be told.
 */
bool	lets_somebody_in(struct diagnosis *report, const char *service);
bool	lets_root_in(struct diagnosis *report, const char *service);

/* doctor_pam.c */
enum trial {			/* also an exit status, that no module has */
	TRIAL_DENIED = 101,
	TRIAL_ADMITTED,
	TRIAL_FAILED
};

/*
 * Runs the account phase of a service for a user on a terminal ("": none) in a
 * process of its own, which can write nothing, neither file nor log nor record of
 * the kernel's audit, and ends after some seconds.
 */
enum trial	pam_try(const char *service, const char *user,
		    const char *tty);

/* The line of a phase that keeps it from being tried, or NULL. */
const struct stack_line	*pam_harmful(const struct stack *stack,
			    enum stack_type type);

#endif

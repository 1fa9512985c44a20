#ifndef PAMLEASE_STACK_H
#define PAMLEASE_STACK_H

#include <stdbool.h>
#include <stddef.h>

/* The stack of a PAM service, read and followed as libpam does, see pam.d(5). */

#define PATH_STACKS		"/etc/pam.d"
#define PATH_STACKS_VENDOR	"/usr/lib/pam.d"

#define STACK_LINES_MAX	1000	/* of a service, included ones and all */
#define STACK_FILES_MAX	64	/* that they are from, */
#define STACK_OPENED_MAX 500	/* each as often as it is included */
#define STACK_FILE_MAX	65536	/* bytes of one */
#define STACK_DEPTH_MAX	16	/* files within each other, as in libpam */
#define STACK_VALUES	32	/* PAM_SUCCESS and so on, as in libpam */

enum stack_type {
	STACK_AUTH,
	STACK_ACCOUNT,
	STACK_SESSION,
	STACK_PASSWORD,
	STACK_TYPES,
	STACK_ANY = STACK_TYPES
};

/* What a line does upon a value; above zero: so many lines are skipped. */
enum stack_action {
	ACT_IGNORE = 0,
	ACT_OK = -1,
	ACT_DONE = -2,
	ACT_BAD = -3,
	ACT_DIE = -4,
	ACT_RESET = -5,
	ACT_UNSET = -6
};

/* A line that libpam can't use, and has fail. */
enum stack_fault {
	FAULT_NONE,
	FAULT_TYPE,		/* no such type */
	FAULT_NO_CONTROL,	/* ends before the control */
	FAULT_CONTROL,		/* brackets that can't be read: all is bad */
	FAULT_NO_MODULE,	/* ends before the module, or the file */
	FAULT_NO_FILE,		/* includes a file that can't be read */
	FAULT_DEPTH,		/* files that include each other */
	FAULT_CUT,		/* the file ends behind a backslash */
	FAULTS
};

struct stack_file {
	char *path;
	bool open_to_all;	/* not root's alone to write */
};

struct stack_line {
	enum stack_type type;
	enum stack_fault fault;
	bool fails;		/* there is no module: it refuses */
	bool substack;		/* no module either: what follows, one level
				   up, is a substack */
	unsigned int level;	/* of substacks, from 0 */
	size_t file;		/* of stack->files */
	unsigned int line;	/* in it, from 1 */
	size_t top_file;	/* the line of the service's own file that it */
	unsigned int top;	/* is included by, or that it is */
	int action[STACK_VALUES];
	const char *module;	/* as it is written; "" where there is none; of an
				   include its file */
	const char *args;	/* the rest of the line */
	char *text;		/* what these point into */
};

/* Bytes of a file by its name, to be freed, and its path, the same. */
struct stack_source {
	char *data;
	size_t len;
	char *path;
	bool open_to_all;
};

/* Where files are from; false: there is none, or it can't be read. */
typedef bool stack_open_fn(void *arg, const char *name,
    struct stack_source *source);

struct stack {
	struct stack_line *lines;	/* in their order, of all types */
	size_t n;
	struct stack_file files[STACK_FILES_MAX];
	size_t nfiles, opened;
	bool absent;			/* the service has no file */
	bool failed;			/* no memory, or over a limit */
};

/*
 * Reads the stack of a service; what types it has no line of are those of the
 * service "other".  Always leaves one for stack_free().
 */
void	stack_read(struct stack *stack, const char *service,
	    stack_open_fn *open_file, void *arg);
void	stack_free(struct stack *stack);

/* stack_text.c: the bytes of a file as they are used up. */
struct stack_text {
	const char *p, *end;
	unsigned int line, next;	/* where what was taken begins; the
					   last line that was looked at */
};

/*
 * Takes what is one line to libpam, which may be several, into line, which has
 * room for all of the file.  Returns 1, 0 at the end, and -1 when that comes
 * behind a backslash.
 */
int	stack_take(struct stack_text *text, char *line);

/*
 * The next word, cut off in place, and *p behind it; NULL at the end.  One in
 * brackets comes without them, and may have blanks.
 */
char	*stack_word(char **p, bool *brackets);

/* A stack_open_fn: from PATH_STACKS, else from PATH_STACKS_VENDOR. */
bool	stack_open_host(void *arg, const char *name,
	    struct stack_source *source);

/* Is it a line with that module, whatever its directory? */
bool	stack_module(const struct stack_line *line, const char *module);

#define STACK_BLANKS	" \t\n"

/* The argument at *p of a line's, which moves behind it, or NULL. */
const char	*stack_arg(const char **p, size_t *len);
bool	stack_has_arg(const struct stack_line *line, const char *wanted);

/* "auth" and so on; of PAM_SUCCESS and so on the names in brackets. */
const char	*stack_type_word(enum stack_type type);

/* The control that a line of ours has to have, as README.md has them. */
const char	*stack_our_control(enum stack_type type);
const char	*stack_value_word(int value);

/*
 * stack_control.c: what a control says for each value.  In brackets it comes
 * without them.  False for brackets that can't be read, of which all is bad.
 */
bool	stack_control(const char *word, bool brackets,
	    int action[STACK_VALUES]);

/* stack_walk.c: how a phase can end well although pam_lease refuses. */
enum walk_how {
	WALK_ENDS,		/* the line ends the stack above ours */
	WALK_JUMPS,		/* skips ours */
	WALK_PASSES,		/* is ours, and does not refuse upon a refusal */
	WALK_RESETS,		/* below ours, forgets the refusal */
	WALK_LETS_CHANGE	/* above ours, has libpam return that the
				   password has to be changed, whatever comes */
};

struct walk_hole {
	enum walk_how how;
	const struct stack_line *line;
	int value;		/* upon which the line does so */
};

#define WALK_HOLES_MAX	32

struct walk {
	bool asked;		/* pam_lease is there */
	bool passes;		/* the phase can end well although it refuses */
	bool tangled;		/* too many ways: it may do so */
	size_t n;
	struct walk_hole holes[WALK_HOLES_MAX];	/* each line once */
};

void	stack_walk(const struct stack *stack, enum stack_type type,
	    struct walk *walk);

#endif

#ifndef PAMLEASE_PRINT_H
#define PAMLEASE_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>
#include <libsmartcols/libsmartcols.h>

#include "decide.h"
#include "lease.h"

/* What the subcommands print on stdout. */

#define SHOWN_MAX	1100	/* bytes of a value, each of 256 as \xHH */

/*
 * The string as a terminal may get it: itself, or text_escape() of it where it
 * is not text_printable().  dst holds SHOWN_MAX bytes.
 */
const char	*show(char *dst, const char *s);

/*
 * Rows of cells, each column as wide as its longest value.  On a terminal that
 * is narrower than that, the columns in wraps take several lines.
 */
struct table {
	const char *const *heading;
	size_t columns;
	unsigned int wraps;	/* COLUMN() of those that may; not of names
				   of users, addresses and times */
	struct libscols_table *lines;
	struct libscols_line *line;	/* the one that is being filled */
	size_t n;		/* cells */
	bool ascii;		/* this libc has no UTF-8 */
	bool failed;		/* no memory: a cell is missing */
};

#define COLUMN(i)	(1u << (i))

void	table_init(struct table *table, const char *const *heading,
	    size_t columns);
void	table_add(struct table *table, const char *cell);

/* Prints and frees it; without a cell it prints nothing.  Returns an exit code. */
int	table_print(struct table *table);

/* All return false without memory, and for an object that is NULL. */
bool	json_string(cJSON *object, const char *key, const char *value);
bool	json_time(cJSON *object, const char *key, int64_t t);
bool	json_number(cJSON *object, const char *key, int64_t n);
bool	json_bool(cJSON *object, const char *key, bool value);

/* A lease with its "state" and "seconds_left"; NULL without memory. */
cJSON	*json_lease(const struct lease *lease, const struct policy *policy,
	    const struct moment *now);

/* Prints it on a line and deletes it; NULL counts as no memory. */
int	json_print(cJSON *node);

/* Seconds left of a lease that is in force. */
int64_t	lease_left(const struct lease *lease, const struct policy *policy,
	    const struct moment *now);

/* Time left of a lease for people: "28m 14s", "expired". */
char	*left_text(char *dst, const struct lease *lease,
	    const struct policy *policy, const struct moment *now);

#endif

#ifndef LEASE_RECORD_H
#define LEASE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The small state files (ledger entries, marks): lines of key=value, in a fixed
 * order.  In a value every byte outside 0x21 to 0x7e, and '%', is %XX.  Needs
 * no heap and no library, as it runs in the module.
 */

struct record {			/* being written */
	char *data;
	size_t size, len;
	bool overflow;
};

void	record_init(struct record *r, char *data, size_t size);
void	record_text(struct record *r, const char *key, const char *value);
void	record_number(struct record *r, const char *key, int64_t value);

struct record_reader {
	const char *p, *end;
};

/* Does the next line have that key? */
bool	record_at(const struct record_reader *r, const char *key);

/*
 * Takes the next line, which must have that key.  Returns false for another
 * key, a bad escape, a NUL, a value that does not fit, or no whole number; then
 * the value is empty or 0.
 */
bool	record_take(struct record_reader *r, const char *key, char *value,
	    size_t size);
bool	record_take_number(struct record_reader *r, const char *key,
	    int64_t *value);

#endif

#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * For the programs that libFuzzer calls with inputs of its making.  Each says
 * what must hold of every input; what does not ends it, and libFuzzer writes
 * the input to a file.
 */

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(holds) do {						\
	if (!(holds)) {							\
		(void)fprintf(stderr, "%s:%d: does not hold: %s\n",	\
		    __FILE__, __LINE__, #holds);			\
		abort();						\
	}								\
} while (0)

/* The input, as far as it is not used up. */
struct input {
	const uint8_t *p;
	size_t left;
};

/* The next n bytes, with zeros behind the last. */
static inline void
take(struct input *in, void *dst, size_t n)
{
	size_t have = n < in->left ? n : in->left;

	memset(dst, 0, n);
	memcpy(dst, in->p, have);
	in->p += have;
	in->left -= have;
}

/* A whole number from 0 to max. */
static inline int64_t
take_number(struct input *in, int64_t max)
{
	uint64_t n;

	take(in, &n, sizeof(n));
	return (int64_t)(n % ((uint64_t)max + 1));
}

/*
 * A string for an array of size bytes, up to its NUL; its length comes first.
 * All behind the string is zero.
 */
static inline void
take_string(struct input *in, char *dst, size_t size)
{
	uint8_t len[2];
	size_t n;

	take(in, len, sizeof(len));
	memset(dst, 0, size);
	take(in, dst, (len[0] | (size_t)len[1] << 8) % size);
	n = strlen(dst);
	memset(dst + n, 0, size - n);
}

/* All that is left as a string of just its size, to be freed. */
static inline char *
take_rest(struct input *in)
{
	char *s = malloc(in->left + 1);

	if (s == NULL)
		abort();
	memcpy(s, in->p, in->left);
	s[in->left] = '\0';
	in->left = 0;
	return s;
}

/* Is it a line for people: not empty, ASCII, and no control characters? */
static inline bool
is_line(const char *s)
{
	if (*s == '\0')
		return false;
	while (*s >= ' ' && *s <= '~')
		s++;
	return *s == '\0';
}

#endif

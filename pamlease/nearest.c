#include <stdio.h>
#include <string.h>

#include "nearest.h"

#define WORD_MAX_LEN	24	/* none of ours is longer */

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * The optimal string alignment distance: d[i][k] is that of the first i letters
 * of one and the first k of the other.
 */
static size_t
distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t d[WORD_MAX_LEN + 1][WORD_MAX_LEN + 1], i, k;

	for (i = 0; i <= na; i++) {
		for (k = 0; k <= nb; k++) {
			if (i == 0 || k == 0) {
				d[i][k] = i + k;
				continue;
			}
			d[i][k] = least(least(d[i - 1][k], d[i][k - 1]) + 1,
			    d[i - 1][k - 1] + (a[i - 1] != b[k - 1]));
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] &&
			    a[i - 2] == b[k - 1])
				d[i][k] = least(d[i][k], d[i - 2][k - 2] + 1);
		}
	}
	return d[na][nb];
}

void
nearest_try(struct nearest *n, const char *word)
{
	size_t typed = strlen(n->typed), len = strlen(word), far;

	if (typed > WORD_MAX_LEN || len > WORD_MAX_LEN)
		return;
	far = distance(n->typed, typed, word, len);
	if (far > len / 3 || (n->word != NULL && far >= n->distance))
		return;
	n->word = word;
	n->distance = far;
}

const char *
nearest_hint(char dst[NEAREST_MAX], const struct nearest *n,
    const char *before)
{
	dst[0] = '\0';
	if (n->word != NULL)
		(void)snprintf(dst, NEAREST_MAX, "; did you mean %s%s?", before,
		    n->word);
	return dst;
}

/* SPDX-License-Identifier: ISC */
/* What was meant by a word that nobody knows. */

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "suggest.h"

#define WORD_MAX 32 /* nothing that is known is longer */

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static int
is_same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/*
 * How many letters are to be put in, left out, changed or swapped with their
 * neighbour, to make one of the other; row i is about the first i letters of a.
 */
static size_t
distance(const char *a, size_t len_a, const char *b, size_t len_b)
{
	size_t d[WORD_MAX + 1][WORD_MAX + 1], i, j;

	if (len_a > WORD_MAX || len_b > WORD_MAX)
		return SIZE_MAX;
	for (i = 0; i <= len_a; i++)
		d[i][0] = i;
	for (j = 0; j <= len_b; j++)
		d[0][j] = j;
	for (i = 1; i <= len_a; i++)
		for (j = 1; j <= len_b; j++) {
			d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
			    d[i - 1][j - 1] + !is_same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && is_same(a[i - 1], b[j - 2]) &&
			    is_same(a[i - 2], b[j - 1]))
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[len_a][len_b];
}

/* One in three letters may be wrong, and one in any case. */
const char *
suggest(const char *word, const char *const *names, size_t n)
{
	size_t i, d, len = strlen(word), near = (len < 6 ? 1 : len / 3) + 1;
	const char *nearest = NULL;

	for (i = 0; i < n; i++) {
		d = distance(word, len, names[i], strcspn(names[i], " "));
		if (d >= near)
			continue;
		near = d;
		nearest = names[i];
	}
	return nearest;
}

/* SPDX-License-Identifier: ISC */
/* "did you mean": the nearest of some words, by Damerau's distance. */

#include <ctype.h>
#include <string.h>

#include "least.h"
#include "meant.h"

#define WORD_MAX 40

static int
same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* A row for each letter of a, of which three are needed at a time. */
static size_t
distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t rows[3][WORD_MAX + 1], *row, *last, *before, i, j;

	for (j = 0; j <= nb; j++)
		rows[0][j] = j;
	for (i = 1; i <= na; i++) {
		row = rows[i % 3];
		last = rows[(i - 1) % 3];
		before = rows[(i + 1) % 3];
		row[0] = i;
		for (j = 1; j <= nb; j++) {
			row[j] = least(last[j], row[j - 1]) + 1;
			row[j] = least(
			    row[j], last[j - 1] + !same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) &&
			    same(a[i - 2], b[j - 1]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return rows[na % 3][nb];
}

const char *
meant(const char *written, const char *const *words, size_t n)
{
	size_t len = strlen(written), nearest = WORD_MAX, word_len, d, i;
	const char *found = NULL;

	if (len > WORD_MAX)
		return NULL;
	for (i = 0; i < n; i++) {
		if ((word_len = strcspn(words[i], " ")) > WORD_MAX)
			continue;
		d = distance(written, len, words[i], word_len);
		if (d < nearest && 3 * d <= word_len + 1) {
			nearest = d;
			found = words[i];
		}
	}
	return found;
}

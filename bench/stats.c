/* SPDX-License-Identifier: ISC */
/* Samples are all kept: there is no better summary of a tail than itself. */

#include <stdlib.h>

#include "run.h"
#include "stats.h"

#define FIRST_MAX ((size_t)1024 * 1024)

static void
grow(struct samples *s)
{
	size_t max = s->max == 0 ? FIRST_MAX : 2 * s->max;
	int64_t *at;

	if ((at = reallocarray(s->at, max, sizeof(*at))) == NULL)
		fail("samples");
	s->at = at;
	s->max = max;
}

void
samples_add(struct samples *s, int64_t ns)
{
	if (s->n == s->max)
		grow(s);
	s->at[s->n++] = ns;
	s->sorted = 0;
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int64_t
samples_quantile(struct samples *s, double quantile)
{
	size_t rank;

	if (!s->sorted)
		qsort(s->at, s->n, sizeof(*s->at), compare);
	s->sorted = 1;
	rank = (size_t)(quantile * (double)s->n);
	return s->at[rank < s->n ? rank : s->n - 1];
}

/* SPDX-License-Identifier: ISC */
/* See sort.h: a heap, whose largest is taken off until nothing is left. */

#include <stdint.h>

#include "sort.h"

struct items {
	uint8_t *first;
	size_t size;
	int (*compare)(const void *, const void *);
};

static uint8_t *
nth(const struct items *h, size_t i)
{
	return h->first + i * h->size;
}

static int
is_less(const struct items *h, size_t a, size_t b)
{
	return h->compare(nth(h, a), nth(h, b)) < 0;
}

static void
swap(const struct items *h, size_t a, size_t b)
{
	uint8_t *x = nth(h, a), *y = nth(h, b), byte;
	size_t i;

	for (i = 0; i < h->size; i++) {
		byte = x[i];
		x[i] = y[i];
		y[i] = byte;
	}
}

/* Of n, only that one may be less than one below it. */
static void
sift(const struct items *h, size_t i, size_t n)
{
	size_t child;

	while ((child = 2 * i + 1) < n) {
		if (child + 1 < n && is_less(h, child, child + 1))
			child++;
		if (!is_less(h, i, child))
			break;
		swap(h, i, child);
		i = child;
	}
}

void
sort(void *items, size_t n, size_t size,
    int (*compare)(const void *, const void *))
{
	const struct items h = { items, size, compare };
	size_t i;

	for (i = n / 2; i > 0; i--)
		sift(&h, i - 1, n);
	for (i = n; i > 1; i--) {
		swap(&h, 0, i - 1);
		sift(&h, 0, i - 1);
	}
}

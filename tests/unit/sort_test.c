/* SPDX-License-Identifier: ISC */
/* Items of any size, and any number of them, in order: see sort.h. */

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sort.h"

#define MOST 600
#define SIZE_MOST 16

static int
compare(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

/* Each is a number of few, so that there are equals, and the same again. */
static void
fill(uint8_t *items, size_t n, size_t size)
{
	uint32_t number;
	size_t i, at;

	for (i = 0; i < n; i++) {
		number = (uint32_t)(i * 2654435761U) % (uint32_t)(n + 3);
		for (at = 0; at < size; at += sizeof(number))
			memcpy(items + i * size + at, &number, sizeof(number));
	}
}

Test(sort, as_qsort_does)
{
	static uint8_t ours[MOST * SIZE_MOST], theirs[MOST * SIZE_MOST];
	size_t n, size;

	for (size = sizeof(uint32_t); size <= SIZE_MOST; size *= 2) {
		for (n = 0; n <= MOST; n += n < 40 ? 1 : 37) {
			fill(ours, n, size);
			fill(theirs, n, size);
			sort(ours, n, size, compare);
			qsort(theirs, n, size, compare);
			cr_assert_arr_eq(ours, theirs, n * size);
		}
	}
}

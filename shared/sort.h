/* SPDX-License-Identifier: ISC */
#ifndef SORT_H
#define SORT_H

#include <stddef.h>

/*
 * As qsort(3) does, but in place: that one asks the kernel how much memory
 * there is before it sorts a kilobyte or more, and not every sandbox lets it.
 */
void sort(void *items, size_t n, size_t size,
    int (*compare)(const void *, const void *));

#endif

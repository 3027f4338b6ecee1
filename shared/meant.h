/* SPDX-License-Identifier: ISC */
#ifndef MEANT_H
#define MEANT_H

#include <stddef.h>

/*
 * The one of n words that somebody may have meant who wrote another: at most a
 * third of its letters are wrong, missing, too many or in each other's place.
 * NULL: none is so near.  A word of the n ends at its first blank, too.
 */
const char *meant(const char *written, const char *const *words, size_t n);

#endif

/* SPDX-License-Identifier: ISC */
/* What was meant by a word that nobody knows. */
#ifndef SUGGEST_H
#define SUGGEST_H

#include <stddef.h>

/*
 * The name that is nearest, if it is near; NULL: none is.  A name ends at its
 * first blank, too.
 */
const char *suggest(const char *word, const char *const *names, size_t n);

#endif

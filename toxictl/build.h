/* SPDX-License-Identifier: ISC */
/* A toxic out of flags. */
#ifndef BUILD_H
#define BUILD_H

#include <toxi.h>

#include "args.h"

/*
 * Takes one more flag.  The toxic is to be freed by build_free().  -1: *error,
 * static, says what is wrong with the flag.
 */
int build_take(struct toxi_toxic *, const struct given *, const char **error);
void build_free(struct toxi_toxic *);

#endif

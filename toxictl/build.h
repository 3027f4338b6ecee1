/* SPDX-License-Identifier: ISC */
/* A toxic out of flags. */
#ifndef BUILD_H
#define BUILD_H

#include <toxi.h>

#include "args.h"

struct build_error {
	char text[320];
	int is_as_ever; /* toxiproxy-cli says the same, and exits with 1 */
};

/*
 * Takes one more flag.  The toxic is to be freed by build_free().  -1: the
 * error, which starts zeroed, says what is wrong with the flag.
 */
int build_take(struct toxi_toxic *, const struct given *, struct build_error *);
void build_free(struct toxi_toxic *);

#endif

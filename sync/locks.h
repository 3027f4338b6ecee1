/* SPDX-License-Identifier: ISC */
#ifndef LOCKS_H
#define LOCKS_H

struct options;

/* What it will not need is given up, for good.  Fatal if it cannot be. */
void locks_take(const struct options *);

#endif

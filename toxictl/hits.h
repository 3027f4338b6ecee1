/* SPDX-License-Identifier: ISC */
#ifndef HITS_H
#define HITS_H

#include "toxictl.h"

/* Is one of --hit, --sessions and --ended there? */
int hits_are_wanted(const struct args *);

/* How many is said with --hit, and is else one word too many. */
int hits_extra_word(const struct ctl *, const struct args *);

/* wait, until it is so; returns the exit code. */
int hits_wait(
    struct ctl *, const struct args *, const char *proxy, long timeout_ms);

#endif

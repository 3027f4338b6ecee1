/* SPDX-License-Identifier: ISC */
#ifndef CTLD_SELECTS_H
#define CTLD_SELECTS_H

#include <stdint.h>

/*
 * Where the selects of toxics begin: see toxic_select.h.  A worker knows best
 * how many sessions there were when it was told of one, and says so before it
 * says that it is done; the truth has it then, for the next one.
 */

struct change;
struct proxy;
struct toxic_spec;

/* Of all workers that it has had, as far as they have said. */
uint64_t proxy_sessions(const struct proxy *);

/* It is to have another worker, to whom none can be new. */
void selects_begin(struct proxy *);

/* Its worker has done what the change is about. */
void select_applied(struct proxy *, const struct change *);

/* A worker that goes on has the toxic so. */
void select_goes_on(
    struct proxy *, struct toxic_spec *, const struct toxic_spec *worker);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef CHAIN_RIG_H
#define CHAIN_RIG_H

#include "chain.h"

/*
 * A chain whose clock is turned by hand, fed with a counted stream, so that a
 * byte that is lost, doubled or out of order is seen at once; unless a toxic is
 * in it that may do that: those of Toxiproxy 2.12 do not.
 */

#define MS(n) ((int64_t)(n)*NS_PER_MS)
#define US(n) ((int64_t)(n)*NS_PER_US)
#define ARRIVALS_MAX 70000

/* A piece that left the chain. */
struct arrival {
	int64_t at;
	size_t len;
	int is_piece; /* of a slicer: not to be joined with others */
};

struct rig {
	struct chain chain;
	struct budget budget;
	struct random random;
	struct toxic toxics[8];
	struct toxic_spec specs[8]; /* of toxics[] */
	size_t ntoxics;
	uint64_t fed, got; /* bytes so far */
	int is_lossy;      /* a toxic may lose or change some */
	struct arrival *arrivals;
	size_t narrivals;
	int64_t ended; /* when the end was seen; CLOCK_NEVER: not yet */
};

void rig_open(struct rig *);
void rig_close(struct rig *); /* asserts that all memory was accounted for */

/* The one of a test, in suites that begin and end with these. */
extern struct rig rig;
void rig_before(void);
void rig_after(void);

/* At time now, as all times here in ns. */
struct toxic *rig_add(struct rig *, enum toxic_kind, int64_t now, int64_t a,
    int64_t b, int64_t c);
struct toxic *rig_add_with(struct rig *, enum toxic_kind, float toxicity,
    int64_t now, int64_t a, int64_t b, int64_t c);
void rig_update(
    struct rig *, struct toxic *, int64_t now, int64_t a, int64_t b, int64_t c);
void rig_remove(struct rig *, struct toxic *, int64_t now);
void rig_halt(struct rig *, int64_t now); /* all of them */

void rig_feed(struct rig *, size_t len, int64_t now);
void rig_feed_eof(struct rig *, int64_t now);

/* Runs every timer up to that time, each at its own. */
void rig_run(struct rig *, int64_t until);

#endif

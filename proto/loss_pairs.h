/* SPDX-License-Identifier: ISC */
#ifndef LOSS_PAIRS_H
#define LOSS_PAIRS_H

#include <stdint.h>

#include "agreed.h"

/* Why no segment can be lost here: what start/ has found out by trying. */
enum loss_lack {
	LOSS_LACKS_NOTHING,
	LOSS_LACKS_CAPABILITIES, /* CAP_BPF, CAP_PERFMON, or bpf(2) */
	LOSS_LACKS_KERNEL,       /* one that knows what the program asks for */
	LOSS_LACKS_DESCRIPTORS,
	LOSS_LACKS_RESTART, /* an earlier toxid has loaded another program */
	LOSS_LACK_MAX
};

/* A program, and the map that it shares with who has both: see loss_map.h. */
enum loss_part {
	LOSS_PROGRAM,
	LOSS_MAP,
	LOSS_PARTS
};

/* They have at most so much of all descriptors; and none of too few. */
#define LOSS_DESCRIPTORS_PART 8
#define LOSS_DESCRIPTORS_LEAST 64

/* So many pairs there may be of who may have so many descriptors. */
static inline uint32_t
loss_pairs_max(uint64_t descriptors)
{
	const uint64_t n = descriptors < LOSS_DESCRIPTORS_LEAST
	    ? 0
	    : descriptors / LOSS_DESCRIPTORS_PART / LOSS_PARTS;

	return n < LOSS_PAIRS ? (uint32_t)n : LOSS_PAIRS;
}

/* What start/ has loaded, and toxid keeps. */
struct loss {
	uint64_t print;             /* of the program */
	uint32_t lacks;             /* enum loss_lack */
	uint32_t child[LOSS_PAIRS]; /* whose it is, as long as that lives */
	int32_t fds[LOSS_PAIRS][LOSS_PARTS]; /* -1: there are fewer */
};

#endif

/* SPDX-License-Identifier: ISC */
#ifndef LOSS_POOL_H
#define LOSS_POOL_H

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

/* Maps that all programs share, and a program for all. */
enum loss_shared {
	LOSS_ROWS, /* a struct loss_row of each */
	LOSS_CODE, /* what they all go on with: empty once nobody has it open */
	LOSS_UNPLUG, /* loses all that comes */
	LOSS_SHARED
};

/* What start/ has loaded, and toxid keeps. */
struct loss {
	uint64_t print;              /* of the code */
	uint32_t lacks;              /* enum loss_lack */
	uint32_t n;                  /* programs that there are */
	uint32_t owners[LOSS_POOL];  /* whose it is, as long as that lives */
	int32_t programs[LOSS_POOL]; /* the first n; -1 */
	int32_t shared[LOSS_SHARED]; /* -1: there is none */
};

#endif

/* SPDX-License-Identifier: ISC */
/* What there has to be for some toxics, and is not: as ctld last said. */

#include "apid.h"
#include "loss_pool.h"

static const char *const texts[LOSS_LACK_MAX] = {
	[LOSS_LACKS_NOTHING] = "",
	[LOSS_LACKS_CAPABILITIES] =
	    "CAP_BPF and CAP_PERFMON at the start of toxid, and bpf(2)",
	[LOSS_LACKS_KERNEL] = "a kernel that takes the program for it",
	[LOSS_LACKS_DESCRIPTORS] = "descriptors: toxid may have too few",
	[LOSS_LACKS_RESTART] = "a restart: an earlier toxid was upgraded",
};

static uint32_t loss, pool;

void
lacks_are(const struct health *h)
{
	loss = h->loss_lacks;
	pool = h->loss_pool;
}

const char *
lacks_for_loss(void)
{
	return texts[loss];
}

uint32_t
lacks_loss_pool(void)
{
	return pool;
}

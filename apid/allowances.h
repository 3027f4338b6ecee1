/* SPDX-License-Identifier: ISC */
#ifndef ALLOWANCES_H
#define ALLOWANCES_H

#include "limit.h"
#include "rate.h"

/* What a tenant may have, and was refused. */

struct allowance {
	struct tenant_limits limits; /* the first member */
	uint64_t refused[LIMITS];
	struct rate calls;
};

/* NULL: it has no limits, or is none. */
struct allowance *allowance_of(const char *tenant);

#endif

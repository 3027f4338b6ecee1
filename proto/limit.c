/* SPDX-License-Identifier: ISC */

#include <string.h>

#include "lease.h"
#include "limit.h"

#define X(row, name, kind, min, max, help)                                  \
	_Static_assert(LIMIT_##kind != LIMIT_TIME || (max) == LEASE_MS_MAX, \
	    "a lease of " #name " can be asked for");
LIMIT_ROWS(X)
#undef X

const struct limit_row limit_rows[LIMITS] = {
#define X(row, name_, kind_, min_, max_, help_) \
	[LIMIT_OF_##row] = {                    \
		.name = #name_,                 \
		.help = (help_),                \
		.kind = LIMIT_##kind_,          \
		.min = (min_),                  \
		.max = (max_),                  \
	},
	LIMIT_ROWS(X)
#undef X
};

int
tenant_limits_compare(const void *a, const void *b)
{
	const struct tenant_limits *x = a, *y = b;

	return strcmp(x->tenant, y->tenant);
}

int
tenant_limits_are_any(const struct tenant_limits *l)
{
	int i, n = 0;

	for (i = 0; i < LIMITS; i++)
		n += l->of[i] != 0;
	return n > 0;
}

int
tenant_limits_agree(const struct tenant_limits *l)
{
	const uint64_t most = l->of[LIMIT_OF_LEASE_MAX];

	return most == 0 || l->of[LIMIT_OF_LEASE_DEFAULT] <= most;
}

int
tenant_limits_fit(const struct tenant_limits *l)
{
	int i;

	if (!tenant_limits_agree(l))
		return 0;
	for (i = 0; i < LIMITS; i++) {
		if (l->of[i] != 0 &&
		    (l->of[i] < limit_rows[i].min ||
			l->of[i] > limit_rows[i].max))
			return 0;
	}
	return 1;
}

/* SPDX-License-Identifier: ISC */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lease.h"
#include "limit.h"

#define X(row, name_, kind, min, max, help_)                                \
	_Static_assert(LIMIT_##kind != LIMIT_TIME || (max) == LEASE_MS_MAX, \
	    "a lease of " #name_ " can be asked for");                      \
	_Static_assert(sizeof(#name_) <= sizeof(limit_rows[0].name) &&      \
		sizeof(help_) <= sizeof(limit_rows[0].help),                \
	    "the words of " #name_ " fit into its row");
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

static int
fits(const struct limit_row *row, uint64_t value)
{
	const struct limit_range r = limit_range(value);

	if (row->kind == LIMIT_RANGE)
		return value <= UINT32_MAX && r.first >= row->min &&
		    r.last <= row->max && r.first <= r.last;
	return value >= row->min && value <= row->max;
}

int
tenant_limits_fit(const struct tenant_limits *l)
{
	int i;

	if (!tenant_limits_agree(l))
		return 0;
	for (i = 0; i < LIMITS; i++) {
		if (l->of[i] != 0 && !fits(&limit_rows[i], l->of[i]))
			return 0;
	}
	return 1;
}

const char *
limit_text(enum limit limit, uint64_t value, char text[LIMIT_TEXT_MAX])
{
	const struct limit_range r = limit_range(value);

	if (limit_rows[limit].kind == LIMIT_RANGE)
		snprintf(text, LIMIT_TEXT_MAX, "%u-%u", r.first, r.last);
	else
		snprintf(text, LIMIT_TEXT_MAX, "%" PRIu64, value);
	return text;
}

/* SPDX-License-Identifier: ISC */
/* limit_data: closes the session when so many bytes have passed. */

#include "toxic.h"

/* state[]: bytes that have passed, also while the limit was another */
#define PASSED 0

static void
limit_data_data(struct stage *s, struct chunk *k)
{
	int64_t left = stage_integer(s, LIMIT_DATA_BYTES) - s->state[PASSED];
	int64_t passes = left < k->len ? left : k->len;

	if (passes > 0)
		s->state[PASSED] += passes;
	if ((k = stage_emit_some(s, k, left)) != NULL)
		stage_drop(s, k);
	if (left <= passes)
		stage_close(s);
}

/* It holds nothing: what is behind it says how much may be read at once. */
static size_t
limit_data_holds(const struct stage *s)
{
	(void)s;
	return SIZE_MAX;
}

const struct toxic_ops toxic_limit_data = {
	.nstate = 1,
	.holds = limit_data_holds,
	.data = limit_data_data,
};

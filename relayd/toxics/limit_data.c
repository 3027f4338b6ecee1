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

const struct toxic_ops toxic_limit_data = {
	.nstate = 1,
	.holds = stage_holds_any,
	.data = limit_data_data,
};

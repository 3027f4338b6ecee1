/* SPDX-License-Identifier: ISC */
/* A toxic's row: what it does, beside its schema in proto/toxic_spec.c. */

#include "nitems.h"
#include "toxic.h"

static const struct toxic_ops *const ops[] = {
	[TOXIC_LATENCY] = &toxic_latency,
	[TOXIC_BANDWIDTH] = &toxic_bandwidth,
	[TOXIC_SLOW_CLOSE] = &toxic_slow_close,
	[TOXIC_TIMEOUT] = &toxic_timeout,
	[TOXIC_RESET_PEER] = &toxic_reset_peer,
	[TOXIC_SLICER] = &toxic_slicer,
	[TOXIC_LIMIT_DATA] = &toxic_limit_data,
	[TOXIC_NOOP] = &toxic_noop,
	[TOXIC_CRASH] = &toxic_crash,
	[TOXIC_SPIN] = &toxic_spin,
	[TOXIC_LEAK] = &toxic_leak,
};
_Static_assert(nitems(ops) == TOXIC_KIND_MAX, "a toxic does nothing");

const struct toxic_ops *
toxic_ops_of(enum toxic_kind kind)
{
	return ops[kind];
}

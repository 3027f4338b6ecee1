/* SPDX-License-Identifier: ISC */
/* What toxics there are, and which values they take: the one table. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "nitems.h"
#include "toxic_spec.h"

/*
 * Times end where a deadline in ns would overflow: latency and jitter
 * together, on top of a clock that has run for some years, stay below 2^63.
 */
#define MS_MAX INT64_C(4000000000000)
#define US_MAX (MS_MAX * 1000)
#define RATE_MAX INT64_C(1000000000000)

static const struct toxic_schema schemas[] = {
	[TOXIC_LATENCY] = { "latency",
	    { [LATENCY_LATENCY] = { "latency", 0, MS_MAX },
		[LATENCY_JITTER] = { "jitter", 0, MS_MAX } },
	    2, 0 },
	[TOXIC_BANDWIDTH] = { "bandwidth",
	    { [BANDWIDTH_RATE] = { "rate", 0, RATE_MAX } }, 1, 0 },
	[TOXIC_SLOW_CLOSE] = { "slow_close",
	    { [SLOW_CLOSE_DELAY] = { "delay", 0, MS_MAX } }, 1, 0 },
	[TOXIC_TIMEOUT] = { "timeout",
	    { [TIMEOUT_TIMEOUT] = { "timeout", 0, MS_MAX } }, 1, 0 },
	[TOXIC_RESET_PEER] = { "reset_peer",
	    { [RESET_PEER_TIMEOUT] = { "timeout", 0, MS_MAX } }, 1, 0 },
	[TOXIC_SLICER] = { "slicer",
	    { [SLICER_AVERAGE_SIZE] = { "average_size", 1, INT64_MAX },
		[SLICER_SIZE_VARIATION] = { "size_variation", 0, INT64_MAX },
		[SLICER_DELAY] = { "delay", 0, US_MAX } },
	    3, 0 },
	[TOXIC_LIMIT_DATA] = { "limit_data",
	    { [LIMIT_DATA_BYTES] = { "bytes", 0, INT64_MAX } }, 1, 0 },
	[TOXIC_NOOP] = { "noop", { { 0 } }, 0, 0 },
	[TOXIC_CRASH] = { "crash", { { 0 } }, 0, 1 },
	[TOXIC_SPIN] = { "spin", { { 0 } }, 0, 1 },
	[TOXIC_LEAK] = { "leak", { { 0 } }, 0, 1 },
};
_Static_assert(nitems(schemas) == TOXIC_KIND_MAX, "a toxic has no schema");

const struct toxic_schema *
toxic_schema(enum toxic_kind kind)
{
	return &schemas[kind];
}

enum toxic_kind
toxic_kind_of(const char *name)
{
	int kind;

	if (strcmp(name, "reset") == 0) /* what p2pd's client sends */
		return TOXIC_RESET_PEER;
	for (kind = 0; kind < TOXIC_KIND_MAX; kind++) {
		if (strcmp(schemas[kind].name, name) == 0)
			break;
	}
	return (enum toxic_kind)kind;
}

const char *
toxic_stream_name(enum toxic_stream stream)
{
	return stream == STREAM_UPSTREAM ? "upstream" : "downstream";
}

static int
attribute_check(
    const struct toxic_attribute *a, int64_t value, struct toxic_fault *fault)
{
	if (value >= a->min && value <= a->max)
		return 0;
	fault->field = a->name;
	snprintf(fault->why, sizeof(fault->why), "must be at %s %" PRId64,
	    value < a->min ? "least" : "most",
	    value < a->min ? a->min : a->max);
	return -1;
}

int
toxic_spec_check(const struct toxic_spec *spec, struct toxic_fault *fault)
{
	const struct toxic_schema *s = &schemas[spec->kind];
	size_t i;

	if (!(spec->toxicity >= 0 && spec->toxicity <= 1)) { /* NaN too */
		fault->field = "toxicity";
		snprintf(
		    fault->why, sizeof(fault->why), "must be between 0 and 1");
		return -1;
	}
	for (i = 0; i < s->nattributes; i++) {
		if (attribute_check(
			&s->attributes[i], spec->attributes[i], fault) == -1)
			return -1;
	}
	if (spec->kind == TOXIC_SLICER &&
	    spec->attributes[SLICER_SIZE_VARIATION] >
		spec->attributes[SLICER_AVERAGE_SIZE]) {
		fault->field = "size_variation";
		snprintf(fault->why, sizeof(fault->why),
		    "must not be above average_size");
		return -1;
	}
	return 0;
}

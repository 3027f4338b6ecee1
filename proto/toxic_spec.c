/* SPDX-License-Identifier: ISC */
/* What toxics there are, and which values they take: the one table. */

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "nitems.h"
#include "toxic_spec.h"

/*
 * Nearly every value is accepted.  What it means ends where the original's
 * arithmetic does: a time where it would not fit in ns, a rate where a tenth
 * of a second's worth would not fit in bytes.  What is beyond an end means
 * that end.
 */
#define MS_MAX (INT64_MAX / 1000000)
#define US_MAX (INT64_MAX / 1000 / 2) /* nobody waits that long, either */
#define RATE_MAX (INT64_MAX / 100)

#define TIME(name, max)                 \
	{                               \
		name, INT64_MIN, 0, max \
	}

static const struct toxic_schema schemas[] = {
	[TOXIC_LATENCY] = { "latency",
	    { [LATENCY_LATENCY] = TIME("latency", MS_MAX),
		[LATENCY_JITTER] = TIME("jitter", MS_MAX) },
	    2, 0 },
	[TOXIC_BANDWIDTH] = { "bandwidth",
	    { [BANDWIDTH_RATE] = { "rate", 0, 0, RATE_MAX } }, 1, 0 },
	[TOXIC_SLOW_CLOSE] = { "slow_close",
	    { [SLOW_CLOSE_DELAY] = TIME("delay", MS_MAX) }, 1, 0 },
	[TOXIC_TIMEOUT] = { "timeout",
	    { [TIMEOUT_TIMEOUT] = TIME("timeout", MS_MAX) }, 1, 0 },
	[TOXIC_RESET_PEER] = { "reset_peer",
	    { [RESET_PEER_TIMEOUT] = TIME("timeout", MS_MAX) }, 1, 0 },
	[TOXIC_SLICER] = { "slicer",
	    { [SLICER_AVERAGE_SIZE] = { "average_size", 1, 1, INT64_MAX },
		[SLICER_SIZE_VARIATION] = { "size_variation", INT64_MIN,
		    INT64_MIN, INT64_MAX },
		[SLICER_DELAY] = TIME("delay", US_MAX) },
	    3, 0 },
	[TOXIC_LIMIT_DATA] = { "limit_data",
	    { [LIMIT_DATA_BYTES] = { "bytes", INT64_MIN, 0, INT64_MAX } }, 1,
	    0 },
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

int
toxic_is_own(enum toxic_kind kind)
{
	return schemas[kind].is_debug != 0;
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
refuse(struct toxic_fault *fault, const char *field, const char *why)
{
	fault->field = field;
	snprintf(fault->why, sizeof(fault->why), "%s", why);
	return -1;
}

static int
attribute_check(
    const struct toxic_attribute *a, int64_t value, struct toxic_fault *fault)
{
	if (value >= a->min)
		return 0;
	fault->field = a->name;
	snprintf(fault->why, sizeof(fault->why), "must be at least %" PRId64,
	    a->min);
	return -1;
}

/* Others would cut for ever, or behind the end. */
static int
slicer_check(const int64_t *attributes, struct toxic_fault *fault)
{
	int64_t average = attributes[SLICER_AVERAGE_SIZE];
	int64_t variation = attributes[SLICER_SIZE_VARIATION];

	if (variation > average)
		return refuse(
		    fault, "size_variation", "must not be above average_size");
	if (variation < 1 - average)
		return refuse(
		    fault, "size_variation", "must be above -average_size");
	return 0;
}

int
toxic_spec_check(const struct toxic_spec *spec, struct toxic_fault *fault)
{
	const struct toxic_schema *s = &schemas[spec->kind];
	size_t i;

	if (!isfinite(spec->toxicity))
		return refuse(fault, "toxicity", "must be a number");
	for (i = 0; i < s->nattributes; i++) {
		if (attribute_check(
			&s->attributes[i], spec->attributes[i], fault) == -1)
			return -1;
	}
	if (spec->kind == TOXIC_SLICER)
		return slicer_check(spec->attributes, fault);
	return 0;
}

int64_t
toxic_spec_meaning(const struct toxic_spec *spec, int slot)
{
	const struct toxic_attribute *a = &schemas[spec->kind].attributes[slot];
	int64_t value = spec->attributes[slot];

	if (value < a->least)
		return a->least;
	return value < a->most ? value : a->most;
}

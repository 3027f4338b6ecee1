/* SPDX-License-Identifier: ISC */
#ifndef TOXIC_SPEC_H
#define TOXIC_SPEC_H

#include <stddef.h>
#include <stdint.h>

/*
 * A toxic as data.  A new one starts here: a kind, its attributes, and its row
 * in toxic_spec.c; the compiler asks for the rest.
 */

enum toxic_kind {
	TOXIC_LATENCY,
	TOXIC_BANDWIDTH,
	TOXIC_SLOW_CLOSE,
	TOXIC_TIMEOUT,
	TOXIC_RESET_PEER,
	TOXIC_SLICER,
	TOXIC_LIMIT_DATA,
	TOXIC_NOOP,
	TOXIC_CRASH, /* the debug toxics: each harms its own worker */
	TOXIC_SPIN,
	TOXIC_LEAK,
	TOXIC_KIND_MAX
};

/* Toxiproxy's words: upstream is client -> server. */
enum toxic_stream {
	STREAM_UPSTREAM,
	STREAM_DOWNSTREAM,
	STREAM_MAX
};

#define TOXIC_NAME_MAX 255
#define TOXIC_ATTRIBUTES_MAX 3

/* attributes[] slots of each kind, in the order in which JSON shows them */
enum {
	LATENCY_LATENCY, /* ms */
	LATENCY_JITTER   /* ms */
};
enum {
	BANDWIDTH_RATE /* KB/s, KB = 1000 bytes; 0 holds everything */
};
enum {
	SLOW_CLOSE_DELAY /* ms */
};
enum {
	TIMEOUT_TIMEOUT /* ms; 0 is never */
};
enum {
	RESET_PEER_TIMEOUT /* ms */
};
enum {
	SLICER_AVERAGE_SIZE,   /* bytes */
	SLICER_SIZE_VARIATION, /* bytes */
	SLICER_DELAY           /* us */
};
enum {
	LIMIT_DATA_BYTES
};

struct toxic_spec {
	char name[TOXIC_NAME_MAX + 1];
	uint8_t kind;   /* enum toxic_kind */
	uint8_t stream; /* enum toxic_stream */
	uint8_t reserved[2];
	/* the share of sessions it is at work on; above 1 as 1, below 0 as 0 */
	float toxicity;
	int64_t attributes[TOXIC_ATTRIBUTES_MAX];
};

/* What one attribute is called, what it may be, and what that means. */
struct toxic_attribute {
	const char *name;
	int64_t min;         /* below it is refused */
	int64_t least, most; /* below and above it means the same as these */
};

struct toxic_schema {
	const char *name;
	struct toxic_attribute attributes[TOXIC_ATTRIBUTES_MAX];
	size_t nattributes;
	int64_t is_debug; /* only with -debug-toxics */
};

/* Never NULL for a kind below TOXIC_KIND_MAX. */
const struct toxic_schema *toxic_schema(enum toxic_kind);

/* The original has no toxic of that kind. */
int toxic_is_own(enum toxic_kind);

/* The kind of that name, or TOXIC_KIND_MAX; "reset" is "reset_peer". */
enum toxic_kind toxic_kind_of(const char *name);

const char *toxic_stream_name(enum toxic_stream);

/* Which value of a spec is out of range, and how. */
struct toxic_fault {
	const char *field; /* "toxicity", or the name of an attribute */
	char why[64];      /* "must be at least 0" */
};

/*
 * Is every value in range, and do they fit together?  Returns 0, or -1 with
 * the first fault.  Both apid and the supervisor ask, each for itself.
 */
int toxic_spec_check(const struct toxic_spec *, struct toxic_fault *);

/*
 * What the attribute in that slot means to who works with it: a negative time
 * is 0, and one that does not fit in ns is the longest that does.
 */
int64_t toxic_spec_meaning(const struct toxic_spec *, int slot);

#endif

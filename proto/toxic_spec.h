/* SPDX-License-Identifier: ISC */
#ifndef TOXIC_SPEC_H
#define TOXIC_SPEC_H

#include <stddef.h>
#include <stdint.h>

#include "toxics.h"

/* A toxic as data.  What there are is said in toxics.h, and nowhere else. */

/* 0 is none of them. */
enum toxic_kind {
	TOXIC_NONE,
#define X(tag, name, number, ...) TOXIC_##tag = (number),
	TOXICS(X, X)
#undef X
};

/* One above the highest number: they have no gaps. */
#define X(...) +1
enum {
	TOXIC_KIND_MAX = 1 TOXICS(X, X)
};
#undef X

/* The slots of each kind in values[], from 0 on, and how many there are. */
#define A(tag, slot, ...) tag##_##slot
#define X(tag, name, number, where, whose, does, ...) \
	enum {                                        \
		tag##_BEFORE = -1,                    \
		##__VA_ARGS__,                        \
		tag##_NATTRIBUTES                     \
	};
TOXICS(X, A)
#undef X
#undef A

/* Toxiproxy's words: upstream is client -> server. */
enum toxic_stream {
	STREAM_UPSTREAM,
	STREAM_DOWNSTREAM,
	STREAM_MAX
};

#define TOXIC_NAME_MAX 255
#define TOXIC_ATTRIBUTES_MAX 8

enum toxic_value_kind {
	VALUE_INTEGER,
	VALUE_FRACTION,
	VALUE_ENUM,
	VALUE_TEXT, /* this and the next: in the tail, see toxic_tail.h */
	VALUE_INTEGERS,
	VALUE_TEXTS
};

/* Which of them its attribute's kind says; a slot without one is 0. */
union toxic_value {
	int64_t integer; /* an enum: which of its words, from 0 on */
	double fraction; /* finite */
	uint64_t bytes;  /* how many in the tail are this one's */
};

#define TOXIC_TAIL_MAX 720

/*
 * With as much of the tail as is used, in messages and on the heap: 50,000
 * toxics are there in several processes, and hardly any has a text.  It is
 * copied by toxic_spec_copy(), where it is not known to be whole.  Before its
 * values the tail may have an owner, behind them a select and waves: see
 * toxic_owner.h, toxic_select.h and toxic_wave.h.
 */
struct toxic_spec {
	char name[TOXIC_NAME_MAX + 1];
	uint8_t kind;   /* enum toxic_kind, and not 0 */
	uint8_t stream; /* enum toxic_stream */
	uint16_t ntail; /* bytes of the tail that are there */
	/* the share of sessions it is at work on; above 1 as 1, below 0 as 0 */
	float toxicity;
	int64_t lease;  /* see lease.h; to a worker it is nothing */
	uint8_t nowner; /* bytes of the tail that are its owner's */
	uint8_t nwaves; /* so many waves are its end */
	uint8_t reserved[6];
	union toxic_value values[TOXIC_ATTRIBUTES_MAX];
	uint8_t tail[TOXIC_TAIL_MAX];
};

/* See toxics.h. */
union toxic_range {
	struct {
		int64_t min, least, most;
	} integer;
	struct {
		double least, most;
		int is_exact; /* what lies beyond these is refused */
		int is_rare;  /* one in a million is meant, too */
	} fraction;
	const char *const *words; /* of an enum; NULL behind the last */
	struct {
		size_t bytes; /* at most, without a NUL */
	} text;
	struct {
		int64_t min, least, most; /* of each */
		size_t count;             /* at most */
	} integers;
	struct {
		size_t bytes; /* of each, at most */
		size_t count;
	} texts;
};

/* What it is where nothing is given; a list begins empty. */
union toxic_standard {
	int64_t integer; /* of an enum: which of its words, from 0 on */
	double fraction;
	const char *text;
};

struct toxic_attribute {
	const char *name, *unit, *help;
	enum toxic_value_kind kind;
	union toxic_range range;
	union toxic_standard standard;
	int is_own; /* see toxics.h */
};

enum toxic_where {
	ON_STREAM,
	ON_CONNECTION
};

enum toxic_whose {
	OF_TOXIPROXY,
	OF_TOXID,
	OF_DEBUG
};

struct toxic_schema {
	const char *name, *does;
	enum toxic_where where;
	enum toxic_whose whose;
	size_t nattributes;
	const struct toxic_attribute *attributes; /* so many */
};

/* Has somebody else's number a meaning here? */
int toxic_kind_is_known(unsigned int);

/* Never NULL for a kind that is known. */
const struct toxic_schema *toxic_schema(enum toxic_kind);

/* What is said of the value in that slot, of a kind that is known. */
const struct toxic_attribute *toxic_attribute_of(
    const struct toxic_spec *, int slot);

/* Is its value in the tail? */
int toxic_is_in_tail(const struct toxic_attribute *);
/* Where the value of that slot begins in the tail; of one behind the last,
 * where all of them end. */
size_t toxic_tail_offset(const struct toxic_spec *, int slot);

/* The slot of an attribute as it is spelt; -1: there is none. */
int toxic_slot_of(const struct toxic_spec *, const char *name);

/* The original has no toxic of that kind. */
int toxic_is_own(enum toxic_kind);

/* The kind of that name, or TOXIC_NONE; "reset" is "reset_peer". */
enum toxic_kind toxic_kind_of(const char *name);

/*
 * Is it to be shown?  An attribute that the original does not have, in a toxic
 * that it has, only where its value is not the one that it has by itself.
 */
int toxic_is_shown(const struct toxic_spec *, int slot);

/* Every value as it is where nothing is given. */
void toxic_spec_init(struct toxic_spec *, enum toxic_kind);

const char *toxic_stream_name(enum toxic_stream);

/* Which value of a spec is out of range, and how. */
struct toxic_fault {
	const char *field; /* "toxicity", "select.every", or an attribute */
	char why[128];     /* "must be at least 0" */
};

/*
 * Is every value in range, and do they fit together?  Returns 0, or -1 with the
 * first fault.  Both apid and ctld ask, each for itself.
 */
int toxic_spec_check(const struct toxic_spec *, struct toxic_fault *);

/*
 * Says of an enum, a text or a list what it has to be, where what was given
 * could not even be put into a spec.  -1, for the caller to return.
 */
int toxic_attribute_refuse(
    const struct toxic_attribute *, struct toxic_fault *);

/* It loses segments, for which a worker has one of toxid's programs; and it
 * loses some, for which it has one to itself. */
int toxic_spec_needs_program(const struct toxic_spec *);
int toxic_spec_loses(const struct toxic_spec *);

/*
 * What the attribute in that slot means to who works with it: a negative time
 * is 0, and one that does not fit in ns is the longest that does.
 */
int64_t toxic_spec_integer(const struct toxic_spec *, int slot);
double toxic_spec_fraction(const struct toxic_spec *, int slot);
const char *toxic_spec_word(const struct toxic_spec *, int slot);
/* Of a list: the i-th, below toxic_tail_count(). */
int64_t toxic_spec_nth(const struct toxic_spec *, int slot, size_t i);

/* Of an enum: NULL for a number that is none of its words'. */
const char *toxic_word(const struct toxic_attribute *, int64_t number);

/* Its number, or -1. */
int64_t toxic_word_number(const struct toxic_attribute *, const char *word);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef TOXIC_WAVE_H
#define TOXIC_WAVE_H

#include <stddef.h>
#include <stdint.h>

#include "toxic_spec.h"

/*
 * What an integer attribute of a toxic does by itself: it rises above its value
 * and falls below it, by at most amplitude, once in each period.  Its value is
 * in range all the same.
 *
 * Where it is by now, which relayd/wave.c says, is a function of the time of
 * day alone: the first period began with 1970.  So it is in phase in all
 * sessions, over restarts, and on all machines whose clocks agree.
 *
 * Few toxics have one, so the waves of one are at the end of its spec's tail,
 * in the order of their slots.
 */
#define WAVE_SHAPES(X)                                                      \
	X(SINE, "sine", "begins at its value, and rises first")             \
	X(SQUARE, "square", "half a period at the top, then at the bottom") \
	X(SAW, "saw", "from the bottom to the top, and falls back")

/* Each in its order: its number is in messages, its word everywhere else. */
enum wave_shape {
#define X(tag, word, says) WAVE_##tag,
	WAVE_SHAPES(X)
#undef X
	WAVE_SHAPE_MAX
};

/* All that a wave has in JSON, and what it says to people. */
#define WAVE_MEMBERS(X)                                       \
	X(shape, "how it goes")                               \
	X(period, "how long it takes until all is as it was") \
	X(amplitude, "how far it rises and falls")

struct toxic_wave {
	uint8_t slot;  /* of an integer */
	uint8_t shape; /* enum wave_shape */
	uint8_t reserved[2];
	uint32_t period;   /* ms */
	int64_t amplitude; /* in the attribute's unit */
};

#define WAVES_MAX 4
#define WAVES_BYTES_MAX (WAVES_MAX * sizeof(struct toxic_wave))
#define WAVE_NUMBER_MAX 2147483647 /* of period and amplitude; both from 1 */

/* So many bytes at the end of a tail are waves. */
static inline size_t
toxic_waves_size(const struct toxic_spec *spec)
{
	return spec->nwaves * sizeof(struct toxic_wave);
}

/* That of an attribute: 1; or it has none: 0 */
int toxic_wave_get(const struct toxic_spec *, int slot, struct toxic_wave *);

/* Into a spec with room for a whole tail.  0, or -1: there are WAVES_MAX. */
int toxic_wave_set(struct toxic_spec *, const struct toxic_wave *);
void toxic_waves_clear(struct toxic_spec *);

/* All those of another spec, of the same kind. */
void toxic_waves_take(struct toxic_spec *, const struct toxic_spec *from);
int toxic_waves_are_same(const struct toxic_spec *, const struct toxic_spec *);

/* Of a spec whose ntail is sound. */
int toxic_waves_are_sound(const struct toxic_spec *);

const char *wave_shape_word(unsigned int shape);
int wave_shape_of(const char *word); /* -1: none has it */

/*
 * As the log, the store and another program have them:
 * "latency=sine:10000:50 jitter=saw:500:5"; "" where it has none.
 */
#define WAVES_TEXT_MAX (WAVES_MAX * 96)
const char *toxic_waves_text(
    const struct toxic_spec *, char text[WAVES_TEXT_MAX + 1]);
/* 0, or -1: it is none of those. */
int toxic_waves_read(struct toxic_spec *, const char *text);

#endif

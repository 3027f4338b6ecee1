/* SPDX-License-Identifier: ISC */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

/*
 * How long something took, of all that it happened to: how many took up to
 * each bound and more than the one before; the last are those that took longer
 * than all bounds.
 */
#define HISTOGRAM_BOUNDS 10
struct histogram {
	uint64_t counts[HISTOGRAM_BOUNDS + 1];
	uint64_t sum_us;
};

/* In ms. */
extern const uint32_t histogram_bounds[HISTOGRAM_BOUNDS];

void histogram_note(struct histogram *, int64_t ns);
void histogram_add(struct histogram *all, const struct histogram *more);
uint64_t histogram_count(const struct histogram *);
/* What has been said of at most so many. */
int histogram_ok(const struct histogram *, uint64_t most);
int histogram_has_grown(
    const struct histogram *, const struct histogram *before);

#endif

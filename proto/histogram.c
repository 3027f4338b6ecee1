/* SPDX-License-Identifier: ISC */

#include "clock.h"
#include "histogram.h"

/* From a dial on the same machine to a session that people forget. */
const uint32_t histogram_bounds[HISTOGRAM_BOUNDS] = { 1, 5, 20, 100, 500, 2000,
	10000, 60000, 600000, 3600000 };

void
histogram_note(struct histogram *h, int64_t ns)
{
	int i = 0;

	while (i < HISTOGRAM_BOUNDS && ns > histogram_bounds[i] * NS_PER_MS)
		i++;
	h->counts[i]++;
	h->sum_us += (uint64_t)(ns / NS_PER_US);
}

void
histogram_add(struct histogram *all, const struct histogram *more)
{
	int i;

	for (i = 0; i <= HISTOGRAM_BOUNDS; i++)
		all->counts[i] += more->counts[i];
	all->sum_us += more->sum_us;
}

uint64_t
histogram_count(const struct histogram *h)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i <= HISTOGRAM_BOUNDS; i++)
		n += h->counts[i];
	return n;
}

int
histogram_ok(const struct histogram *h, uint64_t most)
{
	int i;

	for (i = 0; i <= HISTOGRAM_BOUNDS; i++) {
		if (h->counts[i] > most)
			return 0;
		most -= h->counts[i];
	}
	return h->sum_us <= INT64_MAX;
}

int
histogram_has_grown(const struct histogram *h, const struct histogram *before)
{
	int i;

	for (i = 0; i <= HISTOGRAM_BOUNDS; i++) {
		if (h->counts[i] < before->counts[i])
			return 0;
	}
	return h->sum_us >= before->sum_us;
}

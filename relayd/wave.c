/* SPDX-License-Identifier: ISC */
/* Where an attribute is that rises and falls by itself: see toxic_wave.h. */

#include <math.h>
#include <time.h>

#include "clock.h"
#include "toxic_wave.h"
#include "wave.h"

/* -1 to 1; phase: 0 to 1 */
static double
height(unsigned int shape, double phase)
{
	switch (shape) {
	case WAVE_SQUARE:
		return phase < 0.5 ? 1 : -1;
	case WAVE_SAW:
		return 2 * phase - 1;
	default:
		return sin(2 * M_PI * phase);
	}
}

static double
phase_at(int64_t at, int64_t period)
{
	return (double)(at % period) / (double)period;
}

/* Both the value and the range may be as large as there are integers. */
int64_t
wave_integer(const struct toxic_spec *spec, int slot, int64_t at)
{
	const struct toxic_attribute *a = toxic_attribute_of(spec, slot);
	int64_t value = toxic_spec_integer(spec, slot), by;
	struct toxic_wave w;

	if (!toxic_wave_get(spec, slot, &w))
		return value;
	by = llround((double)w.amplitude *
	    height(w.shape, phase_at(at, w.period * NS_PER_MS)));
	if (by > 0)
		return value < a->range.integer.most - by
		    ? value + by
		    : a->range.integer.most;
	return value > a->range.integer.least - by ? value + by
						   : a->range.integer.least;
}

int64_t
wave_epoch(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return clock_now() - (ts.tv_sec * NS_PER_S + ts.tv_nsec);
}

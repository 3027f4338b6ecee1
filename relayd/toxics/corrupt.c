/* SPDX-License-Identifier: ISC */
/*
 * corrupt: flips each bit with the same probability.  Bits are not drawn one by
 * one, but how many are spared before the next is flipped: such gaps have the
 * geometric distribution.
 */

#include <math.h>

#include "toxic.h"

/* state[]: how many bits pass before one is flipped */
#define SPARED 0

/* As fine as a fraction can be. */
#define DRAWS (INT64_C(1) << 53)

/* More bits than a session will carry. */
#define FOR_EVER (INT64_C(1) << 62)

/* The shares are those that are spared, of which this is the logarithm. */
static int64_t
draw_gap(struct stage *s, double log_spared)
{
	double u = (double)(stage_random(s, DRAWS) + 1) / (double)DRAWS;
	double gap = log(u) / log_spared;

	return gap < (double)FOR_EVER ? (int64_t)gap : FOR_EVER;
}

static double
log_spared(const struct stage *s)
{
	return log1p(-stage_fraction(s, CORRUPT_RATE));
}

/* At rate 0 nothing is drawn, and SPARED is not looked at. */
static void
corrupt_init(struct stage *s)
{
	if (stage_fraction(s, CORRUPT_RATE) > 0)
		s->state[SPARED] = draw_gap(s, log_spared(s));
}

static void
flip(struct stage *s, struct chunk *k)
{
	int64_t at = s->state[SPARED], bits = (int64_t)k->len * 8;
	double each = log_spared(s);

	for (; at < bits; at += 1 + draw_gap(s, each)) {
		k->data[k->off + at / 8] ^= (uint8_t)(1U << at % 8);
		stage_hit(s);
	}
	s->state[SPARED] = at - bits;
}

static void
corrupt_data(struct stage *s, struct chunk *k)
{
	if (stage_fraction(s, CORRUPT_RATE) > 0)
		flip(s, k);
	stage_emit(s, k);
}

/* How long a gap has been says nothing of what is left: it is drawn anew. */
const struct toxic_ops toxic_corrupt = {
	.nstate = 1,
	.init = corrupt_init,
	.data = corrupt_data,
	.update = corrupt_init,
	.holds = stage_holds_any,
};

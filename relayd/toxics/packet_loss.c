/* SPDX-License-Identifier: ISC */
/*
 * packet_loss: drops chunks, each by a draw of its own; behind one that was
 * dropped it is likelier, so that losses come in bursts.  What is dropped is
 * gone, the end passes.
 */

#include "toxic.h"

/* state[]: was the chunk before this one dropped? */
#define WAS_DROPPED 0

/* As fine as a fraction can be. */
#define DRAWS (INT64_C(1) << 53)

static void
packet_loss_data(struct stage *s, struct chunk *k)
{
	double share = stage_fraction(s, PACKET_LOSS_LOSS_RATE);

	if (s->state[WAS_DROPPED])
		share += stage_fraction(s, PACKET_LOSS_CORRELATION);
	s->state[WAS_DROPPED] =
	    (double)stage_random(s, DRAWS) < share * (double)DRAWS;
	if (s->state[WAS_DROPPED])
		stage_drop(s, k);
	else
		stage_emit(s, k);
}

const struct toxic_ops toxic_packet_loss = {
	.nstate = 1,
	.data = packet_loss_data,
};

/* SPDX-License-Identifier: ISC */
/*
 * tcp_loss: segments of this direction's source are lost, and its kernel sends
 * them again.  No byte goes through here: it is done below, see loss.c.
 */

#include "toxic.h"

const struct toxic_ops toxic_tcp_loss = {
	.init = stage_lose,
	.remove = stage_lose_no_more,
};

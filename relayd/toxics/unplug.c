/* SPDX-License-Identifier: ISC */
/*
 * unplug: the cable of this direction's source is pulled.  Nothing of it comes,
 * and what has come, or would go to it, stays where it is: see loss.c for its
 * kernel, which goes on by itself when the cable is back.
 */

#include "toxic.h"

static void
unplug_init(struct stage *s)
{
	stage_unplug(s);
	stage_hang(s);
}

static void
unplug_eof(struct stage *s)
{
	s->eof_held = 1;
}

const struct toxic_ops toxic_unplug = {
	.init = unplug_init,
	.data = stage_hold,
	.eof = unplug_eof,
	.remove = stage_plug_in,
};

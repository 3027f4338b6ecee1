/* SPDX-License-Identifier: ISC */
/* See connect_event.h. */

#include "connect_event.h"

void
event_add_connect(struct event_record *r, enum event_place place,
    const struct connect_spec *c, const struct connect_spec *other)
{
	if (c->mode != other->mode && c->mode != CONNECT_USUAL)
		event_add_text(
		    r, place, "connect_mode", connect_mode_word(c->mode));
	if (c->delay != other->delay && c->delay > 0)
		event_add_integer(r, place, "connect_delay", c->delay);
	if (c->dial_delay != other->dial_delay && c->dial_delay > 0)
		event_add_integer(
		    r, place, "connect_dial_delay", c->dial_delay);
	if (c->dial_fail != other->dial_fail && c->dial_fail != DIAL_FAILS_NOT)
		event_add_text(r, place, "connect_dial_fail",
		    dial_fail_word(c->dial_fail));
	if (!(c->syn_loss == other->syn_loss) && c->syn_loss > 0)
		event_add_float(
		    r, place, "connect_syn_loss", (float)c->syn_loss);
}

/* SPDX-License-Identifier: ISC */
/*
 * See connect.h.  That the port refuses, or takes no notice, ctld sees to,
 * which has the same listener: see its door.c.  Here nobody is accepted then.
 */

#include "connect.h"

/*
 * Who comes is met by what was on when he came, as far as is known: so those in
 * the backlog first.  Where it refuses they have been reset.
 */
void
connect_ahead(const struct connect_spec *next)
{
	if (next->mode == CONNECT_BLACKHOLE)
		listener_take_all();
}

void
connect_set(const struct connect_spec *c)
{
	connect_ahead(c);
	relay.connect = *c;
	connect_look();
}

void
connect_look(void)
{
	listener_look();
	late_clients_look();
	late_dials_look();
}

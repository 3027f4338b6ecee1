/* SPDX-License-Identifier: ISC */
#ifndef CONNECT_H
#define CONNECT_H

#include "relayd.h"

/* What clients meet before they have a session, by the proxy's connect. */

/* A halted proxy has none. */
static inline const struct connect_spec *
connect_now(void)
{
	return relay.is_halted ? &connect_usual : &relay.connect;
}

void connect_set(const struct connect_spec *);
void connect_ahead(const struct connect_spec *); /* so it is in a moment */
void connect_look(void);                         /* it may be another now */

/* late_client.c: clients who are not let in yet */

/*
 * One who has a place, and is let in when he is due (ns), or at once where
 * there is no such delay any more.  Owns fd.
 */
void late_client(int fd, const struct address *client, int64_t due);
void late_clients_look(void);
void late_clients_end(void); /* whoever has come is let in */

/* late_dial.c: dials that are not made yet, or not at all */

void late_dial(struct session *); /* or at once */
void late_dial_forget(struct session *);
void late_dials_look(void);
void late_dials_end(void); /* they are made now */

#endif

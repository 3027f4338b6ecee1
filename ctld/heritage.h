/* SPDX-License-Identifier: ISC */
#ifndef HERITAGE_H
#define HERITAGE_H

#include <stdint.h>

#include "agreed.h"
#include "msg.h"
#include "priv.h"

/* What toxid has kept of an earlier ctld's, by its ids. */

void heritage_open(void);
/* To clients.c, which wants to know the API's socket first. */
void heritage_clients(void);

/* A descriptor, which is the caller's from then on; -1: it has none of that id.
 */
int heritage_listener(uint32_t id);
int heritage_api(enum listener_of); /* one of the API's */
int heritage_child(uint32_t id, struct priv_taken *);
int heritage_role(enum role, struct priv_taken *); /* any of that role */

/* What nobody has asked for: listeners end, children are killed. */
void heritage_close(void);

#endif

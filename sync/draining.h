/* SPDX-License-Identifier: ISC */
#ifndef DRAINING_H
#define DRAINING_H

#include "status.h"

struct event_base;

/*
 * A node that is to have nothing any more: it says so, waits until no proxy of
 * its document has sessions, but only so long, and then has an empty document.
 */

/* changed: is_over says whether another document is due. */
void draining_open(struct event_base *, void (*changed)(int is_over));
void draining_close(void);
void draining_follow(int is_wanted, int within_s);
void draining_done(void); /* toxid has the empty document */

enum drain draining_is(void);
int draining_holds(void);      /* it waits: no document now */
int draining_wants_none(void); /* the next is to be empty */

#endif

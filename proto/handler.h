/* SPDX-License-Identifier: ISC */
#ifndef HANDLER_H
#define HANDLER_H

#include "msg.h"

/*
 * What a process hears on one of its channels, and when: a row for each type,
 * by its number; what has no row is not for it.  PROTOCOL.md has the same rows.
 */
struct handler {
	int (*on)(struct msg *); /* 0, or -1: not now, or not with that in it */
	unsigned int states; /* bits of its hearer's own: where it is legal */
};

/* The state, or the states, of who tells none apart. */
#define ALWAYS 1U

/*
 * Gives a message, as chan_receive() gave it, to its row's function; it finds
 * from in .from.  Returns what that does; -1 where there is no such row, or not
 * in that state.
 */
int handle(const struct handler rows[MSG_MAX], unsigned int state, void *from,
    struct msg *);

#endif

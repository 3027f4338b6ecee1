/* SPDX-License-Identifier: ISC */
#ifndef AWAITED_H
#define AWAITED_H

#include "clock.h"

/*
 * How many requests are under way that an upgrade waits for, and that have a
 * deadline: all but those that are kept, as a stream is.
 */

#define REPLY_WITHIN (25 * NS_PER_S)

struct request;

void awaited_begins(void); /* one that is not kept */
void awaited_ends(const struct request *);
unsigned int awaited(void);

/* It may wait for long, and nobody else for it; until its reply is due. */
void request_keep(struct request *);
void request_keep_no_more(struct request *);

#endif

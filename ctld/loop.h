/* SPDX-License-Identifier: ISC */
#ifndef LOOP_H
#define LOOP_H

#include <stdint.h>

/* One thread, one epoll. */

struct priv_news;

extern int64_t loop_ticked_at; /* loop.c alone writes here */

void loop_init(void);
void loop_run(void);

/*
 * A part of it: one look at the time, at the channels and at the doorbell;
 * block: not before there is something to be seen.
 */
void loop_turn(int block);
/* What toxid has to say, as much as a turn has time for. */
void loop_news(void);
void loop_hear(const struct priv_news *);

#endif

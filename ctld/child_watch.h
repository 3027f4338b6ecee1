/* SPDX-License-Identifier: ISC */
#ifndef CHILD_WATCH_H
#define CHILD_WATCH_H

#include "watch.h"

/* Children's channels in the one epoll. */

struct child;

/* Before there is any child: who is called for an event of one. */
void child_watch_init(void (*on)(struct watch *, uint32_t events));
int child_watch_add(struct child *);     /* -1: no memory for it */
void child_watch_remove(struct child *); /* ... and it rests no more */
int child_is_watched(const struct child *);
void child_watch_update(struct child *); /* what it waits for may differ */

#endif

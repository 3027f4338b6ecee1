/* SPDX-License-Identifier: ISC */
#ifndef WATCH_H
#define WATCH_H

/* Children's channels in the one epoll. */

struct child;

int watch_add(struct child *); /* -1: no memory for it */
void watch_remove(struct child *);
void watch_update(struct child *); /* what it waits for may have changed */

#endif

/* SPDX-License-Identifier: ISC */
#ifndef WATCH_H
#define WATCH_H

#include <stdint.h>
#include <sys/epoll.h>

/* Descriptors, and who is called when something happens to one. */

struct watch {
	void (*on)(struct watch *, uint32_t events); /* of epoll_ctl(2) */
	int fd;                                      /* -1: none is watched */
};

void watches_open(void);
void watches_close(void);
/* w->on is set.  0, or -1 and errno; fd is in the watch in any case. */
int watch_add(struct watch *, int fd, uint32_t events);
void watch_change(struct watch *, uint32_t events);
void watch_remove(struct watch *); /* does not close */
/* Calls whoever has an event.  block: until there is one, or a signal. */
void watches_wait(int block);

#endif

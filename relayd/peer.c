/* SPDX-License-Identifier: ISC */
/* A channel in the loop: read when something is there, written when it fits. */

#include "log.h"
#include "relayd.h"

/* chan is open.  A writable channel calls too: it has nothing to read then. */
void
peer_open(struct peer *p, void (*on)(struct watch *, uint32_t))
{
	p->watch.on = on;
	p->waits_for_room = 0;
	if (watch_add(&p->watch, p->chan.fd, EPOLLIN) == -1)
		fatal("%s", __func__);
}

void
peer_close(struct peer *p)
{
	if (p->chan.fd == -1)
		return;
	watch_remove(&p->watch);
	chan_close(&p->chan);
}

/* That the other end has gone is for the reader to see. */
void
peer_flush(struct peer *p)
{
	int waits;

	if (p->chan.fd == -1)
		return;
	waits = chan_wants_write(&p->chan) && chan_flush(&p->chan) == 0 &&
	    chan_wants_write(&p->chan);
	if (waits == p->waits_for_room)
		return;
	p->waits_for_room = waits;
	watch_change(&p->watch, waits ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

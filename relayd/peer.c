/* SPDX-License-Identifier: ISC */
/* A channel in the loop: read when there is something, write when it fits. */

#include "log.h"
#include "relayd.h"

/* peer_flush() runs after every pass of the loop, and does the writing. */
static void
peer_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* chan is open; on_readable gets the peer. */
void
peer_open(struct peer *p, event_callback_fn on_readable)
{
	if (event_assign(&p->readable, relay.base, p->chan.fd,
		EV_READ | EV_PERSIST, on_readable, p) == -1 ||
	    event_assign(&p->writable, relay.base, p->chan.fd, EV_WRITE,
		peer_writable, p) == -1 ||
	    event_add(&p->readable, NULL) == -1)
		fatalx("%s", __func__);
}

void
peer_close(struct peer *p)
{
	if (p->chan.fd == -1)
		return;
	event_del(&p->readable);
	event_del(&p->writable);
	chan_close(&p->chan);
}

/* That the other end has gone is for the reader to see. */
void
peer_flush(struct peer *p)
{
	if (p->chan.fd == -1 || !chan_wants_write(&p->chan) ||
	    event_pending(&p->writable, EV_WRITE, NULL))
		return;
	if (chan_flush(&p->chan) == 0 && chan_wants_write(&p->chan))
		event_add(&p->writable, NULL);
}

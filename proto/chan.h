/* SPDX-License-Identifier: ISC */
#ifndef CHAN_H
#define CHAN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "msg.h"

/*
 * Messages and descriptors over one end of a SOCK_SEQPACKET socketpair.  It
 * knows no event loop: it says when it wants to write, the owner decides on
 * events.  Never blocks, but for chan_wait().
 */

struct chan_packet;
STAILQ_HEAD(chan_packets, chan_packet);

struct chan {
	int fd;
	struct chan_packets out; /* what the socket had no room for */
	size_t out_bytes;
	int is_held; /* nothing leaves: see chan_hold() */
};

/* The channel owns fd, an end that chan_pair() made, here or elsewhere. */
void chan_open(struct chan *, int fd);
void chan_close(struct chan *);

/* Two ends for two processes; close-on-exec.  0, or -1 and errno. */
int chan_pair(int fds[2]);

/*
 * The next message, whose payload is as its type says: 1; none yet: 0; the
 * other end is gone, and all that it has said has been received, or it sent
 * something that is no message: -1, and errno is EPIPE or EBADMSG; .type says
 * what that would be, if it can be told.  The caller owns the message:
 * msg_take_fd() or msg_drop().
 */
int chan_receive(struct chan *, struct msg *);

/*
 * Sends, or queues what does not fit the socket; size is msg_size() of the
 * type, also where less than that is there to be sent: a tail.  fd, -1 for
 * none, belongs to the channel from the call on, also when it fails.  0, or -1:
 * EPIPE, ENOBUFS when the other end has left CHAN_QUEUE_MAX unread, or ENOMEM.
 */
#define chan_send(chan, type, id, payload, fd) \
	chan_send_sized(chan, type, id, payload, sizeof(*(payload)), fd)
int chan_send_sized(struct chan *, enum msg_type, uint32_t id,
    const void *payload, size_t size, int fd);
int chan_send_nothing(struct chan *, enum msg_type, uint32_t id);

/* Sends only if it need not be queued: for what may be lost.  0 or -1. */
#define chan_try_send(chan, type, payload) \
	chan_try_send_sized(chan, type, payload, sizeof(*(payload)))
int chan_try_send_sized(
    struct chan *, enum msg_type, const void *payload, size_t size);

/* Call chan_flush() when the descriptor is writable, while this is true. */
int chan_wants_write(const struct chan *);
int chan_flush(struct chan *); /* 0, or -1: EPIPE */

/*
 * From here on all that is sent is queued, until chan_release(), which is as
 * chan_flush().  Where there is no memory for that, it leaves as it did.
 */
void chan_hold(struct chan *);
int chan_release(struct chan *); /* 0, or -1: EPIPE */

/* Waits until there is something to read: only for a child's set-up. */
int chan_wait(const struct chan *);

#endif

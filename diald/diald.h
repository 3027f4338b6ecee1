/* SPDX-License-Identifier: ISC */
#ifndef DIALD_H
#define DIALD_H

#include <stdint.h>
#include <sys/queue.h>
#include <sys/resource.h>

#include "clock.h"
#include "events.h"
#include "msg.h"

/*
 * diald: looks names up and connects, for workers that may do neither.  A
 * worker's channel leads to one upstream, and the worker cannot say where.
 * Names are looked up by threads, everything else happens in the one loop.
 */

/* preload.c */

/* What the name service will need: later nothing can be loaded. */
void preload_name_service(void);

/* resolver.c */

#define ADDRESSES_MAX 16

struct lookup_result {
	uint8_t error; /* enum endpoint_error */
	int32_t sys_errno;
	size_t n;
	struct address addresses[ADDRESSES_MAX]; /* as getaddrinfo(3) sorts */
};

/* What for: a name that hangs holds up nobody who asks for another purpose. */
enum purpose {
	TO_DIAL,
	TO_LISTEN,
	PURPOSE_MAX
};

/* Somebody who wants to know. */
struct waiter {
	TAILQ_ENTRY(waiter) entry;
	struct lookup *lookup; /* NULL: does not wait */
	void (*done)(struct waiter *, const struct lookup_result *);
};

void resolver_open(void);
/* done may be called at once, or from the loop later; ADDRESSES_MAX at most. */
void resolver_ask(struct waiter *, const struct endpoint *, enum purpose);
void resolver_forget(struct waiter *); /* harmless if it does not wait */

/* dials.c: one connection, to the first address that answers */

struct attempt {
	struct dial *dial;
	int fd; /* -1: over, or not begun */
	struct event writable;
};

struct dial {
	TAILQ_ENTRY(dial) entry; /* of its worker's */
	struct worker *worker;
	uint32_t id;
	uint8_t is_waiting; /* for others of the worker to end */
	struct waiter waiter;
	struct address addresses[ADDRESSES_MAX];
	struct attempt attempts[ADDRESSES_MAX];
	size_t naddresses;
	size_t next;                /* the address to be tried next */
	size_t open;                /* attempts that have not failed */
	int retries;                /* for want of a descriptor */
	struct event timer;         /* the next attempt is due */
	struct dial_result failure; /* the first one */
};
TAILQ_HEAD(dials, dial);

/* Calls worker_dialed(), perhaps at once. */
void dial_start(struct dial *);
void dial_stop(struct dial *);

/* workers.c */

struct worker {
	LIST_ENTRY(worker) entry;
	struct peer peer;
	struct endpoint upstream;
	struct dials dials; /* those at work first, then those that wait */
	unsigned int active;
	int is_broken; /* to be closed after this pass of the loop */
};

void worker_open(int fd, const struct endpoint *upstream); /* owns fd */
/* The end of a dial, which is gone afterwards; owns fd, -1 for none. */
void worker_dialed(struct dial *, const struct dial_result *, int fd);
void workers_flush(void);
void workers_close(void);

/* dispatch.c */

void supervisor_readable(evutil_socket_t, short, void *);

struct diald {
	struct event_base *base;
	struct peer supervisor;
	rlim_t descriptors_max;
	int has_ended;
};
extern struct diald diald;

#endif

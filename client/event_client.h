/* SPDX-License-Identifier: ISC */
/* A client of a loop, and its calls: for those who make it. */
#ifndef EVENT_CLIENT_H
#define EVENT_CLIENT_H

#include <sys/queue.h>

#include "settings.h"
#include "toxi_event.h"
#include "transfer.h"

struct toxi_call {
	TAILQ_ENTRY(toxi_call) entry;
	struct toxi_event *client;
	struct transfer transfer;
	struct result result; /* once it is complete */
	int is_complete;
	int is_tunnel;
	char *address; /* of a tunnel */
	toxi_event_fn *fn;
	void *arg;
};

TAILQ_HEAD(calls, toxi_call);

struct toxi_event {
	struct event_base *base;
	struct settings settings;
	CURLM *multi;
	struct event *timer;
	struct event *later;           /* something is complete already */
	struct event_session *session; /* or NULL */
	struct toxi_call *opens; /* the call that waits for that; or NULL */
	struct calls under_way;
	struct calls complete;
	int depth; /* how many of our functions are on the stack */
	int is_freed;
};

/* It waits in the queue of those that are called back; it is in no other. */
void event_complete(struct toxi_call *);
void event_fail_call(struct toxi_call *, const struct toxi_error *why);

#endif

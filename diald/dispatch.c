/* SPDX-License-Identifier: ISC */
/* What the supervisor says; what it should not say ends this process. */

#include <stdlib.h>

#include "child.h"
#include "diald.h"
#include "log.h"

#define RESOLVE_WITHIN_S 2

/* ---- RESOLVE: the address to bind for a listen */

struct question {
	uint32_t id;
	struct waiter waiter;
	struct event timer;
};

static void
reply(struct question *q, const struct dial_result *result)
{
	event_del(&q->timer);
	resolver_forget(&q->waiter);
	if (chan_send(
		&diald.supervisor.chan, MSG_RESOLVED, q->id, result, -1) == -1)
		diald.has_ended = 1;
	free(q);
}

/* One address: IPv4 before IPv6, but the wildcard of IPv6 is for both. */
static const struct address *
address_to_bind(const struct lookup_result *r)
{
	int wanted = address_is_wildcard(&r->addresses[0]) ? 6 : 4;
	size_t i;

	for (i = 0; i < r->n; i++) {
		if (r->addresses[i].family == wanted)
			return &r->addresses[i];
	}
	return &r->addresses[0];
}

static void
looked_up(struct waiter *w, const struct lookup_result *r)
{
	struct question *q =
	    (struct question *)((char *)w - offsetof(struct question, waiter));
	struct dial_result result = { .error = r->error,
		.sys_errno = r->sys_errno };

	if (r->error == ENDPOINT_OK)
		result.address = *address_to_bind(r);
	reply(q, &result);
}

static void
question_expired(evutil_socket_t fd, short what, void *arg)
{
	const struct dial_result result = { .error = ENDPOINT_TIMED_OUT };

	(void)fd;
	(void)what;
	reply(arg, &result);
}

static int
on_resolve(struct msg *m)
{
	const struct timeval within = { .tv_sec = RESOLVE_WITHIN_S };
	struct endpoint e;
	struct question *q;

	if (msg_get_endpoint(m, &e) == -1)
		return -1;
	if ((q = calloc(1, sizeof(*q))) == NULL)
		fatal("%s", __func__);
	q->id = m->id;
	q->waiter.done = looked_up;
	evtimer_assign(&q->timer, diald.base, question_expired, q);
	evtimer_add(&q->timer, &within);
	resolver_ask(&q->waiter, &e, TO_LISTEN);
	return 0;
}

/* ---- the others */

static int
on_policy(struct msg *m)
{
	struct dial_policy policy;

	if (msg_get_dial_policy(m, &policy) == -1)
		return -1;
	if (m->fd == -1) /* the next diald gets it again, and has all others */
		fatalx("no descriptor for a worker's channel");
	circle_proxy(&policy);
	worker_open(msg_take_fd(m), m->id, &policy);
	return 0;
}

static int
on_proxy_gone(struct msg *m)
{
	struct proxy_ref proxy;

	if (msg_get_proxy_ref(m, &proxy) == -1)
		return -1;
	circle_forget(proxy.id);
	return 0;
}

static int
on_ping(struct msg *m)
{
	struct nothing nothing;

	if (msg_get_nothing(m, &nothing) == -1)
		return -1;
	child_pong(&diald.supervisor.chan, m->id);
	return 0;
}

static int
dispatch(struct msg *m)
{
	switch (m->type) {
	case MSG_PING:
		return on_ping(m);
	case MSG_DIAL_POLICY:
		return on_policy(m);
	case MSG_DIAL_PROXY_GONE:
		return on_proxy_gone(m);
	case MSG_RESOLVE:
		return on_resolve(m);
	default:
		return -1;
	}
}

void
supervisor_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (child_receive(&diald.supervisor.chan, dispatch) == -1)
		diald.has_ended = 1;
}

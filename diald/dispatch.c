/* SPDX-License-Identifier: ISC */
/* What the supervisor says; what it should not say ends this process. */

#include "child.h"
#include "diald.h"
#include "log.h"

static int
on_policy(struct msg *m)
{
	const struct dial_policy *policy = msg_get_dial_policy(m);

	if (m->fd == -1) /* the next diald gets it again, and has all others */
		fatalx("no descriptor for a worker's channel");
	circle_proxy(policy);
	worker_open(msg_take_fd(m), m->id, policy);
	return 0;
}

static int
on_proxy_gone(struct msg *m)
{
	const struct proxy_ref *proxy = msg_get_proxy_ref(m);

	circle_forget(proxy->id);
	return 0;
}

static int
on_resolver(struct msg *m)
{
	const struct dial_resolver *resolver = msg_get_dial_resolver(m);

	if (m->fd == -1) /* names are for the next diald */
		fatalx("no descriptor for the channel to resolvd");
	resolver_connect(msg_take_fd(m), m->id, resolver->hold_ms);
	return 0;
}

static int
on_ping(struct msg *m)
{
	return child_on_ping(&diald.supervisor.chan, m);
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
	case MSG_DIAL_RESOLVER:
		return on_resolver(m);
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

/* SPDX-License-Identifier: ISC */
/* What the supervisor says; what it should not say ends this process. */

#include "child.h"
#include "log.h"
#include "resolvd.h"

static int
on_client(struct msg *m)
{
	if (m->fd == -1) /* the next resolvd gets it again */
		fatalx("no descriptor for the channel to diald");
	client_open(msg_take_fd(m));
	return 0;
}

static int
on_ping(struct msg *m)
{
	return child_on_ping(&resolvd.supervisor.chan, m);
}

static int
dispatch(struct msg *m)
{
	switch (m->type) {
	case MSG_PING:
		return on_ping(m);
	case MSG_RESOLVER_CLIENT:
		return on_client(m);
	default:
		return asker_says(&resolvd.asker, m);
	}
}

void
supervisor_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (child_receive(&resolvd.supervisor.chan, dispatch) == -1)
		resolvd.has_ended = 1;
}

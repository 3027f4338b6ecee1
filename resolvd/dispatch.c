/* SPDX-License-Identifier: ISC */
/* What ctld says; what it should not say ends this process. */

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
on_lookup(struct msg *m)
{
	return asker_lookup(&resolvd.asker, m);
}

static int
on_cancel(struct msg *m)
{
	return asker_cancel(&resolvd.asker, m);
}

static unsigned int
state(void)
{
	return ALWAYS;
}

static const struct handler from_ctld[MSG_MAX] = {
	[MSG_PING] = { child_on_ping, ALWAYS },
	[MSG_RESOLVER_CLIENT] = { on_client, ALWAYS },
	[MSG_LOOKUP] = { on_lookup, ALWAYS },
	[MSG_LOOKUP_CANCEL] = { on_cancel, ALWAYS },
};

void
ctld_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (child_receive(&resolvd.ctld.chan, from_ctld, state) == -1)
		resolvd.has_ended = 1;
}

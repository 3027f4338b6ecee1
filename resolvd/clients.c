/* SPDX-License-Identifier: ISC */
/* diald's channel.  A mistake costs it the channel, and what it has asked. */

#include <errno.h>

#include "handler.h"
#include "log.h"
#include "resolvd.h"

static struct peer peer = { .chan = { .fd = -1 } };
static struct asker asker;

/*
 * Messages in one pass of the loop, some 70 us each: then it is the turn of
 * ctld, whose clients wait, and of answers.
 */
#define MESSAGES_MAX 4

static int
on_lookup(struct msg *m)
{
	return asker_lookup(&asker, m);
}

static int
on_cancel(struct msg *m)
{
	return asker_cancel(&asker, m);
}

static const struct handler from_diald[MSG_MAX] = {
	[MSG_LOOKUP] = { on_lookup, ALWAYS },
	[MSG_LOOKUP_CANCEL] = { on_cancel, ALWAYS },
};

static void
client_readable(evutil_socket_t fd, short what, void *arg)
{
	struct msg m;
	int i, r = 1;

	(void)fd;
	(void)what;
	(void)arg;
	for (i = 0; i < MESSAGES_MAX && !asker.has_gone; i++) {
		if ((r = chan_receive(&peer.chan, &m)) != 1)
			break;
		if (handle(from_diald, ALWAYS, NULL, &m) == -1) {
			log_warnx("diald sent a bad %s", msg_name(m.type));
			asker.has_gone = 1;
		}
		msg_drop(&m);
	}
	if (r == -1 && errno == EBADMSG)
		log_warnx("diald sent a malformed %s", msg_name(m.type));
	if (r == -1)
		asker.has_gone = 1;
}

void
client_open(int fd)
{
	client_close();
	chan_open(&peer.chan, fd);
	peer_open(&peer, resolvd.base, client_readable);
	asker_open(&asker, &peer, TO_DIAL);
}

void
client_close(void)
{
	if (peer.chan.fd == -1)
		return;
	asker_close(&asker);
	peer_close(&peer);
}

void
client_flush(void)
{
	if (asker.has_gone)
		client_close();
	peer_flush(&peer);
}

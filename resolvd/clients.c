/* SPDX-License-Identifier: ISC */
/* diald's channel.  A mistake costs it the channel, and what it has asked. */

#include <errno.h>

#include "clock.h"
#include "clock_used.h"
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

/*
 * Of a processor: one of so many is what diald may use who asks without end,
 * some 7,000 names a second out of a hosts file.  The rest is theirs who share
 * it, and ctld's.  What may be owed: an honest diald asks much at once, and
 * seldom.
 */
#define TIME_PART 2
#define TIME_BURST (20 * NS_PER_MS)

static struct {
	int64_t until; /* when what diald has used is its own, by clock_now() */
	struct event wake;
} rest;

static void
wake(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	event_add(&peer.readable, NULL);
}

/* It has been asked for so long, and is asked no more until that is paid. */
static void
pay(int64_t used)
{
	int64_t now = clock_now(), over;
	struct timeval tv;

	if (rest.until < now)
		rest.until = now;
	rest.until += used * TIME_PART;
	over = rest.until - now - TIME_BURST;
	if (over < NS_PER_MS) /* the loop's timers know no less */
		return;
	tv.tv_sec = over / NS_PER_S;
	tv.tv_usec = over % NS_PER_S / 1000;
	event_del(&peer.readable);
	event_add(&rest.wake, &tv);
}

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
	const int64_t began = clock_used();
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
	pay(clock_used() - began);
}

void
client_open(int fd)
{
	client_close();
	chan_open(&peer.chan, fd);
	peer_open(&peer, resolvd.base, client_readable);
	evtimer_assign(&rest.wake, resolvd.base, wake, NULL);
	asker_open(&asker, &peer, TO_DIAL);
}

void
client_close(void)
{
	if (peer.chan.fd == -1)
		return;
	evtimer_del(&rest.wake);
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

/* SPDX-License-Identifier: ISC */
/*
 * The line to resolvd, which may be replaced at any time; names.c knows what
 * that means for those who have asked.
 */

#include <errno.h>

#include "diald.h"
#include "handler.h"
#include "log.h"

static struct peer resolvd = { .chan = { .fd = -1 } };
static struct event wake; /* there may be something to do in names.c */
static int is_broken;     /* to be closed after this pass of the loop */
static uint32_t line;     /* its number, for ctld */

static void
say(enum msg_type type, uint32_t id, const void *payload, size_t size)
{
	if (chan_send_sized(&resolvd.chan, type, id, payload, size, -1) == -1)
		is_broken = 1;
}

static int
on_looked_up(struct msg *m)
{
	return names_answered(m);
}

static const struct handler from_resolvd[MSG_MAX] = {
	[MSG_LOOKED_UP] = { on_looked_up, ALWAYS },
};

static void
resolvd_readable(evutil_socket_t fd, short what, void *arg)
{
	struct msg m;
	int r = 0;

	(void)fd;
	(void)what;
	(void)arg;
	while (!is_broken && (r = chan_receive(&resolvd.chan, &m)) == 1) {
		if (handle(from_resolvd, ALWAYS, NULL, &m) == -1) {
			log_warnx("resolvd sent a bad %s", msg_name(m.type));
			is_broken = 1;
		}
		msg_drop(&m);
	}
	if (r == -1 && errno == EBADMSG)
		log_warnx("resolvd sent a malformed %s", msg_name(m.type));
	if (r == -1)
		is_broken = 1;
}

/* resolver_flush() runs after every pass of the loop, and sees to it. */
static void
woken(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

void
resolver_open(void)
{
	names_open(say);
	evtimer_assign(&wake, diald.base, woken, NULL);
}

void
resolver_close(void)
{
	peer_close(&resolvd);
	is_broken = 0;
	names_lost();
}

void
resolver_connect(int fd, uint32_t number, uint32_t hold_suspects_ms)
{
	resolver_close();
	line = number;
	chan_open(&resolvd.chan, fd);
	peer_open(&resolvd, diald.base, resolvd_readable);
	names_found(clock_now() + hold_suspects_ms * NS_PER_MS);
}

static void
wake_at(int64_t at, int64_t now)
{
	struct timeval tv;

	if (at == CLOCK_NEVER)
		return;
	at = at > now ? at - now : 0;
	tv.tv_sec = at / NS_PER_S;
	tv.tv_usec = at % NS_PER_S / NS_PER_US + 1; /* not too early */
	event_add(&wake, &tv);
}

void
resolver_flush(void)
{
	int64_t now = clock_now();

	if (is_broken) {
		resolver_close();
		if (chan_send_nothing(
			&diald.ctld.chan, MSG_DIAL_RESOLVER_BAD, line) == -1)
			diald.has_ended = 1;
	}
	names_serve();
	if (names_have_answers())
		event_active(&wake, EV_TIMEOUT, 0);
	wake_at(names_tick(now), now);
	peer_flush(&resolvd);
}

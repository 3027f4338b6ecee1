/* SPDX-License-Identifier: ISC */
/* What systemd is told of how toxid is.  Nothing here waits, or is fatal. */

#include "agenda.h"
#include "child.h"
#include "children.h"
#include "clock.h"
#include "deadlines.h"
#include "mode.h"
#include "notify.h"
#include "proxies.h"
#include "state.h"
#include "store.h"
#include "toxid.h"
#include "workers.h"

#define STATUS_EVERY NS_PER_S
#define WATCHDOG_AGAIN (50 * NS_PER_MS)

static int64_t status_at;
static int said_ready;

static struct status {
	enum priv_notice notice;
	uint64_t proxies, sessions;
} said = { .notice = PRIV_NOTICE_MAX };

static int
is_wanted(void)
{
	return ctld.start.is_notified != 0;
}

static int
is_running(const struct child *c)
{
	return c != NULL && c->state == CHILD_RUNNING;
}

/* Who does not answer for 2 s is not running any more: see heart.c. */
static int
is_alive(void)
{
	return is_running(children.apid) && children.apid->serves &&
	    is_running(children.diald) && is_running(children.resolvd);
}

/* With the numbers that it shows, and no others: they would be news. */
static struct status
status(void)
{
	struct status s = { .notice = PRIV_NOTICE_SERVING };

	if (mode.is_draining)
		s.notice = PRIV_NOTICE_DRAINING;
	else if (!store.is_loaded)
		s.notice = PRIV_NOTICE_LOADING;
	else if (!is_alive())
		s.notice =
		    said_ready ? PRIV_NOTICE_RESTARTING : PRIV_NOTICE_STARTING;
	if (s.notice == PRIV_NOTICE_LOADING || s.notice == PRIV_NOTICE_SERVING)
		s.proxies = proxies.n;
	if (s.notice == PRIV_NOTICE_DRAINING || s.notice == PRIV_NOTICE_SERVING)
		s.sessions = workers_sessions();
	return s;
}

static void
say_status(int64_t now)
{
	const struct status s = status();

	agenda_done(AGENDA_STATUS);
	status_at = now + STATUS_EVERY;
	if (s.notice == said.notice && s.proxies == said.proxies &&
	    s.sessions == said.sessions)
		return;
	if (toxid_notify(s.notice, s.proxies, s.sessions) == 0)
		said = s;
}

/* What has no numbers. */
static int
say(enum priv_notice notice)
{
	return toxid_notify(notice, 0, 0);
}

void
notify_tick(int64_t now)
{
	if (!is_wanted())
		return;
	if (!said_ready && is_alive() && !mode.is_draining)
		said_ready = say(PRIV_NOTICE_READY) == 0;
	if (now >= status_at)
		say_status(now);
}

/* 1: what is known elsewhere is not how it is. */
int
notify_waits(void)
{
	return is_wanted() && (!said_ready || agenda_has(AGENDA_STATUS));
}

static void
feed_watchdog(struct deadline *d)
{
	int is_fed = is_alive() && say(PRIV_NOTICE_WATCHDOG) == 0;

	deadline_set(
	    d, clock_now() + (is_fed ? ctld.start.watchdog : WATCHDOG_AGAIN));
}

/* From here on systemd learns that toxid lives, if it wants to. */
void
notify_watchdog(void)
{
	static struct deadline watchdog = { .expired = feed_watchdog };

	if (is_wanted() && ctld.start.watchdog > 0)
		deadline_set(&watchdog, clock_now());
}

/* systemd wants to know since when; READY ends it, however it went. */
void
notify_reloading(void)
{
	if (is_wanted())
		(void)say(PRIV_NOTICE_RELOADING);
}

void
notify_reloaded(void)
{
	said_ready = 0; /* the next tick says it, and sees to it that it does */
}

void
notify_stopping(void)
{
	if (is_wanted())
		(void)say(PRIV_NOTICE_STOPPING);
	status_at = 0; /* and why */
	agenda_add(AGENDA_STATUS);
}

/* SPDX-License-Identifier: ISC */
/* What systemd is told of how toxid is.  Nothing here waits, or is fatal. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "deadlines.h"
#include "notify.h"
#include "notify_socket.h"
#include "state.h"
#include "workers.h"

#define STATUS_EVERY NS_PER_S
#define WATCHDOG_AGAIN (50 * NS_PER_MS)

static int is_wanted; /* somebody wants to know */

static int64_t watchdog_every; /* ns; 0: there is none */
static int64_t status_at;
static int said_ready;
static char said_status[96];

/* It is set for the process with that number, or for whoever has it. */
static void
watchdog_open(const char *usec, const char *pid)
{
	char *end;
	long long n;

	if (usec == NULL ||
	    (pid != NULL && strtoll(pid, NULL, 10) != (long long)getpid()))
		return;
	n = strtoll(usec, &end, 10);
	if (end != usec && *end == '\0' && n > 0 && n < INT64_MAX / NS_PER_US)
		watchdog_every = n * NS_PER_US / 2;
}

void
notify_open(void)
{
	is_wanted = notify_socket_open();
	if (is_wanted)
		watchdog_open(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));
	/* They are not meant for anybody below. */
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
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
	return is_running(ctld.apid) && ctld.apid->serves &&
	    is_running(ctld.diald) && is_running(ctld.resolvd);
}

static void
status(char *text, size_t size)
{
	if (ctld.is_draining)
		snprintf(text, size, "STATUS=draining: %" PRIu64 " sessions",
		    workers_sessions());
	else if (!ctld.store.is_loaded)
		snprintf(text, size, "STATUS=loading the state: %u proxies",
		    ctld.nproxies);
	else if (!is_alive())
		snprintf(text, size, "STATUS=%s",
		    said_ready ? "control plane is restarting" : "starting");
	else
		snprintf(text, size,
		    "STATUS=serving: %u proxies, %" PRIu64 " sessions",
		    ctld.nproxies, workers_sessions());
}

static void
say_status(int64_t now)
{
	char text[sizeof(said_status)];

	ctld.has_counted = 0;
	status_at = now + STATUS_EVERY;
	status(text, sizeof(text));
	if (strcmp(text, said_status) != 0 && priv_notify(text) == 0)
		memcpy(said_status, text, sizeof(said_status));
}

void
notify_tick(int64_t now)
{
	if (!is_wanted)
		return;
	if (!said_ready && is_alive() && !ctld.is_draining)
		said_ready = priv_notify("READY=1") == 0;
	if (now >= status_at)
		say_status(now);
}

/* 1: what is known elsewhere is not how it is. */
int
notify_waits(void)
{
	return is_wanted && (!said_ready || ctld.has_counted);
}

static void
feed_watchdog(struct deadline *d)
{
	int is_fed = is_alive() && priv_notify("WATCHDOG=1") == 0;

	deadline_set(
	    d, clock_now() + (is_fed ? watchdog_every : WATCHDOG_AGAIN));
}

/* From here on systemd learns that toxid lives, if it wants to. */
void
notify_watchdog(void)
{
	static struct deadline watchdog = { .expired = feed_watchdog };

	if (is_wanted && watchdog_every > 0)
		deadline_set(&watchdog, clock_now());
}

/* systemd wants to know since when; READY ends it, however it went. */
void
notify_reloading(void)
{
	char text[64];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    clock_now() / NS_PER_US);
	(void)priv_notify(text);
}

void
notify_reloaded(void)
{
	said_ready = 0; /* the next tick says it, and sees to it that it does */
}

void
notify_stopping(void)
{
	(void)priv_notify("STOPPING=1");
	status_at = 0; /* and why */
	ctld.has_counted = 1;
}

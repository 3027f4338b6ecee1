/* SPDX-License-Identifier: ISC */
/* What systemd is told of how toxid is.  Nothing here waits, or is fatal. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "notices.h"
#include "notify_socket.h"

static int is_wanted;
static int64_t watchdog; /* ns; 0: there is none */

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
		watchdog = n * NS_PER_US / 2;
}

void
notices_open(void)
{
	is_wanted = notify_socket_open();
	if (is_wanted)
		watchdog_open(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));
	/* They are not meant for anybody below. */
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

int
notices_are_wanted(void)
{
	return is_wanted;
}

int64_t
notices_watchdog(void)
{
	return watchdog;
}

/* Those without a number in them. */
static const char *const words[PRIV_NOTICE_MAX] = {
	[PRIV_NOTICE_READY] = "READY=1",
	[PRIV_NOTICE_STOPPING] = "STOPPING=1",
	[PRIV_NOTICE_WATCHDOG] = "WATCHDOG=1",
	[PRIV_NOTICE_STARTING] = "STATUS=starting",
	[PRIV_NOTICE_RESTARTING] = "STATUS=control plane is restarting",
};

int
notice_send(enum priv_notice notice, uint64_t proxies, uint64_t sessions)
{
	char text[96];

	switch (notice) {
	case PRIV_NOTICE_RELOADING:
		snprintf(text, sizeof(text),
		    "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
		    clock_now() / NS_PER_US);
		break;
	case PRIV_NOTICE_LOADING:
		snprintf(text, sizeof(text),
		    "STATUS=loading the state: %" PRIu64 " proxies", proxies);
		break;
	case PRIV_NOTICE_SERVING:
		snprintf(text, sizeof(text),
		    "STATUS=serving: %" PRIu64 " proxies, %" PRIu64 " sessions",
		    proxies, sessions);
		break;
	case PRIV_NOTICE_DRAINING:
		snprintf(text, sizeof(text),
		    "STATUS=draining: %" PRIu64 " sessions", sessions);
		break;
	default:
		snprintf(text, sizeof(text), "%s", words[notice]);
	}
	return priv_notify(text) == 0 ? 0 : EAGAIN;
}

/* SPDX-License-Identifier: ISC */
/* What systemd is told of how toxid is.  Nothing here waits, or is fatal. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "given.h"
#include "notices.h"
#include "remarks.h"

/* A datagram there; it never waits.  0, or -1: it is worth trying again. */
static int
priv_notify(const char *text)
{
	if (given.fds[GIVEN_NOTIFY] == -1 ||
	    sendto(given.fds[GIVEN_NOTIFY], text, strlen(text),
		MSG_NOSIGNAL | MSG_DONTWAIT,
		(const struct sockaddr *)&given.notify,
		(socklen_t)given.notify_size) != -1)
		return 0;
	if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)
		return -1;
	remark(PRIV_REMARK_NOTIFY, errno);
	return 0;
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

/* SPDX-License-Identifier: ISC */
/* sd_notify(3)'s environment: nothing here is fatal. */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "given.h"
#include "high.h"
#include "log.h"
#include "notify.h"

/* A path, or the name of an abstract socket behind an '@'; 0, or -1. */
static int
address_of(struct given *g, const char *name)
{
	size_t len = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || name[1] == '\0' ||
	    len >= sizeof(g->notify.sun_path))
		return -1;
	g->notify.sun_family = AF_UNIX;
	memcpy(g->notify.sun_path, name, len);
	g->notify_size =
	    (uint32_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (name[0] == '@')
		g->notify.sun_path[0] = '\0';
	else
		g->notify_size++; /* its NUL */
	return 0;
}

static int
socket_open(struct given *g)
{
	const char *name = getenv("NOTIFY_SOCKET");

	g->fds[GIVEN_NOTIFY] = -1;
	if (name == NULL || *name == '\0')
		return 0;
	if (address_of(g, name) == 0)
		g->fds[GIVEN_NOTIFY] = high(socket(
		    AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	if (g->fds[GIVEN_NOTIFY] == -1)
		log_event(LOG_WARN, "NOTIFY_SOCKET cannot be used",
		    LOG_STR("value", name));
	return g->fds[GIVEN_NOTIFY] != -1;
}

/* It is set for the process with that number, or for whoever has it. */
static int64_t
watchdog(const char *usec, const char *pid)
{
	char *end;
	long long n;

	if (usec == NULL ||
	    (pid != NULL && strtoll(pid, NULL, 10) != (long long)getpid()))
		return 0;
	n = strtoll(usec, &end, 10);
	if (end != usec && *end == '\0' && n > 0 && n < INT64_MAX / NS_PER_US)
		return n * NS_PER_US / 2;
	return 0;
}

void
notify_open(struct given *g)
{
	if (socket_open(g))
		g->watchdog =
		    watchdog(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));
	/* They are not meant for anybody below. */
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

/* SPDX-License-Identifier: ISC */
/*
 * What toxid-sync gives up before it connects: capabilities, files but for
 * those that it was told of and what names and certificates need, ports but for
 * those of etcd, toxid and name servers, and the system calls that are not in
 * sandbox.c.  Threads are among these: see names.c.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lockdown.h"
#include "locks.h"
#include "log.h"
#include "nitems.h"
#include "options.h"

/* Its type is lockdown.h's. */
#include "filter.h"

#define NAME_SERVER_PORT 53
#define MEMORY_MAX (UINT64_C(1) << 30)

static const char *readable[32] = { "/etc", "/etc/resolv.conf", "/etc/hosts",
	"/etc/nsswitch.conf", "/run", "/dev/urandom",
	"/usr/share/ca-certificates", "/usr/local/share/ca-certificates" };
static uint16_t ports[ENDPOINTS_MAX + 3];

static void
add_file(const char *path)
{
	size_t n = 0;

	while (readable[n] != NULL)
		n++;
	readable[n] = path; /* where it is NULL that is the end */
}

/* The host of a URL is read elsewhere: here what follows its last colon. */
static uint16_t
port_of(const char *url)
{
	const char *colon = strrchr(url, ':');
	unsigned long port = strtoul(colon + 1, NULL, 10);

	if (strchr(colon, ']') == NULL && port > 0 && port <= UINT16_MAX)
		return (uint16_t)port;
	return strncmp(url, "https", 5) == 0 ? 443 : 80;
}

static void
add_ports(const struct options *o)
{
	size_t i, n = 0;

	ports[n++] = NAME_SERVER_PORT;
	ports[n++] = port_of(o->toxid);
	for (i = 0; i < o->etcd.n; i++)
		ports[n++] = port_of(o->etcd.url[i]);
}

void
locks_take(const struct options *o)
{
	const struct lockdown lockdown = {
		.dir = -1,
		.memory_max = MEMORY_MAX,
		.readable = readable,
		.may_connect = 1,
		.connect_ports = ports,
		.stands_alone = 1,
		.writes = 1, /* its log may be a file */
		.filter = filter,
		.nfilter = nitems(filter),
	};
	uint32_t locks;

	add_file(o->token_file);
	add_file(o->password_file);
	add_file(o->etcd_tls.ca);
	add_file(o->etcd_tls.cert);
	add_file(o->etcd_tls.key);
	add_file(o->toxid_tls.ca);
	add_ports(o);
	locks = lockdown_identity(&lockdown);
	locks |= lockdown_powers(&lockdown);
	log_event(LOG_DEBUG, "Locked up", LOG_INT("locks", locks));
}

/* SPDX-License-Identifier: ISC */
/*
 * Where the API listens: looked up and bound once, kept for every apid; and
 * what an apid is told of who may call it.
 */

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "agenda.h"
#include "agreed.h"
#include "api.h"
#include "api_settings.h"
#include "api_socket.h"
#include "callers.h"
#include "child.h"
#include "children.h"
#include "dispatch_resolvd.h"
#include "endpoint.h"
#include "file_profiles.h"
#include "give_up.h"
#include "halting.h"
#include "listen.h"
#include "log.h"
#include "msg.h"
#include "names.h"
#include "options.h"
#include "ports.h"
#include "rules_tell.h"
#include "state.h"
#include "text_put.h"
#include "truth.h"

static struct endpoint api;
static struct address where; /* it is bound */
static struct waiter waiter;
static int listener = -1;

/* Nobody could use a toxid without its API. */
static void __attribute__((__noreturn__))
cannot_listen(const char *address, const char *why)
{
	char text[512];

	snprintf(text, sizeof(text), "listen tcp%s%s: %s",
	    *address != '\0' ? " " : "", address, why);
	give_up(text);
}

/* ---- what an apid is told */

/* Before it serves anybody. */
void
api_feed(struct child *apid)
{
	api_settings_feed(apid);
	file_profiles_feed(apid);
	callers_feed(apid);
	halting_feed(apid);
}

/* -1: it was killed. */
static int
lend(struct child *apid, enum msg_type type, int fd)
{
	struct nothing nothing = { 0 };
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy == -1) {
		child_kill(apid, "there is no descriptor for it");
		return -1;
	}
	child_send(apid, type, 0, &nothing, copy);
	return 0;
}

/* The last that it is told: from now on it serves. */
int
api_lend(struct child *apid)
{
	const int fd = api_socket_fd();

	if (fd != -1 && lend(apid, MSG_API_SOCKET, fd) == -1)
		return -1;
	return lend(apid, MSG_API_LISTENER, listener);
}

void
api_remind(struct child *apid)
{
	if (api_socket_fd() == -1)
		child_send_nothing(apid, MSG_API_SOCKET, 0);
}

void
api_end_socket(void)
{
	api_socket_end();
	if (children.apid != NULL)
		api_remind(children.apid);
}

/* ::ffff:127.0.0.1, too. */
static int
is_loopback(const struct address *a)
{
	static const uint8_t six[16] = { [15] = 1 };
	struct address plain = address_unmapped(a);

	if (plain.family == 4)
		return plain.ip[0] == IN_LOOPBACKNET;
	return a->family == 6 && memcmp(a->ip, six, sizeof(six)) == 0;
}

/* The text is the original's. */
static void
warn_if_open(const struct address *a)
{
	if (callers_are_open() && !is_loopback(a))
		log_warnx("HTTP API is unauthenticated and not bound to "
			  "loopback; set " TOKEN_NAME " to require a token");
}

/* ---- where it listens */

int
api_fd(void)
{
	return listener;
}

void
api_listens(int fd)
{
	listener = fd;
}

/* The resolver would take it as what is left of it in 16 bits. */
static int
port_is_invalid(const char *port)
{
	char *end;
	long n = strtol(port, &end, 10);

	return end != port && *end == '\0' && (n < 0 || n > UINT16_MAX);
}

/* A name of a service says nothing before it has been looked up. */
uint16_t
api_port_asked(void)
{
	char *end;
	unsigned long n = strtoul(ctld.options.port, &end, 10);

	return *end == '\0' && n <= UINT16_MAX ? (uint16_t)n : 0;
}

/* Where that says nothing, whoever reads the file cannot see it. */
int
api_fits(const struct limits *limits, char *why, size_t size)
{
	struct address a;

	if (api_address(&a) == -1 || !ports_have(limits, a.port))
		return 0;
	snprintf(why, size,
	    "%s: limits.ports: the API's own port, %u, is among them",
	    ctld.options.config, a.port);
	return -1;
}

/* A port that the kernel has chosen is said by its number. */
static const char *
as_given(const struct address *asked, uint16_t port, char *text, size_t size)
{
	const struct options *o = &ctld.options;
	int has_colon = strchr(o->host, ':') != NULL && o->host[0] != '[';
	char chosen[8];

	snprintf(chosen, sizeof(chosen), "%u", port);
	snprintf(text, size, has_colon ? "[%s]:%s" : "%s:%s", o->host,
	    asked->port == 0 ? chosen : o->port);
	return text;
}

static void
listen_at(const struct address *a)
{
	char address[ADDRESS_TEXT_MAX], error[512], why[520];
	struct address bound;

	if (listen_bind_api(-1, a, &listener, &bound) != ENDPOINT_OK) {
		endpoint_error_text(
		    &api, ENDPOINT_SYSTEM, errno, error, sizeof(error));
		snprintf(why, sizeof(why), "bind: %s", error);
		cannot_listen(address_text(a, address), why);
	}
	if (ports_have(NULL, bound.port))
		cannot_listen(address_text(&bound, address),
		    "the port is a tenant's, by limits.ports");
	where = bound;
	truth_changed();
	rules_feed(&bound); /* which may forbid it */
	log_event(LOG_INFO, "Starting Toxiproxy HTTP server",
	    LOG_STR("address", as_given(a, bound.port, error, sizeof(error))));
	warn_if_open(&bound);
	agenda_add(AGENDA_START); /* apid may come */
}

static void
looked_up(struct waiter *w, const struct lookup_result *r)
{
	struct address a;
	char why[520];

	(void)w;
	if (r->error != ENDPOINT_OK)
		cannot_listen("",
		    endpoint_error_text(
			&api, r->error, r->sys_errno, why, sizeof(why)));
	a = resolver_to_bind(r);
	listen_at(&a);
}

/* Once; an earlier program may have had it already. */
void
api_resolve(void)
{
	const struct options *o = &ctld.options;
	char why[128];

	if (listener != -1)
		return;
	snprintf(api.text, sizeof(api.text), "%s:%s", o->host, o->port);
	text_put(api.host, sizeof(api.host), o->host);
	text_put(api.service, sizeof(api.service), o->port);
	if (port_is_invalid(o->port))
		cannot_listen("",
		    endpoint_error_text(
			&api, ENDPOINT_INVALID_PORT, 0, why, sizeof(why)));
	waiter.done = looked_up;
	names_ask(&waiter, &api);
}

/* Where it listens, or is to; after an upgrade the socket says it. */
int
api_address(struct address *a)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (where.family == 0 &&
	    (getsockname(listener, (struct sockaddr *)&ss, &len) == -1 ||
		address_from_sockaddr(&where, (struct sockaddr *)&ss) == -1))
		return -1;
	*a = where;
	return 0;
}

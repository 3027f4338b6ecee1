/* SPDX-License-Identifier: ISC */
/* See ports.h. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "clock.h"
#include "door.h"
#include "due.h"
#include "fnv.h"
#include "kernel_ports.h"
#include "listen.h"
#include "log.h"
#include "ports.h"
#include "proxies.h"
#include "state.h"
#include "tenant_limits.h"
#include "truth.h"

/*
 * Of one range so many are tried that another program has, in one request: each
 * costs some 20 us.
 */
#define TRIES 1024

/* ... and of those that the kernel chooses, and are another tenant's. */
#define CHOICES 16

/* ---- whose they are */

static const struct tenant_limits *
rows_of(const struct limits *by, size_t *n)
{
	if (by == NULL)
		return limits_now(n);
	*n = by->n;
	return by->all;
}

uint64_t
ports_of(const struct limits *by, const char *tenant)
{
	size_t i, n;
	const struct tenant_limits *rows = rows_of(by, &n);

	for (i = 0; i < n; i++) {
		if (strcmp(rows[i].tenant, tenant) == 0)
			return rows[i].of[LIMIT_OF_PORTS];
	}
	return 0;
}

/* Whose it is; NULL: nobody's. */
static const char *
owner_of(const struct limits *by, uint16_t port)
{
	size_t i, n;
	const struct tenant_limits *rows = rows_of(by, &n);

	for (i = 0; i < n; i++) {
		if (rows[i].of[LIMIT_OF_PORTS] != 0 &&
		    limit_range_has(rows[i].of[LIMIT_OF_PORTS], port))
			return rows[i].tenant;
	}
	return NULL;
}

enum endpoint_error
ports_allow(const struct limits *by, const char *tenant, uint16_t port)
{
	const char *owner;

	if (port == 0)
		return ENDPOINT_OK;
	owner = owner_of(by, port);
	if (owner != NULL)
		return strcmp(owner, tenant) == 0 ? ENDPOINT_OK
						  : ENDPOINT_ANOTHERS_PORT;
	return ports_of(by, tenant) == 0 ? ENDPOINT_OK : ENDPOINT_NOT_ITS_PORT;
}

int
ports_have(const struct limits *by, uint16_t port)
{
	return owner_of(by, port) != NULL;
}

/* ---- one that is free */

/* A bit each. */
struct used {
	uint8_t bits[(UINT16_MAX + 1) / 8];
};

static int
is_used(const struct used *u, uint16_t port)
{
	return (u->bits[port / 8] >> port % 8 & 1) != 0;
}

/* By any proxy but that one, at whatever address: a port is given once. */
static void
look_what_is_used(struct used *u, const struct proxy *but)
{
	const struct proxy *p;
	uint16_t port;

	memset(u, 0, sizeof(*u));
	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p == but || !p->listen.literal)
			continue;
		port = p->listen.address.port;
		u->bits[port / 8] |= (uint8_t)(1U << port % 8);
	}
}

/* So that it does not depend on who came first, and not on what was before. */
static unsigned int
first_choice(const struct proxy_key *key, unsigned int n)
{
	const uint64_t h = fnv1a(FNV_BASIS, key->name, strlen(key->name) + 1);

	return (unsigned int)(h % n);
}

static enum endpoint_error
bind_one_of(uint64_t range, const struct proxy_key *key,
    const struct proxy *old, struct address *a, int *fd, struct address *bound)
{
	static struct used used;
	const struct limit_range r = limit_range(range);
	const unsigned int n = (unsigned int)(r.last - r.first) + 1;
	const unsigned int first = first_choice(key, n);
	unsigned int i, tries = 0;
	enum endpoint_error e;

	look_what_is_used(&used, old);
	for (i = 0; i < n && tries < TRIES; i++) {
		a->port = (uint16_t)(r.first + (first + i) % n);
		if (is_used(&used, a->port))
			continue;
		tries++;
		e = listen_bind(-1, a, fd, bound);
		if (e != ENDPOINT_SYSTEM || errno != EADDRINUSE)
			return e;
	}
	return ENDPOINT_PORTS_ARE_TAKEN;
}

/* ---- a listener */

/* What it had to make way for is not to be had: it is as it was. */
static enum endpoint_error
bind_in_place_of(const struct proxy *old, const struct address *a, int *fd,
    struct address *bound)
{
	enum endpoint_error e =
	    listen_bind(old != NULL ? proxy_bound_fd(old) : -1, a, fd, bound);
	const int error = errno;

	if (e != ENDPOINT_OK && old != NULL) {
		if (old->held_fd != -1)
			listen_hold(old->held_fd);
		door_set(old);
	}
	errno = error;
	return e;
}

/* Where the kernel chooses, it does not know whose they are. */
static enum endpoint_error
bind_any(const struct limits *by, const char *tenant, const struct proxy *old,
    const struct address *a, int *fd, struct address *bound)
{
	enum endpoint_error e;
	int i;

	for (i = 0; i < CHOICES; i++) {
		e = bind_in_place_of(old, a, fd, bound);
		if (e != ENDPOINT_OK)
			return e;
		e = ports_allow(by, tenant, bound->port);
		if (e == ENDPOINT_OK)
			return e;
		listen_end(fd);
	}
	return e;
}

/* May it stay where it is? */
static int
may_stay(uint64_t range, const struct proxy *old, const struct address *a)
{
	struct address same;

	if (old == NULL || !old->listen.literal ||
	    !limit_range_has(range, old->listen.address.port))
		return 0;
	same = *a;
	same.port = old->listen.address.port;
	return address_equal(&same, &old->listen.address) ||
	    (address_is_wildcard(&same) &&
		address_is_wildcard(&old->listen.address));
}

void
ports_keep(const struct limits *by, const struct proxy_key *key,
    const struct proxy *old, struct address *a)
{
	const uint64_t range = ports_of(by, key->tenant);

	if (range != 0 && a->port == 0 && may_stay(range, old, a))
		a->port = old->listen.address.port;
}

enum endpoint_error
ports_bind(const struct limits *by, const struct proxy_key *key,
    const struct proxy *old, const struct address *where, int *fd,
    struct address *bound)
{
	const uint64_t range = ports_of(by, key->tenant);
	enum endpoint_error e = ports_allow(by, key->tenant, where->port);
	struct address a = *where;

	*fd = -1;
	*bound = a;
	if (e != ENDPOINT_OK)
		return e;
	if (range == 0)
		return bind_any(by, key->tenant, old, &a, fd, bound);
	ports_keep(by, key, old, &a);
	return a.port != 0 ? bind_in_place_of(old, &a, fd, bound)
			   : bind_one_of(range, key, old, &a, fd, bound);
}

/* ---- a file that is to count */

int
ports_fit(const struct limits *by, char *why, size_t size)
{
	struct proxy_names names = { .len = 0 };
	const struct proxy *p;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->leaving != STAYS || p->listen_fd == -1 ||
		    ports_allow(by, p->key.tenant, p->listen.address.port) ==
			ENDPOINT_OK)
			continue;
		if (!proxy_names_add(&names, p, p->listen.text))
			break;
	}
	snprintf(why, size,
	    "%s: proxies listen where limits.ports would not let them: %s",
	    ctld.options.config, names.text);
	return names.len > 0 ? -1 : 0;
}

/* ---- it counts */

static struct limit_range kernels; /* zeros: nobody knows */

void
ports_open(void)
{
	if (kernel_ports(&kernels.first, &kernels.last) == -1)
		kernels = (struct limit_range){ 0, 0 };
}

/* It takes them for who connects, whenever nobody is bound there. */
static void
warn_of_kernel(const struct tenant_limits *l)
{
	const struct limit_range r = limit_range(l->of[LIMIT_OF_PORTS]);
	char ports[LIMIT_TEXT_MAX], theirs[LIMIT_TEXT_MAX];

	if (l->of[LIMIT_OF_PORTS] == 0 || r.last < kernels.first ||
	    r.first > kernels.last)
		return;
	log_event(LOG_WARN,
	    "limits.ports are among those that the kernel gives to whoever "
	    "connects: see ip_local_port_range",
	    LOG_STR("of_tenant", l->tenant),
	    LOG_STR("ports",
		limit_text(LIMIT_OF_PORTS, l->of[LIMIT_OF_PORTS], ports)),
	    LOG_STR("kernel_ports",
		limit_text(LIMIT_OF_PORTS,
		    limit_of_range(kernels.first, kernels.last), theirs)));
}

/* What a name comes to, who looks it up sees. */
int
ports_hold(const struct proxy *p)
{
	const uint16_t port = p->listen.literal ? p->listen.address.port : 0;

	return ports_of(NULL, p->key.tenant) != 0 &&
	    ports_allow(NULL, p->key.tenant, port) == ENDPOINT_OK;
}

/* It is bound by restore.c, as at the start. */
void
ports_settle(struct proxy *p)
{
	const int holds = ports_hold(p);

	if (p->enabled || p->leaving != STAYS)
		return;
	if (holds && p->held_fd == -1 && p->bind_at == CLOCK_NEVER) {
		p->bind_at = clock_now();
		proxy_due(p);
	} else if (!holds && p->held_fd != -1) {
		listen_end(&p->held_fd);
		truth_proxy_changed(p);
	}
}

void
ports_apply(void)
{
	size_t i, n;
	const struct tenant_limits *rows = limits_now(&n);
	struct proxy *p;

	for (i = 0; i < n; i++)
		warn_of_kernel(&rows[i]);
	TAILQ_FOREACH (p, &proxies.all, entry)
		ports_settle(p);
}

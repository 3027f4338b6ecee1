/* SPDX-License-Identifier: ISC */
/* Listening sockets: which there are, and which there may be. */

#include <errno.h>
#include <string.h>

#include "listen.h"
#include "listeners.h"
#include "nitems.h"
#include "state.h"
#include "tables.h"

static struct listener *
row_free(void)
{
	size_t i;

	for (i = 0; i < nitems(tables->listeners); i++) {
		if (tables->listeners[i].id == 0)
			return &tables->listeners[i];
	}
	return NULL;
}

struct listener *
listener_find(uint32_t id)
{
	size_t i;

	for (i = 0; id != 0 && i < nitems(tables->listeners); i++) {
		if (tables->listeners[i].id == id)
			return &tables->listeners[i];
	}
	return NULL;
}

static const struct listener *
api_listener(void)
{
	size_t i;

	for (i = 0; i < nitems(tables->listeners); i++) {
		if (tables->listeners[i].id != 0 && tables->listeners[i].is_api)
			return &tables->listeners[i];
	}
	return NULL;
}

/* What a name means is for the resolver to know. */
static int
is_api_host(const struct address *a)
{
	struct address asked = address_unmapped(a);

	return given.api.family == 0 ||
	    (given.api.family == asked.family &&
		memcmp(given.api.ip, asked.ip, sizeof(asked.ip)) == 0);
}

static int
is_api_port(const struct address *a)
{
	return !given.has_api_port || given.api.port == a->port;
}

/* Once, where the command line says, and then nowhere but where that was. */
static int
is_api_address(const struct address *a)
{
	const struct listener *l = api_listener();

	if (l != NULL)
		return address_equal(a, &l->address);
	return !tables->api_has_ended && is_api_host(a) && is_api_port(a);
}

/* Of proxies the policy says where they may listen. */
static const struct bind_policy *
policy_of(int is_api)
{
	return is_api ? NULL : &given.bind_policy;
}

enum endpoint_error
listener_new(const struct address *a, int is_api,
    const struct listener *instead, const struct listener **new,
    struct address *bound)
{
	struct listener *l = row_free();
	enum endpoint_error e;

	*bound = *a;
	if (l == NULL) {
		errno = EMFILE;
		return ENDPOINT_SYSTEM;
	}
	if (is_api && !is_api_address(a)) {
		errno = EPERM;
		return ENDPOINT_SYSTEM;
	}
	e = priv_bind_instead(policy_of(is_api),
	    instead != NULL ? instead->fd : -1, a, &l->fd, bound);
	if (e != ENDPOINT_OK)
		return e;
	l->is_api = is_api;
	l->address = *bound;
	l->id = id_new();
	*new = l;
	return e;
}

void
listener_again(const struct listener *l)
{
	priv_relisten(l->fd);
}

void
listener_end(struct listener *l)
{
	priv_unbind(&l->fd);
	tables->api_has_ended |= l->is_api;
	l->id = 0;
}

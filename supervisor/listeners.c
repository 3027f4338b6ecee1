/* SPDX-License-Identifier: ISC */
/* Listening sockets: which there are, and which there may be. */

#include <errno.h>

#include "given.h"
#include "listen.h"
#include "listeners.h"
#include "tables.h"

/* 0 is that of a row which is free. */
static struct listener *
find(uint32_t id)
{
	struct listener *l;

	FOREACH_ROW (l, tables->listeners) {
		if (l->id == id)
			return l;
	}
	return NULL;
}

struct listener *
listener_find(uint32_t id)
{
	return id != 0 ? find(id) : NULL;
}

/* What a name means is for the resolver to know. */
static int
is_api_host(const struct address *a)
{
	struct address asked = address_unmapped(a), said = given.api;

	said.port = asked.port;
	if (said.family == 0)
		return 1;
	return address_is_wildcard(&said) ? address_is_wildcard(&asked)
					  : address_equal(&said, &asked);
}

/* Where the command line says, and then nowhere but where that came to be. */
static int
is_api_address(const struct address *a)
{
	if (tables->api.family != 0)
		return address_equal(a, &tables->api);
	return is_api_host(a) &&
	    (!given.has_api_port || given.api.port == a->port);
}

/* Can it be in the way of a socket at that address?  Else it does not stop. */
static int
is_in_the_way(const struct listener *l, const struct address *asked)
{
	struct address a = address_unmapped(asked);
	struct address b = address_unmapped(&l->address);

	return a.port == b.port &&
	    (address_is_wildcard(&a) || address_is_wildcard(&b) ||
		address_equal(&a, &b));
}

int
listener_new(struct address *a, int is_api, const struct listener *instead,
    const struct listener **new)
{
	struct listener *l = find(0);
	int error;

	if (l == NULL)
		return EMFILE;
	if (is_api && !is_api_address(a))
		return EPERM;
	if (instead != NULL && !is_in_the_way(instead, a))
		return EADDRINUSE;
	error = priv_listen(is_api ? NULL : &given.bind_policy, a,
	    instead != NULL ? instead->fd : -1, &l->fd);
	if (error != 0)
		return error;
	l->is_api = is_api;
	l->address = *a;
	l->id = id_new();
	if (is_api)
		tables->api = *a;
	*new = l;
	return 0;
}

void
listener_end(struct listener *l)
{
	priv_unbind(l->fd);
	l->id = 0;
}

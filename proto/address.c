/* SPDX-License-Identifier: ISC */
/* Addresses between processes: to the kernel, and from it. */

#include <netinet/in.h>
#include <string.h>

#include "address.h"

static const uint8_t zero[sizeof(struct address)];

static int
is_zero(const void *bytes, size_t n)
{
	return memcmp(bytes, zero, n) == 0;
}

/*
 * The name of an interface, which is shown as it is; those that would have to
 * be quoted are not.
 */
static int
is_zone(const char zone[ZONE_MAX + 1])
{
	size_t n;

	if (memchr(zone, '\0', ZONE_MAX + 1) == NULL)
		return 0;
	n = strspn(zone,
	    "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-@");
	return is_zero(zone + n, ZONE_MAX + 1 - n);
}

int
address_is_legal(const struct address *a)
{
	switch (a->family) {
	case 0:
		return is_zero(a, sizeof(*a));
	case 4:
		return a->reserved == 0 && a->scope == 0 &&
		    is_zero(a->ip + 4, sizeof(a->ip) - 4) &&
		    is_zero(a->zone, sizeof(a->zone));
	case 6:
		return a->reserved == 0 && is_zone(a->zone) &&
		    (a->scope != 0 || a->zone[0] == '\0');
	default:
		return 0;
	}
}

int
address_is_wildcard(const struct address *a)
{
	return is_zero(a->ip, sizeof(a->ip));
}

static const uint8_t mapped[12] = { [10] = 0xff, 0xff };

struct address
address_unmapped(const struct address *a)
{
	struct address four = { .family = 4, .port = a->port };

	if (a->family != 6 || memcmp(a->ip, mapped, sizeof(mapped)) != 0)
		return *a;
	memcpy(four.ip, a->ip + sizeof(mapped), 4);
	return four;
}

int
address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && a->port == b->port &&
	    a->scope == b->scope && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

int
address_to_sockaddr(
    const struct address *a, struct sockaddr_storage *ss, socklen_t *len)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	switch (a->family) {
	case 4:
		in->sin_family = AF_INET;
		in->sin_port = htons(a->port);
		memcpy(&in->sin_addr, a->ip, sizeof(in->sin_addr));
		*len = sizeof(*in);
		return 0;
	case 6:
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(a->port);
		in6->sin6_scope_id = a->scope;
		memcpy(&in6->sin6_addr, a->ip, sizeof(in6->sin6_addr));
		*len = sizeof(*in6);
		return 0;
	default:
		return -1;
	}
}

int
address_from_sockaddr(struct address *a, const struct sockaddr *sa)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	memset(a, 0, sizeof(*a));
	switch (sa->sa_family) {
	case AF_INET:
		memcpy(&in, sa, sizeof(in));
		a->family = 4;
		a->port = ntohs(in.sin_port);
		memcpy(a->ip, &in.sin_addr, sizeof(in.sin_addr));
		return 0;
	case AF_INET6:
		memcpy(&in6, sa, sizeof(in6));
		a->family = 6;
		a->port = ntohs(in6.sin6_port);
		a->scope = in6.sin6_scope_id;
		memcpy(a->ip, &in6.sin6_addr, sizeof(in6.sin6_addr));
		return 0;
	default:
		return -1;
	}
}

/* SPDX-License-Identifier: ISC */
/* Addresses with a zone, and ports by name: all that this host knows alone. */

#include <arpa/inet.h>
#include <ctype.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "resolvd.h"
#include "text_put.h"

_Static_assert(ZONE_MAX == IFNAMSIZ - 1, "zones are names of interfaces");
#define SERVICE_BUFFER 4096

static int
is_number(const char *s)
{
	return *s != '\0' && s[strspn(s, "0123456789")] == '\0';
}

static enum endpoint_error
port_of_number(const char *service, uint16_t *port)
{
	long n = strtol(service, NULL, 10);

	if (n < 0 || n > UINT16_MAX)
		return ENDPOINT_INVALID_PORT;
	*port = (uint16_t)n;
	return ENDPOINT_OK;
}

/* A number may have a sign, as in split.c. */
enum endpoint_error
numbers_port(const char *service, uint16_t *port)
{
	char buffer[SERVICE_BUFFER];
	struct servent se, *found;

	*port = 0;
	if (service[0] == '\0')
		return ENDPOINT_OK;
	if (is_number(
		service + (service[0] == '+' || service[0] == '-' ? 1 : 0)))
		return port_of_number(service, port);
	if (getservbyname_r(
		service, "tcp", &se, buffer, sizeof(buffer), &found) != 0 ||
	    found == NULL)
		return ENDPOINT_UNKNOWN_PORT;
	*port = ntohs((uint16_t)found->s_port);
	return ENDPOINT_OK;
}

/* ---- zones */

/* An interface by its name, else by its number; then r has both. */
static int
ask_kernel(int fd, const char *zone, struct ifreq *r)
{
	memset(r, 0, sizeof(*r));
	text_put(r->ifr_name, sizeof(r->ifr_name), zone);
	if (ioctl(fd, SIOCGIFINDEX, r) == 0)
		return 0;
	if (!is_number(zone))
		return -1;
	memset(r, 0, sizeof(*r));
	r->ifr_ifindex = (int)strtol(zone, NULL, 10);
	return ioctl(fd, SIOCGIFNAME, r);
}

/* 0, or -1: there is no such interface. */
static int
find_interface(const char *zone, struct ifreq *r)
{
	int fd, found;

	if (zone[0] == '\0' || strlen(zone) > ZONE_MAX)
		return -1;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	found = ask_kernel(fd, zone, r);
	close(fd);
	return found;
}

/* The kernel wants it for these, and ignores it for all others. */
static int
needs_zone(const struct address *a)
{
	struct in6_addr in6;

	memcpy(&in6, a->ip, sizeof(in6));
	return IN6_IS_ADDR_LINKLOCAL(&in6) || IN6_IS_ADDR_MC_LINKLOCAL(&in6);
}

/* Others are shown by their number: msg.c takes no other names. */
static int
is_plain(const char *name)
{
	while (isalnum((unsigned char)*name) ||
	    (*name != '\0' && strchr("_.-@", *name) != NULL))
		name++;
	return *name == '\0';
}

static enum endpoint_error
set_zone(struct address *a, const char *zone)
{
	struct ifreq r;

	if (find_interface(zone, &r) == -1)
		return ENDPOINT_UNKNOWN_ZONE;
	if (!needs_zone(a))
		return ENDPOINT_OK;
	a->scope = (uint32_t)r.ifr_ifindex;
	if (is_plain(r.ifr_name))
		text_put(a->zone, sizeof(a->zone), r.ifr_name);
	return ENDPOINT_OK;
}

int
numbers_address(const char *host, struct address *a, enum endpoint_error *error)
{
	char text[HOST_MAX + 1], *zone;

	*error = ENDPOINT_OK;
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, host, a->ip) == 1) {
		a->family = 4;
		return 1;
	}
	snprintf(text, sizeof(text), "%s", host);
	if ((zone = strchr(text, '%')) != NULL)
		*zone++ = '\0';
	if (host[0] != '\0' && inet_pton(AF_INET6, text, a->ip) != 1)
		return 0;
	a->family = 6;
	if (zone != NULL)
		*error = set_zone(a, zone);
	return 1;
}

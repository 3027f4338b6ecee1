/* SPDX-License-Identifier: ISC */
/* Addresses between processes: to the kernel, from the kernel, to a person. */

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "endpoint.h"
#include "nitems.h"

#define HOST_TEXT_MAX (INET6_ADDRSTRLEN + 1 + ZONE_MAX)

/* "1.2.3.4", "fe80::1%eth0" or, where nobody knows the name, "fe80::1%2". */
static void
host_text(const struct address *a, char text[HOST_TEXT_MAX])
{
	size_t len;

	inet_ntop(
	    a->family == 4 ? AF_INET : AF_INET6, a->ip, text, INET6_ADDRSTRLEN);
	len = strlen(text);
	if (a->zone[0] != '\0')
		snprintf(text + len, HOST_TEXT_MAX - len, "%%%s", a->zone);
	else if (a->scope != 0)
		snprintf(text + len, HOST_TEXT_MAX - len, "%%%u", a->scope);
}

const char *
address_text(const struct address *a, char text[ADDRESS_TEXT_MAX])
{
	char host[HOST_TEXT_MAX];

	host_text(a, host);
	snprintf(text, ADDRESS_TEXT_MAX, a->family == 4 ? "%s:%u" : "[%s]:%u",
	    host, a->port);
	return text;
}

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
address_is_loopback(const struct address *a)
{
	static const uint8_t six[16] = { [15] = 1 };
	struct address plain = address_unmapped(a);

	if (plain.family == 4)
		return plain.ip[0] == IN_LOOPBACKNET;
	return a->family == 6 && memcmp(a->ip, six, sizeof(six)) == 0;
}

int
address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && a->port == b->port &&
	    a->scope == b->scope && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

/* No other host and service make the same text: no character is doubtful. */
static int
text_agrees(const struct endpoint *e)
{
	char text[HOST_MAX + SERVICE_MAX + 4];
	int has_brackets = e->text[0] == '[';

	if (e->text[0] == '\0')
		return e->host[0] == '\0' && e->service[0] == '\0';
	if (strpbrk(e->host, "[]") != NULL ||
	    strpbrk(e->service, "[]:") != NULL ||
	    (!has_brackets && strchr(e->host, ':') != NULL))
		return 0;
	snprintf(text, sizeof(text), has_brackets ? "[%s]:%s" : "%s:%s",
	    e->host, e->service);
	return strcmp(text, e->text) == 0;
}

/* "80", "+80" and "080" are one port: nothing else is that one. */
static int
port_agrees(const char *service, uint16_t port)
{
	char text[8];

	if (*service == '+')
		service++;
	while (service[0] == '0' && service[1] != '\0')
		service++;
	snprintf(text, sizeof(text), "%u", port);
	return strcmp(service, text) == 0;
}

static int
address_agrees(const struct endpoint *e)
{
	const struct address *a = &e->address;
	char host[HOST_TEXT_MAX];

	host_text(a, host);
	if (e->host[0] == '\0' &&
	    (a->family != 6 || a->scope != 0 || !address_is_wildcard(a)))
		return 0;
	if (e->service[0] == '\0' && a->port != 0)
		return 0;
	return (e->host[0] == '\0' || strcmp(e->host, host) == 0) &&
	    (e->service[0] == '\0' || port_agrees(e->service, a->port));
}

int
endpoint_agrees(const struct endpoint *e)
{
	return text_agrees(e) && (!e->literal || address_agrees(e));
}

void
endpoint_of_address(struct endpoint *e, const struct address *a)
{
	memset(e, 0, sizeof(*e));
	address_text(a, e->text);
	host_text(a, e->host);
	snprintf(e->service, sizeof(e->service), "%u", a->port);
	e->literal = 1;
	e->address = *a;
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

static int
is_every_address(const struct endpoint *e)
{
	struct address a = address_unmapped(&e->address);

	return e->error == ENDPOINT_OK &&
	    (e->host[0] == '\0' || (e->literal && address_is_wildcard(&a)));
}

/* What is said of each, around the part of the endpoint that it is about. */
static const struct error_text {
	const char *before;
	size_t part; /* its offset in struct endpoint */
	const char *after;
} error_texts[] = {
#define OF(part) offsetof(struct endpoint, part)
	[ENDPOINT_MISSING_PORT] = { "address ", OF(text),
	    ": missing port in address" },
	[ENDPOINT_TOO_MANY_COLONS] = { "address ", OF(text),
	    ": too many colons in address" },
	[ENDPOINT_MISSING_BRACKET] = { "address ", OF(text),
	    ": missing ']' in address" },
	[ENDPOINT_BAD_BRACKET] = { "address ", OF(text),
	    ": unexpected '[' or ']'" },
	[ENDPOINT_INVALID_PORT] = { "address ", OF(service), ": invalid port" },
	[ENDPOINT_UNKNOWN_PORT] = { "lookup tcp/", OF(service),
	    ": unknown port" },
	[ENDPOINT_NO_SUCH_HOST] = { "lookup ", OF(host), ": no such host" },
	[ENDPOINT_LOOKUP_FAILED] = { "lookup ", OF(host),
	    ": server misbehaving" },
	[ENDPOINT_TIMED_OUT] = { "lookup ", OF(host), ": i/o timeout" },
	[ENDPOINT_UNKNOWN_ZONE] = { "address ", OF(host), ": unknown zone" },
	[ENDPOINT_POISONOUS] = { "lookup ", OF(host),
	    ": resolvd has died of it" },
	[ENDPOINT_CIRCLE] = { "", OF(text), ": would lead to itself" },
	[ENDPOINT_DIALER_DIED] = { "", OF(text), ": the dialer died of it" },
#undef OF
};

/* NULL: it has none. */
static const struct error_text *
error_text_of(int error)
{
	if (error < 0 || error >= (int)nitems(error_texts) ||
	    error_texts[error].before == NULL)
		return NULL;
	return &error_texts[error];
}

const char *
endpoint_error_text(
    const struct endpoint *e, int error, int sys_errno, char *text, size_t size)
{
	const struct error_text *t = error_text_of(error);

	if (t != NULL) {
		snprintf(text, size, "%s%s%s", t->before,
		    (const char *)e + t->part, t->after);
	} else if (error == ENDPOINT_DENIED) {
		snprintf(text, size, "not allowed by -bind-policy%s",
		    is_every_address(e)
			? ": it is every address, of IPv4 and of IPv6"
			: "");
	} else {
		snprintf(text, size, "%s", strerror(sys_errno));
		text[0] = (char)tolower((unsigned char)text[0]); /* as Go's */
	}
	return text;
}

const char *
endpoint_dial_error_text(const struct endpoint *upstream,
    const struct address *reached, int error, int sys_errno, char *text,
    size_t size)
{
	char address[ADDRESS_TEXT_MAX], why[512];

	endpoint_error_text(upstream, error, sys_errno, why, sizeof(why));
	if (error == ENDPOINT_SYSTEM)
		snprintf(text, size, "dial tcp %s: connect: %s",
		    reached->family != 0 ? address_text(reached, address)
					 : upstream->text,
		    why);
	else
		snprintf(text, size, "dial tcp: %s", why);
	return text;
}

/* SPDX-License-Identifier: ISC */
/* Addresses between processes: to the kernel, from the kernel, to a person. */

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "endpoint.h"

const char *
address_text(const struct address *a, char text[ADDRESS_TEXT_MAX])
{
	char ip[INET6_ADDRSTRLEN], scope[16] = "";

	if (a->family == 4) {
		inet_ntop(AF_INET, a->ip, ip, sizeof(ip));
		snprintf(text, ADDRESS_TEXT_MAX, "%s:%u", ip, a->port);
		return text;
	}
	inet_ntop(AF_INET6, a->ip, ip, sizeof(ip));
	if (a->scope != 0)
		snprintf(scope, sizeof(scope), "%%%u", a->scope);
	snprintf(text, ADDRESS_TEXT_MAX, "[%s%s]:%u", ip, scope, a->port);
	return text;
}

int
address_is_wildcard(const struct address *a)
{
	static const uint8_t zero[sizeof(a->ip)];

	return memcmp(a->ip, zero, sizeof(zero)) == 0;
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

const char *
endpoint_error_text(
    const struct endpoint *e, int error, int sys_errno, char *text, size_t size)
{
	switch (error) {
	case ENDPOINT_MISSING_PORT:
		snprintf(
		    text, size, "address %s: missing port in address", e->text);
		break;
	case ENDPOINT_TOO_MANY_COLONS:
		snprintf(text, size, "address %s: too many colons in address",
		    e->text);
		break;
	case ENDPOINT_MISSING_BRACKET:
		snprintf(
		    text, size, "address %s: missing ']' in address", e->text);
		break;
	case ENDPOINT_BAD_BRACKET:
		snprintf(
		    text, size, "address %s: unexpected '[' or ']'", e->text);
		break;
	case ENDPOINT_INVALID_PORT:
		snprintf(text, size, "address %s: invalid port", e->service);
		break;
	case ENDPOINT_UNKNOWN_PORT:
		snprintf(text, size, "lookup tcp/%s: unknown port", e->service);
		break;
	case ENDPOINT_NO_SUCH_HOST:
		snprintf(text, size, "lookup %s: no such host", e->host);
		break;
	case ENDPOINT_LOOKUP_FAILED:
		snprintf(text, size, "lookup %s: server misbehaving", e->host);
		break;
	case ENDPOINT_TIMED_OUT:
		snprintf(text, size, "lookup %s: i/o timeout", e->host);
		break;
	case ENDPOINT_DENIED:
		snprintf(text, size, "%s: denied by policy", e->text);
		break;
	default:
		snprintf(text, size, "%s", strerror(sys_errno));
		text[0] = (char)tolower((unsigned char)text[0]); /* as Go's */
		break;
	}
	return text;
}

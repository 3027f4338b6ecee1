/* SPDX-License-Identifier: ISC */
/* What people read of endpoints and addresses, and what is wrong with them. */

#include <arpa/inet.h>
#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "endpoint.h"
#include "nitems.h"
#include "policy_rule.h"

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

static int
is_every_address(const struct endpoint *e)
{
	struct address a = address_unmapped(&e->address);

	return e->error == ENDPOINT_OK &&
	    (e->host[0] == '\0' || (e->literal && address_is_wildcard(&a)));
}

/*
 * What is said of each, around the part of the endpoint that it is about.  No
 * pointers: what the loader writes to is each worker's own memory.
 */
static const struct error_text {
	char before[12];
	char after[36]; /* "": it has none */
	size_t part;    /* its offset in struct endpoint */
} error_texts[] = {
#define OF(part) offsetof(struct endpoint, part)
	[ENDPOINT_MISSING_PORT] = { "address ", ": missing port in address",
	    OF(text) },
	[ENDPOINT_TOO_MANY_COLONS] = { "address ",
	    ": too many colons in address", OF(text) },
	[ENDPOINT_MISSING_BRACKET] = { "address ", ": missing ']' in address",
	    OF(text) },
	[ENDPOINT_BAD_BRACKET] = { "address ", ": unexpected '[' or ']'",
	    OF(text) },
	[ENDPOINT_INVALID_PORT] = { "address ", ": invalid port", OF(service) },
	[ENDPOINT_UNKNOWN_PORT] = { "lookup tcp/", ": unknown port",
	    OF(service) },
	[ENDPOINT_NO_SUCH_HOST] = { "lookup ", ": no such host", OF(host) },
	[ENDPOINT_LOOKUP_FAILED] = { "lookup ", ": server misbehaving",
	    OF(host) },
	[ENDPOINT_TIMED_OUT] = { "lookup ", ": i/o timeout", OF(host) },
	[ENDPOINT_UNKNOWN_ZONE] = { "address ", ": unknown zone", OF(host) },
	[ENDPOINT_POISONOUS] = { "lookup ", ": resolvd has died of it",
	    OF(host) },
	[ENDPOINT_CIRCLE] = { "", ": would lead to itself", OF(text) },
	[ENDPOINT_DIALER_DIED] = { "", ": the dialer died of it", OF(text) },
#undef OF
};

/* What is said of a port alone; NULL: it is not of that. */
static const char *
port_error_text(int error)
{
	switch (error) {
	case ENDPOINT_NOT_ITS_PORT:
		return "limits.ports of its tenant has no such port";
	case ENDPOINT_ANOTHERS_PORT:
		return "the port is another tenant's, by limits.ports";
	case ENDPOINT_PORTS_ARE_TAKEN:
		return "each of limits.ports is taken";
	default:
		return NULL;
	}
}

/* NULL: it has none. */
static const struct error_text *
error_text_of(int error)
{
	if (error < 0 || error >= (int)nitems(error_texts) ||
	    error_texts[error].after[0] == '\0')
		return NULL;
	return &error_texts[error];
}

const char *
endpoint_error_text(
    const struct endpoint *e, int error, int sys_errno, char *text, size_t size)
{
	const struct error_text *t = error_text_of(error);
	const char *of_port = port_error_text(error);

	if (t != NULL) {
		snprintf(text, size, "%s%s%s", t->before,
		    (const char *)e + t->part, t->after);
	} else if (of_port != NULL) {
		snprintf(text, size, "%s", of_port);
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

/* By whom it is refused; NULL: by none of these. */
static const char *
rule_text(const struct dial_result *r, char *text, size_t size)
{
	switch (r->error) {
	case ENDPOINT_FORBIDDEN:
		snprintf(
		    text, size, "not allowed by upstreams.deny[%u]", r->rule);
		return text;
	case ENDPOINT_OFF_LIMITS:
		snprintf(text, size,
		    "not allowed: %s is denied to tenants, unless "
		    "upstreams.allow names just that",
		    rule_kind_word(r->rule));
		return text;
	case ENDPOINT_NOT_ALLOWED:
		return "not allowed: no address in upstreams.allow has it";
	case ENDPOINT_NO_POLICY:
		return "not allowed: its tenant is not in the configuration "
		       "file";
	case ENDPOINT_NAME_NOT_ALLOWED:
		return "not allowed: no name in upstreams.allow is its own";
	default:
		return NULL;
	}
}

const char *
endpoint_dial_error_text(const struct endpoint *upstream,
    const struct dial_result *r, char *text, size_t size)
{
	char address[ADDRESS_TEXT_MAX], why[512];
	const char *rule = rule_text(r, why, sizeof(why));

	if (rule == NULL)
		endpoint_error_text(
		    upstream, r->error, r->sys_errno, why, sizeof(why));
	if (rule != NULL || r->error == ENDPOINT_SYSTEM)
		snprintf(text, size, "dial tcp %s: %s%s%s",
		    r->address.family != 0 ? address_text(&r->address, address)
					   : upstream->text,
		    rule != NULL ? "" : "connect: ", rule != NULL ? rule : why,
		    r->is_injected ? " (by the proxy's dial_fail)" : "");
	else
		snprintf(text, size, "dial tcp: %s", why);
	return text;
}

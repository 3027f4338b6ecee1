/* SPDX-License-Identifier: ISC */
/*
 * Takes "host:port" apart, with the errors of Go's net.SplitHostPort.  It reads
 * untrusted text: only processes that are locked up have it.
 */

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "endpoint.h"

#define PORT_MAX 65535

/* host is text[0..host_len), the service is behind colon; or an error. */
struct parts {
	const char *host;
	size_t host_len;
	const char *service;
};

static enum endpoint_error
split_bracketed(const char *text, struct parts *p)
{
	const char *end = strchr(text, ']');
	const char *colon = strrchr(text, ':');

	if (end == NULL)
		return ENDPOINT_MISSING_BRACKET;
	if (end[1] == '\0')
		return ENDPOINT_MISSING_PORT;
	if (end + 1 != colon)
		return end[1] == ':' ? ENDPOINT_TOO_MANY_COLONS
				     : ENDPOINT_MISSING_PORT;
	p->host = text + 1;
	p->host_len = (size_t)(end - p->host);
	p->service = colon + 1;
	if (memchr(p->host, '[', p->host_len) != NULL ||
	    strpbrk(p->service, "[]") != NULL)
		return ENDPOINT_BAD_BRACKET;
	return ENDPOINT_OK;
}

static enum endpoint_error
split(const char *text, struct parts *p)
{
	const char *colon = strrchr(text, ':');

	if (colon == NULL)
		return ENDPOINT_MISSING_PORT;
	if (text[0] == '[')
		return split_bracketed(text, p);
	p->host = text;
	p->host_len = (size_t)(colon - text);
	p->service = colon + 1;
	if (memchr(text, ':', p->host_len) != NULL)
		return ENDPOINT_TOO_MANY_COLONS;
	if (strpbrk(text, "[]") != NULL)
		return ENDPOINT_BAD_BRACKET;
	return ENDPOINT_OK;
}

/* A number, with or without a sign; else it is the name of a service. */
static int
is_number(const char *s)
{
	if (*s == '+' || *s == '-')
		s++;
	return *s != '\0' && s[strspn(s, "0123456789")] == '\0';
}

/* -1: it has to be looked up. */
static int
port_of(struct endpoint *e, uint16_t *port)
{
	long n;

	*port = 0;
	if (e->service[0] == '\0')
		return 0;
	if (!is_number(e->service))
		return -1;
	n = strtol(e->service, NULL, 10);
	if (n < 0 || n > PORT_MAX)
		e->error = ENDPOINT_INVALID_PORT;
	else
		*port = (uint16_t)n;
	return 0;
}

/* -1: it has to be looked up; so has an address with a zone. */
static int
ip_of(const char *host, struct address *a)
{
	if (host[0] == '\0' || inet_pton(AF_INET6, host, a->ip) == 1) {
		a->family = 6;
		return 0;
	}
	memset(a->ip, 0, sizeof(a->ip));
	if (inet_pton(AF_INET, host, a->ip) != 1)
		return -1;
	a->family = 4;
	return 0;
}

static void
be_looked_up(struct endpoint *e)
{
	e->literal = 0;
	memset(&e->address, 0, sizeof(e->address));
}

int
endpoint_split(struct endpoint *e, const char *text)
{
	struct parts p = { .host = "", .service = "" };
	struct address a = { 0 };
	int is_ip, is_port;

	memset(e, 0, sizeof(*e));
	if (strlen(text) > ENDPOINT_TEXT_MAX)
		return -1;
	snprintf(e->text, sizeof(e->text), "%s", text);
	if (text[0] != '\0') /* nothing at all is anywhere */
		e->error = (uint8_t)split(text, &p);
	if (e->error != ENDPOINT_OK)
		return 0;
	if (p.host_len > HOST_MAX) {
		e->error = ENDPOINT_NO_SUCH_HOST;
		p.host_len = HOST_MAX;
	}
	memcpy(e->host, p.host, p.host_len);
	if (strlen(p.service) > SERVICE_MAX)
		e->error = is_number(p.service) ? ENDPOINT_INVALID_PORT
						: ENDPOINT_UNKNOWN_PORT;
	memcpy(e->service, p.service, strnlen(p.service, SERVICE_MAX));
	is_port = port_of(e, &a.port) == 0;
	is_ip = ip_of(e->host, &a) == 0;
	if (e->error == ENDPOINT_OK && is_port && is_ip) {
		e->literal = 1;
		e->address = a;
		if (!endpoint_agrees(e)) /* an odd spelling: see endpoint.h */
			be_looked_up(e);
	}
	return 0;
}

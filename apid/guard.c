/* SPDX-License-Identifier: ISC */
/*
 * What is refused whatever it wants: a body that two parsers could see the end
 * of in two places, and web pages, which reach a local API through the browser
 * of somebody who may (DNS rebinding, requests across origins).
 */

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "apid.h"

/* ---- the end of the body */

struct framing {
	int lengths, encodings;
};

static enum MHD_Result
count_framing(
    void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct framing *f = arg;

	(void)kind;
	(void)value;
	f->lengths += strcasecmp(key, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0;
	f->encodings += strcasecmp(key, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0;
	return MHD_YES;
}

int
guard_framing(struct request *r)
{
	struct framing f = { 0, 0 };

	MHD_get_connection_values(
	    r->connection, MHD_HEADER_KIND, count_framing, &f);
	if (f.lengths + f.encodings <= 1)
		return 1;
	reply_error(r, 400, "more than one header says how long the body is");
	reply_header(r, "Connection", "close");
	return 0;
}

/* ---- browsers */

static const char *
header(const struct request *r, const char *name)
{
	return MHD_lookup_connection_value(
	    r->connection, MHD_HEADER_KIND, name);
}

/* "[::1]:8474" is ::1, "localhost:8474" is localhost; 0, or -1: too long. */
static int
host_of(const char *authority, char host[HOST_MAX + 1])
{
	size_t len;

	if (authority[0] == '[') {
		authority++;
		len = strcspn(authority, "]/");
	} else {
		len = strcspn(authority, ":/");
	}
	if (len > HOST_MAX)
		return -1;
	memcpy(host, authority, len);
	host[len] = '\0';
	return 0;
}

static int
is_ip(const char *host)
{
	struct in6_addr a;

	return inet_pton(AF_INET, host, &a) == 1 ||
	    inet_pton(AF_INET6, host, &a) == 1;
}

static int
is_loopback_ip(const char *host)
{
	struct in_addr a;

	if (strcmp(host, "::1") == 0)
		return 1;
	return inet_pton(AF_INET, host, &a) == 1 &&
	    ntohl(a.s_addr) >> 24 == IN_LOOPBACKNET;
}

/* A name that no foreign name server answers for, and the -host name. */
static int
is_local_name(const char *host)
{
	static const char local[] = ".localhost";
	size_t len = strlen(host), nlocal = sizeof(local) - 1;

	return strcasecmp(host, local + 1) == 0 ||
	    (len > nlocal && strcasecmp(host + len - nlocal, local) == 0) ||
	    strcasecmp(host, apid.host) == 0;
}

static int
came_in_by_loopback(const struct request *r)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    r->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct address a;
	char text[ADDRESS_TEXT_MAX], host[HOST_MAX + 1];

	if (info == NULL ||
	    getsockname(info->connect_fd, (struct sockaddr *)&ss, &len) == -1 ||
	    address_from_sockaddr(&a, (struct sockaddr *)&ss) == -1)
		return 1;
	return host_of(address_text(&a, text), host) == 0 &&
	    (is_loopback_ip(host) || strncasecmp(host, "::ffff:127.", 11) == 0);
}

/* An address cannot be rebound, a name can. */
static int
host_is_allowed(const struct request *r)
{
	const char *value = header(r, MHD_HTTP_HEADER_HOST);
	char host[HOST_MAX + 1];

	if (value == NULL || !came_in_by_loopback(r))
		return 1;
	return host_of(value, host) == 0 &&
	    (host[0] == '\0' || is_ip(host) || is_local_name(host));
}

/* "null" is what p2pd's client sends; a page that has it says Mozilla/ too. */
static int
origin_is_allowed(const struct request *r)
{
	const char *value = header(r, "Origin");
	const char *called = header(r, MHD_HTTP_HEADER_HOST);
	char origin[HOST_MAX + 1], host[HOST_MAX + 1];
	const char *authority;

	if (value == NULL || strcmp(value, "null") == 0)
		return 1;
	if ((authority = strstr(value, "://")) == NULL ||
	    host_of(authority + 3, origin) == -1)
		return 0;
	if (is_loopback_ip(origin) || is_local_name(origin))
		return 1;
	return called != NULL && host_of(called, host) == 0 &&
	    strcasecmp(origin, host) == 0;
}

int
guard_browser(struct request *r)
{
	if (r->user_agent != NULL &&
	    strncmp(r->user_agent, "Mozilla/", 8) == 0) {
		reply_text(r, 403, "text/plain; charset=utf-8",
		    "User agent not allowed\n");
		reply_header(r, "X-Content-Type-Options", "nosniff");
	} else if (!host_is_allowed(r)) {
		reply_error(r, 403, "host not allowed");
	} else if (!origin_is_allowed(r)) {
		reply_error(r, 403, "origin not allowed");
	}
	return r->response == NULL;
}

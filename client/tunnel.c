/* SPDX-License-Identifier: ISC */
/* A proxy with a name and a port of its own, and connections through it. */

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "failure.h"
#include "now.h"
#include "tunnel.h"

struct toxi_tunnel {
	struct toxi *toxi; /* borrowed */
	struct toxi_proxy *proxy;
	char *address;
	char *host;       /* without brackets */
	const char *port; /* behind the host, in its memory */
};

static void
tunnel_release(struct toxi_tunnel *tunnel)
{
	toxi_proxy_free(tunnel->proxy);
	free(tunnel->address);
	free(tunnel->host);
	free(tunnel);
}

static int
take_address(struct toxi_tunnel *tunnel, struct toxi_error *err)
{
	char *colon, *host;

	tunnel->address = settings_address(
	    client_settings(tunnel->toxi), tunnel->proxy->listen);
	if (tunnel->address == NULL ||
	    (tunnel->host = strdup(tunnel->address)) == NULL)
		return fail_nomem(err);
	if ((colon = strrchr(tunnel->host, ':')) == NULL)
		return fail(err, TOXI_ERR_PROTOCOL,
		    "the tunnel listens on \"%.64s\", without a port",
		    tunnel->address);
	*colon = '\0';
	tunnel->port = colon + 1;
	host = tunnel->host;
	if (host[0] == '[' && colon > host + 1 && colon[-1] == ']') {
		colon[-1] = '\0';
		memmove(host, host + 1, strlen(host));
	}
	return 0;
}

struct toxi_tunnel *
tunnel_open(struct toxi *toxi, const char *session, const char *upstream,
    struct toxi_error *err)
{
	struct toxi_tunnel *tunnel;
	struct request r;

	if (toxi == NULL) {
		fail(err, TOXI_ERR_ARGUMENT, "no client");
		return NULL;
	}
	if ((tunnel = calloc(1, sizeof(*tunnel))) == NULL) {
		fail_nomem(err);
		return NULL;
	}
	tunnel->toxi = toxi;
	request_tunnel(&r, upstream, settings_listen(client_settings(toxi)));
	r.session = session;
	if (client_perform(toxi, &r,
		&(struct wanted){ .proxy = &tunnel->proxy, .err = err }) == 0 &&
	    take_address(tunnel, err) == 0)
		return tunnel;
	if (tunnel->proxy != NULL)
		toxi_proxy_delete(toxi, tunnel->proxy->name, NULL);
	tunnel_release(tunnel);
	return NULL;
}

struct toxi_tunnel *
toxi_tunnel_open(
    struct toxi *toxi, const char *upstream, struct toxi_error *err)
{
	struct toxi_error spare;

	err = failure_begin(err, &spare, __func__);
	return tunnel_open(toxi, NULL, upstream, err);
}

int
toxi_tunnel_free(struct toxi_tunnel *tunnel, struct toxi_error *err)
{
	struct toxi_error spare;
	int rc;

	err = failure_begin(err, &spare, __func__);
	if (tunnel == NULL)
		return 0;
	rc = toxi_proxy_delete(tunnel->toxi, tunnel->proxy->name, err);
	if (rc == -1 && failure_is_gone(err)) {
		failure_begin(err, NULL, __func__);
		rc = 0;
	}
	tunnel_release(tunnel);
	return rc;
}

const char *
toxi_tunnel_name(const struct toxi_tunnel *tunnel)
{
	return tunnel->proxy->name;
}

const char *
toxi_tunnel_address(const struct toxi_tunnel *tunnel)
{
	return tunnel->address;
}

const char *
toxi_tunnel_host(const struct toxi_tunnel *tunnel)
{
	return tunnel->host;
}

int
toxi_tunnel_port(const struct toxi_tunnel *tunnel)
{
	return (int)strtol(tunnel->port, NULL, 10);
}

/* 0, or an errno. */
static int
wait_connected(int fd, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int64_t left;
	int error = 0, n;

	do {
		left = deadline - now_ms();
		n = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (n == -1 && errno == EINTR);
	if (n == 0)
		return ETIMEDOUT;
	if (n == -1 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		return errno;
	return error;
}

/* A descriptor, or -1 and *error_number. */
static int
connect_one(const struct addrinfo *ai, int64_t deadline, int *error_number)
{
	int fd;

	fd = socket(ai->ai_family,
	    ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, ai->ai_protocol);
	if (fd == -1) {
		*error_number = errno;
		return -1;
	}
	*error_number = 0;
	if (connect(fd, ai->ai_addr, ai->ai_addrlen) == -1)
		*error_number =
		    errno == EINPROGRESS ? wait_connected(fd, deadline) : errno;
	if (*error_number == 0 &&
	    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK) == -1)
		*error_number = errno;
	if (*error_number == 0)
		return fd;
	close(fd);
	return -1;
}

static int
fail_connect(
    const struct toxi_tunnel *tunnel, int error_number, struct toxi_error *err)
{
	fail_system(err, error_number, tunnel->address);
	if (error_number == ETIMEDOUT)
		err->code = TOXI_ERR_TIMEOUT;
	else if (error_number != EMFILE && error_number != ENFILE &&
	    error_number != ENOMEM && error_number != ENOBUFS)
		err->code = TOXI_ERR_CONNECT;
	return -1;
}

int
toxi_tunnel_connect(const struct toxi_tunnel *tunnel, struct toxi_error *err)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list, *ai;
	struct toxi_error spare;
	int64_t deadline;
	int fd = -1, error_number = 0, rc;

	err = failure_begin(err, &spare, __func__);
	rc = getaddrinfo(tunnel->host, tunnel->port, &hints, &list);
	if (rc != 0)
		return fail(err, TOXI_ERR_CONNECT, "%s: %s", tunnel->host,
		    gai_strerror(rc));
	deadline = now_ms() + client_settings(tunnel->toxi)->connect_timeout_ms;
	for (ai = list; ai != NULL && fd == -1; ai = ai->ai_next)
		fd = connect_one(ai, deadline, &error_number);
	freeaddrinfo(list);
	return fd != -1 ? fd : fail_connect(tunnel, error_number, err);
}

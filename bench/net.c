/* SPDX-License-Identifier: ISC */
/* Sockets, as all modes want them. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "net.h"
#include "run.h"

#define BACKLOG 4096

/* The load is for a relay on this machine, and may go nowhere else. */
static int
parse_host(struct endpoint *e, const char *host, uint16_t port)
{
	struct sockaddr_in *in = &e->addr.in;
	struct sockaddr_in6 *in6 = &e->addr.in6;

	if (inet_pton(AF_INET, host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		e->len = sizeof(*in);
		return ntohl(in->sin_addr.s_addr) >> 24 == 127 ? 0 : -1;
	}
	if (inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		e->len = sizeof(*in6);
		return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) ? 0 : -1;
	}
	return -1;
}

int
endpoint_parse(struct endpoint *e, const char *text)
{
	char host[sizeof(e->text)], *colon, *end, *name = host;
	unsigned long port;

	memset(e, 0, sizeof(*e));
	if (strlen(text) >= sizeof(host))
		return -1;
	snprintf(host, sizeof(host), "%s", text);
	snprintf(e->text, sizeof(e->text), "%s", text);
	if ((colon = strrchr(host, ':')) == NULL)
		return -1;
	*colon = '\0';
	errno = 0;
	port = strtoul(colon + 1, &end, 10);
	if (colon[1] == '\0' || *end != '\0' || port == 0 || port > 65535)
		return -1;
	if (*name == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		name++;
	}
	return parse_host(e, name, (uint16_t)port);
}

static void
switch_on(int fd, int level, int option)
{
	int one = 1;

	if (setsockopt(fd, level, option, &one, sizeof(one)) == -1)
		fail("setsockopt");
}

/* What it accepts has TCP_NODELAY too. */
int
net_listen(const struct endpoint *e)
{
	int fd;

	fd = socket(e->addr.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		fail("socket");
	switch_on(fd, SOL_SOCKET, SO_REUSEADDR);
	switch_on(fd, IPPROTO_TCP, TCP_NODELAY);
	if (bind(fd, &e->addr.sa, e->len) == -1)
		fail("bind %s", e->text);
	if (listen(fd, BACKLOG) == -1)
		fail("listen %s", e->text);
	return fd;
}

void
net_accept_all(int listener, int *fds, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		do
			fds[i] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		while (fds[i] == -1 && errno == EINTR);
		if (fds[i] == -1)
			fail("accept");
	}
}

/*
 * The port is left to connect(2), which knows where to and so may take one
 * that is in use towards another place.
 */
static void
bind_source(int fd, unsigned int source)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	switch_on(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
	in.sin_addr.s_addr = htonl((127U << 24) + source);
	if (bind(fd, (const struct sockaddr *)&in, sizeof(in)) == -1)
		fail("bind 127.0.0.%u", source);
}

int
net_socket(const struct endpoint *to, unsigned int source, int flags)
{
	int fd;

	fd = socket(
	    to->addr.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (fd == -1)
		fail("socket");
	switch_on(fd, IPPROTO_TCP, TCP_NODELAY);
	if (source != 0 && to->addr.sa.sa_family == AF_INET)
		bind_source(fd, source);
	return fd;
}

int
net_connect(const struct endpoint *to, unsigned int source)
{
	int fd;

	fd = net_socket(to, source, 0);
	if (connect(fd, &to->addr.sa, to->len) == -1)
		fail("connect %s", to->text);
	return fd;
}

void
net_send_all(int fd, const void *data, size_t size)
{
	const uint8_t *p = data;
	ssize_t n;

	while (size > 0) {
		n = send(fd, p, size, MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			fail("send");
		p += n;
		size -= (size_t)n;
	}
}

void
net_recv_all(int fd, void *data, size_t size)
{
	uint8_t *p = data;
	ssize_t n;

	while (size > 0) {
		n = recv(fd, p, size, MSG_WAITALL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			fail("recv");
		if (n == 0)
			failx("recv: the connection has been closed");
		p += n;
		size -= (size_t)n;
	}
}

ssize_t
net_recv_some(int fd, void *data, size_t size)
{
	ssize_t n;

	do
		n = recv(fd, data, size, MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	if (n == 0)
		return -1;
	if (n == -1 && errno != EAGAIN)
		fail("recv");
	return n == -1 ? 0 : n;
}

ssize_t
net_send_some(int fd, const void *data, size_t size)
{
	ssize_t n;

	do
		n = send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	if (n == -1 && errno != EAGAIN)
		fail("send");
	return n == -1 ? 0 : n;
}

int
poller_open(void)
{
	int fd;

	if ((fd = epoll_create1(EPOLL_CLOEXEC)) == -1)
		fail("epoll_create1");
	return fd;
}

void
poller_add(int poller, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event ev = { .events = events, .data.u64 = data };

	if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &ev) == -1)
		fail("epoll_ctl");
}

void
poller_change(int poller, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event ev = { .events = events, .data.u64 = data };

	if (epoll_ctl(poller, EPOLL_CTL_MOD, fd, &ev) == -1)
		fail("epoll_ctl");
}

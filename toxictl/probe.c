/* SPDX-License-Identifier: ISC */
/* A connection through a proxy, to see what becomes of it. */

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

#define CONNECT_MS 3000
#define HOST_MAX 256

long
probe_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void __attribute__((__format__(__printf__, 3, 4)))
conclude(struct probe *p, enum probe_result result, const char *format, ...)
{
	va_list ap;

	p->result = result;
	p->ms = probe_clock() - p->ms;
	va_start(ap, format);
	vsnprintf(p->text, sizeof(p->text), format, ap);
	va_end(ap);
}

/* What is between "//" or "@" and the port. */
static void
host_of_url(const char *url, char *host)
{
	const char *start = strstr(url, "://"), *at;
	size_t len;

	start = start != NULL ? start + 3 : url;
	len = strcspn(start, "/?#");
	if ((at = memchr(start, '@', len)) != NULL)
		start = at + 1;
	if (*start == '[')
		len = strcspn(++start, "]");
	else
		len = strcspn(start, ":/?#");
	snprintf(host, HOST_MAX, "%.*s", (int)len, start);
}

int
probe_is_local(const char *url)
{
	char host[HOST_MAX];

	host_of_url(url, host);
	return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
	    strncmp(host, "127.", 4) == 0;
}

/* -1: this is no address. */
static int
split(const char *listen, const char *url, char *host, const char **port)
{
	const char *colon = strrchr(listen, ':');
	size_t len;

	if (colon == NULL)
		return -1;
	*port = colon + 1;
	len = (size_t)(colon - listen);
	if (len >= 2 && listen[0] == '[') {
		listen++;
		len -= 2;
	}
	snprintf(host, HOST_MAX, "%.*s", (int)len, listen);
	if (*host == '\0' || strcmp(host, "::") == 0 ||
	    strcmp(host, "0.0.0.0") == 0)
		host_of_url(url, host);
	return 0;
}

/* Returns 0 or an errno. */
static int
connect_within(int fd, const struct addrinfo *ai)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	int error = 0;
	socklen_t len = sizeof(error);

	if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	if (poll(&pfd, 1, CONNECT_MS) != 1)
		return ETIMEDOUT;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return error;
}

/* -1: it has been concluded. */
static int
open_connection(struct probe *p, const char *host, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *all, *ai;
	int fd = -1, error = EADDRNOTAVAIL, rc;

	if ((rc = getaddrinfo(host, port, &hints, &all)) != 0) {
		conclude(
		    p, PROBE_UNREACHABLE, "%.100s: %s", host, gai_strerror(rc));
		return -1;
	}
	for (ai = all; ai != NULL && error != 0; ai = ai->ai_next) {
		fd = socket(ai->ai_family,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		error = fd == -1 ? errno : connect_within(fd, ai);
		if (error != 0 && fd != -1)
			close(fd);
	}
	freeaddrinfo(all);
	if (error == 0)
		return fd;
	conclude(p, PROBE_UNREACHABLE, "no connection to %.100s port %s: %s",
	    host, port, strerror(error));
	return -1;
}

static void
watch(struct probe *p, int fd, int wait_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char buffer[4096];
	ssize_t n;

	if (poll(&pfd, 1, wait_ms) != 1) {
		conclude(
		    p, PROBE_SILENT, "held, nothing came in %d ms", wait_ms);
		return;
	}
	n = recv(fd, buffer, sizeof(buffer), 0);
	if (n > 0)
		conclude(p, PROBE_ANSWERED, "answered, after %ld ms",
		    probe_clock() - p->ms);
	else if (n == 0)
		conclude(p, PROBE_CLOSED, "closed, nothing came");
	else
		conclude(p, PROBE_CLOSED, "closed: %s", strerror(errno));
}

void
probe(struct probe *p, const char *listen, const char *url, const char *text,
    size_t len, int wait_ms)
{
	char host[HOST_MAX];
	const char *port;
	int fd;

	p->ms = probe_clock();
	if (split(listen, url, host, &port) == -1) {
		conclude(p, PROBE_UNREACHABLE, "no address: %.100s", listen);
		return;
	}
	if ((fd = open_connection(p, host, port)) == -1)
		return;
	if (text != NULL && send(fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
		conclude(p, PROBE_CLOSED, "not sent: %s", strerror(errno));
	else
		watch(p, fd, wait_ms);
	close(fd);
}

/* SPDX-License-Identifier: ISC */
/*
 * A server, a tunnel to it, and latency on one of its two pipes: how long an
 * echo takes without, and with it.  Without an argument, which is the URL of a
 * toxid, it has a toxid of its own.
 *
 *	cc blocking.c $(pkg-config --cflags --libs libtoxi)
 */

#include <arpa/inet.h>
#include <err.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <toxi.h>
#include <unistd.h>

static void *
serve_one(void *arg)
{
	int listener = (int)(intptr_t)arg, fd = accept(listener, NULL, NULL);
	char buffer[512];
	ssize_t n;

	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		if (write(fd, buffer, (size_t)n) != n)
			break;
	close(fd);
	return NULL;
}

/* An echo server for one client; its address. */
static const char *
start_server(pthread_t *thread)
{
	static char address[64];
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	intptr_t fd = socket(AF_INET, SOCK_STREAM, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind((int)fd, (struct sockaddr *)&sin, len) == -1 ||
	    listen((int)fd, 1) == -1 ||
	    getsockname((int)fd, (struct sockaddr *)&sin, &len) == -1)
		err(1, "server");
	snprintf(address, sizeof(address), "127.0.0.1:%d", ntohs(sin.sin_port));
	if (pthread_create(thread, NULL, serve_one, (void *)fd) != 0)
		errx(1, "no thread");
	return address;
}

static double
ms_there_and_back(int fd)
{
	struct timespec start, end;
	char byte = 'x';

	clock_gettime(CLOCK_MONOTONIC, &start);
	if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1)
		err(1, "echo");
	clock_gettime(CLOCK_MONOTONIC, &end);
	return (double)(end.tv_sec - start.tv_sec) * 1e3 +
	    (double)(end.tv_nsec - start.tv_nsec) / 1e6;
}

int
main(int argc, char *argv[])
{
	struct toxi_options options = { .url = argc > 1 ? argv[1] : NULL };
	struct toxi_server *own = NULL;
	struct toxi_tunnel *tunnel;
	struct toxi_error e;
	struct toxi *toxi;
	pthread_t server;
	int fd;

	if (options.url == NULL) {
		if ((own = toxi_server_start(NULL, &e)) == NULL)
			errx(1, "%s: %s", e.call, e.text);
		options.url = toxi_server_url(own);
	}
	if ((toxi = toxi_new(&options, &e)) == NULL)
		errx(1, "%s: %s", e.call, e.text);
	tunnel = toxi_tunnel_open(toxi, start_server(&server), &e);
	if (tunnel == NULL || (fd = toxi_tunnel_connect(tunnel, &e)) == -1)
		errx(1, "%s: %s", e.call, e.text);
	printf("as it is: %.1f ms\n", ms_there_and_back(fd));

	if (toxi_toxic_add(toxi, toxi_tunnel_name(tunnel),
		toxi_upstream(toxi_latency(300, 20)), NULL, &e) == -1)
		errx(1, "%s: %s", e.call, e.text);
	printf("with latency upstream: %.1f ms\n", ms_there_and_back(fd));

	close(fd);
	pthread_join(server, NULL);
	toxi_tunnel_free(tunnel, &e);
	toxi_free(toxi);
	toxi_server_stop(own, &e);
	return 0;
}

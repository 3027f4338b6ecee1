/* SPDX-License-Identifier: ISC */
/* What the tests of the client library share. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "rig.h"

struct toxi_error err;

const char *
given(const char *name)
{
	const char *text = getenv(name);

	cr_assert_neq(text, NULL, "no %s: run me by test_client.py", name);
	return text;
}

int
is_original(void)
{
	return getenv("TOXI_ORIGINAL") != NULL;
}

struct toxi *
client(void)
{
	const struct toxi_options options = { .url = given("TOXI_URL") };
	struct toxi *toxi = toxi_new(&options, &err);

	cr_assert_neq(toxi, NULL, "%s", err.text);
	return toxi;
}

/* A socket on a port of its own; its address. */
static int
bound(char *address, size_t len)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t sin_len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert_eq(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&sin, &sin_len), 0);
	snprintf(address, len, "127.0.0.1:%d", ntohs(sin.sin_port));
	return fd;
}

static void *
echo_one(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char buffer[4096];
	ssize_t n;

	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		if (send(fd, buffer, (size_t)n, MSG_NOSIGNAL) != n)
			break;
	close(fd);
	return NULL;
}

static void *
echo_all(void *arg)
{
	int listener = (int)(intptr_t)arg;
	pthread_t thread;
	intptr_t fd;

	while ((fd = accept(listener, NULL, NULL)) != -1)
		if (pthread_create(&thread, NULL, echo_one, (void *)fd) == 0)
			pthread_detach(thread);
	return NULL;
}

const char *
echo(void)
{
	static char address[32];
	pthread_t thread;
	intptr_t fd;

	if (address[0] != '\0')
		return address;
	fd = bound(address, sizeof(address));
	cr_assert_eq(listen((int)fd, 16), 0);
	cr_assert_eq(pthread_create(&thread, NULL, echo_all, (void *)fd), 0);
	pthread_detach(thread);
	return address;
}

const char *
nobody(void)
{
	static char address[32];

	bound(address, sizeof(address)); /* and kept: it stays ours */
	return address;
}

void
make_proxy(struct toxi *toxi, const char *name)
{
	const struct toxi_proxy proxy = {
		.name = name, .listen = "127.0.0.1:0", .upstream = echo()
	};

	MUST(toxi_proxy_create(toxi, &proxy, NULL, &err));
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
ping(int fd)
{
	int64_t start = now_ms();
	char answer[5] = "";
	size_t len = 0;
	ssize_t n;

	cr_assert_eq(write(fd, "ping", 4), 4);
	while (len < 4 && (n = read(fd, answer + len, 4 - len)) > 0)
		len += (size_t)n;
	cr_assert_str_eq(answer, "ping");
	return now_ms() - start;
}

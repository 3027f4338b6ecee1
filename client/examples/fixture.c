/* SPDX-License-Identifier: ISC */
/*
 * A Criterion suite whose fixture puts a tunnel between the code under test
 * and its server: here a client that gives up after 200 ms.
 *
 *	cc fixture.c $(pkg-config --cflags --libs libtoxi) -lcriterion
 */

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <toxi.h>
#include <unistd.h>

/* ---- the code under test: asks one question of a server */

static int
ask(int fd, char *answer, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	if (write(fd, "?", 1) != 1 || poll(&p, 1, 200) != 1)
		return -1;
	if ((n = read(fd, answer, size - 1)) <= 0)
		return -1;
	answer[n] = '\0';
	return 0;
}

/* ---- its server */

static void *
serve(void *arg)
{
	int fd, listener = (int)(intptr_t)arg;
	char question;

	while ((fd = accept(listener, NULL, NULL)) != -1) {
		if (read(fd, &question, 1) == 1)
			send(fd, "42", 2, MSG_NOSIGNAL);
		close(fd);
	}
	return NULL;
}

static const char *
start_server(void)
{
	static char address[64];
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	pthread_t thread;
	intptr_t fd = socket(AF_INET, SOCK_STREAM, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_eq(bind((int)fd, (struct sockaddr *)&sin, len), 0);
	cr_assert_eq(listen((int)fd, 8), 0);
	getsockname((int)fd, (struct sockaddr *)&sin, &len);
	snprintf(address, sizeof(address), "127.0.0.1:%d", ntohs(sin.sin_port));
	pthread_create(&thread, NULL, serve, (void *)fd);
	pthread_detach(thread);
	return address;
}

/* ---- the fixture: each test has a session, which takes all away again */

static struct toxi_server *own;
static struct toxi *toxi;
static struct toxi_session *session;
static const struct toxi_tunnel *tunnel;
static struct toxi_error e;

static void
open_tunnel(void)
{
	struct toxi_options options = { .url = getenv("TOXI_URL") };

	if (options.url == NULL) { /* then one of our own */
		own = toxi_server_start(NULL, &e);
		cr_assert_neq(own, NULL, "%s: %s", e.call, e.text);
		options.url = toxi_server_url(own);
	}
	toxi = toxi_new(&options, &e);
	session = toxi_session_open(toxi, &e);
	tunnel = toxi_session_tunnel(session, start_server(), &e);
	cr_assert_neq(tunnel, NULL, "%s: %s", e.call, e.text);
}

static void
close_session(void)
{
	toxi_session_free(session, &e);
	toxi_free(toxi);
	toxi_server_stop(own, &e);
}

TestSuite(client, .init = open_tunnel, .fini = close_session);

/* ---- the tests */

static int
asks(void *answer)
{
	int fd = toxi_tunnel_connect(tunnel, &e), rc;

	cr_assert_neq(fd, -1, "%s: %s", e.call, e.text);
	rc = ask(fd, answer, 16);
	close(fd);
	return rc == 0;
}

static int
asks_under(struct toxi_toxic toxic, char *answer)
{
	return toxi_with(toxi, toxi_tunnel_name(tunnel), TOXI_TOXICS(toxic),
	    asks, answer, &e);
}

Test(client, has_its_answer)
{
	char answer[16];

	cr_expect_eq(asks(answer), 1);
	cr_expect_str_eq(answer, "42");
}

Test(client, does_not_mind_some_latency)
{
	char answer[16] = "";

	cr_expect_eq(asks_under(toxi_latency(20, 0), answer), 1);
	cr_expect_str_eq(answer, "42");
}

Test(client, gives_up_on_a_slow_server)
{
	char answer[16];

	cr_expect_eq(asks_under(toxi_latency(2000, 0), answer), 0);
	cr_expect_eq(asks(answer), 1, "and it can ask again");
}

Test(client, survives_a_reset)
{
	char answer[16];

	cr_expect_eq(asks_under(toxi_upstream(toxi_reset_peer(0)), answer), 0);
}

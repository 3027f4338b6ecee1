/* SPDX-License-Identifier: ISC */
/* Listening descriptors, with a real kernel. */

#include <criterion/criterion.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "supervisor.h"

/* No other program's: what refuses there is ours. */
static const struct address loopback = { .family = 4, .ip = { 127, 11, 7, 3 } };
static const struct address any = { .family = 4 };

/* A client's view: 0, or the errno of connect(2). */
static int
try_connect(const struct address *a)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int fd, error;

	cr_assert_eq(address_to_sockaddr(a, &ss, &len), 0);
	fd = socket(ss.ss_family, SOCK_STREAM, 0);
	error = connect(fd, (struct sockaddr *)&ss, len) == 0 ? 0 : errno;
	close(fd);
	return error;
}

static int
option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	cr_assert_eq(getsockopt(fd, level, name, &value, &len), 0);
	return value;
}

Test(listen, port_0_is_reported_as_the_real_one)
{
	struct address bound;
	int fd;

	cr_assert_eq(listen_open(&loopback, &fd, &bound), 0);
	cr_assert_eq(bound.family, 4);
	cr_assert_neq(bound.port, 0);
	cr_assert_eq(try_connect(&bound), 0);
	listen_close(&fd);
	cr_assert_eq(fd, -1);
	cr_assert_eq(try_connect(&bound), ECONNREFUSED);
}

Test(listen, a_wildcard_is_one_dual_stack_socket)
{
	struct address bound, four;
	int fd;

	cr_assert_eq(listen_open(&any, &fd, &bound), 0);
	cr_assert_eq(bound.family, 6);
	cr_assert(address_is_wildcard(&bound));
	four = loopback;
	four.port = bound.port;
	cr_assert_eq(try_connect(&four), 0);
	listen_close(&fd);
}

Test(listen, what_is_accepted_inherits_the_options_of_a_session)
{
	struct address bound;
	struct sockaddr_storage ss;
	socklen_t len;
	int fd, client, accepted;

	cr_assert_eq(listen_open(&loopback, &fd, &bound), 0);
	cr_assert_eq(address_to_sockaddr(&bound, &ss, &len), 0);
	client = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert_eq(connect(client, (struct sockaddr *)&ss, len), 0);
	accepted = accept(fd, NULL, NULL);
	cr_assert_neq(accepted, -1);
	cr_assert_eq(option(accepted, IPPROTO_TCP, TCP_NODELAY), 1);
	cr_assert_eq(option(accepted, SOL_SOCKET, SO_KEEPALIVE), 1);
	cr_assert_eq(option(accepted, IPPROTO_TCP, TCP_KEEPIDLE), 15);
	cr_assert_eq(option(accepted, IPPROTO_TCP, TCP_KEEPINTVL), 15);
	close(accepted);
	close(client);
	listen_close(&fd);
}

Test(listen, an_address_in_use_is_refused)
{
	struct address bound, again;
	int fd, other;

	cr_assert_eq(listen_open(&loopback, &fd, &bound), 0);
	cr_assert_eq(listen_open(&bound, &other, &again), -1);
	cr_assert_eq(errno, EADDRINUSE);
	cr_assert_eq(other, -1);
	listen_close(&fd);
}

Test(listen, a_proxy_may_be_in_its_own_way)
{
	struct address bound, wide, now;
	int old, fd;

	cr_assert_eq(listen_open(&loopback, &old, &bound), 0);
	wide = any;
	wide.port = bound.port;
	cr_assert_eq(listen_instead(old, &wide, &fd, &now), 0);
	cr_assert_eq(now.port, bound.port);
	listen_close(&old);
	cr_assert_eq(try_connect(&bound), 0);
	listen_close(&fd);
}

Test(listen, what_cannot_be_had_leaves_the_old_one_listening)
{
	struct address bound, other, now;
	int old, neighbour, fd, copy;

	cr_assert_eq(listen_open(&loopback, &old, &bound), 0);
	cr_assert_eq(listen_open(&loopback, &neighbour, &other), 0);
	copy = dup(old); /* as a worker has one */
	cr_assert_eq(listen_instead(old, &other, &fd, &now), -1);
	cr_assert_eq(errno, EADDRINUSE);
	cr_assert_eq(try_connect(&bound), 0);
	cr_assert_neq(accept(copy, NULL, NULL), -1);
	close(copy);
	listen_close(&old);
	listen_close(&neighbour);
}

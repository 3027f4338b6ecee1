/* SPDX-License-Identifier: ISC */
/* Listening descriptors, with a real kernel. */

#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "inspect.h"
#include "listen.h"
#include "nitems.h"
#include "priv.h"

/* NULL, or what is wrong with the listener of that address. */
static const char *
fault_of(int fd, const struct address *a)
{
	int reference = priv_socket(a);
	const char *fault;

	cr_assert_neq(reference, -1);
	fault = listen_fault(fd, reference);
	close(reference);
	return fault;
}

/* No other program's: what refuses there is ours. */
static const struct address loopback = { .family = 4, .ip = { 127, 11, 7, 3 } };
static const struct address any = { .family = 6 };

/* Below those that the kernel gives to clients: see test_making_way.py. */
static uint16_t
own_port(void)
{
	return (uint16_t)(15000 + getpid() % 15000);
}

/* It listens there, and *bound is where that is. */
static void
bind_at(const struct address *a, int *fd, struct address *bound)
{
	*bound = *a;
	cr_assert_eq(priv_listen(NULL, bound, -1, fd), 0);
	cr_assert_neq(bound->port, 0);
}

/* As ctld has it done where a proxy is in its own way: 0 or errno. */
static int
bind_instead(int old, const struct address *a, int *fd, struct address *bound)
{
	int error;

	*bound = *a;
	if ((error = priv_listen(NULL, bound, old, fd)) != 0)
		(void)priv_relisten(old);
	return error;
}

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

	bind_at(&loopback, &fd, &bound);
	cr_assert_eq(bound.family, 4);
	cr_assert_neq(bound.port, 0);
	cr_assert_eq(try_connect(&bound), 0);
	priv_unbind(fd);
	cr_assert_eq(try_connect(&bound), ECONNREFUSED);
}

Test(listen, a_wildcard_is_one_dual_stack_socket)
{
	struct address bound, four;
	int fd;

	bind_at(&any, &fd, &bound);
	cr_assert_eq(bound.family, 6);
	cr_assert(address_is_wildcard(&bound));
	four = loopback;
	four.port = bound.port;
	cr_assert_eq(try_connect(&four), 0);
	priv_unbind(fd);
}

Test(listen, what_is_accepted_inherits_the_options_of_a_session)
{
	struct address bound;
	struct sockaddr_storage ss;
	socklen_t len;
	int fd, client, accepted;

	bind_at(&loopback, &fd, &bound);
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
	priv_unbind(fd);
}

Test(listen, an_address_in_use_is_refused)
{
	struct address bound;
	int fd, other;

	bind_at(&loopback, &fd, &bound);
	cr_assert_eq(priv_listen(NULL, &bound, -1, &other), EADDRINUSE);
	cr_assert_eq(other, -1);
	priv_unbind(fd);
}

Test(listen, a_proxy_may_be_in_its_own_way)
{
	struct address bound = loopback, wide, now;
	int old, fd;

	/* No client's, or what is left of one would be in the wide one's way */
	bound.port = own_port();
	bind_at(&bound, &old, &bound);
	wide = any;
	wide.port = bound.port;
	cr_assert_eq(bind_instead(old, &wide, &fd, &now), 0);
	cr_assert_eq(now.port, bound.port);
	priv_unbind(old);
	cr_assert_eq(try_connect(&bound), 0);
	priv_unbind(fd);
}

Test(listen, what_cannot_be_had_leaves_the_old_one_listening)
{
	struct address bound, other, now;
	int old, neighbour, fd, copy;

	bind_at(&loopback, &old, &bound);
	bind_at(&loopback, &neighbour, &other);
	copy = dup(old); /* as a worker has one */
	cr_assert_eq(bind_instead(old, &other, &fd, &now), EADDRINUSE);
	cr_assert_eq(try_connect(&bound), 0);
	cr_assert_neq(accept(copy, NULL, NULL), -1);
	close(copy);
	priv_unbind(old);
	priv_unbind(neighbour);
}

/* Another program's, which would share: 0, or the errno of what failed. */
static int
try_to_share(const struct address *a, int port)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int fd, yes = 1, error = 0;

	cr_assert_eq(address_to_sockaddr(a, &ss, &len), 0);
	fd = socket(ss.ss_family, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &port, sizeof(port));
	if (bind(fd, (struct sockaddr *)&ss, len) == -1 || listen(fd, 1) == -1)
		error = errno;
	close(fd);
	return error;
}

static int
try_to_steal(const struct address *a)
{
	return try_to_share(a, 0);
}

/* Of the old one's place, and of the new one's, it gets none. */
static void
is_nobody_elses(const struct address *narrow)
{
	struct address wide = any, beside = loopback;

	wide.port = beside.port = narrow->port;
	beside.ip[3]++;
	cr_expect_eq(try_to_share(narrow, 1), EADDRINUSE);
	cr_expect_eq(try_to_share(&wide, 1), EADDRINUSE);
	cr_expect_eq(try_to_share(&beside, 1), EADDRINUSE);
}

Test(listen, what_is_bound_beside_shares_with_no_program_of_its_user)
{
	struct address narrow = loopback, wide = any, now;
	int old, fd;

	narrow.port = wide.port = own_port();
	bind_at(&narrow, &old, &now);
	cr_assert_eq(bind_instead(old, &wide, &fd, &now), 0);
	is_nobody_elses(&narrow);
	priv_unbind(old);
	is_nobody_elses(&narrow);
	cr_assert_eq(try_connect(&narrow), 0);
	/* ... and back */
	cr_assert_eq(bind_instead(fd, &narrow, &old, &now), 0);
	is_nobody_elses(&narrow);
	priv_unbind(old);
	cr_assert_eq(priv_relisten(fd), 0);
	is_nobody_elses(&narrow);
	priv_unbind(fd);
}

/* It would have, when the new one was bound: that is not to be had. */
Test(listen, nor_with_one_that_was_there_before)
{
	const int yes = 1;
	struct address narrow = loopback, wide = any, now;
	struct sockaddr_in other = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0), old, new;

	narrow.port = wide.port = own_port();
	other.sin_port = htons(narrow.port);
	other.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes));
	cr_assert_eq(bind(fd, (struct sockaddr *)&other, sizeof(other)), 0);
	cr_assert_eq(listen(fd, 1), 0);
	bind_at(&narrow, &old, &now);
	cr_assert_eq(bind_instead(old, &wide, &new, &now), EADDRINUSE);
	cr_assert_eq(try_connect(&narrow), 0);
	cr_assert_null(fault_of(old, &narrow));
	priv_unbind(old);
	close(fd);
}

Test(listen, what_has_stopped_for_a_moment_cannot_be_stolen)
{
	struct address bound, wide, narrow = loopback, now, beside = loopback;
	int old, fd;

	bind_at(&any, &old, &wide);
	narrow.port = beside.port = wide.port;
	beside.ip[3]++;
	cr_assert_eq(bind_instead(old, &narrow, &fd, &bound), 0);
	cr_assert_eq(try_to_steal(&beside), EADDRINUSE);
	priv_unbind(fd);
	cr_assert_eq(try_to_steal(&narrow), EADDRINUSE);
	cr_assert_eq(priv_relisten(old), 0);
	cr_assert_eq(try_connect(&narrow), 0);
	cr_assert_null(fault_of(old, &wide));
	cr_assert_eq(bind_instead(old, &narrow, &fd, &now), 0);
	priv_unbind(old);
	cr_assert_null(fault_of(fd, &now));
	priv_unbind(fd);
}

/* ---- what a child may have done, as ctld sees it */

static const struct address *const places[] = { &loopback, &any };

Test(listen, nothing_is_wrong_with_a_new_one)
{
	struct address bound;
	size_t i;
	int fd;

	for (i = 0; i < nitems(places); i++) {
		bind_at(places[i], &fd, &bound);
		cr_expect_null(fault_of(fd, &bound));
		shutdown(fd, SHUT_WR); /* a worker may */
		cr_expect_null(fault_of(fd, &bound));
		cr_expect_eq(try_connect(&bound), 0);
		cr_expect_null(fault_of(fd, &bound));
		priv_unbind(fd);
	}
}

static const struct spoiling {
	int level, option, value;
} spoilings[] = {
	{ SOL_SOCKET, SO_REUSEADDR, 0 },
	{ SOL_SOCKET, SO_REUSEPORT, 1 },
	{ SOL_SOCKET, SO_KEEPALIVE, 0 },
	{ SOL_SOCKET, SO_OOBINLINE, 1 },
	{ SOL_SOCKET, SO_RCVBUF, 4096 },
	{ SOL_SOCKET, SO_SNDBUF, 4096 },
	{ SOL_SOCKET, SO_RCVLOWAT, 4096 },
	{ SOL_SOCKET, SO_PRIORITY, 5 },
	{ SOL_SOCKET, SO_DONTROUTE, 1 },
	{ SOL_SOCKET, SO_MAX_PACING_RATE, 1000 },
	{ IPPROTO_TCP, TCP_NODELAY, 0 },
	{ IPPROTO_TCP, TCP_CORK, 1 },
	{ IPPROTO_TCP, TCP_MAXSEG, 500 },
	{ IPPROTO_TCP, TCP_KEEPIDLE, 1 },
	{ IPPROTO_TCP, TCP_KEEPCNT, 1 },
	{ IPPROTO_TCP, TCP_SYNCNT, 1 },
	{ IPPROTO_TCP, TCP_LINGER2, 1 },
	{ IPPROTO_TCP, TCP_DEFER_ACCEPT, 100 },
	{ IPPROTO_TCP, TCP_WINDOW_CLAMP, 2000 },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT, 10 },
	{ IPPROTO_TCP, TCP_FASTOPEN, 10 },
	{ IPPROTO_TCP, TCP_NOTSENT_LOWAT, 1 },
	{ IPPROTO_TCP, TCP_SAVE_SYN, 1 },
	{ IPPROTO_IP, IP_TOS, 8 },
	{ IPPROTO_IP, IP_TTL, 1 },
	{ IPPROTO_IP, IP_MINTTL, 255 },
};

Test(listen, every_option_that_was_changed_is_seen)
{
	const struct spoiling *s;
	struct address bound;
	int fd;

	for (s = spoilings; s < spoilings + nitems(spoilings); s++) {
		bind_at(&loopback, &fd, &bound);
		cr_assert_eq(setsockopt(fd, s->level, s->option, &s->value,
				 sizeof(s->value)),
		    0, "%d, %d", s->level, s->option);
		cr_expect_not_null(
		    fault_of(fd, &bound), "%d, %d", s->level, s->option);
		priv_unbind(fd);
	}
}

static void
spoil_linger(int fd)
{
	struct linger at_once = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

static void
spoil_blocking(int fd)
{
	fcntl(fd, F_SETFL, 0);
}

static void
spoil_signals(int fd)
{
	fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC);
}

static void
spoil_listening(int fd)
{
	shutdown(fd, SHUT_RD);
}

static void
spoil_all(int fd)
{
	spoil_linger(fd);
	spoil_blocking(fd);
	spoil_listening(fd);
}

static void (*const spoil[])(int) = { spoil_linger, spoil_blocking,
	spoil_signals, spoil_listening, spoil_all };

/* As ctld has it done where it has found one that is spoilt. */
static int
bind_anew(int *fd, const struct address *a)
{
	struct address bound;
	int new, error = bind_instead(*fd, a, &new, &bound);

	if (error != 0)
		return error;
	priv_unbind(*fd);
	*fd = new;
	return 0;
}

/* With a session that goes on, and a copy that a child still has. */
Test(listen, a_spoilt_one_is_made_anew)
{
	struct address bound;
	size_t i, j;
	int fd, copy, session;

	for (i = 0; i < nitems(spoil) * nitems(places); i++) {
		j = i % nitems(spoil);
		bind_at(places[i / nitems(spoil)], &fd, &bound);
		copy = dup(fd);
		cr_assert_eq(try_connect(&bound), 0);
		session = accept(fd, NULL, NULL);
		spoil[j](copy);
		cr_expect_not_null(fault_of(fd, &bound), "%zu", j);
		cr_assert_eq(bind_anew(&fd, &bound), 0, "%zu", j);
		cr_expect_null(fault_of(fd, &bound), "%zu", j);
		cr_expect_eq(try_connect(&bound), 0);
		spoil_listening(copy);
		cr_expect_eq(try_connect(&bound), 0, "it was another");
		close(session);
		close(copy);
		priv_unbind(fd);
	}
}

Test(listen, what_was_stolen_meanwhile_is_not_shared)
{
	struct address bound, again;
	int fd, thief;

	bind_at(&loopback, &fd, &bound);
	spoil_listening(fd);
	bind_at(&bound, &thief, &again);
	cr_assert_eq(bind_anew(&fd, &bound), EADDRINUSE);
	priv_unbind(thief);
	cr_assert_eq(bind_anew(&fd, &bound), 0);
	cr_assert_null(fault_of(fd, &bound));
	priv_unbind(fd);
}

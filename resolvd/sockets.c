/* SPDX-License-Identifier: ISC */
/*
 * What c-ares does with sockets, by few system calls: none that would raise a
 * signal or set an option, and no more packets at a time than others can wait
 * for.
 */

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "resolvd.h"

/* It would read as long as some come. */
#define PACKETS_PER_TURN 32
static int packets;

void
sockets_new_turn(void)
{
	packets = 0;
}

/* Its protocol goes without saying. */
static ares_socket_t
open_socket(int family, int type, int protocol, void *arg)
{
	(void)protocol;
	(void)arg;
	return socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static int
close_socket(ares_socket_t fd, void *arg)
{
	(void)arg;
	return close(fd);
}

static int
connect_socket(
    ares_socket_t fd, const struct sockaddr *sa, ares_socklen_t len, void *arg)
{
	(void)arg;
	return connect(fd, sa, len);
}

/* from may be NULL: it is over TCP. */
static ares_ssize_t
/* NOLINTNEXTLINE(readability-function-size): as c-ares wants it */
receive(ares_socket_t fd, void *data, size_t size, int flags,
    struct sockaddr *from, ares_socklen_t *from_len, void *arg)
{
	struct iovec iov = { .iov_base = data, .iov_len = size };
	struct msghdr mh = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_name = from,
		.msg_namelen = from != NULL ? *from_len : 0 };
	ssize_t n;

	(void)flags;
	(void)arg;
	if (packets++ == PACKETS_PER_TURN) {
		errno = EAGAIN;
		return -1;
	}
	n = recvmsg(fd, &mh, MSG_CMSG_CLOEXEC); /* the flag of chan.c */
	if (n != -1 && from != NULL)
		*from_len = mh.msg_namelen;
	return n;
}

/* The first of them: c-ares goes on from where that ends. */
static ares_ssize_t
send_some(ares_socket_t fd, const struct iovec *iov, int n, void *arg)
{
	(void)n;
	(void)arg;
	return send(fd, iov->iov_base, iov->iov_len, MSG_NOSIGNAL);
}

const struct ares_socket_functions sockets_functions = {
	.asocket = open_socket,
	.aclose = close_socket,
	.aconnect = connect_socket,
	.arecvfrom = receive,
	.asendv = send_some,
};

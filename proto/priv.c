/* SPDX-License-Identifier: ISC */
/* The line between toxid and ctld: a packet is a question or an answer. */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "priv.h"

static const struct {
	const char *name;
	unsigned int states;
	int has_fd;
} questions[PRIV_MAX] = {
#define X(type, states, has_fd) [PRIV_##type] = { #type, states, has_fd },
	PRIV_QUESTIONS(X)
#undef X
};

const char *
priv_name(uint32_t type)
{
	return type > PRIV_NONE && type < PRIV_MAX ? questions[type].name : "?";
}

/* Room for one descriptor, aligned as the kernel wants it. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static ssize_t
put(int line, const void *packet, size_t size, int fd)
{
	struct iovec iov = { (void *)(uintptr_t)packet, size };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control;
	struct cmsghdr *c;
	ssize_t n;

	if (fd != -1) {
		memset(&control, 0, sizeof(control));
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	do
		n = sendmsg(line, &m, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n;
}

/* Of a packet with more descriptors the kernel keeps those without room. */
static ssize_t
get(int line, void *packet, size_t size, int flags, int *fd)
{
	struct iovec iov = { packet, size };
	union control control;
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t n;

	*fd = -1;
	do
		n = recvmsg(line, &m, flags | MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return -1;
	c = CMSG_FIRSTHDR(&m);
	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return (m.msg_flags & MSG_TRUNC) != 0 ? (ssize_t)size + 1 : n;
}

int
priv_ask(int line, const struct priv_question *q, int fd, struct priv_answer *a,
    int *got)
{
	if (put(line, q, sizeof(*q), fd) == -1)
		return -1;
	return get(line, a, sizeof(*a), 0, got) == (ssize_t)sizeof(*a) ? 0 : -1;
}

static int
is_legal(const struct priv_question *q, enum priv_state state, int fd)
{
	return q->type > PRIV_NONE && q->type < PRIV_MAX &&
	    (questions[q->type].states & state) != 0 &&
	    questions[q->type].has_fd == (fd != -1);
}

int
priv_receive(int line, enum priv_state state, struct priv_question *q, int *fd)
{
	ssize_t n = get(line, q, sizeof(*q), MSG_DONTWAIT, fd);

	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n == (ssize_t)sizeof(*q) && is_legal(q, state, *fd))
		return 1;
	errno = n > 0 ? EPROTO : 0;
	if (*fd != -1)
		close(*fd);
	*fd = -1;
	return -1;
}

int
priv_reply(int line, const struct priv_answer *a, int fd)
{
	return put(line, a, sizeof(*a), fd) == (ssize_t)sizeof(*a) ? 0 : -1;
}

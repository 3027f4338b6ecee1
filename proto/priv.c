/* SPDX-License-Identifier: ISC */
/* The line between toxid and ctld: a packet is a question or an answer. */

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "priv.h"

static const struct {
	unsigned int states;
	int has_fd;
} questions[PRIV_MAX] = {
#define X(type, states, has_fd) [PRIV_##type] = { states, has_fd },
	PRIV_QUESTIONS(X)
#undef X
};

const struct priv_remark_row priv_remarks[PRIV_REMARK_MAX] = {
#define X(what, unit, text) { PRIV_UNIT_##unit, text },
	PRIV_REMARKS(X)
#undef X
};

int
priv_has_fd(uint32_t type)
{
	return questions[type].has_fd;
}

/*
 * Aligned as the kernel wants it.  There is room for one descriptor, and not
 * for the second that would fit in what aligns it.
 */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};
#define CONTROL_SIZE CMSG_LEN(sizeof(int))

/* ETOOMANYREFS: a user has too many descriptors on their way; they arrive. */
static int
is_passing(int error)
{
	return error == EINTR ||
	    (error == ETOOMANYREFS && poll(NULL, 0, 1) == 0);
}

ssize_t
priv_put(int line, const void *packet, size_t size, int flags, int fd)
{
	int tries = 1000;
	struct iovec iov = { (void *)(uintptr_t)packet, size };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control;
	struct cmsghdr *c;
	ssize_t n;

	if (fd != -1) {
		memset(&control, 0, sizeof(control));
		m.msg_control = &control;
		m.msg_controllen = CONTROL_SIZE;
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	do
		n = sendmsg(line, &m, flags | MSG_NOSIGNAL);
	while (n == -1 && tries-- > 0 && is_passing(errno));
	return n;
}

/* Of a packet with more descriptors the kernel keeps those without room. */
ssize_t
priv_get(int line, void *packet, size_t size, int flags, int *fd, int *is_lost)
{
	struct iovec iov = { packet, size };
	union control control;
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CONTROL_SIZE };
	struct cmsghdr *c;
	ssize_t n;

	*fd = -1;
	*is_lost = 0;
	do
		n = recvmsg(line, &m, flags | MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return -1;
	c = CMSG_FIRSTHDR(&m);
	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	*is_lost = *fd == -1 && (m.msg_flags & MSG_CTRUNC) != 0;
	if ((m.msg_flags & MSG_TRUNC) != 0 ||
	    (*fd != -1 && (m.msg_flags & MSG_CTRUNC) != 0))
		return (ssize_t)size + 1;
	return n;
}

static int
is_legal(const struct priv_question *q, enum priv_state state, int has_fd)
{
	return q->type > PRIV_NONE && q->type < PRIV_MAX &&
	    (questions[q->type].states & state) != 0 &&
	    questions[q->type].has_fd == has_fd;
}

int
priv_receive(int line, enum priv_state state, struct priv_question *q, int *fd)
{
	int is_lost;
	ssize_t n = priv_get(line, q, sizeof(*q), MSG_DONTWAIT, fd, &is_lost);

	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n == (ssize_t)sizeof(*q) &&
	    is_legal(q, state, *fd != -1 || is_lost))
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
	return priv_put(line, a, sizeof(*a), MSG_DONTWAIT, fd) ==
		(ssize_t)sizeof(*a)
	    ? 0
	    : -1;
}

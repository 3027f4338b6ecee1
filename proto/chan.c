/* SPDX-License-Identifier: ISC */
/* One message a packet; the other end may be hostile. */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "agreed.h"
#include "chan.h"

#define SMALL 256 /* bytes of a packet: most are */

struct chan_header {
	uint32_t type;
	uint32_t id;
};

struct chan_packet {
	STAILQ_ENTRY(chan_packet) entry;
	int fd;
	struct chan_header header;
	size_t size;
	uint8_t payload[];
};

/* Room for one descriptor, aligned as cmsg(3) wants it. */
union control {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(int))];
};

int
chan_pair(int fds[2])
{
	return socketpair(
	    AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds);
}

void
chan_open(struct chan *c, int fd)
{
	c->fd = fd;
	c->out_bytes = 0;
	c->is_held = 0;
	STAILQ_INIT(&c->out);
}

static void
packet_free(struct chan *c, struct chan_packet *p)
{
	STAILQ_REMOVE_HEAD(&c->out, entry);
	c->out_bytes -= p->size;
	if (p->fd != -1)
		close(p->fd);
	free(p);
}

void
chan_close(struct chan *c)
{
	struct chan_packet *p;

	while ((p = STAILQ_FIRST(&c->out)) != NULL)
		packet_free(c, p);
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
}

/*
 * Takes the first descriptor of a packet and closes any other.  A receiver at
 * its limit gets none and MSG_CTRUNC: the caller misses it and says so.
 */
static int
control_take_fd(struct msghdr *mh)
{
	struct cmsghdr *cm;
	int fd, taken = -1;
	size_t i, n;

	for (cm = CMSG_FIRSTHDR(mh); cm != NULL; cm = CMSG_NXTHDR(mh, cm)) {
		if (cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(
			    &fd, CMSG_DATA(cm) + i * sizeof(int), sizeof(fd));
			if (taken == -1)
				taken = fd;
			else
				close(fd);
		}
	}
	return taken;
}

/*
 * Who goes and leaves something unread is a reset, which is told once, and
 * before what it has said: that comes with the next call.
 */
static int
is_passing(int error)
{
	return error == EINTR || error == ECONNRESET;
}

int
chan_receive(struct chan *c, struct msg *m)
{
	struct chan_header header;
	union control control;
	struct iovec iov[] = {
		{ .iov_base = &header, .iov_len = sizeof(header) },
		{ .iov_base = &m->payload, .iov_len = sizeof(m->payload) },
	};
	struct msghdr mh = { .msg_iov = iov,
		.msg_iovlen = 2,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	ssize_t n;

	m->type = MSG_NONE;
	m->fd = -1;
	do
		n = recvmsg(c->fd, &mh, MSG_CMSG_CLOEXEC);
	while (n == -1 && is_passing(errno));
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n >= 0) /* an empty packet may have one, too */
		m->fd = control_take_fd(&mh);
	if (n <= 0) {
		msg_drop(m);
		errno = EPIPE;
		return -1;
	}
	if ((size_t)n < sizeof(header) || (mh.msg_flags & MSG_TRUNC) != 0)
		goto bad;
	m->type = (enum msg_type)header.type;
	m->id = header.id;
	m->len = (size_t)n - sizeof(header);
	if (!msg_fd_is_legal(m->type, m->fd != -1) &&
	    (mh.msg_flags & MSG_CTRUNC) == 0)
		goto bad;
	if (msg_id_is_legal(m->type, m->id) && msg_check(m) == 0)
		return 1;
bad:
	msg_drop(m);
	errno = EBADMSG;
	return -1;
}

/* A descriptor needs sendmsg(2), which not everybody may do: see sandbox.h. */
static ssize_t
send_with_fd(
    const struct chan *c, const struct iovec *packet, const int *descriptor)
{
	union control control = { .space = { 0 } };
	struct msghdr mh = {
		.msg_iov = (struct iovec *)(uintptr_t)packet,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.space),
	};
	struct cmsghdr *cm = CMSG_FIRSTHDR(&mh);

	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(*descriptor));
	memcpy(CMSG_DATA(cm), descriptor, sizeof(*descriptor));
	return sendmsg(c->fd, &mh, MSG_NOSIGNAL);
}

/* packet has room for it all. */
static int
send_in(uint8_t *packet, const struct chan *c, const struct chan_header *header,
    const void *payload, size_t size, int fd)
{
	struct iovec iov = { packet, sizeof(*header) + size };
	ssize_t n;

	memcpy(packet, header, sizeof(*header));
	memcpy(packet + sizeof(*header), payload, size);
	do {
		n = fd != -1
		    ? send_with_fd(c, &iov, &fd)
		    : send(c->fd, iov.iov_base, iov.iov_len, MSG_NOSIGNAL);
	} while (n == -1 && is_passing(errno));
	return n == -1 ? -1 : 0;
}

static __attribute__((__noinline__)) int
send_large(const struct chan *c, const struct chan_header *header,
    const void *payload, size_t size, int fd)
{
	uint8_t packet[sizeof(*header) + sizeof(union msg_payload)];

	return send_in(packet, c, header, payload, size, fd);
}

/*
 * 0, or -1 and errno; EAGAIN when the socket is full.  The stack has no room
 * for the largest payload where a small one is sent: it would be cleared, too.
 */
static int
send_now(const struct chan *c, const struct chan_header *header,
    const void *payload, size_t size, int fd)
{
	uint8_t packet[SMALL];

	if (sizeof(*header) + size > sizeof(packet))
		return send_large(c, header, payload, size, fd);
	return send_in(packet, c, header, payload, size, fd);
}

/* ETOOMANYREFS: too many descriptors on their way; it passes. */
static int
is_full(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS ||
	    error == ETOOMANYREFS;
}

/* What has failed leaves the descriptor to the caller. */
static int
queue(struct chan *c, struct chan_header header, const void *payload,
    size_t size, int fd)
{
	int is_unread = c->out_bytes + size > CHAN_QUEUE_MAX;
	struct chan_packet *p = is_unread ? NULL : malloc(sizeof(*p) + size);

	if (p == NULL) {
		errno = is_unread ? ENOBUFS : ENOMEM;
		return -1;
	}
	p->fd = fd;
	p->header = header;
	p->size = size;
	memcpy(p->payload, payload, size);
	STAILQ_INSERT_TAIL(&c->out, p, entry);
	c->out_bytes += size;
	return 0;
}

/*
 * What the other side would not take is a bug here, and would end that other
 * side: tests look for it where nobody has to be fast.  A fuzzer, by whose
 * macro it is known, lies on purpose.
 */
static void
must_be_sound(enum msg_type type, const void *payload, size_t size)
{
#if defined(SANITIZED) && !defined(FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION)
	static struct msg m;

	m.type = type;
	m.len = size;
	memcpy(&m.payload, payload, size);
	if (msg_check(&m) == -1)
		fatalx("%s: a malformed %s", __func__, msg_name(type));
#else
	(void)type;
	(void)payload;
	(void)size;
#endif
}

/* Behind what waits, or now; 0, or -1, and the descriptor is the caller's. */
static int
send_or_queue(struct chan *c, const struct chan_header *header,
    const void *payload, size_t size, int fd)
{
	if (c->is_held && queue(c, *header, payload, size, fd) == 0)
		return 0;
	if (c->is_held && (errno != ENOMEM || chan_release(c) == -1))
		return -1;
	if (!STAILQ_EMPTY(&c->out))
		return queue(c, *header, payload, size, fd);
	if (send_now(c, header, payload, size, fd) == -1)
		return is_full(errno) ? queue(c, *header, payload, size, fd)
				      : -1;
	if (fd != -1)
		close(fd);
	return 0;
}

int
chan_send_sized(struct chan *c, enum msg_type type, uint32_t id,
    const void *payload, size_t size, int fd)
{
	struct chan_header header = { .type = type, .id = id };
	int error;

	if (size != msg_size(type) || msg_length(type, payload) > size ||
	    !msg_fd_is_legal(type, fd != -1))
		fatalx("%s: %s with %zu bytes, fd %d", __func__, msg_name(type),
		    size, fd);
	size = msg_length(type, payload);
	must_be_sound(type, payload, size);
	if (send_or_queue(c, &header, payload, size, fd) == 0)
		return 0;
	error = errno;
	if (fd != -1)
		close(fd);
	errno = error;
	return -1;
}

int
chan_send_nothing(struct chan *c, enum msg_type type, uint32_t id)
{
	struct nothing nothing = { 0 };

	return chan_send(c, type, id, &nothing, -1);
}

int
chan_try_send_sized(
    struct chan *c, enum msg_type type, const void *payload, size_t size)
{
	struct chan_header header = { .type = type };

	must_be_sound(type, payload, size);
	if (c->is_held || !STAILQ_EMPTY(&c->out))
		return -1;
	return send_now(c, &header, payload, size, -1);
}

int
chan_wants_write(const struct chan *c)
{
	return !c->is_held && !STAILQ_EMPTY(&c->out);
}

int
chan_flush(struct chan *c)
{
	struct chan_packet *p;

	while (!c->is_held && (p = STAILQ_FIRST(&c->out)) != NULL) {
		if (send_now(c, &p->header, p->payload, p->size, p->fd) == -1)
			return is_full(errno) ? 0 : -1;
		packet_free(c, p);
	}
	return 0;
}

void
chan_hold(struct chan *c)
{
	c->is_held = 1;
}

int
chan_release(struct chan *c)
{
	c->is_held = 0;
	return chan_flush(c);
}

int
chan_wait(const struct chan *c)
{
	struct pollfd pfd = { .fd = c->fd, .events = POLLIN };
	int n;

	do
		n = poll(&pfd, 1, -1);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}
